//! The rules themselves: a batch of events goes in, an outcome for each comes out.
//!
//! Each chain passes four gates, and the first refusal met stands: its shape, its identifiers, the form of each
//! event, and then the events one after the other, each looked up, checked against the state of its accounts,
//! measured, checked against sums, limits and policy, and written. Identifiers and form come first for the whole
//! chain, so that a chain sent again meets what it met the first time.

use std::sync::Arc;

use florin_kernel::Date;
use jiff::Span;

use super::broken::Broken;
use super::case::{Stop, check_state, look_up};
use super::changes::Burned;
use super::codes::Code;
use super::entry::{Moment, write};
use super::form::{self, Dates};
use super::identity::{Answer, answer, answer_created};
use super::measure::{check_overflow, check_policy, expiry, measure};
use super::types::{BatchHeader, Event, Fingerprint, Flags, Known, Outcome, Transfer};
use super::working_set::{Trace, WorkingSet};

/// The most events that one batch may have.
pub const BATCH_MAX: usize = 8_192;

/// The most events that one chain may have.
pub const CHAIN_MAX: usize = 256;

/// How many days back a value date may lie.
const BACK_DAYS_MAX: i64 = 3_660;

/// Decides every event in order, and changes the working set accordingly.
///
/// A chain's refusal uses up the identifier of the event that was refused, where that depends on the state, and
/// not those of the others; events with fresh identifiers use up nothing.
///
/// # Errors
/// [`Broken`] when an invariant does not hold: nothing of the batch may be kept, and the process must stop.
pub fn apply(ws: &mut WorkingSet, header: &BatchHeader, events: &[Event]) -> Result<Vec<Outcome>, Broken> {
    if events.len() > BATCH_MAX {
        return Ok(events.iter().map(|_| refusal(Code::BatchTooLarge)).collect());
    }
    let mut outcomes = Vec::with_capacity(events.len());
    let mut batch = Batch::new(ws, header);
    let mut rest = events;
    while let [first, tail @ ..] = rest {
        if first.flags.has(Flags::LINKED) {
            let (chain, left) = split_chain(rest);
            batch.chain(chain, &mut outcomes)?;
            rest = left;
        } else {
            outcomes.push(batch.single(first)?);
            rest = tail;
        }
    }
    ws.nets.check()?;
    Ok(outcomes)
}

fn refusal(code: Code) -> Outcome {
    Outcome { code, transfer: None }
}

/// The chain at the front, up to and with the first unlinked event, and what follows it.
fn split_chain(events: &[Event]) -> (&[Event], &[Event]) {
    let linked = events.iter().take_while(|event| event.flags.has(Flags::LINKED)).count();
    events.split_at_checked(linked.saturating_add(1)).unwrap_or((events, &[]))
}

struct Batch<'a> {
    ws: &'a mut WorkingSet,
    header: &'a BatchHeader,
    dates: Dates,
    /// Transfers that earlier calls created in the same batch.
    earlier: usize,
}

impl<'a> Batch<'a> {
    fn new(ws: &'a mut WorkingSet, header: &'a BatchHeader) -> Self {
        let latest = header.business_date;
        let earliest = latest.checked_sub(Span::new().days(BACK_DAYS_MAX)).unwrap_or(Date::MIN);
        let earlier = ws.changes.transfers.len();
        Self { ws, header, dates: Dates { earliest, latest }, earlier }
    }

    fn single(&mut self, event: &Event) -> Result<Outcome, Broken> {
        match self.known(event) {
            Some(Answer::Exists(transfer)) => {
                return Ok(Outcome { code: Code::Exists, transfer: Some(transfer) });
            }
            Some(Answer::Refused(code)) => return Ok(refusal(code)),
            None => {}
        }
        let done = match form::check(event, self.dates) {
            Ok(()) => self.execute(event),
            Err(code) => Err(code.into()),
        };
        match done {
            Ok(transfer) => Ok(Outcome { code: Code::Created, transfer: Some(transfer) }),
            Err(Stop::Broken(broken)) => Err(broken),
            Err(Stop::Refused(code)) => {
                self.burn(event, code);
                Ok(refusal(code))
            }
        }
    }

    fn chain(&mut self, chain: &[Event], outcomes: &mut Vec<Outcome>) -> Result<(), Broken> {
        let open = chain.last().is_some_and(|event| event.flags.has(Flags::LINKED));
        let failed = if open {
            Some((chain.len().saturating_sub(1), Code::ChainOpen))
        } else if chain.len() > CHAIN_MAX {
            Some((0, Code::ChainTooLong))
        } else {
            match self.chain_ids(chain) {
                Ok(Some(existing)) => {
                    outcomes.extend(existing);
                    return Ok(());
                }
                Ok(None) => self.chain_events(chain, outcomes)?,
                Err(failed) => Some(failed),
            }
        };
        if let Some((place, code)) = failed {
            let codes = (0..chain.len()).map(|at| if at == place { code } else { Code::LinkedFailed });
            outcomes.extend(codes.map(refusal));
        }
        Ok(())
    }

