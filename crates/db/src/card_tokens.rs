//! The token vault: the one place where card numbers lie.
//!
//! Everywhere else a card is a [`CardToken`]. The number is sealed for its row; beside it lies its fingerprint, a keyed
//! hash by which the same card is known again, and nothing else of it: a mask beside the fingerprint would tell more than
//! either (PCI DSS 3.5.1), so masks are made of what was opened.

use std::fmt;

use florin_kernel::{Action, Actor, Denied, Resource, UserId, Uuid};
use florin_vault::{BlindIndex, CardToken, Column, Keyring, Masked, Normal, Pan, Place, VaultError};
use thiserror::Error;

use crate::migrate::Migration;
use crate::{Db, DbError, Row, SealedColumn, Tx, params, sealed_column};

const TABLE: &str = "card_token";
const COLUMN: &str = "pan";
const INDEX: Column = Column { table: TABLE, column: COLUMN, normal: Normal::Code };

/// The table of the cards.
pub(crate) const MIGRATION: Migration = Migration::new(
    "db_0004_card_tokens",
    "CREATE TABLE card_token (
        id {uuid} PRIMARY KEY,
        token TEXT NOT NULL UNIQUE,
        owner_id {uuid} NOT NULL,
        pan TEXT NOT NULL,
        fingerprint {bytes} NOT NULL,
        created_at_us BIGINT NOT NULL,
        UNIQUE (owner_id, fingerprint)
     ) {strict};
     CREATE INDEX card_token_by_fingerprint ON card_token (fingerprint);",
);

/// The columns here whose values are sealed.
pub static SEALED: &[SealedColumn] = &[sealed_column!("card_token", "pan", "id", beside "NULL",
index "fingerprint" by |vault, _, pan| {
    Some(vault.blind_index(INDEX).of(pan.parse::<Pan>().ok()?.expose()))
})];

/// Why a card was not kept or not shown. No message holds a number.
#[derive(Debug, Error)]
pub enum CardError {
    /// There is no such card, or it is another's.
    #[error("there is no such card")]
    NotFound,
    /// It is not permitted.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The number cannot be sealed or opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What the same card has in common wherever it is kept, in this installation and no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(16).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A card as all but the vault know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptCard {
    /// What stands for it.
    pub token: CardToken,
    /// Whose it is.
    pub owner: UserId,
    /// The same for the same card.
    pub fingerprint: Fingerprint,
    /// What may be shown of its number: the first six and the last four digits.
    pub masked: Masked,
}

/// Keeps card numbers, and gives tokens for them. Clones share the keys.
#[derive(Clone)]
pub struct CardVault {
    db: Db,
    vault: Keyring,
    fingerprints: BlindIndex,
}

struct Stored {
    id: Uuid,
    owner: UserId,
    pan: String,
    fingerprint: Fingerprint,
}

impl CardVault {
    /// The cards of this database, under these keys.
    pub fn new(db: Db, vault: Keyring) -> Self {
        Self { db, fingerprints: vault.blind_index(INDEX), vault }
    }

    /// Keeps a card of somebody's and gives its token; a card of theirs that is kept has one already.
    ///
    /// # Errors
    /// [`CardError::Denied`], [`CardError::Vault`], [`CardError::Db`].
    #[tracing::instrument(name = "db.card.tokenise", skip_all)]
    pub async fn tokenise(&self, by: &Actor, owner: UserId, pan: Pan) -> Result<KeptCard, CardError> {
        let permit = by.permit(Action::KeepCard, Resource::kind(TABLE).owned_by(owner))?;
        let this = self.clone();
        self.db.write(permit, move |tx| this.tokenise_in(tx, owner, &pan)).await
    }

    /// The same within a unit of work, whose permit answers for it.
    ///
    /// # Errors
    /// [`CardError::Vault`], [`CardError::Db`].
    pub fn tokenise_in(&self, tx: &mut Tx<'_>, owner: UserId, pan: &Pan) -> Result<KeptCard, CardError> {
        let fingerprint = Fingerprint(self.fingerprints.of(pan.expose()));
        let (id, now) = (self.db.env().new_uuid(), self.db.env().now());
        let sealed = self.vault.seal(&Place::new(TABLE, COLUMN, id), pan.expose().as_bytes())?;
        let inserted = tx.execute(
            "INSERT INTO card_token (id, token, owner_id, pan, fingerprint, created_at_us)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (owner_id, fingerprint) DO NOTHING",
            &params![id, CardToken::generate()?.as_str(), owner.uuid(), sealed, fingerprint.0, now],
        )?;
        let row = tx.row(
            "SELECT id, token FROM card_token WHERE owner_id = $1 AND fingerprint = $2",
            &params![owner.uuid(), fingerprint.0],
        )?;
        let row = row.ok_or(CardError::NotFound)?;
        tx.about(row.get(0)?);
        tx.note("kept", &if inserted == 1 { "new" } else { "already" });
        Ok(KeptCard { token: token_of(&row, 1)?, owner, fingerprint, masked: pan.masked() })
    }

