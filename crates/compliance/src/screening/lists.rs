//! Loading a list: all of it as one unit of work, as a difference to what was there.

use std::collections::HashMap;
use std::sync::Arc;

use florin_db::{Bulk, BulkStatement, DbError, Kind as Column, Reader, Tx, params};
use florin_kernel::{Action, Actor, Env, Resource, Timestamp, UserId};

use super::store::{self, ListRow};
use super::{Error, Parts, PassJob, Sanctions, Source};

/// How many rows leave at once.
const ROWS: usize = 2_000;
/// Lists that are smaller may lose what they like.
const SMALL: usize = 20;

/// What a load did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// Whether the content was another one than before.
    pub changed: bool,
    /// The number of the load that counts.
    pub seq: i64,
    /// How many entries the list has.
    pub entries: usize,
    /// How many are new.
    pub added: usize,
    /// How many say something else than before.
    pub modified: usize,
    /// How many are gone.
    pub removed: usize,
}

/// A list that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedList {
    /// Which one.
    pub source: Source,
    /// The number of its load.
    pub seq: i64,
    /// What its files are known by: SHA-256, in hexadecimal.
    pub hash: String,
    /// How many entries it has.
    pub entries: i64,
    /// When it was loaded.
    pub loaded_at: Timestamp,
    /// By whom; nobody where the program did.
    pub loaded_by: Option<UserId>,
}

/// How much is loaded, and whether everybody was looked for on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How many lists.
    pub lists: usize,
    /// How many entries they have.
    pub entries: i64,
    /// Whether all subjects were looked for on all of them.
    pub passed: bool,
    /// When the one was loaded that was not replaced for longest.
    pub oldest_at: Option<Timestamp>,
}

/// How much is loaded.
///
/// # Errors
/// What the database says.
pub fn standing(reader: &mut Reader<'_>) -> Result<Standing, DbError> {
    let (lists, state) = (store::lists(reader)?, store::state(reader)?);
    let entries = lists.iter().map(|list| list.entries).fold(0, i64::saturating_add);
    let oldest_at = lists.iter().map(|list| list.loaded_at).min();
    Ok(Standing { lists: lists.len(), entries, passed: state.passed >= state.seq, oldest_at })
}

/// An entry on its way into the database.
struct Prepared {
    id: String,
    fingerprint: String,
    entry: String,
}

static PUT: BulkStatement = BulkStatement {
    sqlite: "INSERT INTO sanctions_entry (source, entry_id, fingerprint, entry, since_seq) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (source, entry_id) DO UPDATE SET fingerprint = excluded.fingerprint, entry = excluded.entry, \
             since_seq = excluded.since_seq",
    postgres: "INSERT INTO sanctions_entry (source, entry_id, fingerprint, entry, since_seq) \
               SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[]) \
               ON CONFLICT (source, entry_id) DO UPDATE SET fingerprint = excluded.fingerprint, entry = excluded.entry, \
               since_seq = excluded.since_seq",
    columns: &[Column::Text, Column::Text, Column::Text, Column::Text, Column::Int],
};

static REMOVE: BulkStatement = BulkStatement {
    sqlite: "DELETE FROM sanctions_entry WHERE source = $1 AND entry_id = $2",
    postgres: "DELETE FROM sanctions_entry e USING UNNEST($1::text[], $2::text[]) AS gone (source, entry_id) \
               WHERE e.source = gone.source AND e.entry_id = gone.entry_id",
    columns: &[Column::Text, Column::Text],
};

impl Sanctions {
    /// Takes a list in, in the place of the one of this source; all subjects are looked for among what is new or changed. The same
    /// content again changes nothing. A list that would lose more than half of its entries is taken only if whoever loads it insists.
    ///
    /// # Errors
    /// [`Error::List`] with line and column, [`Error::Repeated`], [`Error::Shrunk`], [`Error::Denied`]: nothing was changed.
    #[tracing::instrument(name = "compliance.sanctions.load", skip_all, fields(list = %source))]
    pub async fn load(
        &self,
        by: &Actor,
        source: Source,
        parts: Parts,
        insist: bool,
    ) -> Result<Loaded, Error> {
        let permit = by.permit(Action::LoadSanctions, Resource::kind("sanctions_list"))?;
        let read = tokio::task::spawn_blocking(move || {
            prepared(source, &parts).map(|read| (parts.hash(source), read))
        });
        let (hash, entries) = read.await.map_err(|error| DbError::Other(error.to_string()))??;
        if let Some(same) = self.standing(source, &hash).await? {
            return Ok(same);
        }
        let (env, by, entries) = (self.0.env.clone(), by.user(), Arc::new(entries));
        let loaded = self
            .0
            .db
            .write(permit, move |tx| replace(tx, &env, by, (source, &hash), &entries, insist))
            .await?;
        tracing::info!(
            seq = loaded.seq,
            entries = loaded.entries,
            added = loaded.added,
            "a list of sanctions was loaded"
        );
        Ok(loaded)
    }

