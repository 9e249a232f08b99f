//! Verifying: everything is reckoned anew from the records, and whatever differs from what was sealed is named.
//!
//! Seals are walked in their order, a few hundred at a time: numbers and ranges without gaps, each with the hash of the one
//! before, the log's root after each, each signature. The records of each seal are hashed on the reading threads, two seals
//! at once. Memory does not grow with the trail.

use florin_db::{Db, DbError, Reader};
use florin_kernel::Timestamp;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde::Serialize;

use crate::Error;
use crate::content::{self, Content};
use crate::keys::Trusted;
use crate::merkle::{self, Frontier, Hash};
use crate::proof::Anchor;
use crate::seal::{Removal, Seal};
use crate::store;

/// How many seals are read at once.
const SEALS: i64 = 256;
/// How many faults are named; more are counted.
pub const FAULTS_NAMED: usize = 1_000;
/// How many seals' records are hashed at once.
const AT_ONCE: usize = 2;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// A record is not what was sealed.
    RecordChanged,
    /// A record that was sealed is gone.
    RecordDeleted,
    /// A record stands where none was sealed.
    RecordInserted,
    /// A record that was sealed has another's number.
    RecordMoved,
    /// The list of a seal's records is not what was written; the records are.
    LeavesDamaged,
    /// The records of a seal do not give its root, and its own list of them does not either.
    RootMismatch,
    /// A seal is missing.
    SealMissing,
    /// A seal was not signed by a key that counts, or its row cannot be read.
    SealForged,
    /// A seal does not go on from the one before: its range, its time or the hash it names.
    ChainBroken,
    /// The log's root in a seal is not that of the seals up to it.
    LogBroken,
    /// What is left of removed records was not signed by a key that counts, or does not fit the seals.
    RemovalForged,
    /// A seal that was noted elsewhere is not in the trail, which was cut or written anew.
    AnchorMissing,
    /// A seal that was noted elsewhere is another one in the trail.
    AnchorDiffers,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What kind.
    pub kind: FaultKind,
    /// In which seal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seal: Option<i64>,
    /// At which record, by its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// In words.
    pub text: String,
}

impl Fault {
    pub(crate) fn new(kind: FaultKind, seal: Option<i64>, seq: Option<i64>, text: String) -> Self {
        Self { kind, seal, seq, text }
    }
}

/// Records that were removed when their time was over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// The first seal and the last.
    pub seals: (i64, i64),
    /// The first number of a record and the last.
    pub seqs: (i64, i64),
    /// How many.
    pub records: i64,
    /// When.
    pub at: Timestamp,
}

/// What verifying found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many records were hashed.
    pub records: i64,
    /// How many seals there are.
    pub seals: i64,
    /// How many records are not sealed yet.
    pub unsealed: i64,
    /// What was removed.
    pub removed: Vec<Removed>,
    /// How many faults there are.
    pub fault_count: u64,
    /// The first of them, in the order of the trail.
    pub faults: Vec<Fault>,
    /// The newest seal.
    pub newest: Option<Seal>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_intact(&self) -> bool {
        self.fault_count == 0
    }

    fn add(&mut self, fault: Fault) {
        self.fault_count = self.fault_count.saturating_add(1);
        if self.faults.len() < FAULTS_NAMED {
            self.faults.push(fault);
        }
    }
}

/// Which part of the trail, and against what.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Records of seals with any at or after this, in microseconds since 1970; seals are walked in any case.
    pub from_us: Option<i64>,
    /// The same before this.
    pub to_us: Option<i64>,
    /// Seals that were noted elsewhere.
    pub anchors: Vec<Anchor>,
    /// The most records that are hashed.
    pub records_max: Option<i64>,
}

impl Scope {
    fn has(&self, seal: &Seal) -> bool {
        self.from_us.is_none_or(|from| seal.latest_at_us >= from)
            && self.to_us.is_none_or(|to| seal.earliest_at_us < to)
    }
}

/// Where the walk over the seals stands.
struct Walk<'a> {
    trusted: &'a Trusted,
    scope: &'a Scope,
    removals: Vec<Removal>,
    before: Option<Seal>,
    log: Frontier,
    /// The hashes of the seals of the removal that the walk is in.
    removed_hashes: Vec<Hash>,
    removed_count: i64,
    report: Report,
}

