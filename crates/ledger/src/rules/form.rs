//! What can be said of an event by itself.

use super::codes::Code;
use super::types::{AmountMode, Event, Flags};

use florin_kernel::Date;

/// The value dates that a batch accepts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dates {
    pub(super) earliest: Date,
    pub(super) latest: Date,
}

const BALANCING: Flags = Flags::BALANCING_DEBIT.with(Flags::BALANCING_CREDIT);
const RESOLVING: Flags = Flags::POST.with(Flags::VOID).with(Flags::EXPIRE);

/// Whether the event makes sense before anything is looked up; the first that does not is the refusal.
pub(super) fn check(event: &Event, dates: Dates) -> Result<(), Code> {
    let resolving = event.flags.has_any(RESOLVING);
    if flags_clash(event) {
        return Err(Code::FlagsExclusive);
    }
    if event.debit.is_some() && event.debit == event.credit {
        return Err(Code::AccountsEqual);
    }
    match (resolving, event.pending_id) {
        (true, None) => return Err(Code::PendingIdRequired),
        (false, Some(_)) => return Err(Code::PendingIdForbidden),
        _ => {}
    }
    if event.timeout_s.is_some() && !event.flags.has(Flags::PENDING) {
        return Err(Code::TimeoutNeedsPending);
    }
    match event.amount {
        0 if event.mode != AmountMode::AllPending => return Err(Code::AmountZero),
        ..0 => return Err(Code::AmountTooLarge),
        _ => {}
    }
    if !mode_fits(event, resolving) {
        return Err(Code::AmountModeInvalid);
    }
    match event.effective_date {
        Some(date) if date < dates.earliest || date > dates.latest => Err(Code::EffectiveDateOutOfRange),
        _ => Ok(()),
    }
}

/// A transfer is one thing: plain, balancing, a hold (which may balance), a resolution of a hold, or a reversal.
fn flags_clash(event: &Event) -> bool {
    let flags = event.flags;
    let kinds = [Flags::PENDING, Flags::POST, Flags::VOID, Flags::EXPIRE];
    let kinds_set = kinds.iter().filter(|kind| flags.has(**kind)).count();
    let balancing = flags.has_any(BALANCING);
    kinds_set > 1
        || (balancing && flags.has_any(RESOLVING))
        || (event.reverses.is_some() && (balancing || kinds_set > 0))
        || (flags.has(Flags::EXPIRE) && flags.has(Flags::LINKED))
}

fn mode_fits(event: &Event, resolving: bool) -> bool {
    let balancing = event.flags.has_any(BALANCING);
    match event.mode {
        AmountMode::Exact => !balancing && !event.flags.has_any(Flags::VOID.with(Flags::EXPIRE)),
        AmountMode::UpTo => balancing || event.reverses.is_some(),
        AmountMode::AllPending => resolving && event.amount == 0,
    }
}
