//! What tests share: an engine, attempts, and people with habits.

use std::sync::LazyLock;

use florin_kernel::{Currency, Uuid};
use florin_risk::engine::Engine;
use florin_risk::features::{Features, find};
use florin_risk::rules::{RuleSet, starter};
use florin_risk::{Attempt, Country, Kind, Outcome, Place, Ruling, Settings, Token};

pub const SECOND: i64 = 1_000_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;
/// A Monday in March 2026, at noon in UTC.
pub const NOON: i64 = 1_773_057_600 * SECOND;
pub const TORONTO: Place = Place { latitude_udeg: 43_653_000, longitude_udeg: -79_383_000 };
pub const LONDON: Place = Place { latitude_udeg: 51_507_000, longitude_udeg: -128_000 };

/// The starter rules, read and tried once.
static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::parse(&starter(Currency::USD)).unwrap());

pub fn engine() -> Engine {
    Engine::new(Settings::new(Currency::USD), RULES.clone()).unwrap()
}

pub fn token(what: &str, n: u64) -> Token {
    Token::digest(what, &n.to_be_bytes())
}

pub fn country(code: &str) -> Option<Country> {
    Country::parse(code).ok()
}

/// Numbers that look like chance and are the same each time (`SplitMix64`).
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }

    pub fn minor(&mut self, from: i64, to: i64) -> i64 {
        from + i64::try_from(self.below(u64::try_from(to - from).unwrap())).unwrap()
    }
}

/// A person's attempt: from their own device, network, country and place, in dollars.
pub fn attempt(person: u64, number: u64, kind: Kind, at_us: i64, minor: i64) -> Attempt {
    let id = Uuid::from_u128(u128::from(person) << 64 | u128::from(number));
    let mut attempt = Attempt::new(id, kind, at_us, minor, Currency::USD);
    attempt.user = Some(token("user", person));
    attempt.account = Some(token("account", person));
    attempt.device = Some(token("device", person));
    attempt.ip = Some(format!("203.0.{}.{}", person / 250 % 250, person % 250).parse().unwrap());
    attempt.country = country("CA");
    attempt.place = Some(TORONTO);
    attempt.available_minor = Some(10_000_00);
    attempt.account_opened_at_us = Some(NOON - 900 * DAY);
    attempt.user_known_since_us = Some(NOON - 900 * DAY);
    if kind == Kind::CardAuthorization {
        attempt.card = Some(token("card", person));
        attempt.merchant = Some(token("merchant", number % 40));
        attempt.terminal = Some(token("terminal", number % 80));
    }
    attempt
}

/// A person who has paid 10 to 90 with their card once a day for sixty days, and a payee now and then.
pub fn settled(engine: &Engine, person: u64) {
    let mut chance = Chance(person);
    for day in 0..60_u64 {
        let at_us = NOON - 61 * DAY + i64::try_from(day).unwrap() * DAY + chance.minor(0, 6 * HOUR);
        let mut bought =
            attempt(person, 1_000_000 + day, Kind::CardAuthorization, at_us, chance.minor(10_00, 90_00));
        if day % 10 == 0 {
            bought.kind = Kind::Payment;
            (bought.card, bought.merchant, bought.terminal) = (None, None, None);
            bought.counterparty = Some(token("landlord", person));
        }
        engine.learn(&bought, Outcome::Approved);
    }
}

/// Assesses an attempt and learns it as approved, whatever is said of it.
pub fn go(engine: &Engine, attempt: &Attempt) -> Ruling {
    let ruling = engine.assess(attempt);
    engine.learn(attempt, Outcome::Approved);
    ruling
}

pub fn fired(ruling: &Ruling) -> Vec<&str> {
    ruling.fired.iter().map(|fired| fired.rule.as_str()).collect()
}

pub fn value(features: &Features, name: &str) -> f64 {
    features.get(find(name).unwrap_or_else(|| panic!("there is no feature {name}")))
}
