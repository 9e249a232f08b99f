//! Payments of loans: by an account in one commit, through a processor by way of suspense.

use florin_db::params;
use florin_ledger::chart;
use florin_payments::rail::Submitted;
use florin_payments::{Error, Fees, From, To};

use super::world::{World, worlds};

async fn close(world: &World, loan: florin_kernel::LoanId) {
    let sql = "UPDATE test_loan SET is_open = $2 WHERE id = $1";
    world.write(move |tx| tx.execute(sql, &params![loan.uuid(), false])).await;
}

#[tokio::test]
async fn an_account_pays_a_loan_in_one_commit() {
    for world in worlds(Fees { internal: "0.50".parse().unwrap(), ..Fees::default() }, None).await {
        let loan = world.loan(5_000).await;
        let from = From::Account(world.account);

        let (id, told) = world.pay_loan("a", from, loan, 2_000).await;

        assert_eq!((told.as_str(), world.status(id).await), ("2000", "completed"));
        assert_eq!((world.balance().await, world.line(chart::FEE_INCOME).await), (7_950, 50));
        let (again, _) = world.pay_loan("a", from, loan, 2_000).await;
        assert_eq!((again, world.balance().await), (id, 7_950), "the same key is the same payment");
        let (refused, told) = world.pay_loan("b", from, loan, 3_001).await;
        assert!(told.contains("above_payoff"), "{told}");
        let order = world.find(refused).await.order;
        assert_eq!((order.status.code(), order.decline_code.as_deref()), ("failed", Some("above_payoff")));
        let wrong = To::Loan { loan, kind: Some("mortgage".to_owned()), principal_only: false };
        assert!(matches!(world.pay("c", from, wrong, 1).await, Err(Error::LoanNotFound)));
        assert_eq!(world.balance().await, 7_950);
        world.finish().await;
    }
}

#[tokio::test]
async fn a_charge_that_cannot_be_paid_leaves_the_loan_unpaid() {
    for world in worlds(Fees { internal: "0.50".parse().unwrap(), ..Fees::default() }, None).await {
        let loan = world.loan(20_000).await;
        let to = To::Loan { loan, kind: None, principal_only: false };

        let refused = world.pay("a", From::Account(world.account), to, 10_000).await;

        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
        assert_eq!(
            (world.balance().await, world.count("SELECT COUNT(*) FROM test_receipt").await),
            (10_000, 0)
        );
        assert_eq!(world.count("SELECT COUNT(*) FROM payment_order").await, 0);
        world.finish().await;
    }
}

#[tokio::test]
async fn a_card_pays_a_loan_once_its_money_came() {
    for world in worlds(Fees::default(), None).await {
        let (loan, card) = (world.loan(5_000).await, world.card().await);

        let (id, _) = world.pay_loan("a", card, loan, 2_000).await;
        assert_eq!(
            (world.status(id).await, world.count("SELECT owed FROM test_loan").await),
            ("pending", 5_000)
        );
        world.run_jobs().await;

        assert_eq!(
            (world.status(id).await, world.count("SELECT owed FROM test_loan").await),
            ("completed", 3_000)
        );
        assert_eq!(
            (world.line(chart::SUSPENSE).await, world.line(chart::DUE_FROM_PROCESSORS).await),
            (0, 2_000)
        );
        let part = world.refund("part", id, Some(500)).await;
        assert!(matches!(part, Err(Error::NotRefundable(_))), "{part:?}");
        world.refund("all", id, None).await.unwrap();
        world.run_jobs().await;
        assert_eq!(
            (world.status(id).await, world.count("SELECT owed FROM test_loan").await),
            ("refunded", 5_000)
        );
        assert_eq!(world.line(chart::DUE_FROM_PROCESSORS).await, 0);
        world.finish().await;
    }
}

#[tokio::test]
async fn what_a_loan_does_not_take_any_more_waits_in_suspense_and_can_be_given_back() {
    for world in worlds(Fees::default(), None).await {
        let (loan, card) = (world.loan(5_000).await, world.card().await);
        let (id, _) = world.pay_loan("a", card, loan, 2_000).await;
        close(&world, loan).await;
        world.run_jobs().await;

        let found = world.find(id).await;
        assert_eq!(found.order.status.code(), "completed");
        assert_eq!(found.history.last().unwrap().detail.as_deref(), Some("in_suspense: loan_closed"));
        assert_eq!(world.line(chart::SUSPENSE).await, 2_000);
        world.refund("part", id, Some(500)).await.unwrap();
        world.refund("rest", id, None).await.unwrap();
        world.run_jobs().await;
        assert_eq!((world.status(id).await, world.line(chart::SUSPENSE).await), ("refunded", 0));
        world.finish().await;
    }
}

#[tokio::test]
async fn a_loan_payment_from_an_account_is_given_back_whole() {
    for world in worlds(Fees::default(), None).await {
        let loan = world.loan(5_000).await;
        let (id, _) = world.pay_loan("a", From::Account(world.account), loan, 2_000).await;

        world.refund("all", id, None).await.unwrap();

        assert_eq!((world.status(id).await, world.balance().await), ("refunded", 10_000));
        assert_eq!(world.count("SELECT owed FROM test_loan").await, 5_000);
        world.finish().await;
    }
}

#[tokio::test]
async fn a_refund_that_nobody_can_tell_of_is_looked_after() {
    for world in worlds(Fees::default(), None).await {
        let (loan, card) = (world.loan(5_000).await, world.card().await);
        let (id, _) = world.pay_loan("a", card, loan, 2_000).await;
        world.run_jobs().await;
        world.script.says.lock().push_back(Submitted::Unknown { why: "the line broke".to_owned() });

        world.refund("all", id, None).await.unwrap();
        world.run_jobs().await;
        assert_eq!(world.find(id).await.refunds.first().unwrap().status.code(), "unknown");
        assert!(matches!(world.refund("again", id, None).await, Err(Error::NotRefundable(_))));
        world.pass_minutes(3).await;

        assert_eq!(world.status(id).await, "refunded");
        world.finish().await;
    }
}
