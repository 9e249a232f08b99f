//! What is unusual of an attempt by itself: against the person's habits, its place, its account, and lists.

use super::facts::{flag, whole};
use super::vector::MISSING;
use super::{Facts, Family, Feature, Unit};
use crate::footprint::Other;
use crate::profile::local_hour;
use crate::windows::{Dimension, MINUTES_A_DAY, Window};

const fn one(
    name: &'static str,
    family: Family,
    unit: Unit,
    text: &'static str,
    of: fn(&Facts<'_>) -> f64,
) -> Feature {
    Feature { name, family, unit, text, of }
}

use Family::{Amount, Behaviour, Device, Geography, List, Merchant, Time};
use Unit::{Money, Number, Truth};

#[rustfmt::skip]
pub(super) const ALL: [Feature; 41] = [
    one("amount", Amount, Money, "an amount of {}", |facts| whole(facts.amount)),
    one("amount.of_median", Behaviour, Number, "{} times what the person usually spends", of_median),
    one("amount.deviations", Behaviour, Number, "{} standard deviations above what the person spends", deviations),
    one("amount.of_max_90d", Behaviour, Number, "{} times the most that the person spent within 90 days", |facts| ratio(whole(facts.amount), facts.of(Dimension::User).max(Window::Days90))),
    one("amount.of_merchant_mean", Merchant, Number, "{} times what is usually spent at this merchant", |facts| ratio(whole(facts.amount), facts.of(Dimension::Merchant).mean(Window::Days30))),
    one("amount.of_limit", Amount, Number, "{} times the limit that applies", |facts| ratio(whole(facts.amount), facts.limit.map_or(MISSING, whole))),
    one("amount.of_available", Amount, Number, "{} times what is available leaves the account", |facts| ratio(whole(facts.amount), facts.available.map_or(MISSING, whole))),
    one("amount.just_under_limit", Amount, Truth, "the amount is just under a limit", |facts| flag(facts.settings.just_under(facts.amount, facts.limit))),
    one("amount.small", Amount, Truth, "the amount is tiny", |facts| flag(facts.amount <= facts.settings.small_minor)),
    one("amount.drains", Behaviour, Truth, "nearly all that is available leaves the account", drains),
    one("habits.count", Behaviour, Number, "{} payments are known of the person", |facts| own(facts, f64::from(facts.habits.count))),
    one("habits.median", Behaviour, Money, "the person usually spends {}", |facts| habit(facts, whole(facts.habits.median))),
    one("habits.hour_share", Time, Number, "a share of {} of the person's payments are made at this time of day", |facts| habit(facts, facts.habits.hour_share)),
    one("payee.new", Behaviour, Truth, "the person never paid this payee before", |facts| facts.of(Dimension::User).is_new(Other::Counterparty, facts.attempt.counterparty.is_some())),
    one("device.new", Device, Truth, "the person never used this device before", |facts| facts.of(Dimension::User).is_new(Other::Device, facts.attempt.device.is_some())),
    one("country.new", Geography, Truth, "the person was never seen in this country before", |facts| facts.of(Dimension::User).is_new(Other::Country, facts.attempt.country.is_some())),
    one("ip.new", Device, Truth, "the person never used this network before", |facts| facts.of(Dimension::User).is_new(Other::Ip, facts.attempt.ip.is_some())),
    one("merchant.new", Merchant, Truth, "this card was never used at this merchant before", |facts| facts.of(Dimension::Card).is_new(Other::Merchant, facts.attempt.merchant.is_some())),
    one("user.since_last", Behaviour, Unit::Time, "{} since the person last attempted anything", |facts| facts.of(Dimension::User).since_last()),
    one("user.since_active", Behaviour, Unit::Time, "{} since anything of the person was let through", |facts| facts.of(Dimension::User).since_active()),
    one("account.since_active", Behaviour, Unit::Time, "{} since anything was paid from this account", |facts| facts.of(Dimension::Account).since_active()),
    one("card.since_last", Behaviour, Unit::Time, "{} since the card was last presented", |facts| facts.of(Dimension::Card).since_last()),
    one("account.dormant", Behaviour, Truth, "nothing was paid from this account for a long time", dormant),
    one("account.age", Behaviour, Unit::Time, "the account was opened {} ago", |facts| facts.since(facts.attempt.account_opened_at_us)),
    one("user.age", Behaviour, Unit::Time, "the person has been known for {}", |facts| facts.since(facts.attempt.user_known_since_us)),
    one("device.age", Device, Unit::Time, "the device was first seen {} ago", |facts| facts.of(Dimension::Device).age()),
    one("ip.age", Device, Unit::Time, "the network was first seen {} ago", |facts| facts.of(Dimension::Ip).age()),
    one("payee.age", Behaviour, Unit::Time, "the payee was first paid {} ago", |facts| facts.of(Dimension::Counterparty).age()),
    one("merchant.age", Merchant, Unit::Time, "the merchant was first seen {} ago", |facts| facts.of(Dimension::Merchant).age()),
    one("account.passed_on.24h", Behaviour, Number, "{} times what the account was paid within a day leaves it", |facts| passed_on(facts, Window::Day)),
    one("account.passed_on.7d", Behaviour, Number, "{} times what the account was paid within 7 days leaves it", |facts| passed_on(facts, Window::Days7)),
    one("travel.distance_km", Geography, Number, "{} kilometres from where the person was last", |facts| facts.travel.map_or(MISSING, |travel| travel.distance_km)),
    one("travel.speed_kmh", Geography, Number, "{} kilometres an hour from where the person was last", |facts| facts.travel.map_or(MISSING, |travel| travel.speed_kmh)),
    one("travel.impossible", Geography, Truth, "nobody travels that fast from where the person was last", |facts| facts.travel.map_or(MISSING, |travel| flag(travel.distance_km > 100.0 && travel.speed_kmh > 900.0))),
    one("time.hour", Time, Number, "it is {} o'clock (UTC)", |facts| f64::from(facts.at_s / 3_600 % 24)),
    one("time.local_hour", Time, Number, "it is {} o'clock there", |facts| f64::from(local_hour(facts.attempt, facts.at_s))),
    one("time.weekday", Time, Number, "it is day {} of the week, Monday being 1 (UTC)", |facts| f64::from((facts.at_s / (MINUTES_A_DAY * 60) + 3) % 7 + 1)),
    one("time.night", Time, Truth, "it is night there", |facts| flag(local_hour(facts.attempt, facts.at_s) < 6)),
    one("list.blocked", List, Truth, "something of it is blocked", |facts| flag(facts.blocks > 0)),
    one("list.allowed", List, Truth, "something of it is allowed", |facts| flag(facts.allows > 0)),
    one("payee.since_last", Behaviour, Unit::Time, "{} since this payee was last paid by anybody", |facts| facts.of(Dimension::Counterparty).since_last()),
];

/// A part of what is not zero; missing otherwise.
fn ratio(part: f64, of: f64) -> f64 {
    if of > 0.0 { (part / of * 1_000.0).round() / 1_000.0 } else { MISSING }
}

/// Of an attempt that is somebody's.
fn own(facts: &Facts<'_>, value: f64) -> f64 {
    if facts.attempt.subject().is_some() { value } else { MISSING }
}

/// Of somebody who has habits.
fn habit(facts: &Facts<'_>, value: f64) -> f64 {
    if facts.habits.count > 0 { value } else { MISSING }
}

fn of_median(facts: &Facts<'_>) -> f64 {
    habit(facts, ratio(whole(facts.amount), whole(facts.habits.median)))
}

/// Missing until there are five amounts to deviate from. The deviation is taken for a twentieth of the mean at least.
fn deviations(facts: &Facts<'_>) -> f64 {
    if facts.habits.count < 5 {
        return MISSING;
    }
    let deviation = facts.habits.deviation.max(facts.habits.mean / 20.0).max(1.0);
    ((whole(facts.amount) - facts.habits.mean) / deviation * 1_000.0).round() / 1_000.0
}

/// At least 90 % of what is available, and money does leave.
fn drains(facts: &Facts<'_>) -> f64 {
    let Some(available) = facts.available else { return MISSING };
    let out = facts.attempt.kind.moves_money_out() && facts.amount > 0;
    flag(out && i128::from(facts.amount) * 10 >= i128::from(available) * 9)
}

fn dormant(facts: &Facts<'_>) -> f64 {
    let idle = facts.of(Dimension::Account).since_active();
    if idle.is_nan() {
        return MISSING;
    }
    flag(idle >= f64::from(facts.settings.dormant_days) * f64::from(MINUTES_A_DAY) * 60.0)
}

/// What leaves within a window, this attempt with it, of what was paid in.
fn passed_on(facts: &Facts<'_>, window: Window) -> f64 {
    let out = whole(facts.amount) + facts.of(Dimension::Account).sum(window);
    ratio(out, facts.received().sum(window))
}
