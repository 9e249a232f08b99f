//! Where a card stands: a fold over what happened, from cycle to cycle.

use jiff::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::cycle::{Grace, Ledger};
use super::{BalanceKind, CardTerms, CardTermsRefused};
use crate::{Component, Convention, Figures, LoanEventId, PRINCIPAL_MINOR_MAX, Parts, actual_days};

/// Something that happened on a card, and on which day; sums are in minor units and above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardEvent {
    /// Its identifier: the last word in the order of one day's events.
    pub id: LoanEventId,
    /// The day on which it counts.
    pub on: Date,
    /// What happened.
    pub what: CardHappening,
}

/// What can happen on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardHappening {
    /// Something was bought.
    Purchased(i64),
    /// Cash was drawn.
    CashDrawn(i64),
    /// A fee was charged.
    FeeCharged(i64),
    /// The cardholder paid, or a merchant gave money back.
    Paid(i64),
}

/// What a cardholder is told at the end of a cycle. Sums are in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardStatement {
    /// The last day of the cycle.
    pub closed_on: Date,
    /// How many days it had.
    pub days: u32,
    /// What is owed at its end, zero when the card is in credit.
    pub balance_minor: i64,
    /// What the cardholder has paid above what is owed, at its end.
    pub credit_minor: i64,
    /// What of it are purchases, fees and their interest.
    pub purchases_minor: i64,
    /// What of it is cash and its interest.
    pub cash_minor: i64,
    /// The average daily balance of purchases that bore interest.
    pub average_purchases_minor: i64,
    /// The interest on purchases.
    pub interest_purchases_minor: i64,
    /// The average daily balance of cash.
    pub average_cash_minor: i64,
    /// The interest on cash.
    pub interest_cash_minor: i64,
    /// Fees of the cycle.
    pub fees_minor: i64,
    /// What was paid within the cycle.
    pub paid_minor: i64,
    /// The least that is to be paid, with what was missed before.
    pub minimum_minor: i64,
    /// By when, at the latest, it is on time: the due day, or the next day on which banks are open.
    pub due_on: Date,
}

/// Where a card stands at the end of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardState {
    on: Date,
    opened_on: Date,
    closes_on: Date,
    purchases: Ledger,
    cash: Ledger,
    credit_minor: i64,
    /// Whether purchases of the last statement bore no interest.
    grace: bool,
    /// What is still to be paid of the last statement for grace, and of its minimum.
    full_left: i64,
    minimum_left: i64,
    lateness_checked: bool,
    fees: i64,
    paid: i64,
    figures: Figures,
    statements: Vec<CardStatement>,
}

impl CardState {
    /// Where a card that was opened on `opened_on` stands at the end of `day`, after these events in whatever order they
    /// are given; those after `day`, before the opening or with a sum out of range are none of it.
    ///
    /// # Errors
    /// [`CardTermsRefused`].
    pub fn of(
        terms: &CardTerms,
        opened_on: Date,
        events: &[CardEvent],
        day: Date,
    ) -> Result<Self, CardTermsRefused> {
        terms.check()?;
        let mut state = Self::open(terms, opened_on)?;
        let counts = |event: &&CardEvent| {
            (opened_on..=day).contains(&event.on) && (1..=PRINCIPAL_MINOR_MAX).contains(&event.what.minor())
        };
        let mut events: Vec<&CardEvent> = events.iter().filter(counts).collect();
        events.sort_by_key(|event| (event.on, event.what.rank(), event.id));
        for event in events {
            state.go_on_to(terms, event.on)?;
            state.apply(terms, event.what);
        }
        state.go_on_to(terms, day)?;
        // What closes today closes after all that happened today.
        state.close_if_due(terms)?;
        Ok(state)
    }

    fn open(terms: &CardTerms, opened_on: Date) -> Result<Self, CardTermsRefused> {
        Ok(Self {
            on: opened_on,
            opened_on,
            closes_on: next_close(terms, opened_on)?,
            purchases: Ledger::default(),
            cash: Ledger::default(),
            credit_minor: 0,
            grace: true,
            full_left: 0,
            minimum_left: 0,
            lateness_checked: true,
            fees: 0,
            paid: 0,
            figures: Figures::default(),
            statements: Vec::new(),
        })
    }

    /// The statements so far, the oldest first.
    pub fn statements(&self) -> &[CardStatement] {
        &self.statements
    }

    /// What is owed, purchases and cash together, in minor units.
    pub const fn balance_minor(&self) -> i64 {
        self.purchases.balance().saturating_add(self.cash.balance())
    }

    /// What the cardholder paid above what was owed, in minor units.
    pub const fn credit_minor(&self) -> i64 {
        self.credit_minor
    }

