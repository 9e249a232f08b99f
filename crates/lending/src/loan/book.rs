//! A loan with its history: events in, differences out.

use std::collections::BTreeSet;

use jiff::civil::Date;
use thiserror::Error;

use super::{Due, Event, Figures, Happening, LoanEventId, LoanState, Parts, Servicing};
use crate::{PRINCIPAL_MINOR_MAX, Refused, Terms};

/// The most events of one loan: with it, no sum of them can overflow.
pub const EVENTS_MAX: usize = 100_000;

/// A loan that was paid out on the day its terms start, and what has happened to it since.
#[derive(Clone, Debug)]
pub struct Loan {
    terms: Terms,
    servicing: Servicing,
    /// In the order in which they count, whenever they became known.
    events: Vec<Event>,
    reversed: BTreeSet<LoanEventId>,
    state: LoanState,
}

/// Why an event was not recorded. Nothing changed then.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotRecorded {
    /// It is dated before the loan was paid out.
    #[error("the loan was paid out on {paid_out_on}, after {on}")]
    BeforePayout {
        /// The event's day.
        on: Date,
        /// The loan's first day.
        paid_out_on: Date,
    },
    /// It is dated after the business day.
    #[error("{on} is after the business day {business_day}")]
    InTheFuture {
        /// The event's day.
        on: Date,
        /// The loan's business day.
        business_day: Date,
    },
    /// A sum that is not above zero, or larger than any loan.
    #[error("a sum above zero, and of a loan's size, is wanted")]
    Sum,
    /// An event of this identifier is recorded.
    #[error("the event {0} is recorded already")]
    Known(LoanEventId),
    /// There is no payment of this identifier.
    #[error("there is no payment {0}")]
    UnknownPayment(LoanEventId),
    /// The payment was reversed before.
    #[error("the payment {0} was reversed already")]
    Reversed(LoanEventId),
    /// A rescheduling whose days no schedule can follow.
    #[error("the loan cannot be rescheduled so")]
    Rescheduling(#[source] Refused),
    /// More than [`EVENTS_MAX`].
    #[error("the loan has too many events")]
    TooMany,
    /// Interest grows beyond what can be computed; only with terms that no loan has.
    #[error("the loan grows beyond what can be computed")]
    NotComputable,
}

/// What it takes to be done with a loan on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payoff {
    /// The day.
    pub on: Date,
    /// What is owed then, in minor units.
    pub owed: Parts,
    /// What is held already and counts against it.
    pub held_minor: i64,
    /// What is to be paid.
    pub total_minor: i64,
    /// By how much it grows with one day more, rounded.
    pub per_diem_minor: i64,
}

/// How far a loan is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delinquency {
    /// Days since the oldest open sum was due.
    pub days: u64,
    /// How many of the product's thresholds these days have passed: zero is current.
    pub bucket: usize,
    /// What is past due.
    pub past_due: Parts,
}

