//! What processors do, and what the books show of it.

use florin_ledger::{Control, chart};
use florin_payments::rail::Submitted;
use florin_payments::{Fees, To};

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