    /// The sums since the card was opened: what was drawn is principal, and a payment settles penalties, fees and interest
    /// before it. Interest is earned when a cycle closes.
    pub const fn figures(&self) -> Figures {
        self.figures
    }

    /// What can still be drawn within the limit, in minor units; never below zero.
    pub fn available_minor(&self, terms: &CardTerms) -> i64 {
        terms.limit_minor.saturating_sub(self.balance_minor()).saturating_add(self.credit_minor).max(0)
    }

    /// What of the last minimum is still to be paid, in minor units.
    pub const fn minimum_left_minor(&self) -> i64 {
        self.minimum_left
    }

    /// Goes on to the beginning of `day`: the days before it end, cycles close, lateness is charged.
    fn go_on_to(&mut self, terms: &CardTerms, day: Date) -> Result<(), CardTermsRefused> {
        while self.on < day {
            self.close_if_due(terms)?;
            let late_from = self.statements.last().and_then(|last| last.due_on.tomorrow().ok());
            let stops = [Some(self.closes_on), late_from, Some(day)];
            let next = stops.into_iter().flatten().filter(|stop| *stop > self.on).min().unwrap_or(day);
            let days = i64::try_from(actual_days(self.on, next)).unwrap_or(0);
            self.purchases.pass(days);
            self.cash.pass(days);
            self.on = next;
            if !self.lateness_checked && late_from == Some(next) {
                self.charge_lateness(terms);
            }
        }
        Ok(())
    }

    fn apply(&mut self, terms: &CardTerms, what: CardHappening) {
        match what {
            CardHappening::Purchased(minor) => {
                self.draw(BalanceKind::Purchases, Component::Principal, minor);
            }
            CardHappening::FeeCharged(minor) => self.charge(Component::Fee, minor),
            CardHappening::CashDrawn(minor) => {
                self.draw(BalanceKind::Cash, Component::Principal, minor);
                if let Some(fee) = terms.cash_fee {
                    self.charge(Component::Fee, fee.of(minor));
                }
            }
            CardHappening::Paid(minor) => self.pay(terms, minor),
        }
    }

    fn draw(&mut self, kind: BalanceKind, component: Component, minor: i64) {
        self.figures.earned = self.figures.earned.plus(Parts::one(component, minor));
        let from_credit = minor.min(self.credit_minor);
        self.credit_minor = self.credit_minor.saturating_sub(from_credit);
        self.settle(from_credit);
        let owed = minor.saturating_sub(from_credit);
        let ledger = match kind {
            BalanceKind::Purchases => &mut self.purchases,
            BalanceKind::Cash => &mut self.cash,
        };
        ledger.new = ledger.new.saturating_add(owed);
    }

    fn charge(&mut self, component: Component, minor: i64) {
        self.fees = self.fees.saturating_add(minor);
        self.draw(BalanceKind::Purchases, component, minor);
    }

    /// Tells what was paid of the balance apart: penalties, fees, interest, principal. What is above it is held.
    fn settle(&mut self, minor: i64) {
        let owed = self.figures.receivable();
        let mut left = minor;
        for component in [Component::Penalty, Component::Fee, Component::Interest, Component::Principal] {
            let part = owed.of(component).min(left);
            self.figures.paid = self.figures.paid.plus(Parts::one(component, part));
            left = left.saturating_sub(part);
        }
        self.figures.held = self.credit_minor;
    }

    /// The minimum goes to the lowest rate first and what is above it to the highest (12 CFR 1026.53(a)).
    fn pay(&mut self, terms: &CardTerms, minor: i64) {
        self.paid = self.paid.saturating_add(minor);
        let in_time = self.statements.last().is_none_or(|last| self.on <= last.due_on);
        let owed_days = in_time.then(|| self.days_of_cycle());
        let minimum = minor.min(self.minimum_left);
        self.minimum_left = self.minimum_left.saturating_sub(minimum);
        if in_time {
            self.full_left = self.full_left.saturating_sub(minor).max(0);
        }
        let cash_is_dearer = terms.cash_rate >= terms.purchase_rate;
        let mut left = self.pay_in_turn(minimum, cash_is_dearer, owed_days);
        left = left.saturating_add(minor.saturating_sub(minimum));
        left = self.pay_in_turn(left, !cash_is_dearer, owed_days);
        self.credit_minor = self.credit_minor.saturating_add(left);
        self.figures.received = self.figures.received.saturating_add(minor);
        self.settle(minor.saturating_sub(left));
    }

    fn pay_in_turn(&mut self, minor: i64, purchases_first: bool, owed_days: Option<i64>) -> i64 {
        let (first, second) = if purchases_first {
            (&mut self.purchases, &mut self.cash)
        } else {
            (&mut self.cash, &mut self.purchases)
        };
        let left = minor.saturating_sub(first.pay(minor, owed_days));
        left.saturating_sub(second.pay(left, owed_days))
    }

