//! Alerts and runs as rows.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::{AccountId, Currency, Money, UserId, Uuid};

use super::alert::{AlertQuery, AlertStatus, Run, RunPlace};
use super::{Alert, AlertId, AlertPlace, RunId};
use crate::cases::{CaseId, Decision, Status};
use crate::monitor::{MovementId, Named, Role, Typology};

/// A statement about whole alerts, with what their cases say.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.typology, a.also, a.reference, a.first_at_us, a.last_at_us, a.amount, a.currency, a.score, \
             a.explanation, a.accounts, a.movements, a.movement_count, a.case_id, c.status, c.decision, a.run_id, \
             a.created_at_us, a.changed_at_us FROM aml_alert a JOIN compliance_case c ON c.id = a.case_id ",
            $rest
        )
    };
}

fn corrupt() -> DbError {
    DbError::Corrupt("aml_alert has a row that was never written".to_owned())
}

fn typology(name: &str) -> Result<Typology, DbError> {
    Typology::parse(name).ok_or_else(corrupt)
}

fn standing(status: &str, decision: Option<&str>) -> Result<AlertStatus, DbError> {
    let status: Status = status.parse().map_err(|_| corrupt())?;
    Ok(match status {
        Status::Open => AlertStatus::Open,
        Status::InProgress => AlertStatus::InProgress,
        Status::Closed if decision == Some(Decision::Sar.code()) => AlertStatus::Reported,
        Status::Closed => AlertStatus::Dismissed,
    })
}

fn alert(row: &Row) -> Result<Alert, DbError> {
    let also: String = row.get(2)?;
    let currency = Currency::parse(&row.get::<String>(7)?).map_err(|_| corrupt())?;
    Ok(Alert {
        id: AlertId::from_uuid(row.get(0)?),
        typology: typology(&row.get::<String>(1)?)?,
        also: also.split(',').filter(|name| !name.is_empty()).map(typology).collect::<Result<_, _>>()?,
        reference: row.get(3)?,
        first_at: row.get(4)?,
        last_at: row.get(5)?,
        amount: Money::new(row.get(6)?, currency),
        score: row.get(8)?,
        explanation: row.get(9)?,
        accounts: accounts_of(&row.get::<String>(10)?)?,
        movements: movements_of(&row.get::<String>(11)?)?,
        movement_count: row.get(12)?,
        case: CaseId::from_uuid(row.get(13)?),
        status: standing(&row.get::<String>(14)?, row.get::<Option<String>>(15)?.as_deref())?,
        run: RunId::from_uuid(row.get(16)?),
        created_at: row.get(17)?,
        changed_at: row.get(18)?,
    })
}

const ROLES: [(Role, &str); 4] =
    [(Role::Main, "main"), (Role::Source, "source"), (Role::Middle, "middle"), (Role::Sink, "sink")];

/// The stable name of a role.
pub(super) fn role_name(role: Role) -> &'static str {
    ROLES.iter().find(|(one, _)| *one == role).map_or("main", |(_, name)| name)
}

/// Accounts with their roles: `[["…", "main"], …]`.
fn accounts_text(accounts: &[Named]) -> Result<String, DbError> {
    let pairs: Vec<(String, &str)> =
        accounts.iter().map(|named| (named.account.to_string(), role_name(named.role))).collect();
    serde_json::to_string(&pairs).map_err(|error| DbError::Other(error.to_string()))
}

fn accounts_of(text: &str) -> Result<Vec<Named>, DbError> {
    let pairs: Vec<(String, String)> = serde_json::from_str(text).map_err(|_| corrupt())?;
    pairs
        .into_iter()
        .map(|(account, role)| {
            let role = ROLES.iter().find(|(_, name)| *name == role).map(|(role, _)| *role);
            let account: AccountId = account.parse().map_err(|_| corrupt())?;
            Ok(Named { account, role: role.ok_or_else(corrupt)? })
        })
        .collect()
}

fn movements_text(movements: &[MovementId]) -> Result<String, DbError> {
    let names: Vec<String> = movements.iter().map(ToString::to_string).collect();
    serde_json::to_string(&names).map_err(|error| DbError::Other(error.to_string()))
}

fn movements_of(text: &str) -> Result<Vec<MovementId>, DbError> {
    let names: Vec<String> = serde_json::from_str(text).map_err(|_| corrupt())?;
    names.iter().map(|name| name.parse().map_err(|_| corrupt())).collect()
}

/// Lets one run write at a time, until the unit ends.
pub(super) fn take_turn(tx: &mut Tx<'_>) -> Result<(), DbError> {
    tx.row("SELECT name FROM aml_turn WHERE name = 'monitoring' FOR UPDATE", &[]).map(|_| ())
}

/// Alerts that may be found again by whoever looks from `from_us` on.
pub(super) fn recent(reader: &mut Reader<'_>, from_us: i64) -> Result<Vec<Alert>, DbError> {
    let rows =
        reader.rows(select!("WHERE a.last_at_us >= $1 ORDER BY a.created_at_us, a.id"), &params![from_us])?;
    rows.iter().map(alert).collect()
}

