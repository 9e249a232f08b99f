//! What processors do, and what the books show of it.

use florin_ledger::{Control, chart};
use florin_payments::rail::Submitted;
use florin_payments::{Fees, SettleVerdict, To};

use super::world::{World, euros, worlds};

async fn freeze(world: &World, frozen: bool) {
    let (ledger, account) = (world.ledger.clone(), world.account);
    let done =
        world.write(move |tx| ledger.change_control(tx, account, Control::FreezeCredits(frozen))).await;
    done.unwrap();
}

#[tokio::test]
async fn charges_of_both_are_legs_of_the_payment() {
    let fees = Fees { card: "0.30 + 2.9%".parse().unwrap(), ..Fees::default() };
    for world in worlds(fees, Some(euros(45))).await {
        let card = world.card().await;

        let (id, _) = world.pay("a", card, To::Account(world.account), 5_000).await.unwrap();
        world.run_jobs().await;

        let order = world.find(id).await.order;
        assert_eq!((order.fee, order.processor_fee), (euros(175), Some(euros(45))));
        assert_eq!((world.balance().await, world.line(chart::FEE_INCOME).await), (15_000, 175));
        assert_eq!(world.line(chart::PROCESSING_EXPENSE).await, 45);
        assert_eq!(world.line(chart::DUE_FROM_PROCESSORS).await, 5_000 + 175 - 45);
        world.finish().await;
    }
}

#[tokio::test]
async fn a_frozen_account_gets_its_money_when_it_is_not_any_more() {
    for world in worlds(Fees::default(), None).await {
        let card = world.card().await;
        let (id, _) = world.pay("a", card, To::Account(world.account), 5_000).await.unwrap();
        freeze(&world, true).await;
        world.run_jobs().await;
        let found = world.find(id).await;
        assert_eq!(found.order.status.code(), "processing");
        assert_eq!(found.history.last().unwrap().cause, "posting_refused");

        freeze(&world, false).await;
        world.pass_minutes(10).await;

        assert_eq!((world.status(id).await, world.balance().await), ("completed", 15_000));
        world.finish().await;
    }
}

#[tokio::test]
async fn what_is_unknown_is_asked_after_ever_more_seldom_and_never_submitted_again() {
    for world in worlds(Fees::default(), None).await {
        let card = world.card().await;
        let unknown = || Submitted::Unknown { why: "the line broke".to_owned() };
        world.script.says.lock().extend((0..5).map(|_| unknown()));

        let (id, _) = world.pay("a", card, To::Account(world.account), 5_000).await.unwrap();
        world.run_jobs().await;
        assert_eq!(world.status(id).await, "unknown");
        world.pass_minutes(20).await;
        let asked: Vec<&str> = world.script.asked.lock().iter().map(|(what, _)| *what).collect();
        assert_eq!(
            asked,
            ["submit", "look_up", "look_up", "look_up", "look_up"],
            "after 1, 2, 4 and 8 minutes"
        );
        assert_eq!(world.status(id).await, "unknown");
        world.pass_minutes(20).await;

        assert_eq!((world.status(id).await, world.balance().await), ("completed", 15_000));
        assert!(world.script.asked.lock().iter().all(|(_, asked)| *asked == id));
        world.finish().await;
    }
}

#[tokio::test]
async fn a_submission_whose_answer_was_lost_is_made_again_under_the_same_identifier() {
    for world in worlds(Fees::default(), None).await {
        let card = world.card().await;
        let (id, _) = world.pay("a", card, To::Account(world.account), 5_000).await.unwrap();
        // The program ended after it said that it submits, and before it heard the answer.
        world
            .write(move |tx| {
                let sql = "UPDATE payment_order SET status = 'processing' WHERE id = $1";
                tx.execute(sql, &florin_db::params![id.uuid()])
            })
            .await;

        let refused = world.payments.cancel(&world.ada, id).await;
        world.run_jobs().await;

        assert!(matches!(refused, Err(florin_payments::Error::NotCancellable(_))), "{refused:?}");
        assert_eq!((world.status(id).await, world.balance().await), ("completed", 15_000));
        assert_eq!(*world.script.asked.lock(), [("submit", id)]);
        world.finish().await;
    }
}

#[tokio::test]
async fn what_two_persons_settle_as_failed_the_processor_is_asked_to_stop() {
    for world in worlds(Fees::default(), None).await {
        let card = world.card().await;
        world.script.says.lock().push_back(Submitted::Unknown { why: "the line broke".to_owned() });
        let (id, _) = world.pay("a", card, To::Account(world.account), 5_000).await.unwrap();
        world.run_jobs().await;

        let payments = world.payments.clone();
        world.write(move |tx| Ok(payments.settle_in(tx, id, SettleVerdict::Failed).is_ok())).await;
        world.run_jobs().await;

        let order = world.find(id).await.order;
        assert_eq!(
            (order.status.code(), order.decline_code.as_deref()),
            ("failed", Some("settled_as_failed"))
        );
        assert_eq!(*world.script.asked.lock(), [("submit", id), ("cancel", id)]);
        assert_eq!(world.balance().await, 10_000);
        world.finish().await;
    }
}
