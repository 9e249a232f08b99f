//! What an account shows its owner: its entries with what each was for and who is on the other side, and how its balance
//! went.
//!
//! A search looks at so many entries at most and tells where it stopped, so that a page of it costs the same whether
//! anything is found or not.

use std::collections::HashMap;

use florin_db::{DbError, Reader, Value};
use florin_kernel::{
    AccountId, Action, Actor, Money, Page, PageError, PageRequest, Timestamp, TransferId, UserId, Uuid,
};
use florin_ledger::rules::{Accumulators, Flags, Side};
use florin_ledger::{AccountView, Entry, Ledger};

use crate::activity::{PAYMENTS_STEP, Paper, booked, own, papers};
use crate::error::Error;
use crate::transfers::{own_or_any, reach_of};
use crate::{Accounts, Booked};

/// How many entries are read at once.
const STEP: usize = 64;
/// How many entries one page of a search looks at.
const LOOKS_MAX: usize = 1_024;
/// How many instants of one account are told at once.
const INSTANTS_MAX: usize = 64;

const ORDERS: &str = "SELECT o.id, o.target_kind, o.description, p.name, o.user_id FROM payment_order o LEFT JOIN payee p ON p.id = o.payee_id \
     WHERE o.id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, \
     $25, $26, $27, $28, $29, $30, $31, $32)";

/// What an entry did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It moved money.
    Moved,
    /// It reserved money, to be moved later.
    Reserved,
    /// It released what was reserved.
    Released,
}

/// One entry of an account, as its owner reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it did.
    pub effect: Effect,
    /// The account on the other side.
    pub other: AccountId,
    /// Whom the payment that it belongs to was for, by the name that the payer gave them.
    pub payee: Option<String>,
    /// The entry itself.
    pub entry: Booked,
}

/// Which entries are wanted; all where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineFilter {
    /// A part of what it was for or of the payee's name, in whatever case.
    pub text: Option<String>,
    /// Made at or after this instant.
    pub from: Option<Timestamp>,
    /// Made before this instant.
    pub before: Option<Timestamp>,
    /// Into the account, or out of it.
    pub is_credit: Option<bool>,
}

impl LineFilter {
    fn takes(&self, line: &Line) -> bool {
        let text = self.text.as_ref().is_none_or(|wanted| {
            let wanted = wanted.to_lowercase();
            let texts = [line.entry.description.as_deref(), line.payee.as_deref()];
            texts.into_iter().flatten().any(|text| text.to_lowercase().contains(&wanted))
        });
        text && self.is_credit.is_none_or(|wanted| wanted == line.entry.is_credit)
    }

    fn is_open(&self) -> bool {
        self.text.is_none() && self.is_credit.is_none()
    }
}

impl Accounts {
    /// An account's entries as its owner reads them, latest first.
    ///
    /// A page may have fewer rows than were asked for, or none, and still lead on to another: a search stops after so many
    /// entries.
    ///
    /// # Errors
    /// [`Error::AccountNotFound`], [`Error::Denied`], or what the database says.
    pub async fn lines(
        &self,
        by: &Actor,
        id: AccountId,
        filter: LineFilter,
        page: &PageRequest,
    ) -> Result<Result<(AccountView, Page<Line>), PageError>, Error> {
        by.permit(Action::ReadAccount, own_or_any(by, "account"))?;
        let from = match page.cursor_as::<i64>() {
            Ok(from) => from,
            Err(error) => return Ok(Err(error)),
        };
        let (ledger, reach, limit) = (self.ledger.clone(), reach_of(by), page.limit());
        let read = move |reader: &mut Reader<'_>| {
            let view = ledger.account(reader, id)?;
            let Some(view) = view.filter(|view| reach.is_none() || view.owner == reach) else {
                return Ok(Err(Error::AccountNotFound(id)));
            };
            Ok(search(&ledger, reader, &view, &filter, (from, limit))?.map(|found| (view, found)))
        };
        let found: Result<_, DbError> = self.db.read(read).await;
        Ok(Ok(found??))
    }

    /// What was on an account at each of these instants, of which there are at most 64.
    ///
    /// # Errors
    /// [`Error::AccountNotFound`], [`Error::Denied`], or what the database says.
    pub async fn course(
        &self,
        by: &Actor,
        id: AccountId,
        instants: Vec<Timestamp>,
    ) -> Result<Vec<Money>, Error> {
        let view = self.find(by, id).await?;
        let ledger = self.ledger.clone();
        let sums = self.db.read(move |reader| {
            let instants = instants.into_iter().take(INSTANTS_MAX);
            let sums = instants.map(|at| Ok(ledger.balance_as_of(reader, id, at)?.unwrap_or_default()));
            sums.collect::<Result<Vec<Accumulators>, DbError>>()
        });
        let sums = sums.await.map_err(|error: DbError| error)?;
        sums.iter().map(|sums| own(sums, &view)).collect()
    }
}

