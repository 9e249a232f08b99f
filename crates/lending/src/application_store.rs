//! Applications and what officers decided about them, as rows.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::{Currency, LoanId, Timestamp, UserId, Uuid};

use crate::application::{ApplicationStatus, DecisionSeen, GrantedTerms};
use crate::contract;
use crate::ports::{Check, TaxNumber};
use crate::sealing::{Indexes, SealedPersonal};
use crate::{ApplicationId, Kind};

/// An application as its row has it.
#[derive(Clone)]
pub(crate) struct ApplicationRow {
    pub id: ApplicationId,
    pub applicant: Option<UserId>,
    pub submitted_by: Option<UserId>,
    pub kind: Kind,
    pub product: (String, u32),
    pub currency: Currency,
    pub amount_minor: i64,
    pub term_months: u16,
    pub annual_income_minor: Option<i64>,
    pub monthly_debts_minor: Option<i64>,
    pub employment_months: Option<u32>,
    pub customer_name: String,
    pub personal: SealedPersonal,
    pub status: ApplicationStatus,
    pub score: u16,
    pub checks: Vec<Check>,
    pub notice: Option<String>,
    pub loan: Option<LoanId>,
    pub created_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    /// Whether a question waits for its answer.
    pub asked: bool,
}

/// A statement about whole applications.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, applicant, submitted_by, kind, product_code, product_version, currency, amount_minor, term_months, \
             annual_income_minor, monthly_debts_minor, employment_months, customer_name, tax_id_kind, tax_id, email, phone, \
             status, score, checks, notice, loan_id, created_at_us, decided_at_us, \
             (EXISTS (SELECT 1 FROM lending_question q WHERE q.application_id = lending_application.id \
             AND q.answer IS NULL)) FROM lending_application ",
            $rest
        )
    };
}

fn application(row: &Row) -> Result<ApplicationRow, DbError> {
    let corrupt =
        |column: &str| DbError::Corrupt(format!("lending_application.{column} is not what was written"));
    let user = |at: usize| Ok::<_, DbError>(row.get::<Option<Uuid>>(at)?.map(UserId::from_uuid));
    Ok(ApplicationRow {
        id: ApplicationId::from_uuid(row.get(0)?),
        applicant: user(1)?,
        submitted_by: user(2)?,
        kind: row.get::<String>(3)?.parse().map_err(|_| corrupt("kind"))?,
        product: (row.get(4)?, row.get(5)?),
        currency: row.get(6)?,
        amount_minor: row.get(7)?,
        term_months: u16::try_from(row.get::<i64>(8)?).map_err(|_| corrupt("term_months"))?,
        annual_income_minor: row.get(9)?,
        monthly_debts_minor: row.get(10)?,
        employment_months: row.get(11)?,
        customer_name: row.get(12)?,
        personal: SealedPersonal {
            tax_number: TaxNumber::parse(&row.get::<String>(13)?).ok_or_else(|| corrupt("tax_id_kind"))?,
            tax_id: row.get(14)?,
            email: row.get(15)?,
            phone: row.get(16)?,
        },
        status: ApplicationStatus::parse(&row.get::<String>(17)?).ok_or_else(|| corrupt("status"))?,
        score: u16::try_from(row.get::<i64>(18)?).map_err(|_| corrupt("score"))?,
        checks: contract::read("lending_application.checks", &row.get::<String>(19)?)?,
        notice: row.get(20)?,
        loan: row.get::<Option<Uuid>>(21)?.map(LoanId::from_uuid),
        created_at: row.get(22)?,
        decided_at: row.get(23)?,
        asked: row.get(24)?,
    })
}

fn applications(rows: &[Row]) -> Result<Vec<ApplicationRow>, DbError> {
    rows.iter().map(application).collect()
}

