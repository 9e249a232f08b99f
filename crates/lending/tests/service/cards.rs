//! Own cards: granted, drawn on within their limit, paid, and posted by the difference.

use florin_db::DbError;
use florin_kernel::{Action, Actor, Currency, LoanId, Money};
use florin_ledger::chart;
use florin_lending::{
    Draw, DrawKind, Drawn, EndOfDay, Error, Kind, NotDrawn, NotReceived, NotRecorded, Receipt, Status,
};
use jiff::ToSpan as _;
use jiff::civil::date;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};

use super::world::{World, one_officer, system, worlds};

async fn card(world: &World, limit_minor: i64) -> LoanId {
    let form = florin_lending::Apply { kind: Some(Kind::CreditCard), ..World::application(limit_minor) };
    let applied = world.loans.apply(&World::borrower(), form).await.unwrap();
    let granted = florin_lending::GrantedTerms::default();
    let decided = world.loans.approve(&World::officer(1), applied.id, granted, None).await.unwrap();
    let loan = decided.loan.unwrap();
    let opened = world.loans.accept(&World::borrower(), loan).await.unwrap();
    assert_eq!(opened.status, Status::Active);
    assert_eq!(opened.balances.unwrap().available_minor, Some(limit_minor));
    loan
}

async fn draw(world: &World, loan: LoanId, minor: i64, kind: DrawKind) -> Result<Drawn, NotDrawn> {
    let (loans, amount) = (world.loans.clone(), Money::new(minor, Currency::USD));
    let draw = Draw { loan, transfer: world.payment(), to: world.account, amount, kind, by: None };
    let drawn = world.db.write(system(Action::DisburseLoan), move |tx| loans.draw(tx, &draw)).await;
    drawn.unwrap_or_else(|error: DbError| panic!("{error}"))
}

async fn end_day(world: &World) -> EndOfDay {
    world.loans.end_of_day(&Actor::system("lending")).await.unwrap()
}

async fn owed(world: &World, loan: LoanId) -> (i64, i64) {
    let balances = world.loans.loan(&World::borrower(), loan).await.unwrap().balances.unwrap();
    (balances.owed.total(), balances.held_minor)
}

#[tokio::test]
async fn a_card_is_drawn_on_within_its_limit_and_its_costs_are_posted_as_cycles_close() {
    for world in worlds(one_officer()).await {
        // Opened on January 15th; payment is due on the 25th, and cycles close 23 days before.
        let loan = card(&world, 2_000_00).await;
        let before = world.balance(world.account).await;
        let drawn = draw(&world, loan, 1_000_00, DrawKind::Cash).await.unwrap();
        assert_eq!(drawn.fee_minor, 50_00, "five per cent, ten dollars at least");
        assert_eq!(world.balance(world.account).await, before + 1_000_00);
        assert_eq!(world.internal(chart::FEE_INCOME).await, 50_00);
        draw(&world, loan, 300_00, DrawKind::Purchase).await.unwrap();
        let over = draw(&world, loan, 650_01, DrawKind::Purchase).await;
        let money = |minor| Money::new(minor, Currency::USD);
        assert_eq!(
            over.unwrap_err(),
            NotDrawn::OverLimit { available: money(650_00), wanted: money(650_01) }
        );
        let with_fee = draw(&world, loan, 645_00, DrawKind::Cash).await;
        assert!(matches!(with_fee, Err(NotDrawn::OverLimit { .. })), "the fee counts");
        world.assert_books().await;

        world.go_to(date(2026, 2, 2));
        assert_eq!(end_day(&world).await, EndOfDay { loans: 1, ..EndOfDay::default() });
        // 18 days of 1,000.00 at 26.99 %: 13.31. Purchases have grace.
        assert_eq!(world.internal(chart::INTEREST_INCOME).await, 13_31);
        assert_eq!(owed(&world, loan).await, (1_363_31, 0));
        world.assert_books().await;

        // Nothing is paid by the 25th: a late fee, never more than the minimum that was missed.
        world.go_to(date(2026, 2, 26));
        end_day(&world).await;
        assert_eq!(world.internal(chart::PENALTY_INCOME).await, 29_00);
        world.assert_books().await;

        // The payment had been made in time: the late fee goes as if it had never been charged.
        let on = Some(date(2026, 2, 20));
        let paid = world.receive(Receipt { on, ..world.receipt(loan, 200_00) }).await.unwrap();
        assert_eq!(world.internal(chart::PENALTY_INCOME).await, 0);
        assert_eq!(paid.allocation.settled.total(), 200_00);
        assert_eq!(owed(&world, loan).await, (1_163_31, 0));
        world.assert_books().await;

        let payment = florin_kernel::TransferId::from_uuid(paid.event.uuid());
        world.give_back(payment).await.unwrap();
        assert_eq!(world.internal(chart::PENALTY_INCOME).await, 29_00);
        let again = world.give_back(payment).await;
        assert!(matches!(again, Err(NotReceived::NotRecorded(NotRecorded::Reversed(_)))), "{again:?}");
        world.assert_books().await;
    }
}

