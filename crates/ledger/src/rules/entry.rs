//! Writing a decided transfer into the working set, and checking what was written.

use std::sync::Arc;

use florin_kernel::Date;

use super::broken::Broken;
use super::case::{Case, Kind};
use super::changes::{ChainMark, DayDelta, Resolution};
use super::journal::{Saved, Undo};
use super::measure::Effect;
use super::types::{Account, Accumulators, After, BatchHeader, Event, Hold, HoldState, Side, Transfer};
use super::working_set::{Reversible, Trace, WorkingSet};

/// Every so manieth entry of an account has a signpost.
const MARK_EVERY: i64 = 64;

/// The moment of a transfer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) seq: i64,
    pub(super) at: i64,
    pub(super) expires_at: Option<i64>,
}

/// Makes both entries, the transfer and all that follows from them.
pub(super) fn write(
    ws: &mut WorkingSet,
    header: &BatchHeader,
    event: &Event,
    case: Case,
    effect: Effect,
    moment: Moment,
) -> Result<Arc<Transfer>, Broken> {
    let place = ws.changes.transfers.len();
    if ws.changes.transfers.last().is_some_and(|last| last.seq >= moment.seq) {
        return Err(Broken::Order(event.id));
    }
    if ws.set_trace(event.id, Trace::New(place)).is_some() {
        return Err(Broken::Duplicate(event.id));
    }
    let effective_date = event.effective_date.unwrap_or(header.business_date);
    let (debit, debit_prev) = write_side(ws, case.debit, Side::Debit, effect, moment, effective_date, event)?;
    let (credit, credit_prev) =
        write_side(ws, case.credit, Side::Credit, effect, moment, effective_date, event)?;
    let transfer = Arc::new(Transfer {
        seq: moment.seq,
        id: event.id,
        at: moment.at,
        debit_no: debit.no,
        credit_no: credit.no,
        debit: debit.id,
        credit: credit.id,
        currency: event.currency,
        amount: effect.amount,
        asked: event.amount,
        mode: event.mode,
        flags: event.flags,
        code: case.code,
        pending_id: event.pending_id,
        timeout_s: event.timeout_s,
        expires_at: moment.expires_at,
        effective_date,
        asked_date: event.effective_date,
        group: event.group,
        reverses: event.reverses,
        debit_after: debit.after,
        credit_after: credit.after,
        debit_prev,
        credit_prev,
    });
    ws.changes.transfers.push(Arc::clone(&transfer));
    ws.last_at = moment.at;
    refer(ws, case.kind, &transfer, effect)?;
    Ok(transfer)
}

/// Keeps what later events may refer to.
fn refer(ws: &mut WorkingSet, kind: Kind, transfer: &Arc<Transfer>, effect: Effect) -> Result<(), Broken> {
    let resolved = match kind {
        Kind::Plain => None,
        Kind::Hold => {
            ws.set_hold(transfer.id, Hold { transfer: Arc::clone(transfer), state: HoldState::Open });
            None
        }
        Kind::Reversal(original, before) => {
            let reversed = before.checked_add(effect.amount).filter(|reversed| *reversed <= original.amount);
            let reversed = reversed.ok_or(Broken::Sum(original.debit))?;
            ws.set_reversible(Reversible { transfer: original, reversed });
            None
        }
        Kind::Post(hold) => Some((hold, HoldState::Posted)),
        Kind::Release(hold, state) => Some((hold, state)),
    };
    if let Some((hold, state)) = resolved {
        ws.changes.resolved.push(Resolution { hold: hold.id, state, by_seq: transfer.seq });
        ws.set_hold(hold.id, Hold { transfer: hold, state });
    }
    Ok(())
}

/// One side as the entry left it.
struct Written {
    no: i64,
    id: florin_kernel::AccountId,
    after: After,
}