pub(crate) fn insert(tx: &mut Tx<'_>, row: &ApplicationRow, indexes: &Indexes) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO lending_application (id, applicant, submitted_by, kind, product_code, product_version, \
        currency, amount_minor, term_months, annual_income_minor, monthly_debts_minor, employment_months, customer_name, \
        name_folded, tax_id_kind, tax_id, tax_id_index, tax_id_last_four_index, email, email_index, phone, status, score, \
        checks, created_at_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, \
        $20, $21, $22, $23, $24, $25)";
    let values = params![
        row.id.uuid(),
        row.applicant.map(UserId::uuid),
        row.submitted_by.map(UserId::uuid),
        row.kind.code(),
        &row.product.0,
        row.product.1,
        row.currency,
        row.amount_minor,
        row.term_months,
        row.annual_income_minor,
        row.monthly_debts_minor,
        row.employment_months,
        &row.customer_name,
        row.customer_name.to_lowercase(),
        row.personal.tax_number.code(),
        &row.personal.tax_id,
        indexes.tax_id,
        indexes.last_four,
        &row.personal.email,
        indexes.email,
        &row.personal.phone,
        row.status.code(),
        i64::from(row.score),
        contract::write(&row.checks)?,
        row.created_at,
    ];
    tx.execute(SQL, &values).map(drop)
}

pub(crate) fn find(reader: &mut Reader<'_>, id: ApplicationId) -> Result<Option<ApplicationRow>, DbError> {
    reader.row(select!("WHERE id = $1"), &params![id.uuid()])?.as_ref().map(application).transpose()
}

/// One application, locked until the unit ends.
pub(crate) fn lock(tx: &mut Tx<'_>, id: ApplicationId) -> Result<Option<ApplicationRow>, DbError> {
    tx.row(select!("WHERE id = $1 FOR UPDATE"), &params![id.uuid()])?.as_ref().map(application).transpose()
}

/// Applications before `before`, the newest first: somebody's, or those of a status, or all.
pub(crate) fn list(
    reader: &mut Reader<'_>,
    applicant: Option<UserId>,
    status: Option<ApplicationStatus>,
    before: Uuid,
    limit: i64,
) -> Result<Vec<ApplicationRow>, DbError> {
    let rows = match (applicant, status) {
        (Some(applicant), _) => reader.rows(
            select!("WHERE applicant = $1 AND id < $2 ORDER BY id DESC LIMIT $3"),
            &params![applicant.uuid(), before, limit],
        )?,
        (None, Some(status)) => reader.rows(
            select!("WHERE status = $1 AND id < $2 ORDER BY id DESC LIMIT $3"),
            &params![status.code(), before, limit],
        )?,
        (None, None) => {
            reader.rows(select!("WHERE id < $1 ORDER BY id DESC LIMIT $2"), &params![before, limit])?
        }
    };
    applications(&rows)
}

/// Applications after `after` that nobody decided about yet, the oldest first.
pub(crate) fn waiting(
    reader: &mut Reader<'_>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<ApplicationRow>, DbError> {
    applications(&reader.rows(
        select!("WHERE status = $1 AND id > $2 ORDER BY id LIMIT $3"),
        &params![ApplicationStatus::Submitted.code(), after, limit],
    )?)
}

/// How an application is looked for.
pub(crate) enum By {
    /// The whole tax number.
    TaxId([u8; 32]),
    /// Its last four digits.
    LastFour([u8; 32]),
    /// The email.
    Email([u8; 32]),
    /// How the name begins, in small letters.
    Name(String),
}

pub(crate) fn search(reader: &mut Reader<'_>, by: &By, limit: i64) -> Result<Vec<ApplicationRow>, DbError> {
    let rows = match by {
        By::TaxId(index) => reader
            .rows(select!("WHERE tax_id_index = $1 ORDER BY id DESC LIMIT $2"), &params![*index, limit])?,
        By::LastFour(index) => reader.rows(
            select!("WHERE tax_id_last_four_index = $1 ORDER BY id DESC LIMIT $2"),
            &params![*index, limit],
        )?,
        By::Email(index) => reader
            .rows(select!("WHERE email_index = $1 ORDER BY id DESC LIMIT $2"), &params![*index, limit])?,
        // A range instead of LIKE: nothing in the text is a pattern, and the index serves both engines.
        By::Name(start) => reader.rows(
            select!("WHERE name_folded >= $1 AND name_folded < $2 ORDER BY name_folded, id DESC LIMIT $3"),
            &params![start, format!("{start}\u{10ffff}"), limit],
        )?,
    };
    applications(&rows)
}

