//! What rests on the same movements is one finding, under the most specific name.

use foldhash::{HashMap, HashMapExt};

use super::book::{Book, Move};
use super::detect::Draft;
use super::window::count;
use super::{Finding, Named, Typology};

/// Drafts as findings: each one whose evidence is for the better half in an earlier, more specific one is told with that one.
pub(super) fn merged(mut drafts: Vec<Draft>, book: &Book) -> Vec<Finding> {
    for draft in &mut drafts {
        draft.moves.sort_by_key(|each| each.number);
        draft.moves.dedup_by_key(|each| each.number);
    }
    drafts.retain(|draft| !draft.moves.is_empty());
    drafts.sort_by(|a, b| {
        let sizes = b.moves.len().cmp(&a.moves.len());
        let evidence = || a.moves.iter().map(number).cmp(b.moves.iter().map(number));
        a.typology.cmp(&b.typology).then(sizes).then_with(evidence)
    });

    let mut kept: Vec<(Draft, Vec<Typology>)> = Vec::new();
    let mut told: HashMap<u32, usize> = HashMap::new();
    for draft in drafts {
        if let Some(host) = host(&draft, &told).and_then(|host| kept.get_mut(host)) {
            if host.0.typology != draft.typology && !host.1.contains(&draft.typology) {
                host.1.push(draft.typology);
            }
            continue;
        }
        for each in &draft.moves {
            told.entry(each.number).or_insert(kept.len());
        }
        kept.push((draft, Vec::new()));
    }

    let mut findings: Vec<Finding> =
        kept.into_iter().map(|(draft, also)| finding(draft, also, book)).collect();
    findings.sort_by(|a, b| {
        let when = a.first_at_us.cmp(&b.first_at_us);
        b.score.total_cmp(&a.score).then(when).then_with(|| a.movements.cmp(&b.movements))
    });
    findings
}

fn number(each: &Move) -> u32 {
    each.number
}

/// The finding that already tells at least half of a draft's evidence, if one alone does.
fn host(draft: &Draft, told: &HashMap<u32, usize>) -> Option<usize> {
    let mut shares: HashMap<usize, i64> = HashMap::new();
    for each in &draft.moves {
        if let Some(host) = told.get(&each.number) {
            *shares.entry(*host).or_default() += 1;
        }
    }
    let (host, share) = shares.into_iter().max_by_key(|(host, share)| (*share, std::cmp::Reverse(*host)))?;
    (share * 2 >= count(draft.moves.len())).then_some(host)
}

fn finding(draft: Draft, also: Vec<Typology>, book: &Book) -> Finding {
    let mut accounts: Vec<Named> = Vec::with_capacity(draft.accounts.len());
    for (number, role) in &draft.accounts {
        let Some(account) = book.account(*number).map(|account| account.id) else { continue };
        if !accounts.iter().any(|named| named.account == account) {
            accounts.push(Named { account, role: *role });
        }
    }
    Finding {
        typology: draft.typology,
        also,
        accounts,
        movements: draft.moves.iter().filter_map(|each| book.id(each)).collect(),
        first_at_us: draft.moves.first().map_or(0, |first| first.at),
        last_at_us: draft.moves.last().map_or(0, |last| last.at),
        amount: book.money(draft.amount),
        score: draft.score,
        explanation: draft.explanation,
    }
}