/// Verifies the trail in this database.
pub async fn verify(db: &Db, trusted: &Trusted, scope: &Scope) -> Result<Report, Error> {
    let removals = db.read(store::removals).await;
    let mut walk = Walk {
        trusted,
        scope,
        removals: Vec::new(),
        before: None,
        log: Frontier::default(),
        removed_hashes: Vec::new(),
        removed_count: 0,
        report: Report::default(),
    };
    match removals {
        Ok(removals) => walk.removals = removals,
        Err(error @ DbError::Corrupt(_)) => walk.fault(FaultKind::RemovalForged, None, error.to_string()),
        Err(error) => return Err(error.into()),
    }
    walk.check_removals();
    loop {
        let after = walk.report.seals;
        let seals = db.read(move |r| store::seals_after(r, after, SEALS)).await?;
        if seals.is_empty() {
            break;
        }
        let mut wanted = Vec::new();
        for seal in seals {
            if let Some(seal) = walk.take(seal) {
                wanted.push(seal);
            }
        }
        walk.hash(db, wanted).await?;
    }
    walk.finish(db).await
}

impl Walk<'_> {
    fn fault(&mut self, kind: FaultKind, seal: Option<i64>, text: String) {
        self.report.add(Fault::new(kind, seal, None, text));
    }

    /// Looks at the stubs by themselves; against the seals they are held on the way.
    fn check_removals(&mut self) {
        let (mut number, mut seal, mut seq) = (1, 1, 1);
        for removal in std::mem::take(&mut self.removals) {
            let of = removal.number;
            if !removal.is_signed_by(self.trusted) {
                let text = format!("removal {of} is not signed by a key that counts");
                self.fault(FaultKind::RemovalForged, None, text);
            }
            if (removal.number, removal.first_seal, removal.first_seq) != (number, seal, seq) {
                let text = format!("removal {of} does not go on from the one before");
                self.fault(FaultKind::RemovalForged, None, text);
            }
            number = removal.number.saturating_add(1);
            seal = removal.last_seal.saturating_add(1);
            seq = removal.last_seq.saturating_add(1);
            self.report.removed.push(Removed {
                seals: (removal.first_seal, removal.last_seal),
                seqs: (removal.first_seq, removal.last_seq),
                records: removal.count,
                at: Timestamp::from_microsecond(removal.removed_at_us).unwrap_or(Timestamp::MAX),
            });
            self.removals.push(removal);
        }
    }

    /// Takes the next seal; it is the answer when its records are to be hashed.
    fn take(&mut self, seal: Result<Seal, i64>) -> Option<Seal> {
        let expected = self.report.seals.saturating_add(1);
        let number = seal.as_ref().map_or_else(|number| *number, |seal| seal.number);
        for missing in expected..number.min(expected.saturating_add(1_000)) {
            self.fault(FaultKind::SealMissing, Some(missing), format!("seal {missing} is missing"));
        }
        self.report.seals = number;
        let Ok(seal) = seal else {
            self.fault(FaultKind::SealForged, Some(number), format!("seal {number} cannot be read"));
            // What follows is held against what precedes no more, and against itself still.
            self.before = None;
            return None;
        };
        self.check_chain(&seal, number == expected);
        self.check_removed(&seal);
        self.check_anchors(&seal);
        self.before = Some(seal.clone());
        self.scope.has(&seal).then_some(seal)
    }

    fn check_chain(&mut self, seal: &Seal, is_next: bool) {
        let number = seal.number;
        let (previous, first_seq, sealed_at_us) = match &self.before {
            Some(before) => (before.hash(), before.last_seq.saturating_add(1), before.sealed_at_us),
            None => ([0; 32], 1, i64::MIN),
        };
        let is_known = is_next && (number == 1 || self.before.is_some());
        if is_known && seal.previous != previous {
            let text = format!("seal {number} does not name the hash of the one before");
            self.fault(FaultKind::ChainBroken, Some(number), text);
        }
        if is_known && (seal.first_seq != first_seq || seal.last_seq < seal.first_seq) {
            let text = format!("the records of seal {number} do not go on from those before");
            self.fault(FaultKind::ChainBroken, Some(number), text);
        }
        if seal.sealed_at_us < sealed_at_us {
            let text = format!("seal {number} is older than the one before");
            self.fault(FaultKind::ChainBroken, Some(number), text);
        }
        self.log.push(seal.hash());
        if self.log.root() != seal.log_root {
            let text = format!("the log's root at seal {number} is not that of the seals");
            self.fault(FaultKind::LogBroken, Some(number), text);
        }
        if !seal.is_signed_by(self.trusted) {
            let text = format!("seal {number} is not signed by a key that counts (it names {})", seal.key_id);
            self.fault(FaultKind::SealForged, Some(number), text);
        }
    }

    /// Holds the stub of a removal against the seals that it stands for.
    fn check_removed(&mut self, seal: &Seal) {
        let number = seal.number;
        let covers = |removal: &&Removal| (removal.first_seal..=removal.last_seal).contains(&number);
        let Some(removal) = self.removals.iter().find(covers).cloned() else { return };
        self.removed_hashes.push(seal.hash());
        self.removed_count = self.removed_count.saturating_add(seal.count);
        if removal.last_seal == number {
            let root = merkle::root(&std::mem::take(&mut self.removed_hashes));
            let count = std::mem::take(&mut self.removed_count);
            if (root, count, seal.last_seq) != (removal.root, removal.count, removal.last_seq) {
                let text = format!("removal {} does not fit the seals that it stands for", removal.number);
                self.fault(FaultKind::RemovalForged, Some(number), text);
            }
        }
    }

    fn check_anchors(&mut self, seal: &Seal) {
        let number = seal.number;
        let differs = |anchor: &Anchor| {
            anchor.seal.number == number
                && (anchor.seal.hash() != seal.hash() || anchor.seal.log_root != seal.log_root)
        };
        if self.scope.anchors.iter().any(differs) {
            let text = format!("seal {number} is not the one that was noted elsewhere");
            self.fault(FaultKind::AnchorDiffers, Some(number), text);
        }
    }

    /// Hashes the records of these seals.
    async fn hash(&mut self, db: &Db, seals: Vec<Seal>) -> Result<(), Error> {
        let wanted: i64 = seals.iter().map(|seal| seal.count).fold(0, i64::saturating_add);
        if let Some(max) = self.scope.records_max
            && self.report.records.saturating_add(wanted) > max
        {
            return Err(Error::TooMuch(max));
        }
        let reading = seals.into_iter().map(|seal| db.read(move |r| content::check(r, &seal)));
        let mut found = stream::iter(reading).buffered(AT_ONCE).map_err(|error: DbError| error);
        while let Some(Content { records, faults }) = found.try_next().await? {
            self.report.records = self.report.records.saturating_add(records);
            for fault in faults {
                self.report.add(fault);
            }
        }
        Ok(())
    }

    /// The ends: what lies before the first seal and after the last, and anchors beyond it.
    async fn finish(mut self, db: &Db) -> Result<Report, Error> {
        let last = self.report.seals;
        for anchor in &self.scope.anchors {
            if anchor.seal.number > last {
                let number = anchor.seal.number;
                let text = format!("seal {number}, which was noted elsewhere, is not in the trail");
                self.report.add(Fault::new(FaultKind::AnchorMissing, Some(number), None, text));
            }
        }
        let last_seq = self.before.as_ref().map_or(0, |seal| seal.last_seq);
        let ends = move |r: &mut Reader<'_>| {
            let early = store::seqs(r, i64::MIN, 0, 1_000)?;
            Ok::<_, DbError>((early, store::count_after(r, last_seq)?))
        };
        let (early, unsealed) = db.read(ends).await?;
        for seq in early {
            let text = format!("record {seq} stands before all that were sealed");
            self.report.add(Fault::new(FaultKind::RecordInserted, None, Some(seq), text));
        }
        self.report.unsealed = unsealed;
        self.report.newest = self.before.take();
        Ok(self.report)
    }
}
