//! The books against the answers: every acknowledged transfer must be there, and everything must balance.

use std::collections::HashSet;
use std::sync::Arc;

use florin_db::DbError;
use florin_kernel::Uuid;
use parking_lot::Mutex;

use super::prepare::Bank;
use crate::{Exit, Failure};

/// The identifiers of the transfers that answers acknowledged.
#[derive(Clone, Debug, Default)]
pub(super) struct Acknowledged(Arc<Mutex<Vec<Uuid>>>);

const ID: &[u8] = b"\"id\":\"";

impl Acknowledged {
    /// Notes the transfer of one answer.
    pub(super) fn single(&self, body: &[u8]) -> Result<(), String> {
        let id = ids(body).next().ok_or("an answer without an id")??;
        self.0.lock().push(id);
        Ok(())
    }

    /// Notes the transfers of a batch's answer.
    pub(super) fn batch(&self, body: &[u8]) -> Result<(), String> {
        let found: Vec<Uuid> = ids(body).collect::<Result<_, _>>()?;
        if found.is_empty() {
            return Err("a batch of which nothing was created".to_owned());
        }
        self.0.lock().extend(found);
        Ok(())
    }
}

/// Every `"id":"…"` of a body; cheaper than reading it as JSON, on the cores that are being measured.
fn ids(body: &[u8]) -> impl Iterator<Item = Result<Uuid, String>> {
    let mut rest = body;
    std::iter::from_fn(move || {
        let at = rest.windows(ID.len()).position(|window| window == ID)?;
        let start = at.saturating_add(ID.len());
        let text = rest.get(start..start.saturating_add(36)).unwrap_or_default();
        rest = rest.get(start..).unwrap_or_default();
        Some(Uuid::try_parse_ascii(text).map_err(|error| error.to_string()))
    })
}

/// Opens the stopped instance and holds it against what was acknowledged.
pub(super) async fn judge(bank: Bank, acknowledged: Acknowledged) -> Result<(), Failure> {
    let services = bank.open().await?;
    let stored: Result<HashSet<Uuid>, DbError> = services.db.read(stored).await;
    let stored = stored.map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    let missing = acknowledged.0.lock().iter().filter(|id| !stored.contains(id)).count();
    if missing > 0 {
        return Err(Failure::new(
            Exit::Failed,
            format!("{missing} acknowledged transfers are missing from the books"),
        ));
    }
    let report = services.db.read(florin_ledger::verify).await;
    let report = report.map_err(|error: DbError| Failure::new(Exit::Failed, error.to_string()))?;
    if let Some(problem) = report.problems.first() {
        return Err(Failure::new(Exit::Failed, format!("the books do not hold: {problem}")));
    }
    let count = acknowledged.0.lock().len();
    tell!(
        "verified: {count} acknowledged transfers are there, {} in all, the books balance",
        report.transfers
    );
    Bank::close(&services);
    Ok(())
}

fn stored(reader: &mut florin_db::Reader<'_>) -> Result<HashSet<Uuid>, DbError> {
    const PAGE: i64 = 50_000;
    let (mut stored, mut from) = (HashSet::new(), 0_i64);
    loop {
        const SQL: &str = "SELECT seq, id FROM ledger_transfer WHERE seq > $1 ORDER BY seq LIMIT $2";
        let rows = reader.rows(SQL, &florin_db::params![from, PAGE])?;
        for row in &rows {
            from = row.get(0)?;
            stored.insert(row.get(1)?);
        }
        if i64::try_from(rows.len()).unwrap_or(0) < PAGE {
            return Ok(stored);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_found_in_bodies() {
        let noted = Acknowledged::default();
        let one = Uuid::from_u128(7);

        noted.single(format!("{{\"id\":\"{one}\",\"status\":\"completed\"}}").as_bytes()).unwrap();
        noted
            .batch(
                format!(
                    "{{\"results\":[{{\"index\":0,\"id\":\"{one}\"}},{{\"index\":1,\"id\":\"{one}\"}}]}}"
                )
                .as_bytes(),
            )
            .unwrap();

        assert_eq!(noted.0.lock().len(), 3);
        assert!(noted.single(b"{}").is_err());
        assert!(noted.single(b"{\"id\":\"short\"}").is_err());
    }
}
