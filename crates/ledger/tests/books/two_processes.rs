//! Two processes on one PostgreSQL: each remembers accounts that the other changes.

use florin_db::Engine;
use florin_kernel::{Action, Actor, Currency, Resource};
use florin_ledger::Control;
use florin_ledger::rules::{Code, Event, Overdraft};

use crate::support::{World, worlds};

/// None where the environment left PostgreSQL out in so many words.
fn two_processes() -> Option<(World, World)> {
    let world = worlds().into_iter().find(|world| world.db.engine() == Engine::Postgres)?;
    let other = world.second();
    Some((world, other))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_a_hot_account() {
    let Some((world, other)) = two_processes() else { return };
    let [ann, bob] = world.funded([10_000, 0]).await;

    let mut moved = 0;
    // Many rounds, so that both rely on what they remember again and again.
    for round in 0..40 {
        let transfer = |n: i32| {
            let world = if n % 2 == 0 { world.clone() } else { other.clone() };
            let back = (n + round) % 5 == 0;
            let (from, to) = if back { (bob, ann) } else { (ann, bob) };
            tokio::spawn(async move { (world.transfer(from, to, 1).await, back) })
        };
        for task in (0..10).map(transfer).collect::<Vec<_>>() {
            match task.await.unwrap() {
                (Code::Created, true) => moved -= 1,
                (Code::Created, false) => moved += 1,
                (code, _) => assert_eq!(code, Code::InsufficientFunds),
            }
        }
    }

    assert_eq!((world.balance(ann).await, world.balance(bob).await), (10_000 - moved, moved));
    let entries = other.entries(bob).await;
    assert!(entries.windows(2).all(|pair| pair[0].version() == pair[1].version() + 1));
}

/// Makes `world` rely on what it remembers of both.
async fn remember(world: &World, from: florin_kernel::AccountId, to: florin_kernel::AccountId) {
    for _ in 0..3 {
        assert_eq!(world.transfer(from, to, 1).await, Code::Created);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_came_and_went_elsewhere_is_counted() {
    let Some((world, other)) = two_processes() else { return };
    let [ann, bob] = world.funded([100, 0]).await;
    remember(&world, ann, bob).await;

    assert_eq!(other.transfer(ann, bob, 90).await, Code::Created);
    assert_eq!(world.transfer(ann, bob, 8).await, Code::InsufficientFunds);
    assert_eq!(world.transfer(ann, bob, 7).await, Code::Created);

    assert_eq!(other.transfer(bob, ann, 50).await, Code::Created);
    assert_eq!(world.transfer(ann, bob, 50).await, Code::Created);
    assert_eq!((other.balance(ann).await, other.balance(bob).await), (0, 100));
    assert_eq!(world.verify().await.problems, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_account_permits_is_obeyed_wherever_it_was_changed() {
    let Some((world, other)) = two_processes() else { return };
    let [ann, bob] = world.funded([100, 0]).await;
    let changes = [
        (Control::FreezeDebits(true), Code::DebitAccountFrozen),
        (Control::FreezeDebits(false), Code::Created),
        (Control::FreezeCredits(true), Code::Created),
        (Control::Ceiling(Some(0)), Code::Created),
        (Control::Overdraft(Overdraft::Limit(1_000)), Code::Created),
    ];
    for (change, expected) in changes {
        assert_eq!(other.control(ann, change).await, Ok(()), "{change:?}");
        assert_eq!(world.transfer(ann, bob, 1).await, expected, "{change:?}");
        // What is remembered now has the change in it, and is relied on.
        assert_eq!(world.transfer(ann, bob, 1).await, expected, "{change:?}");
        assert_eq!(world.transfer(ann, bob, 1).await, expected, "{change:?}");
    }
    assert_eq!(world.transfer(ann, bob, 500).await, Code::Created);
    assert_eq!(other.control(ann, Control::Overdraft(Overdraft::None)).await, Ok(()));
    assert_eq!(world.transfer(ann, bob, 1).await, Code::InsufficientFunds);
    assert_eq!(world.transfer(bob, ann, 1).await, Code::CreditAccountFrozen);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_made_in_one_process_is_resolved_in_the_other() {
    let Some((world, other)) = two_processes() else { return };
    let [ann, bob] = world.funded([100, 0]).await;
    remember(&world, ann, bob).await;
    remember(&other, ann, bob).await;

    let hold = Event::hold(other.id(), ann, bob, 94, Currency::EUR);
    assert_eq!(other.post(hold.clone()).await, Code::Created);
    assert_eq!(world.transfer(ann, bob, 1).await, Code::InsufficientFunds);
    assert_eq!(world.post(Event::post(world.id(), hold.id, Currency::EUR)).await, Code::Created);
    assert_eq!(other.post(Event::void(other.id(), hold.id, Currency::EUR)).await, Code::PendingAlreadyPosted);
    assert_eq!((world.balance(ann).await, world.balance(bob).await), (0, 100));
    assert_eq!(world.verify().await.problems, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_closed_in_one_process_is_closed_in_the_other() {
    let Some((world, other)) = two_processes() else { return };
    let [ann, bob] = world.funded([100, 0]).await;
    remember(&world, ann, bob).await;

    let today = world.ledger.business_date(world.db.env().now());
    let permit = Actor::system("test").permit(Action::ClosePeriod, Resource::kind("ledger")).unwrap();
    let ledger = other.ledger.clone();
    assert!(other.db.write(permit, move |tx| ledger.close_period(tx, today)).await.unwrap());

    assert_eq!(world.transfer(ann, bob, 1).await, Code::PeriodClosed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_used_in_one_process_is_used_in_the_other() {
    let Some((world, other)) = two_processes() else { return };
    let [ann, bob] = world.funded([100, 0]).await;
    remember(&world, ann, bob).await;
    let key = florin_db::idempotency::IdempotencyKey::new(ann.uuid(), "transfers", "once", b"{}");

    let first = other.submit(Some(key), vec![other.event(ann, bob, 5)]).await.unwrap();
    let again = world.submit(Some(key), vec![world.event(ann, bob, 5)]).await.unwrap();

    let florin_ledger::Posted::Now(answer) = first else { panic!("{first:?}") };
    assert_eq!(again, florin_ledger::Posted::Replayed(answer));
    assert_eq!(world.balance(bob).await, 3 + 5);
}
