//! How often and how much, around each key over each window.

use super::macros::{join, over, total};
use super::{Facts, Family, Feature, Unit};
use crate::footprint::Other;
use crate::windows::{Dimension, Window};

#[rustfmt::skip]
const USER: &[&[Feature]] = &[
    over!("user".count, Velocity, Number, "{} payments by this person",
        |facts, window| facts.of(Dimension::User).count(window), [Minute, Minutes5, Minutes10, Hour, Day, Days7, Days30, Days90]),
    over!("user".sum, Amount, Money, "{} spent by this person",
        |facts, window| facts.of(Dimension::User).sum(window), [Minutes10, Hour, Day, Days7, Days30, Days90]),
    over!("user".mean, Amount, Money, "payments of {} in the mean by this person",
        |facts, window| facts.of(Dimension::User).mean(window), [Days30, Days90]),
    over!("user".max, Amount, Money, "a greatest payment of {} by this person",
        |facts, window| facts.of(Dimension::User).max(window), [Day, Days30, Days90]),
    over!("user".declined, Velocity, Number, "{} declined attempts by this person",
        |facts, window| facts.of(Dimension::User).declined(window), [Minutes10, Hour, Day]),
    over!("user".near, Velocity, Number, "{} payments just under a limit by this person",
        |facts, window| facts.of(Dimension::User).near(window), [Minutes10, Hour, Day, Days7]),
    over!("user".small, Velocity, Number, "{} tiny payments by this person",
        |facts, window| facts.of(Dimension::User).small(window), [Minutes10, Hour, Day]),
    over!("user".logins, Velocity, Number, "{} sign-ins by this person",
        |facts, window| facts.of(Dimension::User).logins(window), [Minutes10, Hour, Day]),
    over!("user".failed, Velocity, Number, "{} failed sign-ins by this person",
        |facts, window| facts.of(Dimension::User).failed(window), [Minutes5, Minutes10, Hour, Day]),
    over!("user".payees, Velocity, Number, "{} different payees paid by this person",
        |facts, window| facts.of(Dimension::User).distinct(Other::Counterparty, window), [Hour, Day, Days7, Days30]),
    over!("user".devices, Device, Number, "{} different devices used by this person",
        |facts, window| facts.of(Dimension::User).distinct(Other::Device, window), [Day, Days7, Days30]),
    over!("user".countries, Geography, Number, "{} different countries visited by this person",
        |facts, window| facts.of(Dimension::User).distinct(Other::Country, window), [Day, Days30]),
    over!("user".ips, Device, Number, "{} different networks used by this person",
        |facts, window| facts.of(Dimension::User).distinct(Other::Ip, window), [Hour, Day, Days7]),
];

#[rustfmt::skip]
const ACCOUNT: &[&[Feature]] = &[
    over!("account".count, Velocity, Number, "{} payments from this account",
        |facts, window| facts.of(Dimension::Account).count(window), [Minute, Minutes10, Hour, Day, Days7, Days30]),
    over!("account".sum, Amount, Money, "{} paid from this account",
        |facts, window| facts.of(Dimension::Account).sum(window), [Minutes10, Hour, Day, Days7, Days30, Days90]),
    over!("account".max, Amount, Money, "a greatest payment of {} from this account",
        |facts, window| facts.of(Dimension::Account).max(window), [Days30, Days90]),
    over!("account".near, Velocity, Number, "{} payments just under a limit from this account",
        |facts, window| facts.of(Dimension::Account).near(window), [Minutes10, Hour, Day]),
    over!("account".payees, Velocity, Number, "{} different payees paid from this account",
        |facts, window| facts.of(Dimension::Account).distinct(Other::Counterparty, window), [Hour, Day, Days7]),
];

#[rustfmt::skip]
const RECEIVED: &[&[Feature]] = &[
    over!("received".count, Velocity, Number, "{} payments into this account",
        |facts, window| facts.received().count(window), [Hour, Day, Days7, Days30]),
    over!("received".sum, Amount, Money, "{} paid into this account",
        |facts, window| facts.received().sum(window), [Day, Days7, Days30]),
    over!("received".payers, Velocity, Number, "{} different payers of this account",
        |facts, window| facts.received().distinct(Other::User, window), [Day, Days7, Days30]),
];

