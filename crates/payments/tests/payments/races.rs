//! The same at once: one of them counts.

use florin_payments::{Error, Fees, From, To};

use super::world::worlds;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_key_at_once_is_one_payment() {
    for world in worlds(Fees::default(), None).await {
        let loan = world.loan(5_000).await;
        let to = || To::Loan { loan, kind: None, principal_only: false };
        let from = From::Account(world.account);

        let (a, b, c, d) = tokio::join!(
            world.pay("k", from, to(), 1_000),
            world.pay("k", from, to(), 1_000),
            world.pay("k", from, to(), 1_000),
            world.pay("k", from, to(), 1_000),
        );

        let ids = [a, b, c, d].map(|answer| answer.unwrap().0);
        assert!(ids.iter().all(|id| *id == ids[0]));
        assert_eq!(
            (world.balance().await, world.count("SELECT COUNT(*) FROM payment_order").await),
            (9_000, 1)
        );
        world.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_cancels_and_who_submits_do_not_both_win() {
    for world in worlds(Fees::default(), None).await {
        let card = world.card().await;
        for round in 0..8 {
            let to = To::Account(world.account);
            let (id, _) = world.pay(&format!("k{round}"), card, to, 100).await.unwrap();
            let before = world.balance().await;

            let (cancelled, ()) = tokio::join!(world.payments.cancel(&world.ada, id), world.run_jobs());

            let submitted = world.script.asked.lock().iter().any(|(_, asked)| *asked == id);
            match cancelled {
                Ok(_) => assert_eq!((world.status(id).await, submitted), ("cancelled", false)),
                Err(Error::NotCancellable(_)) => {
                    assert_eq!((world.status(id).await, world.balance().await), ("completed", before + 100));
                }
                Err(error) => panic!("{error}"),
            }
        }
        world.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_refunds_at_once_come_to_no_more_than_the_payment() {
    for world in worlds(Fees::default(), None).await {
        let card = world.card().await;
        let (id, _) = world.pay("a", card, To::Account(world.account), 5_000).await.unwrap();
        world.run_jobs().await;

        let (a, b) = tokio::join!(world.refund("a-1", id, Some(3_000)), world.refund("a-2", id, Some(3_000)));
        world.run_jobs().await;

        assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1, "{a:?} {b:?}");
        assert_eq!((world.find(id).await.order.refunded.minor(), world.balance().await), (3_000, 12_000));
        world.finish().await;
    }
}
