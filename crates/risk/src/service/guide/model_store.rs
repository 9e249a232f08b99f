//! Models as rows.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::{Timestamp, UserId, Uuid};

use super::Roles;
use super::models::{KeptModel, ModelRole};

/// A model to keep.
pub(super) struct NewRow<'a> {
    pub(super) kept: &'a crate::training::Kept,
    pub(super) text: &'a str,
    pub(super) report: Option<&'a str>,
    pub(super) by: Option<UserId>,
    pub(super) at: Timestamp,
}

/// Keeps a model; false where it is kept already.
pub(super) fn keep(tx: &mut Tx<'_>, new: &NewRow<'_>) -> Result<bool, DbError> {
    let from = &new.kept.provenance;
    let written = tx.execute(
        "INSERT INTO risk_model (version, features, text, report, trained_from, trained_to, trained_rows, \
         trained_frauds, created_by, created_at_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (version) DO NOTHING",
        &params![
            new.kept.version(),
            &new.kept.features,
            new.text,
            new.report.map(str::to_owned),
            from.first_day,
            from.last_day,
            i64::try_from(from.rows).unwrap_or(i64::MAX),
            i64::try_from(from.frauds).unwrap_or(i64::MAX),
            new.by.map(UserId::uuid),
            new.at,
        ],
    )?;
    Ok(written == 1)
}

/// A statement about models without their files.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT m.version, m.features, m.report, m.trained_from, m.trained_to, m.trained_rows, m.trained_frauds, \
             m.created_by, m.created_at_us, r.role FROM risk_model m \
             LEFT JOIN risk_model_role r ON r.version = m.version ",
            $rest
        )
    };
}

fn corrupt(column: &str) -> DbError {
    DbError::Corrupt(format!("risk_model.{column} is not what was written"))
}

fn model(row: &Row) -> Result<KeptModel, DbError> {
    let day = |index: usize, column: &str| -> Result<jiff::civil::Date, DbError> {
        row.get::<String>(index)?.parse().map_err(|_| corrupt(column))
    };
    let report = row.get::<Option<String>>(2)?;
    let role = row.get::<Option<String>>(9)?;
    Ok(KeptModel {
        version: row.get(0)?,
        features: row.get(1)?,
        report: report.map(|text| serde_json::from_str(&text).map_err(|_| corrupt("report"))).transpose()?,
        trained_from: day(3, "trained_from")?,
        trained_to: day(4, "trained_to")?,
        rows: row.get(5)?,
        frauds: row.get(6)?,
        created_by: row.get::<Option<Uuid>>(7)?.map(UserId::from_uuid),
        created_at: row.get(8)?,
        role: role
            .map_or(Some(ModelRole::None), |name| ModelRole::find(&name))
            .ok_or_else(|| corrupt("role"))?,
    })
}

pub(super) fn find(reader: &mut Reader<'_>, version: &str) -> Result<Option<KeptModel>, DbError> {
    reader.row(select!("WHERE m.version = $1"), &params![version])?.as_ref().map(model).transpose()
}

/// Models, the newest first.
pub(super) fn list(reader: &mut Reader<'_>, limit: i64) -> Result<Vec<KeptModel>, DbError> {
    let sql = select!("ORDER BY m.created_at_us DESC, m.version LIMIT $1");
    reader.rows(sql, &params![limit])?.iter().map(model).collect()
}

/// The file of a model.
pub(super) fn text_of(reader: &mut Reader<'_>, version: &str) -> Result<Option<String>, DbError> {
    let row = reader.row("SELECT text FROM risk_model WHERE version = $1", &params![version])?;
    row.map(|row| row.get(0)).transpose()
}

/// Which model has which role, and whether it is there.
pub(super) fn roles(reader: &mut Reader<'_>) -> Result<Roles, DbError> {
    let rows = reader.rows(
        "SELECT r.role, r.version, m.version FROM risk_model_role r LEFT JOIN risk_model m ON m.version = r.version \
         ORDER BY r.role",
        &[],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get::<Option<String>>(2)?.is_some()))).collect()
}

/// Gives a model a role, in the place of the one that had it; with [`ModelRole::None`] takes its own away.
pub(super) fn give(
    tx: &mut Tx<'_>,
    version: &str,
    role: ModelRole,
    by: Option<UserId>,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute("DELETE FROM risk_model_role WHERE version = $1", &params![version])?;
    if role == ModelRole::None {
        return Ok(());
    }
    tx.execute(
        "INSERT INTO risk_model_role (role, version, given_by, given_at_us) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (role) DO UPDATE SET version = $2, given_by = $3, given_at_us = $4",
        &params![role.code(), version, by.map(UserId::uuid), now],
    )?;
    Ok(())
}
