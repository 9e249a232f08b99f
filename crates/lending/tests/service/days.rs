//! The end of the day, and histories at random: the books have of every loan what its history comes to.

use florin_db::DbError;
use florin_kernel::{Actor, LoanId};
use florin_ledger::chart;
use florin_lending::{EndOfDay, Error, GrantedTerms, Receipt, Status};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};

use super::world::{World, one_officer, worlds};

async fn end_day(world: &World) -> EndOfDay {
    world.loans.end_of_day(&Actor::system("lending")).await.unwrap()
}

#[tokio::test]
async fn each_day_earns_its_interest_once_whoever_comes_first() {
    for world in worlds(one_officer()).await {
        let touched = world.loan(10_000_00).await;
        world.loan(20_000_00).await;
        world.go_to(date(2026, 1, 25));
        world.pay(touched, 1_00).await;

        assert_eq!(
            end_day(&world).await,
            EndOfDay { loans: 1, ..EndOfDay::default() },
            "the other went on by itself"
        );
        assert_eq!(end_day(&world).await, EndOfDay::default());

        // Ten days of thirty, at one per cent a month.
        assert_eq!(world.internal(chart::INTEREST_INCOME).await, 33_33 + 66_67);
        world.go_to(date(2026, 3, 27));
        assert_eq!(end_day(&world).await, EndOfDay { loans: 2, ..EndOfDay::default() });
        let behind =
            world.count("SELECT COUNT(*) FROM lending_loan WHERE bucket = 2 AND days_past_due = 40").await;
        assert_eq!(behind, 2, "the first instalments are forty days past due");
        let penalties = world.internal(chart::PENALTY_INCOME).await;
        assert_eq!(penalties, 4 * 35_00, "two instalments of each loan are late, 35.00 at most");
        world.assert_books().await;
    }
}

#[tokio::test]
async fn offers_that_nobody_took_in_time_are_withdrawn_at_the_end_of_a_day() {
    for world in worlds(one_officer()).await {
        let loan = world.accepted(10_000_00, GrantedTerms::default()).await;
        world.go_to(date(2026, 2, 14));
        assert_eq!(end_day(&world).await, EndOfDay::default(), "the last day of the offer is one of it");
        world.go_to(date(2026, 2, 15));
        assert_eq!(end_day(&world).await, EndOfDay { ended: 1, ..EndOfDay::default() });
        let late = world.disburse(loan, "late").await;
        assert!(matches!(late, Err(Error::Standing(Status::Withdrawn))), "{late:?}");
    }
}

#[tokio::test]
async fn books_that_were_tampered_with_are_found() {
    for world in worlds(one_officer()).await {
        let loan = world.loan(10_000_00).await;
        world.go_to(date(2026, 2, 15));
        world.pay(loan, 888_49).await;
        world.assert_books().await;
        let forged = world.db.housekeeping(|tx| {
            tx.execute("UPDATE lending_loan SET booked = REPLACE(booked, '78849', '78850')", &[])
        });
        assert_eq!(forged.await.unwrap_or_else(|error: DbError| panic!("{error}")), 1);

        let report = world.loans.verify().await.unwrap();

        assert_eq!((report.loans, report.problems.len()), (1, 1), "{:?}", report.problems);
        let event: Result<u64, DbError> =
            world.db.housekeeping(|tx| tx.execute("DELETE FROM lending_event", &[])).await;
        assert!(event.is_err(), "what happened is never taken away");
    }
}

/// What happens in a random history: after so many days, a payment of so much, counting so many days earlier.
type Step = (i32, i64, i32);

fn histories() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0_i32..45, 1_00_i64..700_00, 0_i32..40), 1..7)
}

async fn play(world: &World, loan: LoanId, steps: &[Step]) -> Vec<(Date, i64)> {
    let mut today = world.loans.today();
    let (start, mut counted) = (today, Vec::new());
    for (wait, minor, earlier) in steps {
        today = today.checked_add(i64::from(*wait).days()).unwrap();
        world.go_to(today);
        let on = today.checked_sub(i64::from(*earlier).days()).unwrap().max(start);
        let receipt = Receipt { on: Some(on), ..world.receipt(loan, *minor) };
        if world.receive(receipt).await.is_ok() {
            counted.push((on, *minor));
        }
        world.assert_books().await;
    }
    counted
}

/// Every account of the books that has something on it but the borrower's own, by its code.
async fn books(world: &World) -> Vec<(u16, i64)> {
    let codes = [
        chart::INTEREST_INCOME,
        chart::PENALTY_INCOME,
        chart::FEE_INCOME,
        chart::LOAN_HELD,
        chart::SUSPENSE,
        chart::LOAN_LOSSES,
    ];
    let mut books = Vec::new();
    for code in codes {
        books.push((code, world.internal(code).await));
    }
    books
}

#[tokio::test]
async fn the_books_agree_after_every_step_and_payments_in_any_order_of_arrival_end_alike() {
    let mut runner = TestRunner::new(Config::default());
    for _ in 0..6 {
        let steps = histories().new_tree(&mut runner).unwrap().current();
        for world in worlds(one_officer()).await {
            let loan = world.loan(5_000_00).await;
            let counted = play(&world, loan, &steps).await;
            let end = world.loans.today().checked_add(45.days()).unwrap();
            world.go_to(end);
            end_day(&world).await;
            world.assert_books().await;
            let before = world.loans.loan(&World::borrower(), loan).await.unwrap().balances.unwrap();

            // The same payments, on the days on which they count, known on the last day alone and backwards.
            let another = World::open(florin_db::testing::sqlite().unwrap(), one_officer()).await;
            let again = another.loan(5_000_00).await;
            another.go_to(end);
            for (on, minor) in counted.iter().rev() {
                let receipt = Receipt { on: Some(*on), ..another.receipt(again, *minor) };
                assert!(another.receive(receipt).await.is_ok(), "{counted:?}");
            }
            end_day(&another).await;
            another.assert_books().await;
            let after = another.loans.loan(&World::borrower(), again).await.unwrap().balances.unwrap();
            assert_eq!(before.owed, after.owed, "{counted:?}");
            assert_eq!(books(&world).await, books(&another).await, "{counted:?}");
        }
    }
}