/// Walks the chain of an account's entries until the page is full, the span is over, or enough was looked at.
fn search(
    ledger: &Ledger,
    reader: &mut Reader<'_>,
    view: &AccountView,
    filter: &LineFilter,
    (from, limit): (Option<i64>, usize),
) -> Result<Result<Page<Line>, Error>, DbError> {
    let step = if filter.is_open() { limit } else { STEP };
    let mut entries = match (from, filter.before) {
        (Some(from), _) => ledger.entries(reader, view.no, from, step)?,
        (None, Some(before)) => ledger.entries_before(reader, view, (before.as_microsecond(), 0), step)?,
        (None, None) => ledger.entries(reader, view.no, view.account.last_seq, step)?,
    };
    let earliest = filter.from.map_or(i64::MIN, Timestamp::as_microsecond);
    let (mut rows, mut looked) = (Vec::new(), 0_usize);
    loop {
        looked = looked.saturating_add(entries.len());
        let next = entries.last().map_or(0, Entry::previous);
        let ended = next <= 0 || entries.last().is_some_and(|entry| entry.transfer.at < earliest);
        let lines = match told(reader, &entries, view)? {
            Ok(lines) => lines,
            Err(error) => return Ok(Err(error)),
        };
        for (line, entry) in lines.into_iter().zip(&entries) {
            if entry.transfer.at < earliest {
                break;
            }
            if filter.takes(&line) {
                rows.push(line);
            }
            if rows.len() == limit {
                let next = Some(entry.previous()).filter(|seq| *seq > 0);
                return Ok(Ok(Page { rows, next_cursor: next.map(|seq| seq.to_string()) }));
            }
        }
        if ended || looked >= LOOKS_MAX {
            let next = (!ended).then(|| next.to_string());
            return Ok(Ok(Page { rows, next_cursor: next }));
        }
        entries = ledger.entries(reader, view.no, next, step)?;
        if entries.is_empty() {
            return Ok(Ok(Page { rows, next_cursor: None }));
        }
    }
}

/// What is recorded of a payment that an entry belongs to.
struct Purpose {
    kind: String,
    description: Option<String>,
    payee: Option<String>,
    payer: UserId,
}

fn told(
    reader: &mut Reader<'_>,
    entries: &[Entry],
    view: &AccountView,
) -> Result<Result<Vec<Line>, Error>, DbError> {
    let papers = papers(reader, entries)?;
    let purposes = purposes(reader, entries, &papers)?;
    Ok(entries.iter().map(|entry| line(entry, view, &papers, &purposes)).collect())
}

fn line(
    entry: &Entry,
    view: &AccountView,
    papers: &HashMap<Uuid, Paper>,
    purposes: &HashMap<Uuid, Purpose>,
) -> Result<Line, Error> {
    let transfer = &entry.transfer;
    let effect = if transfer.flags.has(Flags::PENDING) {
        Effect::Reserved
    } else if transfer.flags.has_any(Flags::VOID.with(Flags::EXPIRE)) {
        Effect::Released
    } else {
        Effect::Moved
    };
    let mut booked = booked(entry, view, papers)?;
    let of = |id: TransferId| purposes.get(&id.uuid());
    let purpose = of(transfer.id).or_else(|| transfer.pending_id.and_then(of));
    if let Some(purpose) = purpose {
        booked.kind = Some(purpose.kind.clone());
        booked.description = booked.description.or_else(|| purpose.description.clone());
    }
    let other = match entry.side {
        Side::Debit => transfer.credit,
        Side::Credit => transfer.debit,
    };
    // What somebody calls a payee is theirs to know.
    let payee = purpose.filter(|purpose| view.owner == Some(purpose.payer));
    let payee = payee.and_then(|purpose| purpose.payee.clone());
    Ok(Line { effect, other, payee, entry: booked })
}

/// The payments of entries that no record of a transfer explains.
fn purposes(
    reader: &mut Reader<'_>,
    entries: &[Entry],
    papers: &HashMap<Uuid, Paper>,
) -> Result<HashMap<Uuid, Purpose>, DbError> {
    let ids = entries.iter().flat_map(|entry| [Some(entry.transfer.id), entry.transfer.pending_id]);
    let ids = ids.flatten().map(TransferId::uuid).filter(|id| !papers.contains_key(id));
    let ids: Vec<Uuid> = ids.collect();
    let mut found = HashMap::new();
    for some in ids.chunks(PAYMENTS_STEP) {
        let last = some.last().copied().unwrap_or_default();
        let filled = some.iter().copied().chain(std::iter::repeat(last)).take(PAYMENTS_STEP);
        let params: Vec<Value> = filled.map(Value::Uuid).collect();
        for row in reader.rows(ORDERS, &params)? {
            let target: String = row.get(1)?;
            let kind = if target == "loan" { "loan_payment" } else { "payment" };
            let purpose = Purpose {
                kind: kind.to_owned(),
                description: row.get(2)?,
                payee: row.get(3)?,
                payer: UserId::from_uuid(row.get(4)?),
            };
            found.insert(row.get(0)?, purpose);
        }
    }
    Ok(found)
}