    /// What may be shown of a card.
    ///
    /// # Errors
    /// [`CardError::NotFound`], also for another's; [`CardError::Denied`], [`CardError::Vault`], [`CardError::Db`].
    pub async fn describe(&self, by: &Actor, token: &CardToken) -> Result<KeptCard, CardError> {
        let stored = self.find(token).await?;
        by.permit(Action::ReadCard, stored.resource()).map_err(hidden)?;
        let pan = self.open(&stored)?;
        let (owner, fingerprint) = (stored.owner, stored.fingerprint);
        Ok(KeptCard { token: token.clone(), owner, fingerprint, masked: pan.masked() })
    }

    /// The whole number of a card, for whoever is permitted that and proved a factor within the last minutes; who was
    /// shown it is written down first, with the reason that they give.
    ///
    /// # Errors
    /// As [`CardVault::describe`]; [`Denied::StepUpRequired`].
    #[tracing::instrument(name = "db.card.detokenise", skip_all)]
    pub async fn detokenise(&self, by: &Actor, token: &CardToken, reason: &str) -> Result<Pan, CardError> {
        let stored = self.find(token).await?;
        let permit = by.permit(Action::RevealCard, stored.resource()).map_err(hidden)?;
        by.must_have_stepped_up(self.db.env().now())?;
        let (token, reason) = (token.clone(), reason.to_owned());
        let stored = self.db.write(permit, move |tx| {
            tx.note("reason", &reason);
            // It may have gone since.
            let stored = Self::lock(tx, &token)?;
            if stored.is_none() {
                tx.outcome_failed("not_found");
            }
            Ok::<_, CardError>(stored)
        });
        self.open(&stored.await?.ok_or(CardError::NotFound)?)
    }

    /// Forgets a card: its token stands for nothing any more.
    ///
    /// # Errors
    /// As [`CardVault::describe`].
    #[tracing::instrument(name = "db.card.forget", skip_all)]
    pub async fn forget(&self, by: &Actor, token: &CardToken) -> Result<(), CardError> {
        let stored = self.find(token).await?;
        let permit = by.permit(Action::ForgetCard, stored.resource()).map_err(hidden)?;
        let gone = self
            .db
            .write(permit, move |tx| tx.execute("DELETE FROM card_token WHERE id = $1", &params![stored.id]));
        if gone.await? == 0 { Err(CardError::NotFound) } else { Ok(()) }
    }

    async fn find(&self, token: &CardToken) -> Result<Stored, CardError> {
        let token = token.clone();
        let row = self.db.read(move |reader| {
            reader.row(
                "SELECT id, owner_id, pan, fingerprint FROM card_token WHERE token = $1",
                &params![token.as_str()],
            )
        });
        let row: Option<Row> = row.await?;
        Ok(stored(&row.ok_or(CardError::NotFound)?)?)
    }

    fn lock(tx: &mut Tx<'_>, token: &CardToken) -> Result<Option<Stored>, DbError> {
        let row = tx.row(
            "SELECT id, owner_id, pan, fingerprint FROM card_token WHERE token = $1 FOR UPDATE",
            &params![token.as_str()],
        )?;
        row.as_ref().map(stored).transpose()
    }

    fn open(&self, stored: &Stored) -> Result<Pan, CardError> {
        let opened = self.vault.open(&Place::new(TABLE, COLUMN, stored.id), &stored.pan)?;
        let pan = opened.expose_str()?.parse();
        pan.map_err(|_| DbError::Corrupt("card_token.pan is not what was written".to_owned()).into())
    }
}

impl fmt::Debug for CardVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardVault").field("vault", &self.vault).finish_non_exhaustive()
    }
}

impl Stored {
    fn resource(&self) -> Resource {
        Resource::one(TABLE, self.id).owned_by(self.owner)
    }
}

/// Another's card is told as one that is not there.
fn hidden(denied: Denied) -> CardError {
    match denied {
        Denied::Forbidden { .. } => CardError::NotFound,
        other => other.into(),
    }
}

fn stored(row: &Row) -> Result<Stored, DbError> {
    let fingerprint: Vec<u8> = row.get(3)?;
    let corrupt = |_| DbError::Corrupt("card_token.fingerprint is not what was written".to_owned());
    Ok(Stored {
        id: row.get(0)?,
        owner: UserId::from_uuid(row.get(1)?),
        pan: row.get(2)?,
        fingerprint: Fingerprint(fingerprint.try_into().map_err(corrupt)?),
    })
}

fn token_of(row: &Row, column: usize) -> Result<CardToken, DbError> {
    let text: String = row.get(column)?;
    text.parse().map_err(|_| DbError::Corrupt("card_token.token is not what was written".to_owned()))
}
