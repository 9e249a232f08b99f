//! What something turned out to be, from the time on when that is known.

use florin_db::{Bulk, BulkStatement, DbError, Kind as Column, Reader, Row, Tx, params};
use florin_kernel::{Action, Actor, DecisionId, Resource, Timestamp, UserId, Uuid};

use super::{Error, Risk, reads};
use crate::attempt::{Attempt, Outcome};

/// Who said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelKind {
    /// The customer.
    Customer,
    /// Somebody of the staff.
    Analyst,
    /// The card's network or a bank.
    Chargeback,
    /// The decision of a case.
    Case,
}

impl LabelKind {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Analyst => "analyst",
            Self::Chargeback => "chargeback",
            Self::Case => "case",
        }
    }
}

/// What something turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The transfer, payment, authorisation or sign-in.
    pub subject: Uuid,
    /// Whether it was fraud.
    pub fraud: bool,
    /// Who said so.
    pub source: LabelKind,
    /// What kind of fraud, in the words of whoever said so; a short name.
    pub kind: String,
    /// More about it.
    pub note: Option<String>,
    /// Whose money it was.
    pub user: Option<UserId>,
    /// Who noted it; the program itself is nobody.
    pub by: Option<UserId>,
    /// Since when it is known.
    pub at: Timestamp,
}

/// What is reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// The transfer or payment.
    pub subject: Uuid,
    /// What kind of fraud.
    pub kind: String,
    /// More about it.
    pub note: Option<String>,
    /// Whose money it was.
    pub owner: UserId,
}

/// Notes a label in a unit of work; false when the same source said something of it before.
pub(crate) fn keep(tx: &mut Tx<'_>, label: &Label) -> Result<bool, DbError> {
    let known = tx.row(
        "SELECT 1 FROM risk_label WHERE subject_id = $1 AND source = $2",
        &params![label.subject, label.source.code()],
    )?;
    if known.is_some() {
        return Ok(false);
    }
    tx.bulk(row_of(label))?;
    Ok(true)
}

/// How often it is known that somebody's money was taken by fraud, since an instant.
pub(crate) fn frauds_of(reader: &mut Reader<'_>, user: UserId, since: Timestamp) -> Result<u64, DbError> {
    let row = reader.row(
        "SELECT COUNT(DISTINCT subject_id) FROM risk_label WHERE user_id = $1 AND fraud AND at_us >= $2",
        &params![user.uuid(), since],
    )?;
    row.as_ref().map_or(Ok(0), |row: &Row| row.get(0))
}

/// What somebody found who looked at what was held.
#[derive(Clone, Debug)]
pub struct Review {
    risk: Risk,
    decision: DecisionId,
    attempt: Attempt,
    released: bool,
    by: Option<UserId>,
}

static REVIEW: BulkStatement = BulkStatement {
    sqlite: "INSERT INTO risk_review (decision_id, released, decided_by, at_us) VALUES ($1, $2, $3, $4)",
    postgres: "INSERT INTO risk_review (decision_id, released, decided_by, at_us) \
               SELECT * FROM UNNEST($1::uuid[], $2::boolean[], $3::uuid[], $4::bigint[])",
    columns: &[Column::Uuid, Column::Bool, Column::Uuid, Column::Int],
};

static LABEL: BulkStatement = BulkStatement {
    sqlite: "INSERT INTO risk_label (subject_id, fraud, source, kind, note, user_id, reported_by, at_us) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    postgres: "INSERT INTO risk_label (subject_id, fraud, source, kind, note, user_id, reported_by, at_us) \
               SELECT * FROM UNNEST($1::uuid[], $2::boolean[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], \
               $8::bigint[]) \
               ON CONFLICT DO NOTHING",
    columns: &[
        Column::Uuid,
        Column::Bool,
        Column::Text,
        Column::Text,
        Column::Text,
        Column::Uuid,
        Column::Uuid,
        Column::Int,
    ],
};

/// A label as a row; where the same source said something before, that stands.
fn row_of(label: &Label) -> Bulk {
    let mut row = Bulk::new(&LABEL);
    row.push(params![
        label.subject,
        label.fraud,
        label.source.code(),
        &label.kind,
        label.note.clone(),
        label.user.map(UserId::uuid),
        label.by.map(UserId::uuid),
        label.at,
    ]);
    row
}

impl Review {
    /// The rows, for the commit that releases or refuses it.
    pub fn rows(&self, at: Timestamp) -> Vec<Bulk> {
        let mut review = Bulk::new(&REVIEW);
        review.push(params![self.decision.uuid(), self.released, self.by.map(UserId::uuid), at]);
        let label = Label {
            subject: self.attempt.id,
            fraud: !self.released,
            source: LabelKind::Case,
            kind: if self.released { "genuine" } else { "refused" }.to_owned(),
            note: None,
            user: self.attempt.user.map(|user| UserId::from_uuid(Uuid::from_u128(user.bits()))),
            by: self.by,
            at,
        };
        vec![review, row_of(&label)]
    }

    /// That commit is durable: what was released counts as let through.
    pub fn settled(&self) {
        if self.released {
            self.risk.engine().learn(&self.attempt, Outcome::Approved);
        }
    }
}

impl Risk {
    /// Notes that a transfer or payment was fraud, by its owner's or the staff's word. `within` adds to the unit of work,
    /// such as a case.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Known`], or what the database says.
    pub async fn report(
        &self,
        by: &Actor,
        reported: Reported,
        within: impl Fn(&mut Tx<'_>, &Label) -> Result<(), DbError> + Send + 'static,
    ) -> Result<Label, Error> {
        let about = Resource::one("transfer", reported.subject).owned_by(reported.owner);
        let permit = by.permit(Action::ReportFraud, about)?;
        let label = Label {
            subject: reported.subject,
            fraud: true,
            source: if by.is_staff() { LabelKind::Analyst } else { LabelKind::Customer },
            kind: reported.kind,
            note: reported.note,
            user: Some(reported.owner),
            by: by.user(),
            at: self.db().env().now(),
        };
        self.db()
            .write(permit, move |tx| {
                if !keep(tx, &label)? {
                    return Err(Error::Known);
                }
                tx.note("kind", &label.kind);
                within(tx, &label)?;
                Ok(label.clone())
            })
            .await
    }

    /// What is to be written when somebody looked at what was held, and what it says about it; none where nothing was held, or
    /// somebody looked before.
    ///
    /// # Errors
    /// What the database says.
    pub fn review(
        &self,
        reader: &mut Reader<'_>,
        subject: Uuid,
        released: bool,
        by: Option<UserId>,
    ) -> Result<Option<Review>, DbError> {
        let Some(found) = reads::about(reader, subject)? else { return Ok(None) };
        if found.outcome != Outcome::Held || found.released.is_some() {
            return Ok(None);
        }
        Ok(Some(Review { risk: self.clone(), decision: found.id, attempt: found.attempt, released, by }))
    }
}
