//! Statements of own cards: each cycle as it was known on the day on which it closed.
//!
//! It is told of from the day after, and never changes. What becomes known later — a payment that had been made in time, one that is returned —
//! stands on the statement of the cycle in which it became known, with what it put right.

use florin_db::DbError;
use florin_kernel::{Action, Actor, LoanId};
use jiff::civil::Date;

use crate::contract::{CardContract, Contract, Happened};
use crate::loan_row::{LoanRow, Origin};
use crate::loan_store::{self as store, EventRow, History};
use crate::opened::restore_card;
use crate::seen::LoanSeen;
use crate::service::{is_within, own_or_any, reach_of};
use crate::verify::must_agree;
use crate::{CardHappening, CardState, CardStatement, CardTerms, Error, Figures, Loans};

/// One cycle of a card. Sums are in minor units of its currency.
#[derive(Clone, Debug)]
pub struct CardCycle {
    /// The card as it stands today.
    pub loan: LoanSeen,
    /// What both sides agreed on.
    pub terms: CardTerms,
    /// The first day.
    pub from: Date,
    /// What the cardholder is told.
    pub told: CardStatement,
    /// What was owed before, less what was held; below zero in credit.
    pub previous_minor: i64,
    /// What is owed at its end, less what is held.
    pub new_minor: i64,
    /// What happened and what was charged, in the order of booking.
    pub lines: Vec<CardLine>,
    /// Fees since the year began.
    pub fees_this_year_minor: i64,
    /// Interest since the year began.
    pub interest_this_year_minor: i64,
}

/// One line of a card's statement; the sum is above zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardLine {
    /// What tells it from every other; of a payment and a draw the transfer's identifier.
    pub id: String,
    /// The day on which it counts.
    pub on: Date,
    /// The day of booking.
    pub booked_on: Date,
    /// What it is.
    pub what: CardLineKind,
    /// How much.
    pub minor: i64,
}

/// What a line of a card's statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardLineKind {
    /// Something was bought.
    Purchase,
    /// Cash was drawn.
    Cash,
    /// A fee.
    Fee,
    /// The fee for being late.
    LateFee,
    /// Interest.
    Interest,
    /// The cardholder paid.
    Payment,
    /// A payment was taken back.
    PaymentReturned,
    /// A fee or interest fell away, because something became known late.
    ChargeTakenBack,
}

impl CardLineKind {
    /// Whether it lowers what is owed.
    pub const fn is_credit(self) -> bool {
        matches!(self, Self::Payment | Self::ChargeTakenBack)
    }
}

impl CardCycle {
    /// The sum of the lines of a kind.
    pub fn sum(&self, what: CardLineKind) -> i64 {
        let of_it = self.lines.iter().filter(|line| line.what == what);
        of_it.fold(0, |sum, line| sum.saturating_add(line.minor))
    }
}

impl Loans {
    /// What the cardholder was told at the end of each cycle so far, the latest first.
    ///
    /// # Errors
    /// [`Error::LoanNotFound`], [`Error::Nothing`] for a loan in instalments, [`Error::External`], [`Error::Standing`],
    /// [`Error::Denied`].
    pub async fn card_statements(
        &self,
        by: &Actor,
        id: LoanId,
    ) -> Result<(LoanSeen, Vec<CardStatement>), Error> {
        let today = self.today();
        let (row, history) = self.with_history(by, id).await?;
        let card = own_card(&row)?;
        let mut told = Vec::new();
        for closed_on in closes(&row, card, &history, today)? {
            told.extend(as_known(&row, card, &history, closed_on)?.statements().last().copied());
        }
        told.reverse();
        Ok((LoanSeen::of_row(&row, Some(&history), today)?, told))
    }

    /// The last cycle of a card that closed from one day to another; none where none did. Its books are held against its
    /// history first.
    ///
    /// # Errors
    /// As [`Loans::card_statements`], and [`Error::Db`] where the books contradict the history.
    pub async fn card_cycle(
        &self,
        by: &Actor,
        id: LoanId,
        (from, to): (Date, Date),
    ) -> Result<Option<CardCycle>, Error> {
        by.permit(Action::ReadLoan, own_or_any(by))?;
        let (reach, today, ledger) = (reach_of(by), self.today(), self.ledger.clone());
        self.db
            .read(move |reader| {
                let row = store::find(reader, id)?.filter(|row| is_within(row, reach));
                let row = row.ok_or(Error::LoanNotFound)?;
                let card = own_card(&row)?;
                must_agree(reader, &ledger, &row)?;
                let history = store::read_history(reader, id)?;
                let closes = closes(&row, card, &history, today)?;
                let Some(place) = closes.iter().rposition(|on| (from..=to).contains(on)) else {
                    return Ok(None);
                };
                let before = place.checked_sub(1).and_then(|place| closes.get(place)).copied();
                let seen = LoanSeen::of_row(&row, Some(&history), today)?;
                let closed_on = closes.get(place).copied().unwrap_or(to);
                drawn_up(&row, seen, &history, (before, closed_on))
            })
            .await
    }
}

