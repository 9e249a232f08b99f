//! The statement of a loan over some days, as its books went.
//!
//! What happened belongs to the business day on which it became known, as it was booked then: a statement of the past
//! never changes. A payment of an earlier day stands where it was taken in, with what it put right; one that was taken
//! back stands twice, once when it came and once when it went.

use florin_kernel::{Action, Actor, LoanId, Timestamp};
use jiff::civil::Date;

use crate::contract::{Contract, Happened, InstalmentContract};
use crate::loan_row::{LoanRow, Origin};
use crate::loan_store::{self as store, EventRow, History};
use crate::opened::restore;
use crate::seen::LoanSeen;
use crate::service::{is_within, own_or_any, reach_of};
use crate::verify::must_agree;
use crate::{Due, Error, Event, Fault, Figures, Happening, Loan, LoanEventId, Loans, Parts, Rate};

/// A loan over some days. Sums are in minor units of its currency.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The loan as it stands today.
    pub loan: LoanSeen,
    /// The first day.
    pub from: Date,
    /// The last one.
    pub to: Date,
    /// The principal before the first day.
    pub opening_principal_minor: i64,
    /// The principal after the last.
    pub closing_principal_minor: i64,
    /// What was paid for taxes and insurance, and is held, after the last day.
    pub escrow_minor: i64,
    /// What fell due within the days.
    pub due: Parts,
    /// What was paid and credited within them: the sum of the lines that are credits.
    pub paid: Parts,
    /// What was due before the last day and is open at its end.
    pub past_due: Parts,
    /// What is due next, if all of that is paid; on the last day itself what falls due on it and is open.
    pub next_due: Parts,
    /// When.
    pub next_due_on: Option<Date>,
    /// The interest that was paid since the year of the last day began.
    pub interest_this_year_minor: i64,
    /// The rate at the end of the last day.
    pub annual_rate: Rate,
    /// When the last instalment falls due.
    pub matures_on: Date,
    /// What happened, in the order of booking.
    pub lines: Vec<Line>,
}

/// One line of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What tells it from every other; of a payment the payment's identifier.
    pub id: String,
    /// The day of booking.
    pub on: Date,
    /// The day on which it counts, where that is an earlier one.
    pub counts_on: Option<Date>,
    /// What happened.
    pub what: LineKind,
    /// What of it was settled, charged or forgiven.
    pub parts: Parts,
    /// The money that moved, where it was a payment or given back: what is held or recovered of it is in no part.
    pub money_minor: i64,
}

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// The loan was paid out.
    PaidOut,
    /// The borrower paid.
    Payment,
    /// A payment was taken back.
    PaymentReturned,
    /// What was held paid what fell due, or payments were told apart anew.
    Applied,
    /// A fee was charged for an instalment that was late.
    LateFee,
    /// A service or a default was charged for.
    Charge,
    /// A charge fell away, because a payment turned out to have been in time.
    ChargeTakenBack,
    /// Something was forgiven.
    Forgiven,
    /// What was owed became principal.
    Capitalized,
    /// What was held was given back.
    Refunded,
    /// Nothing more is expected.
    WrittenOff,
}

impl LineKind {
    /// Whether it lowers what is owed.
    pub const fn is_credit(self) -> bool {
        matches!(
            self,
            Self::Payment | Self::Applied | Self::ChargeTakenBack | Self::Forgiven | Self::WrittenOff
        )
    }
}

impl Loans {
    /// The statement of a loan from the first day to the last, both included. Its books are held against its history
    /// first.
    ///
    /// # Errors
    /// [`Error::LoanNotFound`], [`Error::Card`], [`Error::External`], [`Error::Standing`] of what was not paid out,
    /// [`Error::Invalid`] for days that end before it was paid out or after today, [`Error::Denied`], and
    /// [`Error::Db`] where the books contradict the history.
    #[tracing::instrument(name = "lending.statement", skip_all, fields(loan.id = %id))]
    pub async fn statement(&self, by: &Actor, id: LoanId, from: Date, to: Date) -> Result<Statement, Error> {
        by.permit(Action::ReadLoan, own_or_any(by))?;
        let (reach, today, ledger) = (reach_of(by), self.today(), self.ledger.clone());
        self.db
            .read(move |reader| {
                let row = store::find(reader, id)?.filter(|row| is_within(row, reach));
                let row = row.ok_or(Error::LoanNotFound)?;
                let contract = own_instalments(&row)?;
                check_days(contract, (from, to), today)?;
                must_agree(reader, &ledger, &row)?;
                let history = store::read_history(reader, id)?;
                let seen = LoanSeen::of_row(&row, Some(&history), today)?;
                drawn_up(seen, contract, &history, (from, to))
            })
            .await
    }
}

