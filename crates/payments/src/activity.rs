//! What happened on an account over a span of time, for its statement.
//!
//! Entries belong to the span in which they were booked, not to that of their value date: booking moves forward
//! alone, so that the statement of a past span never changes. What is reserved and released moves nothing
//! and is left out.

use std::collections::HashMap;

use florin_db::{Db, DbError, Reader, Value};
use florin_kernel::{AccountId, Action, Actor, Date, Money, MoneyError, Timestamp, TransferId, Uuid};
use florin_ledger::rules::{Accumulators, Flags, Side};
use florin_ledger::{AccountView, Entry, Ledger};

use crate::Accounts;
use crate::error::Error;
use crate::transfers::{own_or_any, reach_of};

/// How many entries are read at once.
const STEP: usize = 256;
/// How many payments are looked up at once: as many as [`PAYMENTS`] has parameters.
pub(crate) const PAYMENTS_STEP: usize = 32;

const PAYMENTS: &str = "SELECT id, kind, description FROM payment WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
     $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)";

/// What happened on an account: `opening`, and what was booked, lead to `closing`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// The account as it stands now.
    pub account: AccountView,
    /// What was on it before.
    pub opening: Money,
    /// What was on it afterwards.
    pub closing: Money,
    /// What was booked, in order.
    pub booked: Vec<Booked>,
}

/// One entry that moved money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booked {
    /// The transfer.
    pub transfer: TransferId,
    /// When it was booked.
    pub at: Timestamp,
    /// The day that it counts for.
    pub value_on: Date,
    /// Whether it went into the account.
    pub is_credit: bool,
    /// How much, above zero.
    pub amount: Money,
    /// What was on the account after it.
    pub balance: Money,
    /// The other side's account number, in the books.
    pub other_no: i64,
    /// What kind of payment it was, by its stable name; none of what was booked without one.
    pub kind: Option<String>,
    /// What the payer wrote.
    pub description: Option<String>,
}

impl Accounts {
    /// What was booked on an account from an instant to before another, at most `entries_max` of it.
    ///
    /// # Errors
    /// [`Error::AccountNotFound`], [`Error::TooManyEntries`], [`Error::Denied`], or what the database says.
    pub async fn activity(
        &self,
        by: &Actor,
        id: AccountId,
        (from, before): (Timestamp, Timestamp),
        entries_max: usize,
    ) -> Result<Activity, Error> {
        by.permit(Action::ReadAccount, own_or_any(by, "account"))?;
        let (db, ledger): (&Db, Ledger) = (self.db(), self.ledger().clone());
        let reach = reach_of(by);
        let span = (from.as_microsecond(), before.as_microsecond());
        let read = move |reader: &mut Reader<'_>| {
            let view = ledger.account(reader, id)?;
            let Some(view) = view.filter(|view| reach.is_none() || view.owner == reach) else {
                return Ok(None);
            };
            let walked = Walk::over(&ledger, reader, &view, span, entries_max)?;
            let papers = match &walked {
                Some(walked) => papers(reader, &walked.moving)?,
                None => HashMap::new(),
            };
            Ok(Some((view, walked, papers)))
        };
        let found = db.read(read).await.map_err(|error: DbError| error)?;
        let (view, walked, papers) = found.ok_or(Error::AccountNotFound(id))?;
        let walked = walked.ok_or(Error::TooManyEntries(entries_max))?;
        walked.told(view, &papers)
    }
}

/// The entries of a span, latest first, and the one before it.
struct Walk {
    moving: Vec<Entry>,
    earlier: Option<Entry>,
    last: Option<Entry>,
}

impl Walk {
    /// `None` where more than `entries_max` entries moved money.
    fn over(
        ledger: &Ledger,
        reader: &mut Reader<'_>,
        view: &AccountView,
        (from, before): (i64, i64),
        entries_max: usize,
    ) -> Result<Option<Self>, DbError> {
        let mut walk = Self { moving: Vec::new(), earlier: None, last: None };
        let mut page = ledger.entries_before(reader, view, (before, 0), STEP)?;
        loop {
            let next = page.last().map_or(0, Entry::previous);
            for entry in page {
                if walk.last.is_none() {
                    walk.last = Some(entry.clone());
                }
                if entry.transfer.at < from {
                    walk.earlier = Some(entry);
                    return Ok(Some(walk));
                }
                if moves(&entry) {
                    walk.moving.push(entry);
                }
            }
            if walk.moving.len() > entries_max {
                return Ok(None);
            }
            if next <= 0 {
                return Ok(Some(walk));
            }
            page = ledger.entries(reader, view.no, next, STEP)?;
            if page.is_empty() {
                return Ok(Some(walk));
            }
        }
    }

