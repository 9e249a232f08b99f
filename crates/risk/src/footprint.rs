//! Which keys an attempt touches, and with whom each of them is seen.

use std::net::IpAddr;

use crate::attempt::{Attempt, Kind, Outcome, Token};
use crate::settings::Settings;
use crate::windows::{Change, Dimension, MEMBERS, Tally, fold, seconds};

/// Others that a key is seen with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Other {
    User,
    Counterparty,
    Device,
    Country,
    Ip,
    Merchant,
    Card,
}

/// With whom keys of a dimension are seen, each in its place.
pub(crate) const fn others(dimension: Dimension) -> [Option<Other>; MEMBERS] {
    match dimension {
        Dimension::User => {
            [Some(Other::Counterparty), Some(Other::Device), Some(Other::Country), Some(Other::Ip)]
        }
        Dimension::Account => [Some(Other::Counterparty), Some(Other::Device), Some(Other::Country), None],
        Dimension::Card => [Some(Other::Merchant), Some(Other::Country), Some(Other::Device), None],
        Dimension::Device => [Some(Other::User), Some(Other::Ip), Some(Other::Card), None],
        Dimension::Ip => [Some(Other::User), Some(Other::Device), Some(Other::Card), None],
        Dimension::Merchant | Dimension::Terminal => [Some(Other::Card), None, None, None],
        Dimension::Counterparty => [Some(Other::User), None, None, None],
        Dimension::Email => [Some(Other::User), Some(Other::Device), Some(Other::Ip), None],
    }
}

/// The key of an attempt in a dimension. An account that is paid into is the counterparty of that.
pub(crate) fn key(attempt: &Attempt, dimension: Dimension) -> Option<u128> {
    let token = match dimension {
        Dimension::User => attempt.subject(),
        Dimension::Account => attempt.account,
        Dimension::Card => attempt.card,
        Dimension::Device => attempt.device,
        Dimension::Ip => return attempt.ip.map(address),
        Dimension::Merchant => attempt.merchant,
        Dimension::Terminal => attempt.terminal,
        Dimension::Counterparty if attempt.kind == Kind::Deposit => attempt.account,
        Dimension::Counterparty => attempt.counterparty,
        Dimension::Email => attempt.email,
    };
    token.map(Token::bits)
}

/// Of the newer protocol the network: whoever has one address of it has them all.
fn address(ip: IpAddr) -> u128 {
    match ip.to_canonical() {
        IpAddr::V4(four) => u128::from(four.to_bits()),
        IpAddr::V6(six) => six.to_bits() >> 64 << 64,
    }
}

/// 32 bits of another that an attempt names.
pub(crate) fn member(attempt: &Attempt, other: Other) -> Option<u32> {
    let bits = match other {
        Other::User => attempt.subject()?.bits(),
        Other::Counterparty => attempt.counterparty?.bits(),
        Other::Device => attempt.device?.bits(),
        Other::Country => {
            let [first, second] = attempt.country?.letters();
            return Some((u32::from(first) << 8) | u32::from(second));
        }
        Other::Ip => address(attempt.ip?),
        Other::Merchant => attempt.merchant?.bits(),
        // A merchant's payers: cards, or people where there is none.
        Other::Card => attempt.card.or(attempt.user)?.bits(),
    };
    u32::try_from(fold(bits) >> 32).ok()
}

/// What an attempt with its outcome changes in the record of its key in a dimension.
pub(crate) fn change(
    attempt: &Attempt,
    outcome: Outcome,
    dimension: Dimension,
    settings: &Settings,
) -> Change {
    let approved = outcome == Outcome::Approved;
    // What a stranger tried from a new device does not make the device known.
    let own = matches!(dimension, Dimension::User | Dimension::Account | Dimension::Card);
    let members = if approved || !own {
        others(dimension).map(|other| other.and_then(|other| member(attempt, other)))
    } else {
        [None; MEMBERS]
    };
    let amount = settings.rates.convert(attempt.amount_minor, attempt.currency);
    let moved = matches!(outcome, Outcome::Approved | Outcome::Held);
    let spends = dimension == Dimension::User && moved && attempt.kind.moves_money_out();
    Change {
        at_s: seconds(attempt.at_us),
        tally: Some(tally(attempt, outcome, dimension, settings, amount)),
        approved,
        members,
        spent: spends.then_some(amount),
        place: attempt.place,
        country: attempt.country,
    }
}

fn tally(
    attempt: &Attempt,
    outcome: Outcome,
    dimension: Dimension,
    settings: &Settings,
    amount: i64,
) -> Tally {
    let declined = u32::from(outcome == Outcome::Declined);
    if attempt.kind == Kind::Login {
        let failed = u32::from(outcome == Outcome::FailedLogin);
        return Tally { logins: 1, failed, declined, ..Tally::default() };
    }
    // Whoever is paid into spends nothing.
    let payer = matches!(dimension, Dimension::User | Dimension::Account | Dimension::Card);
    if payer && attempt.kind == Kind::Deposit {
        return Tally::default();
    }
    let moved = if matches!(outcome, Outcome::Approved | Outcome::Held) { amount } else { 0 };
    let limit = attempt.limit_minor.map(|limit| settings.rates.convert(limit, attempt.currency));
    Tally {
        count: 1,
        declined,
        near: u32::from(settings.just_under(amount, limit)),
        small: u32::from(amount <= settings.small_minor),
        sum: moved,
        max: moved,
        ..Tally::default()
    }
}
