//! What the poster promises over a real database, on both engines.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::inconsistent_digit_grouping,
    reason = "a test that cannot go on fails, and amounts are written as euros_cents"
)]

mod busy;
mod moved;
mod reading;
mod support;
mod trial_balance;
mod two_processes;
mod verify;

use florin_db::DbError;
use florin_db::idempotency::IdempotencyKey;
use florin_kernel::{Action, Actor, Currency, Resource, Uuid};
use florin_ledger::rules::{Code, Event, HoldState};
use florin_ledger::{Control, Posted};

use support::{World, worlds};

#[tokio::test(flavor = "multi_thread")]
async fn transfers_move_money_and_every_entry_is_there() {
    for world in worlds() {
        let [ann, bob] = world.funded([100_00, 0]).await;

        assert_eq!(world.transfer(ann, bob, 30_00).await, Code::Created);
        assert_eq!(world.transfer(ann, bob, 70_01).await, Code::InsufficientFunds);

        assert_eq!((world.balance(ann).await, world.balance(bob).await), (70_00, 30_00));
        let entries = world.entries(bob).await;
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].version(), entries[0].balance().credits_posted), (1, 30_00));
        assert_eq!(world.entries(ann).await.len(), 2, "the deposit and the transfer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_each_get_their_own_answer() {
    for world in worlds() {
        let [ann, bob] = world.funded([50, 0]).await;

        let mut tasks = Vec::new();
        for _ in 0..200 {
            let world = world.clone();
            tasks.push(tokio::spawn(async move { world.transfer(ann, bob, 1).await }));
        }
        let mut created = 0;
        for task in tasks {
            match task.await.unwrap() {
                Code::Created => created += 1,
                code => assert_eq!(code, Code::InsufficientFunds),
            }
        }

        assert_eq!(created, 50);
        assert_eq!((world.balance(ann).await, world.balance(bob).await), (0, 50));
        let versions: Vec<i64> = world.entries(bob).await.iter().map(florin_ledger::Entry::version).collect();
        assert_eq!(versions, (1..=50).rev().collect::<Vec<i64>>(), "gapless, latest first");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_has_one_effect_however_many_ask_at_once() {
    for world in worlds() {
        let [ann, bob] = world.funded([1_000, 0]).await;
        let key = IdempotencyKey::new(Uuid::from_u128(1), "POST /transfers", "k-1", b"body");
        let other = IdempotencyKey::new(Uuid::from_u128(1), "POST /transfers", "k-1", b"another body");

        let mut tasks = Vec::new();
        for _ in 0..50 {
            let world = world.clone();
            tasks.push(tokio::spawn(
                async move { world.submit(Some(key), vec![world.event(ann, bob, 7)]).await },
            ));
        }
        let mut fresh = 0;
        let mut bodies = Vec::new();
        for task in tasks {
            match task.await.unwrap().unwrap() {
                Posted::Now(frozen) => {
                    fresh += 1;
                    bodies.push(frozen);
                }
                Posted::Replayed(frozen) => bodies.push(frozen),
                Posted::KeyReused => panic!("the same request"),
            }
        }

        assert_eq!(fresh, 1);
        assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "the same bytes for all");
        assert_eq!(world.balance(bob).await, 7);
        let reused = world.submit(Some(other), vec![world.event(ann, bob, 8)]).await.unwrap();
        assert_eq!(reused, Posted::KeyReused);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_posting_inside_a_unit_lives_and_dies_with_it() {
    for world in worlds() {
        let [ann, bob] = world.funded([100, 0]).await;
        let permit =
            || Actor::system("test").permit(Action::CreateTransfer, Resource::kind("transfer")).unwrap();
        let post = |fail: bool| {
            let (ledger, event) = (world.ledger.clone(), world.event(ann, bob, 10));
            world.db.write(permit(), move |tx| {
                let outcomes = ledger.post(tx, std::slice::from_ref(&event))?;
                if fail { Err(DbError::Other("changed its mind".to_owned())) } else { Ok(outcomes[0].code) }
            })
        };

        assert!(post(true).await.is_err());
        assert_eq!(post(false).await.unwrap(), Code::Created);
        assert!(post(true).await.is_err());

        assert_eq!((world.balance(ann).await, world.balance(bob).await), (90, 10));
        assert_eq!(world.transfer(ann, bob, 90).await, Code::Created, "memory agrees with the rows");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_are_posted_voided_and_expire() {
    for world in worlds() {
        let [ann, bob] = world.funded([100, 0]).await;
        let hold = |amount| Event {
            timeout_s: Some(60),
            ..Event::hold(world.id(), ann, bob, amount, Currency::EUR)
        };
        let (first, second, third) = (hold(40), hold(30), hold(20));
        for event in [&first, &second, &third] {
            assert_eq!(world.post(event.clone()).await, Code::Created);
        }
        assert_eq!(world.transfer(ann, bob, 11).await, Code::InsufficientFunds, "ten are left");

        assert_eq!(world.post(Event::post(world.id(), first.id, Currency::EUR)).await, Code::Created);
        assert_eq!(world.post(Event::void(world.id(), second.id, Currency::EUR)).await, Code::Created);
        assert_eq!(
            world.post(Event::void(world.id(), second.id, Currency::EUR)).await,
            Code::PendingAlreadyVoided
        );
        world.clock.advance_seconds(61);
        world.ledger.tick().await.unwrap();
        assert_eq!(world.post(Event::post(world.id(), third.id, Currency::EUR)).await, Code::PendingExpired);

        assert_eq!((world.balance(ann).await, world.balance(bob).await), (60, 40));
        assert_eq!(world.hold_state(third.id).await, Some(HoldState::Expired));
        assert_eq!(world.hold_state(first.id).await, Some(HoldState::Posted));
        assert_eq!(world.transfer(ann, bob, 60).await, Code::Created, "nothing is reserved any more");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reversal_gives_back_no_more_than_was_moved() {
    for world in worlds() {
        let [ann, bob] = world.funded([100, 0]).await;
        let original = world.event(ann, bob, 60);
        world.post(original.clone()).await;
        let back = |amount| Event::reversal(world.id(), original.id, amount, Currency::EUR);

        assert_eq!(world.post(back(40)).await, Code::Created);
        assert_eq!(world.post(back(21)).await, Code::ExceedsReversible);
        assert_eq!(world.post(back(20)).await, Code::Created);

        assert_eq!((world.balance(ann).await, world.balance(bob).await), (100, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clients_own_id_is_a_key_for_ever() {
    for world in worlds() {
        let [ann, bob] = world.funded([100, 0]).await;
        let event = Event { fresh: false, ..world.event(ann, bob, 60) };
        let too_much = Event { fresh: false, ..world.event(ann, bob, 60) };

        assert_eq!(world.post(event.clone()).await, Code::Created);
        assert_eq!(world.post(event.clone()).await, Code::Exists);
        assert_eq!(world.post(Event { amount: 61, ..event.clone() }).await, Code::ExistsWithDifferentAmount);
        assert_eq!(world.post(too_much.clone()).await, Code::InsufficientFunds);
        world.transfer(bob, ann, 60).await;
        assert_eq!(world.post(too_much.clone()).await, Code::InsufficientFunds, "a refusal is for ever");

        assert_eq!(world.balance(ann).await, 100);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn past_balances_are_found_among_hundreds_of_entries() {
    for world in worlds() {
        let [ann, bob] = world.funded([1_000_000, 0]).await;
        let mut seen = Vec::new();
        for amount in 1..=200 {
            world.clock.advance_seconds(1);
            world.transfer(ann, bob, amount).await;
            seen.push((world.db.env().now(), world.balance(bob).await));
        }

        for (at, balance) in seen.iter().step_by(17) {
            let (ledger, at) = (world.ledger.clone(), *at);
            let found = world.db.read(move |r| ledger.balance_as_of(r, bob, at)).await.unwrap().unwrap();
            assert_eq!(found.credits_posted - found.debits_posted, *balance, "as of {at}");
        }
        let (ledger, before) = (world.ledger.clone(), world.start);
        let nothing = world.db.read(move |r| ledger.balance_as_of(r, bob, before)).await.unwrap().unwrap();
        assert_eq!(nothing.credits_posted, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn frozen_closed_and_limited_accounts_refuse() {
    for world in worlds() {
        let [ann, bob] = world.funded([100, 0]).await;

        world.control(bob, Control::FreezeCredits(true)).await.unwrap();
        assert_eq!(world.transfer(ann, bob, 1).await, Code::CreditAccountFrozen);
        world.control(bob, Control::FreezeCredits(false)).await.unwrap();
        world.control(bob, Control::Ceiling(Some(5))).await.unwrap();
        assert_eq!(world.transfer(ann, bob, 6).await, Code::ExceedsCeiling);
        assert_eq!(world.transfer(ann, bob, 5).await, Code::Created);
        assert!(world.control(bob, Control::Close).await.is_err(), "it holds money");
        world.transfer(bob, ann, 5).await;
        world.control(bob, Control::Close).await.unwrap();
        assert_eq!(world.transfer(ann, bob, 1).await, Code::CreditAccountClosed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_period_takes_no_entries() {
    for world in worlds() {
        let [ann, bob] = world.funded([100, 0]).await;
        let today = world.ledger.business_date(world.db.env().now());
        let (ledger, permit) = (
            world.ledger.clone(),
            Actor::system("test").permit(Action::ClosePeriod, Resource::kind("ledger")).unwrap(),
        );

        let closed = world.db.write(permit, move |tx| ledger.close_period(tx, today)).await.unwrap();

        assert!(closed);
        assert_eq!(world.transfer(ann, bob, 1).await, Code::PeriodClosed);
        world.clock.advance_seconds(86_400);
        assert_eq!(world.transfer(ann, bob, 1).await, Code::Created);
        let back_dated = Event { effective_date: Some(today), ..world.event(ann, bob, 1) };
        assert_eq!(world.post(back_dated).await, Code::PeriodClosed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_is_there_after_a_restart() {
    for world in worlds() {
        let [ann, bob] = world.funded([1_000, 0]).await;
        for _ in 0..100 {
            world.transfer(ann, bob, 3).await;
        }
        let before = (world.balance(ann).await, world.balance(bob).await);

        let again = World::reopen(world);

        assert_eq!((again.balance(ann).await, again.balance(bob).await), before);
        assert_eq!(again.transfer(bob, ann, 300).await, Code::Created);
        assert_eq!(again.balance(bob).await, 0);
    }
}