fn write_side(
    ws: &mut WorkingSet,
    at: usize,
    side: Side,
    effect: Effect,
    moment: Moment,
    date: Date,
    event: &Event,
) -> Result<(Written, i64), Broken> {
    let slot = ws.slots.get_mut(at).ok_or(Broken::WorkingSet)?;
    let account = &mut slot.account;
    let saved = Saved::of(account);
    let prev = account.last_seq;
    // Processes number their transfers from blocks of their own: a later entry may have a lower number.
    if moment.seq == prev || moment.at <= account.last_at {
        return Err(Broken::Order(event.id));
    }

    account.balance = added(&account.balance, side, effect).ok_or(Broken::Sum(account.id))?;
    account.version = account.version.checked_add(1).ok_or(Broken::Version(account.id))?;
    account.last_seq = moment.seq;
    account.last_at = moment.at;
    let day = if effect.posted > 0 { post_on(account, side, effect.posted, date)? } else { None };
    check(account, side, effect)?;

    ws.nets.moved(account.currency, &saved.balance, &account.balance)?;
    ws.changes.days.extend(day);
    if account.version.checked_rem(MARK_EVERY) == Some(0) {
        let (account_no, version) = (account.no, account.version);
        ws.changes.marks.push(ChainMark { account_no, version, seq: moment.seq, at: moment.at });
    }
    let after = After { version: account.version, balance: account.balance };
    let written = Written { no: account.no, id: account.id, after };
    if !slot.touched {
        slot.touched = true;
        ws.touched.push(at);
    }
    ws.journal.record(|| Undo::Entry(at, saved));
    Ok((written, prev))
}

/// The sums after the effect; `None` when one would be impossible.
fn added(before: &Accumulators, side: Side, effect: Effect) -> Option<Accumulators> {
    let (pending, posted) = match side {
        Side::Debit => (before.debits_pending, before.debits_posted),
        Side::Credit => (before.credits_pending, before.credits_posted),
    };
    let pending = pending.checked_add(effect.pending).filter(|sum| *sum >= 0)?;
    let grown = posted.checked_add(effect.posted).filter(|sum| *sum >= posted && posted >= 0)?;
    pending.checked_add(grown)?;
    Some(match side {
        Side::Debit => Accumulators { debits_pending: pending, debits_posted: grown, ..*before },
        Side::Credit => Accumulators { credits_pending: pending, credits_posted: grown, ..*before },
    })
}

/// Adds to the account's running day, and returns what belongs to another day's row.
fn post_on(account: &mut Account, side: Side, amount: i64, date: Date) -> Result<Option<DayDelta>, Broken> {
    let (debits, credits) = match side {
        Side::Debit => (amount, 0),
        Side::Credit => (0, amount),
    };
    let account_no = account.no;
    if date < account.day {
        return Ok(Some(DayDelta { account_no, date, debits, credits }));
    }
    let mut ended = None;
    if date > account.day {
        let (debits, credits) = (account.day_debits, account.day_credits);
        ended = Some(DayDelta { account_no, date: account.day, debits, credits });
        account.day = date;
        account.day_debits = 0;
        account.day_credits = 0;
    }
    let impossible = Broken::Sum(account.id);
    account.day_debits = account.day_debits.checked_add(debits).ok_or_else(|| impossible.clone())?;
    account.day_credits = account.day_credits.checked_add(credits).ok_or(impossible)?;
    Ok(ended.filter(|day| day.debits != 0 || day.credits != 0))
}

/// That the account still keeps what it promises: limits for new use, a day within the whole.
fn check(account: &Account, side: Side, effect: Effect) -> Result<(), Broken> {
    let resolves = effect.pending < 0;
    let new_use = !resolves && (effect.pending > 0 || effect.posted > 0);
    let limit = if side == account.normal { account.headroom() } else { account.available() };
    if new_use && limit.is_some_and(|left| left < 0) {
        return Err(Broken::Limit(account.id));
    }
    let sums = &account.balance;
    if account.day_debits > sums.debits_posted || account.day_credits > sums.credits_posted {
        return Err(Broken::Sum(account.id));
    }
    Ok(())
}