/// The terms of a loan that the institution paid out itself.
pub(crate) fn own_instalments(row: &LoanRow) -> Result<&InstalmentContract, Error> {
    let Contract::Instalments(contract) = &row.contract else { return Err(Error::Card) };
    if row.origin != Origin::Own {
        return Err(Error::External);
    }
    if row.status.is_paid_out() { Ok(contract) } else { Err(Error::Standing(row.status)) }
}

fn check_days(contract: &InstalmentContract, (from, to): (Date, Date), today: Date) -> Result<(), Error> {
    let fault = |code, message: String| Err(Error::Invalid(vec![Fault::new("period", code, message)]));
    let paid_out = contract.terms.started_on;
    if from > to {
        return fault("before_start", "the period ends before it begins".to_owned());
    }
    if to > today {
        return fault("in_future", "the period ends after today".to_owned());
    }
    if to < paid_out {
        return fault("before_loan", format!("the loan was paid out on {paid_out}"));
    }
    Ok(())
}

/// Something as it became known.
#[derive(Clone, Copy)]
enum Known {
    Event(Event),
    Reversal(LoanEventId),
}

fn drawn_up(
    seen: LoanSeen,
    contract: &InstalmentContract,
    history: &History,
    (from, to): (Date, Date),
) -> Result<Statement, Error> {
    let started_on = contract.terms.started_on;
    let on_day = |day: Date| restore(seen.id, contract, &history.known_until(day), day);
    let before = from.yesterday().ok().filter(|day| *day >= started_on);
    let mut loan = match before {
        Some(day) => on_day(day)?,
        None => Loan::pay_out(contract.terms, contract.servicing.clone())?,
    };
    let opening_principal_minor = before.map_or(0, |_| loan.state().owed().principal);
    let mut lines = Vec::new();
    if before.is_none() {
        lines.push(paid_out(&seen, contract));
    }
    go_through(&mut loan, history, (from, to), &mut lines)?;
    let fell_due = match before {
        Some(day) => loan.state().fell_due().minus(loan.state_on(day)?.fell_due()),
        None => loan.state().fell_due(),
    };
    let year = Date::new(to.year(), 1, 1).ok().and_then(|day| day.yesterday().ok());
    let year_before = match year.filter(|day| *day >= started_on) {
        Some(day) => on_day(day)?.state().figures().paid.interest,
        None => 0,
    };
    let credits = lines.iter().filter(|line| line.what.is_credit());
    let (next_due, next_due_on) = next(&loan, to)?;
    Ok(Statement {
        from,
        to,
        opening_principal_minor,
        closing_principal_minor: loan.state().owed().principal,
        escrow_minor: loan.state().figures().paid.escrow,
        due: fell_due,
        paid: credits.fold(Parts::default(), |sum, line| sum.plus(line.parts)),
        past_due: open(loan.state().dues().iter().filter(|due| due.due_on < to)),
        next_due,
        next_due_on,
        interest_this_year_minor: loan.state().figures().paid.interest.saturating_sub(year_before),
        annual_rate: loan.state().annual_rate(),
        matures_on: loan.state().matures_on().unwrap_or(contract.terms.first_due_on),
        lines,
        loan: seen,
    })
}

fn open<'a>(dues: impl Iterator<Item = &'a Due>) -> Parts {
    dues.fold(Parts::default(), |sum, due| sum.plus(due.open))
}

/// What is due next, and when.
fn next(loan: &Loan, to: Date) -> Result<(Parts, Option<Date>), Error> {
    let outlook = loan.outlook()?;
    let on = outlook.iter().map(|due| due.due_on).filter(|on| *on >= to).min();
    Ok((open(outlook.iter().filter(|due| Some(due.due_on) == on)), on))
}

fn paid_out(seen: &LoanSeen, contract: &InstalmentContract) -> Line {
    let minor = contract.terms.principal.minor();
    Line {
        id: format!("{}/0", seen.id),
        on: contract.terms.started_on,
        counts_on: None,
        what: LineKind::PaidOut,
        parts: Parts { principal: minor, ..Parts::default() },
        money_minor: minor,
    }
}

/// Goes on as the books went: day by day, and what became known on a day on that day.
fn go_through(
    loan: &mut Loan,
    history: &History,
    (from, to): (Date, Date),
    lines: &mut Vec<Line>,
) -> Result<(), Error> {
    for (known_on, _, known) in known_within(history, (from, to)) {
        pass(loan, known_on, lines)?;
        match known {
            Known::Event(event) => {
                let diff = loan.record(event)?;
                happened(&event, known_on, &diff, lines);
            }
            Known::Reversal(id) => {
                let diff = loan.reverse(id)?;
                returned(id, known_on, &diff, lines);
            }
        }
    }
    pass(loan, to, lines)
}

