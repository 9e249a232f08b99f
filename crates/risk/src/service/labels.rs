//! What something turned out to be, from the time on when that is known.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::{Action, Actor, DecisionId, Resource, Timestamp, UserId, Uuid};

use super::{Error, Risk, reads};
use crate::attempt::Outcome;

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
    tx.execute(
        "INSERT INTO risk_label (subject_id, fraud, source, kind, note, user_id, reported_by, at_us) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &params![
            label.subject,
            label.fraud,
            label.source.code(),
            &label.kind,
            label.note.clone(),
            label.user.map(UserId::uuid),
            label.by.map(UserId::uuid),
            label.at,
        ],
    )?;
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

    /// Notes in a unit of work what became of what was held, and what that says about it. False when somebody looked before,
    /// or nothing was held.
    ///
    /// # Errors
    /// What the database says.
    pub fn reviewed(
        &self,
        tx: &mut Tx<'_>,
        subject: Uuid,
        released: bool,
        by: Option<UserId>,
    ) -> Result<bool, DbError> {
        let Some(found) = reads::about(&mut tx.reader(), subject)? else { return Ok(false) };
        if found.outcome != Outcome::Held || found.released.is_some() {
            return Ok(false);
        }
        let at = self.db().env().now();
        tx.execute(
            "INSERT INTO risk_review (decision_id, released, decided_by, at_us) VALUES ($1, $2, $3, $4)",
            &params![found.id.uuid(), released, by.map(UserId::uuid), at],
        )?;
        let label = Label {
            subject,
            fraud: !released,
            source: LabelKind::Case,
            kind: if released { "genuine" } else { "refused" }.to_owned(),
            note: None,
            user: found.attempt.user.map(|user| UserId::from_uuid(Uuid::from_u128(user.bits()))),
            by,
            at,
        };
        keep(tx, &label)?;
        Ok(true)
    }

    /// Learns that what was held was released, once that is durable.
    ///
    /// # Errors
    /// What the database says.
    pub async fn learn_release(&self, subject: Uuid) -> Result<(), DbError> {
        if let Some(found) = self.db().read(move |r| reads::about(r, subject)).await?
            && found.released == Some(true)
        {
            self.engine().learn(&found.attempt, Outcome::Approved);
        }
        Ok(())
    }

    /// The decision about something that was held or refused.
    ///
    /// # Errors
    /// What the database says.
    pub async fn decision_about(&self, subject: Uuid) -> Result<Option<DecisionId>, DbError> {
        Ok(self.db().read(move |r| reads::about(r, subject)).await?.map(|found| found.id))
    }
}
