//! Guessing at passwords: who is stopped, when, and who is not.

use std::sync::Arc;

use florin_db::{DbError, Tx};
use florin_identity::{Error, ForgetFailures, HashWork, Lockout};
use florin_kernel::{Action, Actor, Resource, Role};

use crate::passwords::is_refused;
use crate::world::{PASSWORD, person, worlds, worlds_with};

const ADA: &str = "ada@example.org";
const EVE: &str = "eve@example.org";
const OTHER: &str = "copper meadow quartz ribbon";
const WRONG: &str = "another tundra orbit lantern";

#[tokio::test(flavor = "multi_thread")]
async fn every_refused_sign_in_is_one_check_whoever_it_is_for() {
    for world in worlds() {
        world.customer(ADA).await;
        world.customer(EVE).await;
        world.fails(&world.stranger_at("198.51.100.1", None), EVE, 5).await;
        let work = async |email: &str, text: &str| {
            let HashWork { checked, hashed, .. } = world.identity.hash_work();
            let answer = world.tries(&world.stranger_at("198.51.100.2", None), email, text).await;
            assert!(is_refused(&answer));
            let after = world.identity.hash_work();
            (after.checked - checked, after.hashed - hashed)
        };

        for (email, text) in [
            (ADA, WRONG),
            ("nobody@example.org", WRONG),
            ("no address", WRONG),
            (EVE, WRONG),
            (EVE, PASSWORD),
        ] {
            assert_eq!(work(email, text).await, (1, 0), "{email} {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_failures_close_an_account_until_the_lock_ends_and_its_owner_is_told_once() {
    for world in worlds() {
        world.customer(ADA).await;
        world.fails(&world.stranger(), ADA, 5).await;

        assert!(is_refused(&world.tries(&world.stranger(), ADA, PASSWORD).await), "the right one, too");
        world.fails(&world.stranger(), ADA, 5).await;
        assert_eq!(world.letters_of("locked").await, 1);
        world.clock.advance_seconds(30 * 60 - 1);
        assert!(is_refused(&world.tries(&world.stranger(), ADA, PASSWORD).await));
        world.clock.advance_seconds(1);
        world.login(ADA).await;
        assert_eq!(
            world.count("SELECT COUNT(*) FROM identity_lockout").await,
            0,
            "a success sets everything back"
        );
        let locked = ("session.login".to_owned(), "failure".to_owned(), Some("account_locked".to_owned()));
        assert!(world.trail().await.contains(&locked));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_guesses_at_once_are_all_counted_and_five_are_checked() {
    for world in worlds() {
        world.customer(ADA).await;
        let before = world.identity.hash_work();
        let world = Arc::new(world);
        let asked: Vec<_> = (0..50)
            .map(|n| {
                let world = Arc::clone(&world);
                tokio::spawn(async move {
                    let stranger = world.stranger_at(&format!("198.51.100.{n}"), None);
                    world.tries(&stranger, ADA, WRONG).await
                })
            })
            .collect();
        for asked in asked {
            assert!(is_refused(&asked.await.unwrap()));
        }

        let after = world.identity.hash_work();
        assert_eq!(after.checked - before.checked, 50, "each costs the same");
        assert_eq!(after.checked_of_somebody - before.checked_of_somebody, 5);
        assert_eq!(world.counted().await, 50);
        assert_eq!(world.letters_of("locked").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn right_sign_ins_at_once_are_no_failures() {
    for world in worlds() {
        world.customer(ADA).await;
        let world = Arc::new(world);
        let asked: Vec<_> = (0..12)
            .map(|_| {
                let world = Arc::clone(&world);
                tokio::spawn(async move { world.tries(&world.stranger(), ADA, PASSWORD).await })
            })
            .collect();
        for asked in asked {
            asked.await.unwrap().unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_cannot_lock_an_account_on_a_device_that_it_knows() {
    for world in worlds() {
        world.customer(ADA).await;
        let home = || world.stranger_at("203.0.113.5", Some("phone"));
        world.tries(&home(), ADA, PASSWORD).await.unwrap();
        world.fails(&world.stranger_at("198.51.100.1", None), ADA, 9).await;

        world.tries(&home(), ADA, PASSWORD).await.unwrap();
        for (ip, device) in
            [("203.0.113.5", None), ("203.0.113.5", Some("other")), ("203.0.113.6", Some("phone"))]
        {
            let stranger = world.stranger_at(ip, device);
            assert!(is_refused(&world.tries(&stranger, ADA, PASSWORD).await), "{ip} {device:?}");
        }
        world.fails(&home(), ADA, 5).await;
        assert!(
            is_refused(&world.tries(&home(), ADA, PASSWORD).await),
            "a device is no way to guess, either"
        );
        assert_eq!(world.letters_of("locked").await, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_devices_success_does_not_help_the_stranger_who_guesses() {
    for world in worlds() {
        world.customer(ADA).await;
        let home = || world.stranger_at("203.0.113.5", Some("phone"));
        world.tries(&home(), ADA, PASSWORD).await.unwrap();
        let stranger = |n: u32| world.stranger_at(&format!("198.51.100.{n}"), None);
        world.fails(&stranger(1), ADA, 4).await;
        world.tries(&home(), ADA, PASSWORD).await.unwrap();
        world.fails(&stranger(2), ADA, 1).await;

        assert!(is_refused(&world.tries(&stranger(3), ADA, PASSWORD).await));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_keeps_failing_waits_ever_longer() {
    for world in worlds_with(|s| s.lockout = Lockout { failures_max: 0, ..Lockout::default() }) {
        world.customer(ADA).await;
        let there = || world.stranger_at("2001:db8:1:2:aaaa::1", None);
        world.fails(&there(), ADA, 6).await;

        assert!(is_refused(&world.tries(&there(), ADA, PASSWORD).await), "two seconds");
        let neighbour = world.stranger_at("2001:db8:1:2:bbbb::9", None);
        assert!(is_refused(&world.tries(&neighbour, ADA, PASSWORD).await), "the same network");
        world.clock.advance_seconds(2);
        world.fails(&there(), ADA, 1).await;
        world.clock.advance_seconds(3);
        assert!(is_refused(&world.tries(&there(), ADA, PASSWORD).await), "four seconds");
        world.tries(&world.stranger_at("2001:db8:1:3::1", None), ADA, PASSWORD).await.unwrap();
        world.clock.advance_seconds(1);
        world.tries(&there(), ADA, PASSWORD).await.unwrap();
        assert_eq!(world.letters_of("locked").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_is_told_where_that_is_wanted_and_alike_for_nobody() {
    for world in worlds_with(|s| s.lockout.reveal = true) {
        world.customer(ADA).await;
        for email in [ADA, "nobody@example.org", "no address"] {
            world.fails(&world.stranger(), email, 5).await;
            for text in [PASSWORD, WRONG] {
                let locked = world.tries(&world.stranger(), email, text).await;
                assert!(
                    matches!(locked, Err(Error::Locked { retry_after_seconds: 1_800 })),
                    "{email} {locked:?}"
                );
            }
        }
        assert_eq!(world.letters_of("locked").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_or_an_administrator_opens_a_closed_account() {
    for world in worlds() {
        let id = world.customer(ADA).await;
        let root = person("root@example.org");
        world.identity.create_staff(&Actor::system("test"), root, &[Role::Admin]).await.unwrap();
        let boss = world.actor(&world.login("root@example.org").await).await;
        let me = world.actor(&world.login(ADA).await).await;
        world.fails(&world.stranger(), ADA, 5).await;

        assert!(world.identity.unlock(&boss, id).await.unwrap());
        world.login(ADA).await;
        assert!(!world.identity.unlock(&boss, id).await.unwrap(), "it is open");
        assert!(matches!(world.identity.unlock(&world.stranger(), id).await, Err(Error::Denied(_))));
        let nobody = florin_kernel::UserId::from_uuid(florin_kernel::Uuid::from_u128(1));
        assert!(matches!(world.identity.unlock(&boss, nobody).await, Err(Error::UserNotFound(_))));
        let eve = world.customer(EVE).await;
        assert!(matches!(world.identity.unlock(&me, eve).await, Err(Error::Denied(_))));

        world.fails(&world.stranger(), ADA, 5).await;
        let token = world.reset_token(ADA).await.unwrap();
        world.reset(&token, OTHER).await.unwrap();
        world.tries(&world.stranger(), ADA, OTHER).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_fails_everywhere_is_suspected_and_blocked_where_that_is_wanted() {
    let blocking = Lockout {
        failures_max: 0,
        ip_failures_max: 5,
        ip_exempt: vec!["203.0.113.1".parse().unwrap()],
        ..Lockout::default()
    };
    for world in worlds_with(|s| s.lockout = blocking.clone()) {
        world.customer(ADA).await;
        let there = "198.51.100.7";
        for n in 0..4 {
            world.fails(&world.stranger_at(there, None), &format!("nobody-{n}@example.org"), 1).await;
        }
        let suspicion = world.identity.suspicion(there.parse().unwrap()).await;
        assert_eq!((suspicion.failures, suspicion.emails, suspicion.blocked), (4, 4, false));
        world.tries(&world.stranger_at(there, None), ADA, PASSWORD).await.unwrap();

        world.fails(&world.stranger_at(there, None), "nobody-0@example.org", 1).await;

        let suspicion = world.identity.suspicion(there.parse().unwrap()).await;
        assert_eq!((suspicion.failures, suspicion.emails, suspicion.blocked), (5, 4, true));
        let work = world.identity.hash_work();
        assert!(is_refused(&world.tries(&world.stranger_at(there, None), ADA, PASSWORD).await));
        assert_eq!(world.identity.hash_work(), work, "nothing is worked for a blocked address");
        world.tries(&world.stranger_at("198.51.100.8", None), ADA, PASSWORD).await.unwrap();
        world.fails(&world.stranger_at("203.0.113.1", None), EVE, 3).await;
        world.fails(&world.stranger_at("203.0.113.1", None), "nobody-1@example.org", 3).await;
        world.tries(&world.stranger_at("203.0.113.1", None), ADA, PASSWORD).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_of_long_ago_are_swept_and_locks_are_not() {
    for world in worlds() {
        world.customer(ADA).await;
        world.fails(&world.stranger(), "nobody@example.org", 5).await;
        let permit = || Actor::system("test").permit(Action::Operate, Resource::kind("job")).unwrap();
        let sweep = async || {
            let now = world.db.env().now();
            let add = move |tx: &mut Tx<'_>| florin_jobs::enqueue(tx, ForgetFailures::KIND, "", now);
            world.db.write::<_, DbError, _>(permit(), add).await.unwrap();
            world.run_jobs().await;
            world.count("SELECT COUNT(*) FROM identity_lockout").await
        };

        assert_eq!(sweep().await, 2);
        world.clock.advance_seconds(24 * 60 * 60 + 1);
        assert_eq!(sweep().await, 0);
    }
}