impl Loan {
    /// A loan that is paid out, whole, on the day its terms start.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn pay_out(terms: Terms, servicing: Servicing) -> Result<Self, Refused> {
        let state = LoanState::open(&terms)?;
        Ok(Self { terms, servicing, events: Vec::new(), reversed: BTreeSet::new(), state })
    }

    /// The loan as it stands at the end of `day`, of events that were recorded before, in whatever order they are given,
    /// and the payments among them that were reversed.
    ///
    /// # Errors
    /// [`Refused`] for terms that no loan can have, and for events that cannot be computed.
    pub fn restore(
        terms: Terms,
        servicing: Servicing,
        mut events: Vec<Event>,
        reversed: BTreeSet<LoanEventId>,
        day: Date,
    ) -> Result<Self, Refused> {
        events.sort_by_key(Event::place);
        let mut state = LoanState::open(&terms)?;
        state.go_through(&servicing, &events, &reversed, day).ok_or(Refused::NotComputable)?;
        Ok(Self { terms, servicing, events, reversed, state })
    }

    /// The terms.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The servicing rules.
    pub const fn servicing(&self) -> &Servicing {
        &self.servicing
    }

    /// Where it stands at the end of what is known of its business day.
    pub const fn state(&self) -> &LoanState {
        &self.state
    }

    /// What happened, in the order in which it counts, payments that were reversed included.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Whether this payment was reversed.
    pub fn is_reversed(&self, id: LoanEventId) -> bool {
        self.reversed.contains(&id)
    }

    /// Goes on to the beginning of a business day, through all days before it; gives what there is to post. A day that is
    /// past already changes nothing.
    ///
    /// # Errors
    /// [`NotRecorded::NotComputable`].
    pub fn go_on_to(&mut self, day: Date) -> Result<Figures, NotRecorded> {
        let before = self.state.figures();
        // Rolled in place unless it fails, which only terms of no real loan make it do.
        if self.state.roll(&self.servicing, day).is_none() {
            self.state = self.state_of(self.state.on(), &self.reversed, &self.events)?;
            return Err(NotRecorded::NotComputable);
        }
        Ok(self.state.figures().since(&before))
    }

    /// The same, a day on which something fell due or was charged at a time, each with what there is to post for it.
    ///
    /// # Errors
    /// [`NotRecorded::NotComputable`].
    pub fn go_through_days_to(&mut self, day: Date) -> Result<Vec<(Date, Figures)>, NotRecorded> {
        let mut days = Vec::new();
        while self.state.on() < day {
            let stop = self.state.next_stop(&self.servicing).map_or(day, |stop| stop.min(day));
            days.push((stop, self.go_on_to(stop)?));
        }
        Ok(days)
    }

    /// Records an event of the business day or of a day before it; gives what there is to post.
    ///
    /// # Errors
    /// [`NotRecorded`].
    pub fn record(&mut self, event: Event) -> Result<Figures, NotRecorded> {
        self.check(&event)?;
        let before = self.state.figures();
        let place = self.events.partition_point(|known| known.place() < event.place());
        let state = if place == self.events.len() && event.on == self.state.on() {
            let mut state = self.state.clone();
            state.apply(&self.servicing, &event).ok_or(NotRecorded::NotComputable)?;
            self.events.push(event);
            state
        } else {
            self.events.insert(place, event);
            match self.state_of(self.state.on(), &self.reversed, &self.events) {
                Ok(state) => state,
                Err(error) => {
                    self.events.remove(place);
                    return Err(error);
                }
            }
        };
        self.state = state;
        Ok(self.state.figures().since(&before))
    }

    /// Takes a payment back, as if it had never been made; gives what there is to post.
    ///
    /// # Errors
    /// [`NotRecorded::UnknownPayment`], [`NotRecorded::Reversed`], [`NotRecorded::NotComputable`].
    pub fn reverse(&mut self, payment: LoanEventId) -> Result<Figures, NotRecorded> {
        let known = self.events.iter().any(|event| event.id == payment && event.what.is_payment());
        if !known {
            return Err(NotRecorded::UnknownPayment(payment));
        }
        let mut reversed = self.reversed.clone();
        if !reversed.insert(payment) {
            return Err(NotRecorded::Reversed(payment));
        }
        let before = self.state.figures();
        self.state = self.state_of(self.state.on(), &reversed, &self.events)?;
        self.reversed = reversed;
        Ok(self.state.figures().since(&before))
    }

    /// Where it stood, or will stand if nothing more happens, at the end of `day`; before it was paid out, as on that day.
    ///
    /// # Errors
    /// [`NotRecorded::NotComputable`].
    pub fn state_on(&self, day: Date) -> Result<LoanState, NotRecorded> {
        if day < self.state.on() {
            return self.state_of(day, &self.reversed, &self.events);
        }
        let mut state = self.state.clone();
        state.roll(&self.servicing, day).ok_or(NotRecorded::NotComputable)?;
        Ok(state)
    }

    /// What it takes to be done with the loan at the end of `day`.
    ///
    /// # Errors
    /// [`NotRecorded::NotComputable`].
    pub fn payoff(&self, day: Date) -> Result<Payoff, NotRecorded> {
        let state = self.state_on(day)?;
        let owed = state.owed();
        let held_minor = state.figures().held;
        let daily = self.terms.day_count.daily_fraction(day);
        let per_diem = state.plan.meter.measure(state.basis_minor(&self.servicing), daily);
        let per_diem_minor = per_diem
            .and_then(|interest| state.plan.meter.minor(interest))
            .ok_or(NotRecorded::NotComputable)?;
        let total_minor = owed.total().saturating_sub(held_minor).max(0);
        Ok(Payoff { on: day, owed, held_minor, total_minor, per_diem_minor })
    }

    /// How far it is behind on its business day.
    pub fn delinquency(&self) -> Delinquency {
        let on = self.state.on();
        let overdue = || self.state.dues().iter().filter(|due| due.due_on < on);
        let oldest = overdue().map(|due| due.due_on).min().unwrap_or(on);
        let days = crate::actual_days(oldest, on);
        let passed = |from: &&u32| u64::from(**from) <= days && days > 0;
        Delinquency {
            days,
            bucket: self.servicing.delinquency_from_days.iter().filter(passed).count(),
            past_due: overdue().fold(Parts::default(), |sum, due| sum.plus(due.open)),
        }
    }

    /// What will fall due if each instalment is paid on its day: what is open now, and then every instalment.
    ///
    /// # Errors
    /// [`NotRecorded::NotComputable`].
    pub fn outlook(&self) -> Result<Vec<Due>, NotRecorded> {
        let mut state = self.state.clone();
        let mut outlook = state.dues().to_vec();
        while let Some(day) = state.next_due_on() {
            let open: i64 = state.dues().iter().map(|due| due.open.total()).sum();
            let settle = Event {
                id: LoanEventId::from_uuid(florin_kernel::Uuid::nil()),
                on: day,
                what: Happening::Paid(open),
            };
            // What is open is paid today, so that what falls due next is the instalment alone.
            if open > 0 {
                state.apply(&self.servicing, &settle).ok_or(NotRecorded::NotComputable)?;
            }
            let Some(day) = state.next_due_on() else { break };
            state.roll(&self.servicing, day).ok_or(NotRecorded::NotComputable)?;
            outlook.extend_from_slice(state.dues());
        }
        Ok(outlook)
    }

    fn check(&self, event: &Event) -> Result<(), NotRecorded> {
        let (on, paid_out_on, business_day) = (event.on, self.terms.started_on, self.state.on());
        if on < paid_out_on {
            return Err(NotRecorded::BeforePayout { on, paid_out_on });
        }
        if on > business_day {
            return Err(NotRecorded::InTheFuture { on, business_day });
        }
        if event.what.minor().is_some_and(|minor| !(1..=PRINCIPAL_MINOR_MAX).contains(&minor)) {
            return Err(NotRecorded::Sum);
        }
        if self.events.iter().any(|known| known.id == event.id) {
            return Err(NotRecorded::Known(event.id));
        }
        if self.events.len() >= EVENTS_MAX {
            return Err(NotRecorded::TooMany);
        }
        match &event.what {
            Happening::Rescheduled(how) => self.state.plan.check(on, *how).map_err(NotRecorded::Rescheduling),
            _ => Ok(()),
        }
    }

    /// The fold, from the beginning to the end of `day`.
    fn state_of(
        &self,
        day: Date,
        reversed: &BTreeSet<LoanEventId>,
        events: &[Event],
    ) -> Result<LoanState, NotRecorded> {
        let fold = || {
            let mut state = LoanState::open(&self.terms).ok()?;
            state.go_through(&self.servicing, events, reversed, day)?;
            Some(state)
        };
        fold().ok_or(NotRecorded::NotComputable)
    }
}

impl LoanState {
    /// Goes through these events, which are in the order in which they count, to the end of `day`.
    fn go_through(
        &mut self,
        servicing: &Servicing,
        events: &[Event],
        reversed: &BTreeSet<LoanEventId>,
        day: Date,
    ) -> Option<()> {
        for event in events.iter().filter(|event| event.on <= day && !reversed.contains(&event.id)) {
            self.roll(servicing, event.on)?;
            self.apply(servicing, event)?;
        }
        self.roll(servicing, day)
    }
}
