//! All entries of all lists, in memory, to be searched.

use std::collections::HashMap;

use florin_db::DbError;
use florin_screening::{Entry, Explanation, Hit, Query, Screener, Settings};

use super::Source;
use super::store::{EntryRow, ListRow};

/// All entries as they stood after a load. It never changes: another load makes another.
#[derive(Debug)]
pub struct Index {
    /// The number of the load.
    pub seq: i64,
    /// The lists, each with the number of its load: `ofac_sdn:12 un:9`.
    pub lists: String,
    screener: Screener,
    standing: HashMap<(Source, String), Standing>,
}

/// Since which load an entry stands as it is, and what it says as a hash.
#[derive(Debug)]
struct Standing {
    since: i64,
    fingerprint: String,
}

/// An entry that may be meant.
#[derive(Clone, Debug)]
pub struct Match {
    /// The list.
    pub source: Source,
    /// The entry.
    pub entry_id: String,
    /// What it says, as a hash.
    pub fingerprint: String,
    /// The name that the list leads with.
    pub listed_name: String,
    /// `person`, `organisation`, `vessel` or `aircraft`.
    pub entry_kind: &'static str,
    /// Why it is listed.
    pub programmes: Vec<String>,
    /// How likely it is meant, in thousandths.
    pub score: u16,
    /// Why.
    pub explanation: Explanation,
}

impl Index {
    /// No list at all: nobody is on it.
    pub(super) fn empty() -> Self {
        Self { seq: 0, lists: String::new(), screener: Screener::new([]), standing: HashMap::new() }
    }

    /// Makes an index that tells of entries from `threshold` thousandths on. It takes a while.
    pub(super) fn build(
        seq: i64,
        lists: &[ListRow],
        rows: Vec<EntryRow>,
        threshold: u16,
    ) -> Result<Self, DbError> {
        let mut standing = HashMap::with_capacity(rows.len());
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows {
            let entry: Entry = serde_json::from_str(&row.entry)
                .map_err(|_| DbError::Corrupt("sanctions_entry.entry is not what was written".to_owned()))?;
            standing
                .insert((row.source, row.id), Standing { since: row.since, fingerprint: row.fingerprint });
            entries.push(entry);
        }
        let names: Vec<String> = lists.iter().map(|list| format!("{}:{}", list.source, list.seq)).collect();
        let settings = Settings { threshold: f64::from(threshold) / 1_000.0 };
        let screener = Screener::with_settings(entries, settings);
        Ok(Self { seq, lists: names.join(" "), screener, standing })
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.screener.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.screener.is_empty()
    }

    /// The entries that may be meant, of those that stand as they are since a load after `after`; the likeliest first.
    pub fn screen(&self, query: &Query, after: i64) -> Vec<Match> {
        let standing = |entry: &Entry| self.standing.get(&(Source::of(&entry.list), entry.id.clone()));
        let hits = if after == 0 {
            self.screener.screen(query)
        } else {
            self.screener.screen_among(query, |entry| standing(entry).is_some_and(|one| one.since > after))
        };
        hits.into_iter()
            .filter_map(|hit| Some(found(&hit, standing(&hit.entry)?.fingerprint.clone())))
            .collect()
    }
}

fn found(hit: &Hit, fingerprint: String) -> Match {
    Match {
        source: Source::of(&hit.entry.list),
        entry_id: hit.entry.id.clone(),
        fingerprint,
        listed_name: hit.entry.primary_name().to_owned(),
        entry_kind: match hit.entry.kind {
            florin_screening::Kind::Person => "person",
            florin_screening::Kind::Organisation => "organisation",
            florin_screening::Kind::Vessel => "vessel",
            florin_screening::Kind::Aircraft => "aircraft",
        },
        programmes: hit.entry.programmes.clone(),
        score: thousandths(hit.score),
        explanation: hit.explanation.clone(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a score lies between 0 and 1, and what does not is cut off"
)]
fn thousandths(score: f64) -> u16 {
    (score.clamp(0.0, 1.0) * 1_000.0).round() as u16
}
