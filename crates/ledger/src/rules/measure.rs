//! How much moves, and whether it fits the sums and the limits.

use super::case::{Case, Kind, Stop};
use super::codes::{Code, Group};
use super::types::{Account, AmountMode, Event, Flags, Overdraft, Side};

/// The longest time that a hold may stay open: 400 days.
pub const TIMEOUT_MAX_S: u32 = 400 * 24 * 60 * 60;

/// What a transfer adds to both its accounts, on their two sides alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Effect {
    /// The figure that the transfer is known by.
    pub(super) amount: i64,
    /// Added to the pending sums; below zero when a hold is resolved.
    pub(super) pending: i64,
    /// Added to the posted sums.
    pub(super) posted: i64,
}

/// What the transfer moves.
pub(super) fn measure(event: &Event, case: &Case, debit: &Account, credit: &Account) -> Result<Effect, Code> {
    Ok(match &case.kind {
        Kind::Plain => {
            let amount = plain_amount(event, debit, credit);
            Effect { amount, pending: 0, posted: amount }
        }
        Kind::Hold => {
            let amount = plain_amount(event, debit, credit);
            Effect { amount, pending: amount, posted: 0 }
        }
        Kind::Post(hold) => {
            let amount = if event.mode == AmountMode::AllPending { hold.amount } else { event.amount };
            if amount > hold.amount {
                return Err(Code::ExceedsPending);
            }
            Effect { amount, pending: hold.amount.saturating_neg(), posted: amount }
        }
        Kind::Release(hold, _) => {
            Effect { amount: hold.amount, pending: hold.amount.saturating_neg(), posted: 0 }
        }
        Kind::Reversal(original, reversed) => {
            let left = original.amount.saturating_sub(*reversed);
            let amount = if event.mode == AmountMode::UpTo { event.amount.min(left) } else { event.amount };
            if amount > left || amount <= 0 {
                return Err(Code::ExceedsReversible);
            }
            Effect { amount, pending: 0, posted: amount }
        }
    })
}

/// The amount asked for, or what the balancing flags leave of it; overdraft and ceiling do not count.
fn plain_amount(event: &Event, debit: &Account, credit: &Account) -> i64 {
    let mut amount = i128::from(event.amount);
    if event.flags.has(Flags::BALANCING_DEBIT) {
        amount = amount.min(room(debit, Side::Debit, 0));
    }
    if event.flags.has(Flags::BALANCING_CREDIT) {
        amount = amount.min(room(credit, Side::Credit, 0));
    }
    // Between zero and the amount asked for, which is an i64.
    i64::try_from(amount.max(0)).unwrap_or(0)
}

/// How much may be added on `side` until it is `allowance` more than what is posted on the other.
fn room(account: &Account, side: Side, allowance: i64) -> i128 {
    let sums = &account.balance;
    let (against, used, reserved) = match side {
        Side::Debit => (sums.credits_posted, sums.debits_posted, sums.debits_pending),
        Side::Credit => (sums.debits_posted, sums.credits_posted, sums.credits_pending),
    };
    // Four 64-bit terms cannot overflow 128 bits.
    i128::from(against)
        .saturating_add(i128::from(allowance))
        .saturating_sub(i128::from(used))
        .saturating_sub(i128::from(reserved))
}

/// Whether every sum stays within 64 bits, and the hold ends within its time.
pub(super) fn check_overflow(
    event: &Event,
    effect: Effect,
    debit: &Account,
    credit: &Account,
) -> Result<(), Code> {
    let (debits, credits) = (&debit.balance, &credit.balance);
    let debits_pending =
        debits.debits_pending.checked_add(effect.pending).ok_or(Code::OverflowsDebitsPending)?;
    let debits_posted = debits.debits_posted.checked_add(effect.posted).ok_or(Code::OverflowsDebitsPosted)?;
    let credits_pending =
        credits.credits_pending.checked_add(effect.pending).ok_or(Code::OverflowsCreditsPending)?;
    let credits_posted =
        credits.credits_posted.checked_add(effect.posted).ok_or(Code::OverflowsCreditsPosted)?;
    debits_pending.checked_add(debits_posted).ok_or(Code::OverflowsDebits)?;
    credits_pending.checked_add(credits_posted).ok_or(Code::OverflowsCredits)?;
    match event.timeout_s {
        Some(seconds) if seconds > TIMEOUT_MAX_S => Err(Code::OverflowsTimeout),
        _ => Ok(()),
    }
}

/// When a hold made at `at` expires.
pub(super) fn expiry(event: &Event, at: i64) -> Result<Option<i64>, Code> {
    let Some(seconds) = event.timeout_s else { return Ok(None) };
    let timeout_us = i64::from(seconds).saturating_mul(1_000_000);
    at.checked_add(timeout_us).map(Some).ok_or(Code::OverflowsTimeout)
}

/// Whether limits and the decisions made before allow it; what a hold was granted is not asked again.
pub(super) fn check_policy(
    event: &Event,
    case: &Case,
    effect: Effect,
    debit: &Account,
    credit: &Account,
) -> Result<(), Stop> {
    let new_use = matches!(case.kind, Kind::Plain | Kind::Hold | Kind::Reversal(..)) && effect.amount > 0;
    if new_use {
        let amount = i128::from(effect.amount);
        let short = |room: Option<i128>| room.is_some_and(|room| amount > room);
        if short(funds(debit, Side::Debit)) || short(funds(credit, Side::Credit)) {
            return Err(Code::InsufficientFunds.into());
        }
        if short(below_ceiling(debit, Side::Debit)) || short(below_ceiling(credit, Side::Credit)) {
            return Err(Code::ExceedsCeiling.into());
        }
    }
    match event.policy {
        None => Ok(()),
        Some(code) if code.group() == Group::Policy => Err(code.into()),
        // A refusal was decided, though not one that can stand here: it stays a refusal.
        Some(_) => Err(Code::DeclinedByRisk.into()),
    }
}

/// How much an entry on `side` may take out of the account; `None` when it takes nothing out or may take all.
fn funds(account: &Account, side: Side) -> Option<i128> {
    match account.overdraft {
        _ if account.normal == side => None,
        Overdraft::Unlimited => None,
        Overdraft::None => Some(room(account, side, 0)),
        Overdraft::Limit(limit) => Some(room(account, side, limit)),
    }
}

/// How much an entry on `side` may bring into the account; `None` when it brings nothing in or may bring all.
fn below_ceiling(account: &Account, side: Side) -> Option<i128> {
    if account.normal == side { account.ceiling.map(|ceiling| room(account, side, ceiling)) } else { None }
}