fn known_within(history: &History, (from, to): (Date, Date)) -> Vec<(Date, Timestamp, Known)> {
    let event = |row: &EventRow| match row.what {
        Happened::Loan(what) => {
            Some((row.known_on, row.known_at, Known::Event(Event { id: row.id, on: row.on, what })))
        }
        Happened::Card(_) => None,
    };
    let reversal = |(id, on, at): &(LoanEventId, Date, Timestamp)| (*on, *at, Known::Reversal(*id));
    let mut known: Vec<_> = history.events.iter().filter_map(event).collect();
    known.extend(history.reversals.iter().map(reversal));
    known.retain(|(on, ..)| (from..=to).contains(on));
    // What became known at one moment stays in the order of identifiers, and a payment before its reversal.
    known.sort_by_key(|(on, at, known)| (*on, *at, matches!(known, Known::Reversal(_))));
    known
}

/// Days pass: lateness is charged, and what is held pays what falls due.
fn pass(loan: &mut Loan, day: Date, lines: &mut Vec<Line>) -> Result<(), Error> {
    for (on, diff) in loan.go_through_days_to(day)? {
        let line = |suffix: &str, what, parts| Line {
            id: format!("{on}/{suffix}"),
            on,
            counts_on: None,
            what,
            parts,
            money_minor: 0,
        };
        if diff.earned.penalty != 0 {
            lines.push(line("late", LineKind::LateFee, charged(&diff)));
        }
        if diff.paid != Parts::default() {
            lines.push(line("held", LineKind::Applied, diff.paid));
        }
    }
    Ok(())
}

/// The fees and penalties of a difference.
fn charged(diff: &Figures) -> Parts {
    Parts { penalty: diff.earned.penalty, fee: diff.earned.fee, ..Parts::default() }
}

/// What an event changed, a line for each kind of change.
fn happened(event: &Event, known_on: Date, diff: &Figures, lines: &mut Vec<Line>) {
    let mut add = |what: LineKind, parts: Parts, money_minor: i64| {
        if parts != Parts::default() || money_minor != 0 {
            let first =
                if what == own_kind(event.what) { String::new() } else { format!("/{}", lines.len()) };
            lines.push(Line {
                id: format!("{}{first}", event.id),
                on: known_on,
                counts_on: (event.on < known_on).then_some(event.on),
                what,
                parts,
                money_minor,
            });
        }
    };
    let (charge, none) = (charged(diff), Parts::default());
    let paid = if event.what.is_payment() { LineKind::Payment } else { LineKind::Applied };
    add(paid, diff.paid, diff.received);
    if charge.total() < 0 {
        add(LineKind::ChargeTakenBack, none.minus(charge), 0);
    } else {
        add(LineKind::Charge, charge, 0);
    }
    add(LineKind::Forgiven, diff.waived, 0);
    add(LineKind::Capitalized, none.minus(diff.capitalized), 0);
    add(LineKind::Refunded, none, diff.refunded);
    add(LineKind::WrittenOff, diff.written_off, 0);
}

/// The kind of line that an event is for, and that bears its identifier.
const fn own_kind(what: Happening) -> LineKind {
    match what {
        Happening::Paid(_) | Happening::PrincipalPaid(_) => LineKind::Payment,
        Happening::FeeCharged(_) | Happening::PenaltyCharged(_) => LineKind::Charge,
        Happening::Waived(..) => LineKind::Forgiven,
        Happening::Refunded(_) => LineKind::Refunded,
        Happening::WrittenOff => LineKind::WrittenOff,
        Happening::Rescheduled(_) => LineKind::Capitalized,
        Happening::RateChanged(_) | Happening::ReAged => LineKind::Applied,
    }
}

/// A payment went back: what it had settled is owed again, with the charges that follow.
fn returned(id: LoanEventId, known_on: Date, diff: &Figures, lines: &mut Vec<Line>) {
    let line = |suffix: &str, what, parts, money_minor| Line {
        id: format!("{id}/{suffix}"),
        on: known_on,
        counts_on: None,
        what,
        parts,
        money_minor,
    };
    let money = diff.received.saturating_neg();
    lines.push(line("returned", LineKind::PaymentReturned, Parts::default().minus(diff.paid), money));
    let charge = charged(diff);
    if charge != Parts::default() {
        lines.push(line("late", LineKind::LateFee, charge, 0));
    }
    let rest = [
        (LineKind::Forgiven, diff.waived, "forgiven"),
        (LineKind::Capitalized, Parts::default().minus(diff.capitalized), "capitalized"),
        (LineKind::WrittenOff, diff.written_off, "written-off"),
    ];
    let rest = rest.into_iter().filter(|(_, parts, _)| *parts != Parts::default());
    lines.extend(rest.map(|(what, parts, suffix)| line(suffix, what, parts, 0)));
}