#[rustfmt::skip]
const CARD: &[&[Feature]] = &[
    over!("card".count, Velocity, Number, "{} payments with this card",
        |facts, window| facts.of(Dimension::Card).count(window), [Minute, Minutes10, Hour, Day, Days7, Days30]),
    over!("card".sum, Amount, Money, "{} spent with this card",
        |facts, window| facts.of(Dimension::Card).sum(window), [Minutes10, Hour, Day, Days7, Days30]),
    over!("card".mean, Amount, Money, "payments of {} in the mean with this card",
        |facts, window| facts.of(Dimension::Card).mean(window), [Days30]),
    over!("card".max, Amount, Money, "a greatest payment of {} with this card",
        |facts, window| facts.of(Dimension::Card).max(window), [Days30]),
    over!("card".declined, Velocity, Number, "{} declined attempts with this card",
        |facts, window| facts.of(Dimension::Card).declined(window), [Minutes10, Hour, Day]),
    over!("card".small, Velocity, Number, "{} tiny payments with this card",
        |facts, window| facts.of(Dimension::Card).small(window), [Minutes10, Hour, Day]),
    over!("card".merchants, Merchant, Number, "{} different merchants paid with this card",
        |facts, window| facts.of(Dimension::Card).distinct(Other::Merchant, window), [Minutes10, Hour, Day, Days7]),
    over!("card".countries, Geography, Number, "{} different countries with this card",
        |facts, window| facts.of(Dimension::Card).distinct(Other::Country, window), [Day, Days30]),
];

#[rustfmt::skip]
const DEVICE: &[&[Feature]] = &[
    over!("device".count, Device, Number, "{} payments from this device",
        |facts, window| facts.of(Dimension::Device).count(window), [Minutes10, Hour, Day]),
    over!("device".failed, Device, Number, "{} failed sign-ins from this device",
        |facts, window| facts.of(Dimension::Device).failed(window), [Minutes10, Hour, Day]),
    over!("device".declined, Device, Number, "{} declined attempts from this device",
        |facts, window| facts.of(Dimension::Device).declined(window), [Hour, Day]),
    over!("device".users, Device, Number, "{} different people from this device",
        |facts, window| facts.of(Dimension::Device).distinct(Other::User, window), [Hour, Day, Days30]),
    over!("device".cards, Device, Number, "{} different cards from this device",
        |facts, window| facts.of(Dimension::Device).distinct(Other::Card, window), [Hour, Day]),
];

#[rustfmt::skip]
const IP: &[&[Feature]] = &[
    over!("ip".count, Velocity, Number, "{} payments from this network",
        |facts, window| facts.of(Dimension::Ip).count(window), [Minute, Minutes10, Hour, Day]),
    over!("ip".logins, Velocity, Number, "{} sign-ins from this network",
        |facts, window| facts.of(Dimension::Ip).logins(window), [Minutes10, Hour, Day]),
    over!("ip".failed, Velocity, Number, "{} failed sign-ins from this network",
        |facts, window| facts.of(Dimension::Ip).failed(window), [Minutes5, Minutes10, Hour, Day]),
    over!("ip".declined, Velocity, Number, "{} declined attempts from this network",
        |facts, window| facts.of(Dimension::Ip).declined(window), [Minutes10, Hour, Day]),
    over!("ip".small, Velocity, Number, "{} tiny payments from this network",
        |facts, window| facts.of(Dimension::Ip).small(window), [Minutes10, Hour]),
    over!("ip".users, Velocity, Number, "{} different people from this network",
        |facts, window| facts.of(Dimension::Ip).distinct(Other::User, window), [Minutes10, Hour, Day]),
    over!("ip".cards, Velocity, Number, "{} different cards from this network",
        |facts, window| facts.of(Dimension::Ip).distinct(Other::Card, window), [Minutes10, Hour, Day]),
    over!("ip".devices, Device, Number, "{} different devices from this network",
        |facts, window| facts.of(Dimension::Ip).distinct(Other::Device, window), [Hour]),
];

#[rustfmt::skip]
const MERCHANT: &[&[Feature]] = &[
    over!("merchant".count, Merchant, Number, "{} payments at this merchant",
        |facts, window| facts.of(Dimension::Merchant).count(window), [Minutes10, Hour, Day, Days7]),
    over!("merchant".mean, Merchant, Money, "payments of {} in the mean at this merchant",
        |facts, window| facts.of(Dimension::Merchant).mean(window), [Days30]),
    over!("merchant".declined, Merchant, Number, "{} declined attempts at this merchant",
        |facts, window| facts.of(Dimension::Merchant).declined(window), [Minutes10, Hour, Day]),
    over!("merchant".small, Merchant, Number, "{} tiny payments at this merchant",
        |facts, window| facts.of(Dimension::Merchant).small(window), [Minutes10, Hour]),
    over!("merchant".cards, Merchant, Number, "{} different cards at this merchant",
        |facts, window| facts.of(Dimension::Merchant).distinct(Other::Card, window), [Minutes10, Hour, Day]),
];

