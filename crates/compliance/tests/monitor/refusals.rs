//! What is wrong with a book is refused by what it is; what is merely unknown is not.

use florin_compliance::monitor::{
    AccountFacts, Book, BookError, Channel, Country, Kind, Movement, MovementId, Settings, Typology, watch,
};
use florin_kernel::{AccountId, Currency, UserId, Uuid};

use crate::world::{BEGIN, DAY};

fn account(number: u128) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(number))
}

fn movement(number: u128, from: Option<u128>, to: Option<u128>, amount_minor: i64) -> Movement {
    Movement {
        id: MovementId::from_uuid(Uuid::from_u128(number)),
        at_us: BEGIN + i64::try_from(number).unwrap() * DAY,
        from: from.map(account),
        to: to.map(account),
        abroad: None,
        amount_minor,
        currency: Currency::USD,
        channel: Channel::Wire,
    }
}

fn refused(movements: &[Movement], facts: &[AccountFacts]) -> Option<BookError> {
    Book::try_new(movements, facts, Settings::default()).err()
}

#[test]
fn a_book_that_cannot_be_true_is_refused() {
    let id = MovementId::from_uuid(Uuid::from_u128(1));
    let facts = AccountFacts {
        account: account(1),
        customer: UserId::from_uuid(Uuid::from_u128(1)),
        kind: Kind::Person,
        country: None,
        income_minor: None,
        opened_at_us: BEGIN,
    };

    assert_eq!(refused(&[movement(1, Some(1), Some(2), 0)], &[]), Some(BookError::NotPositive(id)));
    assert_eq!(refused(&[movement(1, None, None, 5)], &[]), Some(BookError::Nowhere(id)));
    let twice = [movement(1, Some(1), Some(2), 5), movement(1, Some(2), Some(3), 6)];
    assert_eq!(refused(&twice, &[]), Some(BookError::Twice(id)));
    assert_eq!(refused(&[], &[facts, facts]), Some(BookError::DescribedTwice(account(1))));
    assert_eq!(refused(&[], &[]), None);
}

#[test]
fn accounts_of_which_nothing_is_known_are_watched_all_the_same() {
    let trip: Vec<Movement> =
        (1..=4).map(|hop| movement(hop, Some(hop), Some(hop % 4 + 1), 900_000)).collect();

    let found = watch(&Book::try_new(&trip, &[], Settings::default()).unwrap());

    assert_eq!(found.iter().map(|finding| finding.typology).collect::<Vec<_>>(), [Typology::RoundTrip]);
    assert_eq!(found[0].movements.len(), 4);
    assert_eq!(found[0].amount.minor(), 900_000);
}

#[test]
fn wires_to_a_listed_country_are_told_and_others_are_not() {
    let to =
        |number, code| Movement { abroad: Country::parse(code), ..movement(number, Some(1), None, 400_000) };
    let settings = Settings::parse("high_risk_countries = [\"KP\"]").unwrap();

    let found = watch(&Book::try_new(&[to(1, "KP"), to(2, "FR")], &[], settings).unwrap());

    assert_eq!(found.len(), 1);
    assert_eq!(found[0].typology, Typology::HighRiskGeography);
    assert_eq!(found[0].movements, [MovementId::from_uuid(Uuid::from_u128(1))]);
}

#[test]
fn sums_in_other_currencies_are_valued() {
    let yen = |number| Movement {
        currency: Currency::JPY,
        abroad: Country::parse("KP"),
        ..movement(number, Some(1), None, 200_000)
    };
    let rated = Settings::parse("[rates_millionths]\nJPY = 700_000").unwrap();

    let found = |settings| watch(&Book::try_new(&[yen(1), yen(2)], &[], settings).unwrap()).len();

    assert_eq!(found(Settings::default()), 1, "one to one they are 4,000.00");
    assert_eq!(found(rated), 0, "at their worth they are 2,800.00");
}