pub(super) fn insert(tx: &mut Tx<'_>, alert: &Alert) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO aml_alert (id, typology, also, reference, first_at_us, last_at_us, amount, currency, score, explanation, \
         accounts, movements, movement_count, case_id, run_id, created_at_us, changed_at_us) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        &params![
            alert.id.uuid(),
            alert.typology.name(),
            also(alert),
            &alert.reference,
            alert.first_at,
            alert.last_at,
            alert.amount.minor(),
            alert.amount.currency(),
            i64::from(alert.score),
            &alert.explanation,
            accounts_text(&alert.accounts)?,
            movements_text(&alert.movements)?,
            i64::from(alert.movement_count),
            alert.case.uuid(),
            alert.run.uuid(),
            alert.created_at,
            alert.changed_at,
        ],
    )?;
    Ok(())
}

/// Writes what can change of an alert. Only a run does, and only one at a time.
pub(super) fn update(tx: &mut Tx<'_>, alert: &Alert) -> Result<(), DbError> {
    tx.execute(
        "UPDATE aml_alert SET typology = $2, also = $3, last_at_us = $4, amount = $5, currency = $6, score = $7, \
         explanation = $8, accounts = $9, movements = $10, movement_count = $11, case_id = $12, run_id = $13, \
         changed_at_us = $14, first_at_us = $15 WHERE id = $1",
        &params![
            alert.id.uuid(),
            alert.typology.name(),
            also(alert),
            alert.last_at,
            alert.amount.minor(),
            alert.amount.currency(),
            i64::from(alert.score),
            &alert.explanation,
            accounts_text(&alert.accounts)?,
            movements_text(&alert.movements)?,
            i64::from(alert.movement_count),
            alert.case.uuid(),
            alert.run.uuid(),
            alert.changed_at,
            alert.first_at,
        ],
    )?;
    Ok(())
}

fn also(alert: &Alert) -> String {
    alert.also.iter().copied().map(Typology::name).collect::<Vec<_>>().join(",")
}

pub(super) fn find(reader: &mut Reader<'_>, id: AlertId) -> Result<Option<Alert>, DbError> {
    reader.row(select!("WHERE a.id = $1"), &params![id.uuid()])?.as_ref().map(alert).transpose()
}

/// Alerts before a place, the latest at the top.
pub(super) fn list(
    reader: &mut Reader<'_>,
    query: AlertQuery,
    before: Option<AlertPlace>,
    limit: i64,
) -> Result<Vec<Alert>, DbError> {
    let (status, decision) = match query.status {
        None => ("", ""),
        Some(AlertStatus::Open) => (Status::Open.code(), ""),
        Some(AlertStatus::InProgress) => (Status::InProgress.code(), ""),
        Some(AlertStatus::Reported) => (Status::Closed.code(), Decision::Sar.code()),
        Some(AlertStatus::Dismissed) => (Status::Closed.code(), Decision::NoAction.code()),
    };
    let rows = reader.rows(
        select!(
            "WHERE (a.created_at_us < $1 OR (a.created_at_us = $1 AND a.id < $2)) AND ($3 = '' OR a.typology = $3) \
             AND ($4 = '' OR c.status = $4) AND ($5 = '' OR c.decision = $5) \
             ORDER BY a.created_at_us DESC, a.id DESC LIMIT $6"
        ),
        &params![
            before.map_or(i64::MAX, |place| place.at_us),
            before.map_or(Uuid::max(), |place| place.id.uuid()),
            query.typology.map_or("", Typology::name),
            status,
            decision,
            limit,
        ],
    )?;
    rows.iter().map(alert).collect()
}

pub(super) fn insert_run(tx: &mut Tx<'_>, run: &Run) -> Result<(), DbError> {
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT INTO aml_run (id, from_us, to_us, movements, findings, opened, went_on, took_ms, asked_by, at_us) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &params![
            run.id.uuid(),
            run.from,
            run.to,
            number(run.movements),
            i64::from(run.findings),
            i64::from(run.opened),
            i64::from(run.went_on),
            number(run.took_ms),
            run.by.map(UserId::uuid),
            run.at,
        ],
    )?;
    Ok(())
}

/// Runs before a place, the latest at the top.
pub(super) fn runs(
    reader: &mut Reader<'_>,
    before: Option<RunPlace>,
    limit: i64,
) -> Result<Vec<Run>, DbError> {
    let rows = reader.rows(
        "SELECT id, from_us, to_us, movements, findings, opened, went_on, took_ms, asked_by, at_us FROM aml_run \
         WHERE at_us < $1 OR (at_us = $1 AND id < $2) ORDER BY at_us DESC, id DESC LIMIT $3",
        &params![
            before.map_or(i64::MAX, |place| place.at_us),
            before.map_or(Uuid::max(), |place| place.id.uuid()),
            limit
        ],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Run {
                id: RunId::from_uuid(row.get(0)?),
                from: row.get(1)?,
                to: row.get(2)?,
                movements: row.get::<i64>(3)?.unsigned_abs(),
                findings: row.get(4)?,
                opened: row.get(5)?,
                went_on: row.get(6)?,
                took_ms: row.get::<i64>(7)?.unsigned_abs(),
                by: row.get::<Option<Uuid>>(8)?.map(UserId::from_uuid),
                at: row.get(9)?,
            })
        })
        .collect()
}