/// The terms of a card that the institution opened itself.
fn own_card(row: &LoanRow) -> Result<&CardContract, Error> {
    let Contract::Card(card) = &row.contract else {
        return Err(Error::Nothing("a loan in instalments has a statement over any days"));
    };
    if row.origin != Origin::Own {
        return Err(Error::External);
    }
    if row.status.is_paid_out() { Ok(card) } else { Err(Error::Standing(row.status)) }
}

/// The days on which cycles closed, the oldest first: days that are over, since a cycle has all that happens on its last
/// one. They follow from the terms alone.
fn closes(row: &LoanRow, card: &CardContract, history: &History, today: Date) -> Result<Vec<Date>, DbError> {
    let state = restore_card(row.id, card, history, today)?;
    Ok(state.statements().iter().map(|told| told.closed_on).filter(|on| *on < today).collect())
}

fn as_known(row: &LoanRow, card: &CardContract, history: &History, day: Date) -> Result<CardState, DbError> {
    restore_card(row.id, card, &history.known_until(day), day)
}

fn drawn_up(
    row: &LoanRow,
    seen: LoanSeen,
    history: &History,
    (before, closed_on): (Option<Date>, Date),
) -> Result<Option<CardCycle>, Error> {
    let card = own_card(row)?;
    let known = |day: Option<Date>| match day.filter(|day| *day >= card.opened_on) {
        Some(day) => Ok(as_known(row, card, history, day)?.figures()),
        None => Ok::<_, DbError>(Figures::default()),
    };
    let state = as_known(row, card, history, closed_on)?;
    let Some(told) = state.statements().last().copied() else { return Ok(None) };
    let (now, then) = (state.figures(), known(before)?);
    let year = Date::new(closed_on.year(), 1, 1).ok().and_then(|day| day.yesterday().ok());
    let since_year = now.since(&known(year)?).earned;
    let owed = |figures: &Figures| figures.receivable().total().saturating_sub(figures.held);
    let mut lines = happened(history, (before, closed_on));
    charged(&now.since(&then), closed_on, &mut lines);
    Ok(Some(CardCycle {
        loan: seen,
        terms: card.terms.clone(),
        from: before.and_then(|day| day.tomorrow().ok()).unwrap_or(card.opened_on),
        told,
        previous_minor: owed(&then),
        new_minor: owed(&now),
        lines,
        fees_this_year_minor: since_year.fee.saturating_add(since_year.penalty),
        interest_this_year_minor: since_year.interest,
    }))
}

/// What became known within the cycle.
fn happened(history: &History, (before, closed_on): (Option<Date>, Date)) -> Vec<CardLine> {
    let within = |on: Date| before.is_none_or(|before| on > before) && on <= closed_on;
    let line = |event: &EventRow| {
        let (what, minor) = match event.what {
            Happened::Card(CardHappening::Purchased(minor)) => (CardLineKind::Purchase, minor),
            Happened::Card(CardHappening::CashDrawn(minor)) => (CardLineKind::Cash, minor),
            Happened::Card(CardHappening::Paid(minor)) => (CardLineKind::Payment, minor),
            // Fees are told with what was charged.
            Happened::Card(CardHappening::FeeCharged(_)) | Happened::Loan(_) => return None,
        };
        let line =
            CardLine { id: event.id.to_string(), on: event.on, booked_on: event.known_on, what, minor };
        Some((event.known_at, line))
    };
    let mut lines: Vec<_> =
        history.events.iter().filter(|event| within(event.known_on)).filter_map(line).collect();
    for (id, known_on, known_at) in history.reversals.iter().filter(|(_, on, _)| within(*on)) {
        let event = history.events.iter().find(|event| event.id == *id);
        let Some(minor) = event.and_then(|event| event.what.paid_minor()) else { continue };
        let line = CardLine {
            id: format!("{id}/returned"),
            on: *known_on,
            booked_on: *known_on,
            what: CardLineKind::PaymentReturned,
            minor,
        };
        lines.push((*known_at, line));
    }
    lines.sort_by(|(a, one), (b, other)| (a, &one.id).cmp(&(b, &other.id)));
    lines.into_iter().map(|(_, line)| line).collect()
}

/// What was charged within the cycle, and what of earlier cycles fell away.
fn charged(diff: &Figures, closed_on: Date, lines: &mut Vec<CardLine>) {
    let charges = [
        (CardLineKind::Fee, diff.earned.fee, "fee"),
        (CardLineKind::LateFee, diff.earned.penalty, "late"),
        (CardLineKind::Interest, diff.earned.interest, "interest"),
    ];
    for (what, minor, suffix) in charges.into_iter().filter(|(_, minor, _)| *minor != 0) {
        let what = if minor > 0 { what } else { CardLineKind::ChargeTakenBack };
        let id = format!("{closed_on}/{suffix}");
        lines.push(CardLine { id, on: closed_on, booked_on: closed_on, what, minor: minor.saturating_abs() });
    }
}