#[rustfmt::skip]
const TERMINAL: &[&[Feature]] = &[
    over!("terminal".count, Merchant, Number, "{} payments at this terminal",
        |facts, window| facts.of(Dimension::Terminal).count(window), [Minutes10, Hour, Day, Days7]),
    over!("terminal".mean, Merchant, Money, "payments of {} in the mean at this terminal",
        |facts, window| facts.of(Dimension::Terminal).mean(window), [Days30]),
    over!("terminal".declined, Merchant, Number, "{} declined attempts at this terminal",
        |facts, window| facts.of(Dimension::Terminal).declined(window), [Minutes10, Hour, Day]),
    over!("terminal".small, Merchant, Number, "{} tiny payments at this terminal",
        |facts, window| facts.of(Dimension::Terminal).small(window), [Minutes10, Hour]),
    over!("terminal".cards, Merchant, Number, "{} different cards at this terminal",
        |facts, window| facts.of(Dimension::Terminal).distinct(Other::Card, window), [Minutes10, Hour, Day]),
];

#[rustfmt::skip]
const PAYEE: &[&[Feature]] = &[
    over!("payee".count, Velocity, Number, "{} payments to this payee",
        |facts, window| facts.of(Dimension::Counterparty).count(window), [Hour, Day, Days7, Days30]),
    over!("payee".sum, Amount, Money, "{} paid to this payee",
        |facts, window| facts.of(Dimension::Counterparty).sum(window), [Day, Days7, Days30]),
    over!("payee".near, Velocity, Number, "{} payments just under a limit to this payee",
        |facts, window| facts.of(Dimension::Counterparty).near(window), [Day, Days7]),
    over!("payee".payers, Velocity, Number, "{} different people paid to this payee",
        |facts, window| facts.of(Dimension::Counterparty).distinct(Other::User, window), [Hour, Day, Days7, Days30]),
];

#[rustfmt::skip]
const EMAIL: &[&[Feature]] = &[
    over!("email".logins, Velocity, Number, "{} sign-ins with this email address",
        |facts, window| facts.of(Dimension::Email).logins(window), [Hour]),
    over!("email".failed, Velocity, Number, "{} failed sign-ins with this email address",
        |facts, window| facts.of(Dimension::Email).failed(window), [Minutes10, Hour]),
    over!("email".users, Velocity, Number, "{} different people with this email address",
        |facts, window| facts.of(Dimension::Email).distinct(Other::User, window), [Day]),
    over!("email".devices, Device, Number, "{} different devices with this email address",
        |facts, window| facts.of(Dimension::Email).distinct(Other::Device, window), [Day]),
    over!("email".ips, Device, Number, "{} different networks with this email address",
        |facts, window| facts.of(Dimension::Email).distinct(Other::Ip, window), [Day]),
];

const USER_ALL: [Feature; total(USER)] = join(USER);
const ACCOUNT_ALL: [Feature; total(ACCOUNT)] = join(ACCOUNT);
const RECEIVED_ALL: [Feature; total(RECEIVED)] = join(RECEIVED);
const CARD_ALL: [Feature; total(CARD)] = join(CARD);
const DEVICE_ALL: [Feature; total(DEVICE)] = join(DEVICE);
const IP_ALL: [Feature; total(IP)] = join(IP);
const MERCHANT_ALL: [Feature; total(MERCHANT)] = join(MERCHANT);
const TERMINAL_ALL: [Feature; total(TERMINAL)] = join(TERMINAL);
const PAYEE_ALL: [Feature; total(PAYEE)] = join(PAYEE);
const EMAIL_ALL: [Feature; total(EMAIL)] = join(EMAIL);
const PARTS: [&[Feature]; 10] = [
    &USER_ALL,
    &ACCOUNT_ALL,
    &RECEIVED_ALL,
    &CARD_ALL,
    &DEVICE_ALL,
    &IP_ALL,
    &MERCHANT_ALL,
    &TERMINAL_ALL,
    &PAYEE_ALL,
    &EMAIL_ALL,
];

/// All of these.
pub(super) const ALL: [Feature; total(&PARTS)] = join(&PARTS);