    /// The lists that count.
    ///
    /// # Errors
    /// [`Error::Denied`], or what the database says.
    pub async fn lists(&self, by: &Actor) -> Result<Vec<LoadedList>, Error> {
        by.permit(Action::ReadScreenings, Resource::kind("sanctions_list"))?;
        let rows = self.0.db.read(store::lists).await?;
        Ok(rows.into_iter().map(shown).collect())
    }

    /// The load that counts, if it is of this content.
    pub(super) async fn standing(&self, source: Source, hash: &str) -> Result<Option<Loaded>, Error> {
        let rows = self.0.db.read(store::lists).await?;
        let same = rows.into_iter().find(|row| row.source == source && row.hash == hash);
        Ok(same.map(|row| Loaded {
            changed: false,
            seq: row.seq,
            entries: usize::try_from(row.entries).unwrap_or(usize::MAX),
            added: 0,
            modified: 0,
            removed: 0,
        }))
    }
}

fn shown(row: ListRow) -> LoadedList {
    let ListRow { seq, source, hash, entries, loaded_at, loaded_by } = row;
    LoadedList { source, seq, hash, entries, loaded_at, loaded_by }
}

fn prepared(source: Source, parts: &Parts) -> Result<Vec<Prepared>, Error> {
    let entries = parts.entries(source)?;
    let mut seen = std::collections::HashSet::with_capacity(entries.len());
    let mut prepared = Vec::with_capacity(entries.len());
    for entry in entries {
        if !seen.insert(entry.id.clone()) {
            return Err(Error::Repeated(entry.id));
        }
        let text = serde_json::to_string(&entry)
            .map_err(|_| DbError::Other("an entry of the list cannot be written".to_owned()))?;
        prepared.push(Prepared { fingerprint: entry.fingerprint(), entry: text, id: entry.id });
    }
    Ok(prepared)
}

/// Puts the entries in the place of those of this source.
fn replace(
    tx: &mut Tx<'_>,
    env: &Env,
    by: Option<UserId>,
    (source, hash): (Source, &str),
    entries: &[Prepared],
    insist: bool,
) -> Result<Loaded, Error> {
    let mut state = store::lock_state(tx)?;
    let now = env.now();
    let rows = tx.rows(
        "SELECT entry_id, fingerprint FROM sanctions_entry WHERE source = $1",
        &params![source.code()],
    )?;
    let mut before: HashMap<String, String> =
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, DbError>>()?;
    let had = before.len();
    if !insist && had >= SMALL && entries.len().saturating_mul(2) < had {
        return Err(Error::Shrunk { before: had, after: entries.len() });
    }
    state.seq = state.seq.saturating_add(1);
    let (mut added, mut modified) = (0_usize, 0_usize);
    let mut put = Bulk::new(&PUT);
    for entry in entries {
        match before.remove(&entry.id) {
            Some(same) if same == entry.fingerprint => continue,
            Some(_) => modified = modified.saturating_add(1),
            None => added = added.saturating_add(1),
        }
        put.push(params![source.code(), &entry.id, &entry.fingerprint, &entry.entry, state.seq]);
        if put.len() >= ROWS {
            tx.bulk(std::mem::replace(&mut put, Bulk::new(&PUT)))?;
        }
    }
    tx.bulk(put)?;
    let removed = before.len();
    let mut remove = Bulk::new(&REMOVE);
    for id in before.into_keys() {
        remove.push(params![source.code(), id]);
    }
    tx.bulk(remove)?;
    let loaded = Loaded { changed: true, seq: state.seq, entries: entries.len(), added, modified, removed };
    write_list(tx, by, (source, hash), &loaded, now)?;
    store::write_state(tx, &state, None)?;
    PassJob::enqueue(tx, now)?;
    florin_jobs::outbox::publish(tx, "sanctions.loaded", env.new_uuid(), now.as_microsecond())?;
    Ok(loaded)
}

fn write_list(
    tx: &mut Tx<'_>,
    by: Option<UserId>,
    (source, hash): (Source, &str),
    loaded: &Loaded,
    now: Timestamp,
) -> Result<(), DbError> {
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    tx.execute(
        "UPDATE sanctions_list SET active = $2 WHERE source = $1 AND active",
        &params![source.code(), false],
    )?;
    tx.execute(
        "INSERT INTO sanctions_list (seq, source, hash, entries, added, changed, removed, active, loaded_at_us, loaded_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &params![
            loaded.seq,
            source.code(),
            hash,
            count(loaded.entries),
            count(loaded.added),
            count(loaded.modified),
            count(loaded.removed),
            true,
            now,
            by.map(UserId::uuid),
        ],
    )?;
    tx.note("list", &source);
    tx.note("hash", &hash);
    tx.note("entries", &loaded.entries);
    tx.note("added", &loaded.added);
    tx.note("changed", &loaded.modified);
    tx.note("removed", &loaded.removed);
    Ok(())
}