/// Notes that an application was granted.
pub(crate) fn approve(
    tx: &mut Tx<'_>,
    id: ApplicationId,
    loan: LoanId,
    now: Timestamp,
) -> Result<(), DbError> {
    const SQL: &str = "UPDATE lending_application SET status = 'approved', loan_id = $2, decided_at_us = $3 \
                       WHERE id = $1 AND status = 'submitted'";
    tx.execute(SQL, &params![id.uuid(), loan.uuid(), now]).map(drop)
}

/// Notes that it was refused.
pub(crate) fn reject(
    tx: &mut Tx<'_>,
    id: ApplicationId,
    notice: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    const SQL: &str = "UPDATE lending_application SET status = 'rejected', notice = $2, decided_at_us = $3 \
                       WHERE id = $1 AND status = 'submitted'";
    tx.execute(SQL, &params![id.uuid(), notice, now]).map(drop)
}

/// Notes that it was taken back; false unless it waited for a decision.
pub(crate) fn withdraw(tx: &mut Tx<'_>, id: ApplicationId, now: Timestamp) -> Result<bool, DbError> {
    const SQL: &str = "UPDATE lending_application SET status = 'withdrawn', decided_at_us = $2 \
                       WHERE id = $1 AND status = 'submitted'";
    Ok(tx.execute(SQL, &params![id.uuid(), now])? == 1)
}

/// Notes whose it is.
pub(crate) fn belongs_to(tx: &mut Tx<'_>, id: ApplicationId, applicant: UserId) -> Result<(), DbError> {
    const SQL: &str = "UPDATE lending_application SET applicant = $2 WHERE id = $1 AND applicant IS NULL";
    tx.execute(SQL, &params![id.uuid(), applicant.uuid()]).map(drop)
}

pub(crate) fn insert_decision(
    tx: &mut Tx<'_>,
    id: ApplicationId,
    decision: &DecisionSeen,
    reasons: Option<&str>,
) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO lending_decision (application_id, officer, decision, terms, reasons, note, at_us) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let terms = decision.terms.as_ref().map(contract::write).transpose()?;
    let values = params![
        id.uuid(),
        decision.officer.uuid(),
        if decision.approved { "approve" } else { "reject" },
        terms,
        reasons,
        decision.note.clone(),
        decision.at,
    ];
    tx.execute(SQL, &values).map(drop)
}

const DECISIONS: &str = "SELECT officer, decision, terms, note, at_us FROM lending_decision \
                         WHERE application_id = $1 ORDER BY at_us, officer";

fn decision(row: &Row) -> Result<DecisionSeen, DbError> {
    let terms: Option<String> = row.get(2)?;
    let terms =
        terms.map(|text| contract::read::<GrantedTerms>("lending_decision.terms", &text)).transpose()?;
    Ok(DecisionSeen {
        officer: UserId::from_uuid(row.get(0)?),
        approved: row.get::<String>(1)? == "approve",
        terms,
        note: row.get(3)?,
        at: row.get(4)?,
    })
}

pub(crate) fn decisions(reader: &mut Reader<'_>, id: ApplicationId) -> Result<Vec<DecisionSeen>, DbError> {
    reader.rows(DECISIONS, &params![id.uuid()])?.iter().map(decision).collect()
}

pub(crate) fn decisions_in(tx: &mut Tx<'_>, id: ApplicationId) -> Result<Vec<DecisionSeen>, DbError> {
    tx.rows(DECISIONS, &params![id.uuid()])?.iter().map(decision).collect()
}
