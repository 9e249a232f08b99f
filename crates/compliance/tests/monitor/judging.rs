//! Evaluation itself: what counts as found, named and right.

use florin_compliance::evaluate::{Scheme, evaluate};
use florin_compliance::monitor::{Finding, MovementId, Named, Role, Typology};
use florin_kernel::{AccountId, Currency, Money, Uuid};

fn account(number: u128) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(number))
}

fn finding(typology: Typology, accounts: &[u128]) -> Finding {
    let named = |number: &u128| Named { account: account(*number), role: Role::Main };
    Finding {
        typology,
        also: Vec::new(),
        accounts: accounts.iter().map(named).collect(),
        movements: vec![MovementId::from_uuid(Uuid::from_u128(1))],
        first_at_us: 0,
        last_at_us: 0,
        amount: Money::zero(Currency::USD),
        score: 0.5,
        explanation: String::new(),
    }
}

fn scheme(typology: Typology, accounts: &[u128]) -> Scheme {
    Scheme { typology, accounts: accounts.iter().map(|number| account(*number)).collect() }
}

#[test]
fn half_of_a_scheme_is_enough_and_less_is_not() {
    let schemes = [scheme(Typology::FanIn, &[1, 2, 3, 4])];

    let half = evaluate(&[finding(Typology::FanIn, &[1, 2])], &schemes);
    let less = evaluate(&[finding(Typology::FanIn, &[1, 9])], &schemes);

    assert_eq!((half.total.found, half.total.named), (1, 1));
    assert_eq!((less.total.found, less.missed), (0, vec![0]));
}

#[test]
fn the_finding_that_names_most_of_a_scheme_gives_its_name() {
    let schemes = [scheme(Typology::FanIn, &[1, 2, 3, 4])];
    let findings = [finding(Typology::FanIn, &[1, 2]), finding(Typology::Smurfing, &[1, 2, 3])];

    assert_eq!(evaluate(&findings, &schemes).total.named, 0);
}

#[test]
fn an_account_that_is_named_twice_counts_once() {
    let schemes = [scheme(Typology::FanIn, &[1, 2])];
    let findings = [finding(Typology::FanIn, &[1, 2, 7]), finding(Typology::FanOut, &[7, 8])];

    let report = evaluate(&findings, &schemes);

    assert_eq!((report.total.accounts, report.total.rightly), (4, 2));
    assert!((report.precision() - 0.5).abs() < 1e-12);
    assert_eq!(report.idle, [1]);
}
