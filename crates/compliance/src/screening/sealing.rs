//! What was looked for, as it lies in the database.

use florin_db::{DbError, SealedColumn, sealed_column};
use florin_kernel::Uuid;
use florin_screening::{Explanation, Query};
use florin_vault::{BlindIndex, Column, Keyring, Normal, Place};
use zeroize::Zeroizing;

use super::Error;

const QUERY: Column = Column { table: "screening", column: "query", normal: Normal::Exact };

/// The columns of this module whose values are sealed.
pub static SEALED: &[SealedColumn] = &[
    sealed_column!("screening", "query", "id", beside "NULL",
        index "query_index" by |vault, _, text| Some(vault.blind_index(QUERY).of(text))),
    sealed_column!("screening_hit", "explanation", "id"),
];

/// Seals what was looked for, each for its row. Clones share the keys.
#[derive(Clone, Debug)]
pub(super) struct Sealing {
    vault: Keyring,
    queries: BlindIndex,
}

impl Sealing {
    pub(super) fn new(vault: Keyring) -> Self {
        Self { queries: vault.blind_index(QUERY), vault }
    }

    /// What equal queries have in common.
    pub(super) fn index(&self, query: &Query) -> Result<[u8; 32], Error> {
        Ok(self.queries.of(&text(query)?))
    }

    pub(super) fn seal_query(&self, row: Uuid, query: &Query) -> Result<String, Error> {
        Ok(self.vault.seal(&Place::new("screening", "query", row), text(query)?.as_bytes())?)
    }

    pub(super) fn open_query(&self, row: Uuid, sealed: &str) -> Result<Query, Error> {
        let opened = self.vault.open(&Place::new("screening", "query", row), sealed)?;
        serde_json::from_slice(opened.expose()).map_err(|_| corrupt("screening.query"))
    }

    pub(super) fn seal_explanation(&self, row: Uuid, explanation: &Explanation) -> Result<String, Error> {
        let text = Zeroizing::new(serde_json::to_vec(explanation).map_err(|_| unwritable())?);
        Ok(self.vault.seal(&Place::new("screening_hit", "explanation", row), &text)?)
    }

    pub(super) fn open_explanation(&self, row: Uuid, sealed: &str) -> Result<Explanation, Error> {
        let opened = self.vault.open(&Place::new("screening_hit", "explanation", row), sealed)?;
        serde_json::from_slice(opened.expose()).map_err(|_| corrupt("screening_hit.explanation"))
    }
}

fn text(query: &Query) -> Result<Zeroizing<String>, Error> {
    serde_json::to_string(query).map(Zeroizing::new).map_err(|_| unwritable())
}

fn unwritable() -> Error {
    DbError::Other("what was looked for cannot be written".to_owned()).into()
}

fn corrupt(what: &str) -> Error {
    DbError::Corrupt(format!("{what} is not what was written")).into()
}
