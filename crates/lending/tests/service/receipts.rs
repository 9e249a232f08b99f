//! Payments: where they go, and what happens to those that cannot be taken in.

use florin_kernel::{AccountId, Currency, LoanId, Money, UserId, Uuid};
use florin_ledger::chart;
use florin_ledger::rules::Code;
use florin_lending::{NotReceived, NotRecorded, Receipt, Status};
use jiff::civil::date;

use super::world::{World, one_officer, worlds};

#[tokio::test]
async fn a_payment_is_one_chain_from_the_account_to_what_is_owed() {
    for world in worlds(one_officer()).await {
        let loan = world.loan(10_000_00).await;
        // 2 % are taken out at the beginning.
        assert_eq!(world.balance(world.account).await, 109_800_00);
        assert_eq!(world.internal(chart::FEE_INCOME).await, 200_00);
        world.go_to(date(2026, 2, 15));

        let received = world.pay(loan, 888_49).await;

        assert_eq!(received.allocation.settled.interest, 100_00, "one per cent of 10,000");
        assert_eq!(received.allocation.settled.principal, 788_49);
        assert_eq!(received.balances.owed.total(), 9_211_51);
        assert_eq!(world.internal(chart::INTEREST_INCOME).await, 100_00);
        assert_eq!(world.internal(chart::SUSPENSE).await, 0);
        assert_eq!(world.balance(world.account).await, 108_911_51);
        world.assert_books().await;
    }
}

#[tokio::test]
async fn a_payment_that_the_account_cannot_bear_changes_nothing_but_the_day() {
    for world in worlds(one_officer()).await {
        let loan = world.loan(10_000_00).await;
        let poor = AccountId::from_uuid(world.db.env().new_uuid());
        world.open_account(poor, Some(super::world::BORROWER), 10_00).await;
        world.go_to(date(2026, 2, 15));
        let receipt = Receipt { from: poor, ..world.receipt(loan, 888_49) };

        assert_eq!(world.receive(receipt).await.map(drop), Err(NotReceived::Ledger(Code::InsufficientFunds)));

        assert_eq!(world.balance(poor).await, 10_00);
        assert_eq!(world.count("SELECT COUNT(*) FROM lending_event").await, 0);
        let seen = world.loans.loan(&World::borrower(), loan).await.unwrap();
        assert_eq!(seen.balances.unwrap().owed.total(), 10_100_00);
        world.assert_books().await;
        // The identifier is used up, whoever has the money by then, and another is not.
        assert_eq!(world.receive(receipt).await.map(drop), Err(NotReceived::Ledger(Code::InsufficientFunds)));
        world.pay(loan, 1_00).await;
        world.assert_books().await;
    }
}

#[tokio::test]
async fn nobody_pays_with_anothers_money_or_on_anothers_loan() {
    for world in worlds(one_officer()).await {
        let loan = world.loan(10_000_00).await;
        let eve = UserId::from_uuid(Uuid::from_u128(0xe7e));
        let others = AccountId::from_uuid(world.db.env().new_uuid());
        world.open_account(others, Some(eve), 1_000_00).await;
        let borrower = Some(super::world::BORROWER);

        let of_eve = Receipt { by: Some(eve), from: others, ..world.receipt(loan, 1_00) };
        assert_eq!(world.receive(of_eve).await.map(drop), Err(NotReceived::NotFound));
        let with_eves = Receipt { by: borrower, from: others, ..world.receipt(loan, 1_00) };
        assert_eq!(
            world.receive(with_eves).await.map(drop),
            Err(NotReceived::Ledger(Code::DebitAccountNotFound))
        );
        let earlier = Receipt { by: borrower, on: Some(date(2026, 1, 14)), ..world.receipt(loan, 1_00) };
        assert_eq!(world.receive(earlier).await.map(drop), Err(NotReceived::Day));
        let nothing = world.receipt(LoanId::from_uuid(Uuid::nil()), 1_00);
        assert_eq!(world.receive(nothing).await.map(drop), Err(NotReceived::NotFound));
        let euros = Receipt { amount: Money::new(1_00, Currency::EUR), ..world.receipt(loan, 1) };
        assert_eq!(world.receive(euros).await.map(drop), Err(NotReceived::Currency(Currency::USD)));
        let none = Receipt { amount: Money::new(0, Currency::USD), ..world.receipt(loan, 1) };
        assert_eq!(world.receive(none).await.map(drop), Err(NotRecorded::Sum.into()));
        let early = Receipt { on: Some(date(2026, 1, 14)), ..world.receipt(loan, 1_00) };
        assert!(matches!(
            world.receive(early).await,
            Err(NotReceived::NotRecorded(NotRecorded::BeforePayout { .. }))
        ));
        world.assert_books().await;
    }
}

#[tokio::test]
async fn what_is_paid_above_the_payoff_is_held_and_a_loan_that_is_paid_off_takes_no_more() {
    for world in worlds(one_officer()).await {
        let loan = world.loan(10_000_00).await;
        world.go_to(date(2026, 1, 25));

        let received = world.pay(loan, 10_100_00).await;

        assert_eq!(received.balances.status, Status::PaidOff);
        assert_eq!(received.allocation.settled.total() + received.allocation.held_minor, 10_100_00);
        assert_eq!(world.internal(chart::LOAN_HELD).await, received.allocation.held_minor);
        assert!(received.allocation.held_minor > 0);
        let more = world.receive(world.receipt(loan, 1_00)).await;
        assert_eq!(more.map(drop), Err(NotReceived::Standing(Status::PaidOff)));
        world.assert_books().await;
    }
}

#[tokio::test]
async fn a_payment_that_is_given_back_is_as_if_it_had_never_been_made() {
    for world in worlds(one_officer()).await {
        let loan = world.loan(10_000_00).await;
        world.go_to(date(2026, 2, 15));
        let receipt = world.receipt(loan, 10_100_00);
        world.receive(receipt).await.unwrap();
        world.go_to(date(2026, 2, 20));
        assert_eq!(world.loans.loan(&World::borrower(), loan).await.unwrap().status, Status::PaidOff);

        let given = world.give_back(receipt.payment).await.unwrap();

        assert_eq!((given.loan, given.amount.minor()), (loan, 10_100_00));
        assert_eq!(given.balances.status, Status::Active);
        assert_eq!(given.balances.days_past_due, 5);
        assert_eq!(world.balance(world.account).await, 109_800_00);
        world.assert_books().await;
        let again = world.give_back(receipt.payment).await;
        assert!(matches!(again, Err(NotReceived::NotRecorded(NotRecorded::Reversed(_)))), "{again:?}");
        assert_eq!(world.give_back(world.payment()).await, Err(NotReceived::UnknownPayment));
        world.assert_books().await;
    }
}

#[tokio::test]
async fn payments_at_the_same_time_on_one_loan_settle_each_cent_once() {
    for world in worlds(one_officer()).await {
        let loan = world.loan(1_000_00).await;
        let world = std::sync::Arc::new(world);
        let payments = (0..12).map(|_| {
            let (world, receipt) = (std::sync::Arc::clone(&world), world.receipt(loan, 100_00));
            tokio::spawn(async move { world.receive(receipt).await })
        });
        let (mut taken, mut refused) = (0, 0);
        for payment in payments.collect::<Vec<_>>() {
            match payment.await.unwrap() {
                Ok(_) => taken += 1,
                Err(NotReceived::Standing(Status::PaidOff)) => refused += 1,
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!((taken, refused), (10, 2));
        world.assert_books().await;
    }
}