    /// What is known of a chain: that all of it exists, that none does, or which event cannot be and why.
    fn chain_ids(&self, chain: &[Event]) -> Result<Option<Vec<Outcome>>, (usize, Code)> {
        let mut existing = Vec::new();
        let mut first_existing = 0;
        for (place, event) in chain.iter().enumerate() {
            match self.known(event) {
                Some(Answer::Exists(transfer)) => {
                    if existing.is_empty() {
                        first_existing = place;
                    }
                    existing.push(Outcome { code: Code::Exists, transfer: Some(transfer) });
                }
                Some(Answer::Refused(code)) => return Err((place, code)),
                None => {}
            }
        }
        if existing.is_empty() {
            Ok(None)
        } else if existing.len() == chain.len() {
            Ok(Some(existing))
        } else {
            Err((first_existing, Code::ChainPartiallyExists))
        }
    }

    /// Carries out all of the chain, or none of it and tells which event failed.
    fn chain_events(
        &mut self,
        chain: &[Event],
        outcomes: &mut Vec<Outcome>,
    ) -> Result<Option<(usize, Code)>, Broken> {
        let mut forms = chain.iter().map(|event| form::check(event, self.dates)).enumerate();
        let mut failed = forms.find_map(|(place, form)| form.err().map(|code| (place, code)));
        if failed.is_none() {
            failed = self.chain_walk(chain, outcomes)?;
        }
        if let Some((event, code)) = failed.and_then(|(place, code)| chain.get(place).zip(Some(code))) {
            self.burn(event, code);
        }
        Ok(failed)
    }

    fn chain_walk(
        &mut self,
        chain: &[Event],
        outcomes: &mut Vec<Outcome>,
    ) -> Result<Option<(usize, Code)>, Broken> {
        let (start, outcomes_before) = (self.ws.enter_chain(), outcomes.len());
        let mut failed = None;
        for (place, event) in chain.iter().enumerate() {
            let done = match self.known(event) {
                // Nothing of the chain was known at its start: the identifier stands in it twice.
                Some(Answer::Exists(_)) => Err(Code::ChainPartiallyExists.into()),
                Some(Answer::Refused(code)) => Err(code.into()),
                None => self.execute(event),
            };
            match done {
                Ok(transfer) => outcomes.push(Outcome { code: Code::Created, transfer: Some(transfer) }),
                Err(Stop::Broken(broken)) => return Err(broken),
                Err(Stop::Refused(code)) => {
                    failed = Some((place, code));
                    break;
                }
            }
        }
        if failed.is_some() {
            outcomes.truncate(outcomes_before);
            self.ws.go_back(start)?;
        }
        self.ws.leave_chain();
        Ok(failed)
    }

    fn known(&self, event: &Event) -> Option<Answer> {
        if event.fresh {
            return None;
        }
        match self.ws.trace(event.id)? {
            Trace::Old(known) => Some(answer(event, known)),
            Trace::New(_) => self.ws.created(event.id).map(|transfer| answer_created(event, transfer)),
        }
    }

    /// Carries out one event whose identifier is new and whose form is right, or changes nothing.
    fn execute(&mut self, event: &Event) -> Result<Arc<Transfer>, Stop> {
        let case = look_up(self.ws, self.header, event)?;
        check_state(self.ws, self.header, event, &case)?;
        let (debit, credit) = (self.ws.at(case.debit)?, self.ws.at(case.credit)?);
        let effect = measure(event, &case, debit, credit)?;
        check_overflow(event, effect, debit, credit)?;
        let at = self.next_at(event, debit.last_at.max(credit.last_at))?;
        let expires_at = expiry(event, at)?;
        check_policy(event, &case, effect, debit, credit)?;
        let moment = Moment { seq: self.next_seq(event)?, at, expires_at };
        Ok(write(self.ws, self.header, event, case, effect, moment)?)
    }

    /// Now, or just after the last transfer of the stream and of both accounts.
    fn next_at(&self, event: &Event, last_of_accounts: i64) -> Result<i64, Broken> {
        let last = self.ws.last_at.max(last_of_accounts);
        let after = last.checked_add(1).ok_or(Broken::Order(event.id))?;
        Ok(self.header.now.max(after))
    }

    fn next_seq(&self, event: &Event) -> Result<i64, Broken> {
        let created = self.ws.changes.transfers.len().checked_sub(self.earlier).ok_or(Broken::WorkingSet)?;
        let created = i64::try_from(created).map_err(|_| Broken::WorkingSet)?;
        self.header.first_seq.checked_add(created).ok_or(Broken::Order(event.id))
    }

    /// Uses up the identifier, so that the same request is refused for ever.
    fn burn(&mut self, event: &Event, code: Code) {
        if event.fresh || !code.burns() {
            return;
        }
        let fingerprint = Fingerprint::of(event);
        self.ws.set_trace(event.id, Trace::Old(Known::Refused { code, fingerprint }));
        self.ws.changes.burned.push(Burned { id: event.id, code, fingerprint, at: self.header.now });
    }
}
