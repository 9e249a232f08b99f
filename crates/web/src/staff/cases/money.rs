//! The money around a case: the transfers of its evidence, and what else went over the same accounts of late.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use florin_compliance::cases::CaseFile;
use florin_http::{App, Problem};
use florin_kernel::{AccountId, Money, PageRequest, TransferId};
use florin_ledger::AccountView;
use florin_ledger::rules::Transfer;
use maud::Markup;

use super::super::names::Names;
use super::super::where_permitted;
use crate::portal::account_name;
use crate::ui::{self, Edge, Node};
use crate::visit::Visit;

/// How many transfers of the evidence are drawn, the latest.
const TRANSFERS_MAX: usize = 40;
/// How many accounts are looked around, and how many of their entries.
const AROUND_MAX: usize = 4;
const ENTRIES_MAX: u16 = 10;
/// How many accounts a picture has at most.
const ACCOUNTS_MAX: usize = 16;

/// What is drawn.
#[derive(Default)]
struct Drawn {
    /// Transfers by identifier, and whether they are in question.
    transfers: BTreeMap<TransferId, (Arc<Transfer>, bool)>,
}

/// A transfer that a case names by its identifier.
pub(super) fn references(file: &CaseFile) -> Vec<TransferId> {
    let evidence = file.evidence.iter().map(|kept| &kept.evidence);
    let named = evidence.filter(|one| one.kind == "transfer").map(|one| one.reference.as_str());
    let named = std::iter::once(file.case.reference.as_str()).chain(named);
    let mut found: Vec<TransferId> = named.filter_map(|text| text.parse().ok()).collect();
    // The latest are the last.
    found.drain(..found.len().saturating_sub(TRANSFERS_MAX));
    found
}

/// A picture of the money around a case, for whoever may see the accounts; nothing where no money moved.
pub(super) async fn picture(app: &App, visit: &Visit, file: &CaseFile) -> Result<Markup, Problem> {
    let mut drawn = Drawn::default();
    for id in references(file) {
        let found = app.transfers.find(&visit.actor, id).await.map_err(Problem::from);
        if let Some(Some((view, _))) = where_permitted(found)? {
            drawn.transfers.insert(view.transfer.id, (view.transfer, true));
        }
    }
    let accounts = accounts(app, visit, &drawn).await?;
    for account in accounts.values().filter(|one| one.owner.is_some()).take(AROUND_MAX) {
        let page = PageRequest::try_new(Some(ENTRIES_MAX), None)?;
        let (_, entries) = app.accounts.entries(&visit.actor, account.id, &page).await??;
        for entry in entries.rows {
            drawn.transfers.entry(entry.transfer.id).or_insert((entry.transfer, false));
        }
    }
    let about = accounts.keys().copied().collect();
    let accounts = self::accounts(app, visit, &drawn).await?;
    let owners = accounts.values().filter_map(|account| account.owner).collect();
    let names = Names::of(app, visit, owners).await;
    Ok(draw(&drawn, &accounts, &about, &names))
}

/// The accounts of what is drawn, those in question first, as many as a picture holds.
async fn accounts(
    app: &App,
    visit: &Visit,
    drawn: &Drawn,
) -> Result<BTreeMap<AccountId, AccountView>, Problem> {
    let mut found = BTreeMap::new();
    for strong in [true, false] {
        for (transfer, _) in drawn.transfers.values().filter(|(_, one)| *one == strong) {
            for id in [transfer.debit, transfer.credit] {
                if found.len() >= ACCOUNTS_MAX || found.contains_key(&id) {
                    continue;
                }
                let view = app.accounts.find(&visit.actor, id).await.map_err(Problem::from);
                if let Some(view) = where_permitted(view)? {
                    found.insert(id, view);
                }
            }
        }
    }
    Ok(found)
}

fn draw(
    drawn: &Drawn,
    accounts: &BTreeMap<AccountId, AccountView>,
    about: &BTreeSet<AccountId>,
    names: &Names,
) -> Markup {
    let nodes: Vec<Node> = accounts
        .values()
        .map(|account| Node {
            name: if account.owner.is_some() { account_name(account) } else { account.name.clone() },
            note: account.owner.map_or_else(|| "Ours".to_owned(), |owner| names.name(owner)),
            href: account.owner.map(|_| format!("/staff/accounts/{}", account.id)),
            main: account.owner.is_some() && about.contains(&account.id),
        })
        .collect();
    let places: BTreeMap<AccountId, usize> =
        accounts.keys().enumerate().map(|(place, id)| (*id, place)).collect();
    let mut sums: BTreeMap<(usize, usize, bool, &str), (Money, usize)> = BTreeMap::new();
    for (transfer, strong) in drawn.transfers.values() {
        let (Some(from), Some(to)) = (places.get(&transfer.debit), places.get(&transfer.credit)) else {
            continue;
        };
        let none = Money::new(0, transfer.currency);
        let key = (*from, *to, *strong, transfer.currency.code());
        let (sum, times) = sums.entry(key).or_insert((none, 0));
        *sum = Money::new(sum.minor().saturating_add(transfer.amount), transfer.currency);
        *times = times.saturating_add(1);
    }
    let edges: Vec<Edge> = sums
        .into_iter()
        .map(|((from, to, strong, _), (sum, times))| Edge {
            from,
            to,
            told: ui::plain_money(sum),
            times,
            strong,
        })
        .collect();
    ui::graph("Where the money went", &nodes, &edges)
}

#[cfg(test)]
mod tests {
    use florin_compliance::cases::{Case, CaseId, CaseKind, Evidence, KeptEvidence, Priority, Status};
    use florin_kernel::{Timestamp, Uuid};

    use super::*;

    fn kept(kind: &str, reference: &str) -> KeptEvidence {
        let evidence =
            Evidence { kind: kind.to_owned(), reference: reference.to_owned(), text: "seen".to_owned() };
        KeptEvidence { evidence, added_by: None, added_at: Timestamp::UNIX_EPOCH }
    }

    fn file(reference: &str, evidence: Vec<KeptEvidence>) -> CaseFile {
        let case = Case {
            id: CaseId::from_uuid(Uuid::nil()),
            kind: CaseKind::Aml,
            reference: reference.to_owned(),
            subject: None,
            title: "A case".to_owned(),
            status: Status::Open,
            priority: Priority::Normal,
            assignee: None,
            decision: None,
            decided_by: None,
            decided_at: None,
            sar: false,
            version: 1,
            opened_at: Timestamp::UNIX_EPOCH,
            due_at: Timestamp::UNIX_EPOCH,
            follows: None,
            deciding: None,
        };
        CaseFile { case, evidence, notes: Vec::new() }
    }

    #[test]
    fn transfers_are_those_that_the_case_names_the_latest_of_many() {
        let id = |n: u128| Uuid::from_u128(n).to_string();
        let few =
            file(&id(7), vec![kept("decision", &id(1)), kept("transfer", &id(2)), kept("transfer", "x")]);
        let many = file("fan_in:3", (1..=60).map(|n| kept("transfer", &id(n))).collect());

        let few: Vec<String> = references(&few).iter().map(ToString::to_string).collect();
        let many = references(&many);

        assert_eq!(few, [id(7), id(2)]);
        assert_eq!(many.len(), TRANSFERS_MAX);
        assert_eq!(many.last().map(ToString::to_string), Some(id(60)));
    }
}