#[tokio::test]
async fn what_is_paid_above_the_balance_is_held_and_drawn_first() {
    for world in worlds(one_officer()).await {
        let loan = card(&world, 1_000_00).await;
        draw(&world, loan, 100_00, DrawKind::Purchase).await.unwrap();
        let paid = world.pay(loan, 150_00).await;
        assert_eq!((paid.allocation.settled.principal, paid.allocation.held_minor), (100_00, 50_00));
        assert_eq!(owed(&world, loan).await, (0, 50_00));
        world.assert_books().await;
        draw(&world, loan, 1_050_00, DrawKind::Purchase).await.unwrap();
        assert_eq!(owed(&world, loan).await, (1_000_00, 0));
        assert!(draw(&world, loan, 1, DrawKind::Purchase).await.is_err());
        world.assert_books().await;
    }
}

#[tokio::test]
async fn only_open_cards_of_our_own_are_drawn_on() {
    for world in worlds(one_officer()).await {
        let instalments = world.loan(10_000_00).await;
        assert_eq!(draw(&world, instalments, 1_00, DrawKind::Cash).await.unwrap_err(), NotDrawn::NotACard);
        let loan = card(&world, 1_000_00).await;
        assert_eq!(draw(&world, loan, 0, DrawKind::Cash).await.unwrap_err(), NotDrawn::Sum);
        let nobody = LoanId::from_uuid(world.db.env().new_uuid());
        assert_eq!(draw(&world, nobody, 1_00, DrawKind::Cash).await.unwrap_err(), NotDrawn::NotFound);
        let early = Receipt { on: Some(date(2026, 1, 14)), ..world.receipt(loan, 1_00) };
        let early = world.receive(early).await.map(drop);
        assert!(
            matches!(early, Err(NotReceived::NotRecorded(NotRecorded::BeforePayout { .. }))),
            "{early:?}"
        );
        let form = florin_lending::Apply { kind: Some(Kind::CreditCard), ..World::application(60_000_00) };
        let applied = world.loans.apply(&World::borrower(), form).await.unwrap();
        let granted = florin_lending::GrantedTerms::default();
        let refused = world.loans.approve(&World::officer(1), applied.id, granted, None).await;
        assert!(matches!(refused, Err(Error::NotOffered(_))), "above the highest limit: {refused:?}");
    }
}

/// A step of a random history: after so many days, what, how much, counting so many days earlier.
type Step = (i32, u8, i64, i32);

fn histories() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0_i32..35, 0_u8..4, 1_00_i64..600_00, 0_i32..40), 2..9)
}

async fn play(world: &World, loan: LoanId, steps: &[Step]) {
    let start = world.loans.today();
    let mut last_payment = None;
    for (wait, what, minor, earlier) in steps {
        let today = world.loans.today().checked_add(i64::from(*wait).days()).unwrap();
        world.go_to(today);
        match what {
            0 => drop(draw(world, loan, *minor, DrawKind::Cash).await),
            1 => drop(draw(world, loan, *minor, DrawKind::Purchase).await),
            2 => {
                let on = today.checked_sub(i64::from(*earlier).days()).unwrap().max(start);
                let receipt = Receipt { on: Some(on), ..world.receipt(loan, *minor) };
                last_payment = Some(world.receive(receipt).await.unwrap().event);
            }
            _ => {
                if let Some(event) = last_payment.take() {
                    let payment = florin_kernel::TransferId::from_uuid(event.uuid());
                    world.give_back(payment).await.unwrap();
                }
            }
        }
        world.assert_books().await;
    }
}

#[tokio::test]
async fn the_books_of_a_card_agree_after_every_step_of_any_history() {
    let mut runner = TestRunner::new(Config::default());
    for _ in 0..8 {
        let steps = histories().new_tree(&mut runner).unwrap().current();
        for world in worlds(one_officer()).await {
            let loan = card(&world, 3_000_00).await;
            play(&world, loan, &steps).await;
            world.go_to(world.loans.today().checked_add(70.days()).unwrap());
            end_day(&world).await;
            world.assert_books().await;
            assert_eq!(end_day(&world).await, EndOfDay::default(), "{steps:?}");
        }
    }
}