    /// The days of this cycle that have ended.
    fn days_of_cycle(&self) -> i64 {
        let from = self.statements.last().map_or(self.opened_on, |last| last.closed_on);
        i64::try_from(actual_days(from, self.on)).unwrap_or(0)
    }

    fn charge_lateness(&mut self, terms: &CardTerms) {
        self.lateness_checked = true;
        if let Some(late_fee) = terms.late_fee.filter(|_| self.minimum_left > 0) {
            // A late fee is never more than the payment that was missed (12 CFR 1026.52(b)(2)(i)).
            let fee = late_fee.amount.of(self.minimum_left).min(self.minimum_left);
            self.charge(Component::Penalty, fee);
        }
    }

    fn close_if_due(&mut self, terms: &CardTerms) -> Result<(), CardTermsRefused> {
        if self.on != self.closes_on {
            return Ok(());
        }
        // A holiday may put the due day off to the very end of the cycle.
        if !self.lateness_checked {
            self.charge_lateness(terms);
        }
        let days = self.days_of_cycle();
        let grace = Grace { before: self.grace, kept: self.full_left == 0 };
        let (average_purchases_minor, interest_purchases_minor) =
            self.purchases.interest(terms, BalanceKind::Purchases, grace, days);
        let (average_cash_minor, interest_cash_minor) =
            self.cash.interest(terms, BalanceKind::Cash, grace, days);
        self.purchases.close(interest_purchases_minor);
        self.cash.close(interest_cash_minor);
        let interest = interest_purchases_minor.saturating_add(interest_cash_minor);
        self.figures.earned.interest = self.figures.earned.interest.saturating_add(interest);
        self.settle_from_credit();
        let balance_minor = self.balance_minor();
        let costs = interest.saturating_add(self.fees);
        let minimum = terms.minimum.of(balance_minor, costs);
        let due_day = days_later(self.on, i64::from(terms.days_to_pay))?;
        let statement = CardStatement {
            closed_on: self.on,
            days: u32::try_from(days).unwrap_or(0),
            balance_minor,
            credit_minor: self.credit_minor,
            purchases_minor: self.purchases.balance(),
            cash_minor: self.cash.balance(),
            average_purchases_minor,
            interest_purchases_minor,
            average_cash_minor,
            interest_cash_minor,
            fees_minor: self.fees,
            paid_minor: self.paid,
            minimum_minor: minimum.saturating_add(self.minimum_left).min(balance_minor),
            due_on: terms.calendar.adjust(due_day, Convention::Following),
        };
        self.grace = grace.kept;
        self.full_left = balance_minor;
        self.minimum_left = statement.minimum_minor;
        self.lateness_checked = false;
        (self.fees, self.paid) = (0, 0);
        self.statements.push(statement);
        self.closes_on = next_close(terms, self.on)?;
        Ok(())
    }

    /// Interest may have come while the card was in credit.
    fn settle_from_credit(&mut self) {
        let before = self.credit_minor;
        self.credit_minor = self.pay_in_turn(before, false, None);
        self.settle(before.saturating_sub(self.credit_minor));
    }
}

impl CardHappening {
    const fn minor(&self) -> i64 {
        match self {
            Self::Purchased(minor) | Self::CashDrawn(minor) | Self::FeeCharged(minor) | Self::Paid(minor) => {
                *minor
            }
        }
    }

    /// What is paid on a day counts before what is drawn on it.
    const fn rank(&self) -> u8 {
        match self {
            Self::Paid(_) => 0,
            Self::FeeCharged(_) => 1,
            Self::Purchased(_) => 2,
            Self::CashDrawn(_) => 3,
        }
    }
}

fn days_later(day: Date, days: i64) -> Result<Date, CardTermsRefused> {
    day.checked_add(Span::new().days(days)).map_err(|_| CardTermsRefused::DueDay)
}

/// The first day after `day` on which a cycle closes.
fn next_close(terms: &CardTerms, day: Date) -> Result<Date, CardTermsRefused> {
    let due_day = i8::try_from(terms.due_day).map_err(|_| CardTermsRefused::DueDay)?;
    let mut month = day.first_of_month();
    // A close lies up to a month before its due day.
    for _ in 0..3 {
        let due = Date::new(month.year(), month.month(), due_day).map_err(|_| CardTermsRefused::DueDay)?;
        let close = days_later(due, -i64::from(terms.days_to_pay))?;
        if close > day {
            return Ok(close);
        }
        month = days_later(month, 31)?.first_of_month();
    }
    Err(CardTermsRefused::DueDay)
}
