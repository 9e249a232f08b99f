//! What rules alone do to card payments: how many of them they hold and refuse, of genuine people and of thieves.

use std::io::Read;

use florin_kernel::{Currency, Uuid};
use jiff::civil::Date;
use serde::Serialize;

use super::cards::each_payment;
use super::{CsvError, Split};
use crate::attempt::{Attempt, Kind, Outcome, Place, Token};
use crate::cards::{self, Payment};
use crate::engine::Engine;
use crate::ruling::Verdict;

/// What became of payments of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Treated {
    /// How many.
    pub payments: u64,
    /// How many of them were held.
    pub held: u64,
    /// How many were refused.
    pub refused: u64,
}

impl Treated {
    fn note(&mut self, verdict: Verdict) {
        self.payments = self.payments.saturating_add(1);
        self.held = self.held.saturating_add(u64::from(verdict == Verdict::Review));
        self.refused = self.refused.saturating_add(u64::from(verdict == Verdict::Decline));
    }
}

/// What rules alone did on the days that a split judges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RulesAlone {
    /// To genuine payments.
    pub genuine: Treated,
    /// To frauds.
    pub fraud: Treated,
}

/// Decides about the card payments of a file by the rules of an engine; all are let through, so that it remembers all.
///
/// # Errors
/// [`CsvError`], with the line.
pub fn rules_alone(from: impl Read, engine: &Engine, split: &Split) -> Result<RulesAlone, CsvError> {
    let judged = |day: Date| day >= split.test_start() && day < split.test_end();
    let mut found = RulesAlone::default();
    each_payment(from, |payment, day| {
        let attempt = attempt_of(payment);
        if judged(day) {
            let verdict = engine.assess(&attempt).verdict;
            if payment.fraud { found.fraud.note(verdict) } else { found.genuine.note(verdict) }
        }
        engine.learn(&attempt, Outcome::Approved);
    })?;
    Ok(found)
}

fn attempt_of(payment: &Payment) -> Attempt {
    let id = Uuid::from_u128(u128::from(payment.id));
    let at_us = payment.at.saturating_mul(1_000_000);
    let mut attempt = Attempt::new(id, Kind::CardAuthorization, at_us, payment.minor, Currency::USD);
    let token = |purpose: &str, number: u64| Some(Token::digest(purpose, &number.to_be_bytes()));
    attempt.card = token("card", payment.customer);
    attempt.user = token("customer", payment.customer);
    attempt.terminal = token("terminal", payment.terminal);
    attempt.merchant = token("merchant", payment.terminal);
    if let Some(cards::Place::Earth { lat, lon }) = payment.place
        && let (Ok(latitude_udeg), Ok(longitude_udeg)) = (i32::try_from(lat), i32::try_from(lon))
    {
        attempt.place = Some(Place { latitude_udeg, longitude_udeg });
    }
    attempt
}
