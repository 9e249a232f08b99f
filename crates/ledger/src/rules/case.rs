//! Who and what an event is about, and whether they accept it.

use std::sync::Arc;

use florin_kernel::{AccountId, UserId};

use super::broken::Broken;
use super::codes::Code;
use super::types::{Account, BatchHeader, Event, Flags, HoldState, Transfer};
use super::working_set::WorkingSet;

/// Why an event is not carried out.
pub(super) enum Stop {
    Refused(Code),
    Broken(Broken),
}

impl From<Code> for Stop {
    fn from(code: Code) -> Self {
        Self::Refused(code)
    }
}

impl From<Broken> for Stop {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

/// What kind of transfer an event asks for, with what it refers to.
pub(super) enum Kind {
    Plain,
    Hold,
    Post(Arc<Transfer>),
    /// A void or an expiry.
    Release(Arc<Transfer>, HoldState),
    /// A reversal, with the transfer reversed and how much of it was reversed before.
    Reversal(Arc<Transfer>, i64),
}

/// An event with both its accounts, by their places in the working set.
pub(super) struct Case {
    pub(super) kind: Kind,
    pub(super) debit: usize,
    pub(super) credit: usize,
    pub(super) code: u16,
}

/// Looks up everything that the event names.
pub(super) fn look_up(ws: &WorkingSet, header: &BatchHeader, event: &Event) -> Result<Case, Stop> {
    if event.flags.has_any(Flags::POST.with(Flags::VOID).with(Flags::EXPIRE)) {
        look_up_resolution(ws, header, event)
    } else if event.reverses.is_some() {
        look_up_reversal(ws, event)
    } else {
        let debit = event.debit.and_then(|id| find_within(ws, id, event.reach));
        let debit = debit.ok_or(Code::DebitAccountNotFound)?;
        let credit = event.credit.and_then(|id| ws.find(id)).ok_or(Code::CreditAccountNotFound)?;
        check_currency(ws, event, [Some(debit), Some(credit)])?;
        let kind = if event.flags.has(Flags::PENDING) { Kind::Hold } else { Kind::Plain };
        Ok(Case { kind, debit, credit, code: event.code.unwrap_or(0) })
    }
}

fn look_up_resolution(ws: &WorkingSet, header: &BatchHeader, event: &Event) -> Result<Case, Stop> {
    let mut hold = event.pending_id.and_then(|id| ws.referred_hold(id));
    if let (Some(found), Some(_)) = (&hold, event.reach)
        && owner(ws, found.transfer.debit)? != event.reach
    {
        hold = None;
    }
    let transfer = hold.as_ref().map(|hold| &*hold.transfer);

    let debit = match event.debit {
        Some(id) => Some(find_within(ws, id, event.reach).ok_or(Code::DebitAccountNotFound)?),
        None => transfer.map(|transfer| loaded(ws, transfer.debit)).transpose()?,
    };
    let credit = match event.credit {
        Some(id) => Some(ws.find(id).ok_or(Code::CreditAccountNotFound)?),
        None => transfer.map(|transfer| loaded(ws, transfer.credit)).transpose()?,
    };
    check_currency(ws, event, [debit, credit])?;
    let (Some(hold), Some(debit), Some(credit)) = (hold, debit, credit) else {
        return Err(Code::PendingNotFound.into());
    };
    let due = hold.transfer.expires_at.is_some_and(|at| at <= header.now);
    let early = event.flags.has(Flags::EXPIRE) && hold.state == HoldState::Open && !due;
    if !hold.transfer.flags.has(Flags::PENDING) || early {
        return Err(Code::NotPending.into());
    }
    if differs(event, hold.transfer.debit, hold.transfer.credit)
        || event.code.is_some_and(|code| code != hold.transfer.code)
    {
        return Err(Code::PendingFieldDiffers.into());
    }
    let code = hold.transfer.code;
    let kind = resolution(event, hold.transfer, hold.state, due)?;
    Ok(Case { kind, debit, credit, code })
}

/// A hold is resolved once, and from its time on it can only expire.
fn resolution(event: &Event, hold: Arc<Transfer>, state: HoldState, due: bool) -> Result<Kind, Code> {
    match state {
        HoldState::Posted => Err(Code::PendingAlreadyPosted),
        HoldState::Voided => Err(Code::PendingAlreadyVoided),
        HoldState::Expired => Err(Code::PendingExpired),
        HoldState::Open if event.flags.has(Flags::EXPIRE) => Ok(Kind::Release(hold, HoldState::Expired)),
        HoldState::Open if due => Err(Code::PendingExpired),
        HoldState::Open if event.flags.has(Flags::POST) => Ok(Kind::Post(hold)),
        HoldState::Open => Ok(Kind::Release(hold, HoldState::Voided)),
    }
}

fn look_up_reversal(ws: &WorkingSet, event: &Event) -> Result<Case, Stop> {
    let mut original = event.reverses.and_then(|id| ws.referred_original(id));
    if let (Some(found), Some(_)) = (&original, event.reach)
        && owner(ws, found.transfer.debit)? != event.reach
    {
        original = None;
    }
    let transfer = original.as_ref().map(|original| &*original.transfer);

    let debit = match event.debit {
        Some(id) => Some(ws.find(id).ok_or(Code::DebitAccountNotFound)?),
        None => transfer.map(|transfer| loaded(ws, transfer.credit)).transpose()?,
    };
    let credit = match event.credit {
        Some(id) => Some(ws.find(id).ok_or(Code::CreditAccountNotFound)?),
        None => transfer.map(|transfer| loaded(ws, transfer.debit)).transpose()?,
    };
    check_currency(ws, event, [debit, credit])?;
    let (Some(original), Some(debit), Some(credit)) = (original, debit, credit) else {
        return Err(Code::ReversesNotFound.into());
    };
    // Only what was posted can be reversed: a hold is voided.
    let moved_nothing = Flags::PENDING.with(Flags::VOID).with(Flags::EXPIRE);
    if original.transfer.flags.has_any(moved_nothing)
        || differs(event, original.transfer.credit, original.transfer.debit)
    {
        return Err(Code::ReversesNotFound.into());
    }
    let code = event.code.unwrap_or(original.transfer.code);
    Ok(Case { kind: Kind::Reversal(original.transfer, original.reversed), debit, credit, code })
}

/// Whether the accounts accept the transfer; a release of a hold is always accepted.
pub(super) fn check_state(
    ws: &WorkingSet,
    header: &BatchHeader,
    event: &Event,
    case: &Case,
) -> Result<(), Stop> {
    if matches!(case.kind, Kind::Release(..)) {
        return Ok(());
    }
    let (debit, credit) = (ws.at(case.debit)?, ws.at(case.credit)?);
    let effective = event.effective_date.unwrap_or(header.business_date);
    let refusal = if debit.closed {
        Code::DebitAccountClosed
    } else if credit.closed {
        Code::CreditAccountClosed
    } else if debit.frozen_debit {
        Code::DebitAccountFrozen
    } else if credit.frozen_credit {
        Code::CreditAccountFrozen
    } else if header.closed_through.is_some_and(|closed| effective <= closed) {
        Code::PeriodClosed
    } else {
        return Ok(());
    };
    Err(refusal.into())
}

fn differs(event: &Event, debit: AccountId, credit: AccountId) -> bool {
    event.debit.is_some_and(|id| id != debit) || event.credit.is_some_and(|id| id != credit)
}

fn check_currency(ws: &WorkingSet, event: &Event, accounts: [Option<usize>; 2]) -> Result<(), Stop> {
    for at in accounts.into_iter().flatten() {
        if ws.at(at)?.currency != event.currency {
            return Err(Code::CurrencyMismatch.into());
        }
    }
    Ok(())
}

/// The account, unless it is out of the person's reach.
fn find_within(ws: &WorkingSet, id: AccountId, reach: Option<UserId>) -> Option<usize> {
    let at = ws.find(id)?;
    let reached = reach.is_none() || ws.at(at).is_ok_and(|account| account.owner == reach);
    reached.then_some(at)
}

fn loaded(ws: &WorkingSet, id: AccountId) -> Result<usize, Broken> {
    ws.find(id).ok_or(Broken::NotLoaded(id))
}

fn owner(ws: &WorkingSet, id: AccountId) -> Result<Option<UserId>, Broken> {
    let account: &Account = ws.at(loaded(ws, id)?)?;
    Ok(account.owner)
}
