//! Retention: records whose time is over are removed, seal by seal, and a signed stub says which.

use florin_db::{Db, DbError, Reader};
use florin_kernel::{Action, Actor, Resource, Timestamp};

use crate::Error;
use crate::keys::Keys;
use crate::merkle;
use crate::seal::{Removal, Seal};
use crate::store;

/// How many records and seals one unit of work removes at most, one seal aside: others wait while it does.
const RECORDS_AT_ONCE: i64 = 8_192;
const SEALS_AT_ONCE: i64 = 512;
const DAY_US: i64 = 86_400_000_000;

/// What was removed, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// How many seals' records.
    pub seals: i64,
    /// How many records.
    pub records: i64,
}

/// The oldest seals whose records are all older than `before_us`, as a stub to be signed. The newest seal always keeps its
/// records, so that numbers go on from them.
fn due(r: &mut Reader<'_>, before_us: i64, after: Option<&Removal>) -> Result<Option<Removal>, DbError> {
    let Some(newest) = store::newest(r)? else { return Ok(None) };
    let last = match after {
        Some(after) => Some(after.clone()),
        None => store::removals(r)?.pop(),
    };
    let first_seal = last.as_ref().map_or(1, |last| last.last_seal.saturating_add(1));
    let mut seals: Vec<Seal> = Vec::new();
    let mut count = 0_i64;
    for seal in store::seals_after(r, first_seal.saturating_sub(1), SEALS_AT_ONCE)? {
        let Ok(seal) = seal else { break };
        let is_over = seal.number < newest.number && seal.sealed_at_us.max(seal.latest_at_us) < before_us;
        count = count.saturating_add(seal.count);
        if !is_over || (!seals.is_empty() && count > RECORDS_AT_ONCE) {
            break;
        }
        seals.push(seal);
    }
    let (Some(first), Some(end)) = (seals.first(), seals.last()) else { return Ok(None) };
    let hashes: Vec<merkle::Hash> = seals.iter().map(Seal::hash).collect();
    Ok(Some(Removal {
        number: last.map_or(1, |last| last.number.saturating_add(1)),
        first_seal: first.number,
        last_seal: end.number,
        first_seq: first.first_seq,
        last_seq: end.last_seq,
        count: seals.iter().map(|seal| seal.count).fold(0, i64::saturating_add),
        root: merkle::root(&hashes),
        removed_at_us: 0,
        key_id: crate::keys::KeyId([0; 16]),
        signature: [0; 64],
    }))
}

fn cutoff(now: Timestamp, days: u32) -> i64 {
    now.as_microsecond().saturating_sub(i64::from(days).saturating_mul(DAY_US))
}

/// What would be removed now.
pub(crate) async fn preview(db: &Db, days: u32) -> Result<Removed, Error> {
    let before_us = cutoff(db.env().now(), days);
    let (mut removed, mut last) = (Removed::default(), None::<Removal>);
    loop {
        let after = last.take();
        let Some(next) = db.read(move |r| due(r, before_us, after.as_ref())).await? else {
            return Ok(removed);
        };
        removed = add(removed, &next);
        last = Some(next);
    }
}

/// Removes what is due; every unit of it leaves a record of its own.
pub(crate) async fn remove(db: &Db, keys: &Keys, days: u32) -> Result<Removed, Error> {
    let actor = Actor::system("audit_retention");
    let mut removed = Removed::default();
    loop {
        let now = db.env().now();
        let before_us = cutoff(now, days);
        let Some(mut next) = db.read(move |r| due(r, before_us, None)).await? else { return Ok(removed) };
        next.removed_at_us = now.as_microsecond();
        next.key_id = keys.id();
        next.sign(keys);
        let permit = actor.permit(Action::Operate, Resource::kind("audit_record"))?;
        let stub = next.clone();
        let done: Result<bool, DbError> = db
            .write(permit, move |tx| {
                tx.note("removal", &stub.number);
                tx.note("seals", &format_args!("{}-{}", stub.first_seal, stub.last_seal));
                tx.note("records", &stub.count);
                store::remove(tx, &stub)
            })
            .await;
        if !done? {
            // Another process removes.
            return Ok(removed);
        }
        removed = add(removed, &next);
    }
}

fn add(removed: Removed, next: &Removal) -> Removed {
    let seals = next.last_seal.saturating_sub(next.first_seal).saturating_add(1);
    Removed {
        seals: removed.seals.saturating_add(seals),
        records: removed.records.saturating_add(next.count),
    }
}