    fn told(self, account: AccountView, papers: &HashMap<Uuid, Paper>) -> Result<Activity, Error> {
        let balance = |entry: &Entry| own(&entry.balance(), &account);
        let zero = || Ok(Money::zero(account.currency));
        let opening = self.earlier.as_ref().map_or_else(zero, balance)?;
        let closing = self.last.as_ref().map_or_else(zero, balance)?;
        let booked = self.moving.iter().rev().map(|entry| booked(entry, &account, papers));
        let booked = booked.collect::<Result<Vec<Booked>, Error>>()?;
        Ok(Activity { account, opening, closing, booked })
    }
}

/// Whether an entry moved money: it neither reserved nor released it, and was of more than nothing.
fn moves(entry: &Entry) -> bool {
    let flags = entry.transfer.flags;
    !flags.has_any(Flags::PENDING.with(Flags::VOID).with(Flags::EXPIRE)) && entry.transfer.amount > 0
}

/// What was on the account when its sums were these.
pub(crate) fn own(sums: &Accumulators, account: &AccountView) -> Result<Money, Error> {
    let (debits, credits) = (i128::from(sums.debits_posted), i128::from(sums.credits_posted));
    let own = match account.account.normal {
        Side::Credit => credits.checked_sub(debits),
        Side::Debit => debits.checked_sub(credits),
    };
    let minor = own.and_then(|own| i64::try_from(own).ok()).ok_or(MoneyError::Overflow)?;
    Ok(Money::new(minor, account.currency))
}

pub(crate) fn booked(
    entry: &Entry,
    account: &AccountView,
    papers: &HashMap<Uuid, Paper>,
) -> Result<Booked, Error> {
    let transfer = &entry.transfer;
    let at = Timestamp::from_microsecond(transfer.at).map_err(|error| DbError::Corrupt(error.to_string()))?;
    let paper = papers.get(&transfer.id.uuid());
    // Whoever posts a hold writes nothing: what it was for was written when it was made.
    let hold = transfer.pending_id.and_then(|hold| papers.get(&hold.uuid()));
    let description = paper.and_then(|paper| paper.description.clone());
    Ok(Booked {
        transfer: transfer.id,
        at,
        value_on: transfer.effective_date,
        is_credit: entry.side == account.account.normal,
        amount: Money::new(transfer.amount, transfer.currency),
        balance: own(&entry.balance(), account)?,
        other_no: match entry.side {
            Side::Debit => transfer.credit_no,
            Side::Credit => transfer.debit_no,
        },
        kind: paper.map(|paper| paper.kind.clone()),
        description: description.or_else(|| hold.and_then(|hold| hold.description.clone())),
    })
}

/// What is recorded around a transfer.
pub(crate) struct Paper {
    kind: String,
    description: Option<String>,
}

/// What is recorded around the transfers of these entries, and around the holds that they end.
pub(crate) fn papers(reader: &mut Reader<'_>, entries: &[Entry]) -> Result<HashMap<Uuid, Paper>, DbError> {
    let ids = entries.iter().flat_map(|entry| [Some(entry.transfer.id), entry.transfer.pending_id]);
    let ids: Vec<Uuid> = ids.flatten().map(TransferId::uuid).collect();
    let mut found = HashMap::with_capacity(ids.len());
    for some in ids.chunks(PAYMENTS_STEP) {
        // The statement has its number of places: the last identifier fills those that are left.
        let last = some.last().copied().unwrap_or_default();
        let filled = some.iter().copied().chain(std::iter::repeat(last)).take(PAYMENTS_STEP);
        let params: Vec<Value> = filled.map(Value::Uuid).collect();
        for row in reader.rows(PAYMENTS, &params)? {
            found.insert(row.get(0)?, Paper { kind: row.get(1)?, description: row.get(2)? });
        }
    }
    Ok(found)
}
