//! The services, over both engines.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod guesses;
mod passwords;
mod world;

use std::sync::Arc;

use florin_db::{DbError, Reader};
use florin_identity::{ChangeProfile, Cost, Error, LocalRevocations};
use florin_kernel::{Actor, Denied, Origin, Role};
use secrecy::ExposeSecret as _;
use world::{PASSWORD, Shared, World, actor, password, person, refresh_token, worlds, worlds_with};

const ADA: &str = "ada@example.org";

#[tokio::test(flavor = "multi_thread")]
async fn registering_twice_gives_the_same_answer_and_one_account() {
    for world in worlds() {
        let first = world.identity.register(&world.stranger(), person(ADA)).await.unwrap();
        let again = world.identity.register(&world.stranger(), person("ADA@Example.org")).await.unwrap();

        assert_eq!((first.email.key(), &first.full_name), (again.email.key(), &again.full_name));
        assert_ne!(first.id, again.id, "an id that is nobody's looks like any other");
        assert_eq!(world.count("SELECT COUNT(*) FROM identity_user").await, 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM identity_user_role WHERE role = 'customer'").await, 1);
        let kinds: Vec<_> =
            world.letters().await.into_iter().map(|letter| (letter.kind, letter.to)).collect();
        assert_eq!(kinds, [("verify", ADA.to_owned()), ("already_registered", ADA.to_owned())]);
        let trail = world.trail().await;
        assert_eq!(trail[0], ("user.register".to_owned(), "success".to_owned(), None));
        assert_eq!(
            trail[1],
            ("user.register".to_owned(), "failure".to_owned(), Some("email_taken".to_owned()))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_register_one_address_at_once_make_one_account() {
    for world in worlds() {
        let world = Arc::new(world);
        let asked: Vec<_> = (0..10)
            .map(|_| {
                let world = Arc::clone(&world);
                tokio::spawn(async move { world.identity.register(&world.stranger(), person(ADA)).await })
            })
            .collect();
        for asked in asked {
            asked.await.unwrap().unwrap();
        }

        assert_eq!(world.count("SELECT COUNT(*) FROM identity_user").await, 1);
        assert_eq!(world.letters().await.iter().filter(|letter| letter.kind == "verify").count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn weak_passwords_are_refused_before_anything_is_written() {
    for world in worlds() {
        let weak = florin_identity::NewPerson { password: password("passwordpassword"), ..person(ADA) };

        let refusal = world.identity.register(&world.stranger(), weak).await;

        assert!(matches!(refusal, Err(Error::WeakPassword(_))));
        assert_eq!(world.count("SELECT COUNT(*) FROM identity_user").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_proved_once_and_the_next_request_knows() {
    for world in worlds() {
        world.identity.register(&world.stranger(), person(ADA)).await.unwrap();
        let signed_in = world.login(ADA).await;
        assert!(!signed_in.user.verified);
        assert!(!is_verified(&world.actor(&signed_in).await));
        let proof = world.last_letter(ADA).await.unwrap().proof.unwrap();

        world.identity.verify_email(&world.stranger(), &proof).await.unwrap();
        let again = world.identity.verify_email(&world.stranger(), &proof).await;

        assert!(is_verified(&world.actor(&signed_in).await), "the same token, without waiting");
        assert!(matches!(again, Err(Error::InvalidVerification)));
        assert_eq!(world.last_letter(ADA).await.unwrap().kind, "welcome");
    }
}

fn is_verified(actor: &Actor) -> bool {
    matches!(actor.principal(), florin_kernel::Principal::User { verified: true, .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_worth_nothing_when_it_is_late_or_another_was_sent() {
    for world in worlds() {
        world.identity.register(&world.stranger(), person(ADA)).await.unwrap();
        let first = world.last_letter(ADA).await.unwrap().proof.unwrap();
        let email = ADA.parse().unwrap();

        world.identity.resend_verification(&world.stranger(), &email).await.unwrap();
        assert_eq!(world.letters().await.len(), 1, "not again within a minute");
        world.clock.advance_seconds(61);
        world.identity.resend_verification(&world.stranger(), &email).await.unwrap();
        let second = world.last_letter(ADA).await.unwrap().proof.unwrap();
        let voided = world.identity.verify_email(&world.stranger(), &first).await;
        world.clock.advance_seconds(24 * 60 * 60);
        let late = world.identity.verify_email(&world.stranger(), &second).await;

        assert_ne!(first, second);
        assert!(matches!(voided, Err(Error::InvalidVerification)));
        assert!(matches!(late, Err(Error::InvalidVerification)));
        let nobody = "nobody@example.org".parse().unwrap();
        assert!(world.identity.resend_verification(&world.stranger(), &nobody).await.is_ok());
        assert_eq!(world.letters().await.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_cannot_sign_in_learns_nothing_and_leaves_a_trace() {
    for world in worlds() {
        world.customer(ADA).await;
        let tries = [
            (ADA, "velvet tundra orbit"),
            ("eve@example.org", PASSWORD),
            ("no address", PASSWORD),
            (ADA, ""),
        ];
        for (email, text) in tries {
            let refusal = world.identity.login(&world.stranger(), email, &password(text)).await.unwrap_err();
            assert!(matches!(refusal, Error::InvalidCredentials), "{email}: {refusal}");
        }

        let failed =
            ("session.login".to_owned(), "failure".to_owned(), Some("invalid_credentials".to_owned()));
        assert_eq!(world.trail().await.iter().filter(|record| **record == failed).count(), tries.len());
        assert_eq!(world.count("SELECT COUNT(*) FROM identity_session").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_makes_an_actor_with_the_roles_of_the_database() {
    for world in worlds() {
        let id = world.customer("Ada@Example.org").await;

        let signed_in = world.login(" ADA@example.org ").await;
        let actor = world.actor(&signed_in).await;

        assert_eq!((actor.user(), actor.session()), (Some(id), Some(signed_in.session)));
        assert_eq!(actor.roles(), [Role::Customer]);
        assert_eq!(signed_in.tokens().unwrap().expires_in_seconds, 900);
        assert_eq!(signed_in.user, world.identity.profile(&actor, id).await.unwrap());
        assert_eq!(
            world
                .count(
                    "SELECT COUNT(*) FROM identity_session WHERE ip = '192.0.2.7' AND user_agent = 'test/1'"
                )
                .await,
            1
        );
        let refusal = world.identity.login(&actor, ADA, &password(PASSWORD)).await;
        assert!(matches!(refusal, Err(Error::Denied(_))), "who is signed in does not sign in");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_dies_with_its_time() {
    for world in worlds() {
        world.customer(ADA).await;
        let signed_in = world.login(ADA).await;
        world.actor(&signed_in).await;

        world.clock.advance_seconds(904);
        let within_the_leeway = actor(&world.identity, &signed_in).await;
        world.clock.advance_seconds(1);
        let after = actor(&world.identity, &signed_in).await;

        assert!(within_the_leeway.is_ok());
        assert!(matches!(after, Err(Error::InvalidAccessToken(_))));
        let garbage = world.identity.authenticate("garbage", Origin::default()).await;
        assert!(matches!(garbage, Err(Error::InvalidAccessToken(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_every_token_of_the_sign_in_at_once_and_no_other() {
    for world in worlds() {
        world.customer(ADA).await;
        let (leaves, stays) = (world.login(ADA).await, world.login(ADA).await);
        let leaving = world.actor(&leaves).await;
        let next = world.identity.refresh(&world.stranger(), &refresh_token(&leaves)).await.unwrap();

        world.identity.logout(&leaving).await.unwrap();

        for token in [&leaves, &next] {
            assert!(matches!(actor(&world.identity, token).await, Err(Error::SessionEnded)));
        }
        let refreshed = world.identity.refresh(&world.stranger(), &refresh_token(&next)).await;
        assert!(matches!(refreshed, Err(Error::InvalidRefreshToken)));
        assert!(actor(&world.identity, &stays).await.is_ok());
        let restarted = world.another_process(Arc::new(LocalRevocations::default()));
        assert!(
            matches!(actor(&restarted, &leaves).await, Err(Error::SessionEnded)),
            "a restart revives nothing"
        );
        let stranger = world.identity.logout(&world.stranger()).await;
        assert!(matches!(stranger, Err(Error::Denied(Denied::Unauthenticated))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_sign_ins_can_be_ended_together() {
    for world in worlds() {
        world.customer(ADA).await;
        let sign_ins = [world.login(ADA).await, world.login(ADA).await, world.login(ADA).await];
        let me = world.actor(&sign_ins[0]).await;

        assert_eq!(world.identity.logout_all(&me).await.unwrap(), 3);

        for signed_in in &sign_ins {
            assert!(matches!(actor(&world.identity, signed_in).await, Err(Error::SessionEnded)));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_learns_of_an_end_within_the_recheck_or_at_once_by_a_shared_filter() {
    for world in worlds() {
        world.customer(ADA).await;
        let signed_in = world.login(ADA).await;
        let shared = Arc::new(Shared::default());
        let (here, there) = (world.another_process(shared.clone()), world.another_process(shared));
        let apart = world.another_process(Arc::new(LocalRevocations::default()));
        for process in [&here, &there, &apart] {
            actor(process, &signed_in).await.unwrap();
        }

        here.logout(&actor(&here, &signed_in).await.unwrap()).await.unwrap();

        assert!(matches!(actor(&there, &signed_in).await, Err(Error::SessionEnded)));
        assert!(actor(&apart, &signed_in).await.is_ok(), "it remembers for a few seconds");
        world.clock.advance_seconds(5);
        assert!(matches!(actor(&apart, &signed_in).await, Err(Error::SessionEnded)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_works_once_and_its_second_use_ends_the_sign_in() {
    for world in worlds() {
        world.customer(ADA).await;
        let first = world.login(ADA).await;
        let second = world.identity.refresh(&world.stranger(), &refresh_token(&first)).await.unwrap();
        assert_ne!(refresh_token(&first), refresh_token(&second));
        assert_eq!(world.actor(&second).await.session(), Some(first.session));

        world.clock.advance_seconds(5);
        let reused = world.identity.refresh(&world.stranger(), &refresh_token(&first)).await;

        assert!(matches!(reused, Err(Error::InvalidRefreshToken)));
        let heir = world.identity.refresh(&world.stranger(), &refresh_token(&second)).await;
        assert!(matches!(heir, Err(Error::InvalidRefreshToken)), "the successor is dead too");
        for token in [&first, &second] {
            assert!(matches!(actor(&world.identity, token).await, Err(Error::SessionEnded)));
        }
        let event =
            ("session.refresh".to_owned(), "failure".to_owned(), Some("authn_token_reuse".to_owned()));
        assert!(world.trail().await.contains(&event));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_lost_the_answer_gets_the_same_successor_within_the_grace() {
    for world in worlds() {
        world.customer(ADA).await;
        let first = world.login(ADA).await;
        let second = world.identity.refresh(&world.stranger(), &refresh_token(&first)).await.unwrap();

        world.clock.advance_seconds(4);
        let again = world.identity.refresh(&world.stranger(), &refresh_token(&first)).await.unwrap();

        assert_eq!(refresh_token(&again), refresh_token(&second));
        let third = world.identity.refresh(&world.stranger(), &refresh_token(&second)).await.unwrap();
        let two_back = world.identity.refresh(&world.stranger(), &refresh_token(&first)).await;
        assert!(
            matches!(two_back, Err(Error::InvalidRefreshToken)),
            "two generations back is theft, however soon"
        );
        let dead = world.identity.refresh(&world.stranger(), &refresh_token(&third)).await;
        assert!(matches!(dead, Err(Error::InvalidRefreshToken)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_refreshes_at_once_leave_one_live_successor() {
    for world in worlds() {
        world.customer(ADA).await;
        let token = refresh_token(&world.login(ADA).await);
        let world = Arc::new(world);
        let asked: Vec<_> = (0..50)
            .map(|_| {
                let (world, token) = (Arc::clone(&world), token.clone());
                tokio::spawn(async move { world.identity.refresh(&world.stranger(), &token).await })
            })
            .collect();
        let mut successors = Vec::new();
        for asked in asked {
            successors.push(refresh_token(&asked.await.unwrap().unwrap()));
        }

        successors.sort_unstable();
        successors.dedup();
        assert_eq!(successors.len(), 1);
        assert_eq!(world.count("SELECT refresh_generation FROM identity_session").await, 1);
        assert!(world.identity.refresh(&world.stranger(), &successors[0]).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_does_not_outlive_its_time_however_often_it_is_refreshed() {
    for world in worlds_with(|settings| settings.session_seconds = 1000) {
        world.customer(ADA).await;
        let first = world.login(ADA).await;
        world.clock.advance_seconds(600);
        let second = world.identity.refresh(&world.stranger(), &refresh_token(&first)).await.unwrap();
        assert_eq!(second.tokens().unwrap().expires_in_seconds, 400);

        world.clock.advance_seconds(400);
        let third = world.identity.refresh(&world.stranger(), &refresh_token(&second)).await;

        assert!(matches!(third, Err(Error::InvalidRefreshToken)));
        assert!(actor(&world.identity, &second).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_sign_in_makes_room_for_one_too_many() {
    for world in worlds_with(|settings| settings.sessions_max = 2) {
        world.customer(ADA).await;
        let oldest = world.login(ADA).await;
        world.actor(&oldest).await;
        world.clock.advance_seconds(1);
        let (middle, newest) = (world.login(ADA).await, world.login(ADA).await);

        assert!(matches!(actor(&world.identity, &oldest).await, Err(Error::SessionEnded)));
        assert!(actor(&world.identity, &middle).await.is_ok());
        assert!(actor(&world.identity, &newest).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_change_with_the_next_request_and_nobody_changes_their_own() {
    for world in worlds() {
        let operator = Actor::system("test");
        let admin =
            world.identity.create_staff(&operator, person("root@example.org"), &[Role::Admin]).await.unwrap();
        let ada = world.customer(ADA).await;
        let signed_in = world.login(ADA).await;
        assert_eq!(world.actor(&signed_in).await.roles(), [Role::Customer]);
        let boss = world.actor(&world.login("root@example.org").await).await;

        let roles = [Role::Teller, Role::Customer, Role::Teller];
        let profile = world.identity.set_roles(&boss, ada, &roles).await.unwrap();

        assert_eq!(profile.roles, [Role::Customer, Role::Teller]);
        assert_eq!(world.actor(&signed_in).await.roles(), [Role::Customer, Role::Teller]);
        let own = world.identity.set_roles(&boss, admin, &[Role::Teller]).await;
        assert!(matches!(own, Err(Error::Denied(_))));
        let by_customer = world.identity.set_roles(&world.actor(&signed_in).await, admin, &[]).await;
        assert!(matches!(by_customer, Err(Error::Denied(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_are_verified_at_once_and_cannot_take_an_address() {
    for world in worlds() {
        let operator = Actor::system("test");
        assert!(!world.identity.has_admin().await.unwrap());
        world.identity.create_staff(&operator, person(ADA), &[Role::Admin]).await.unwrap();
        assert!(world.identity.has_admin().await.unwrap());

        let taken = world.identity.create_staff(&operator, person(ADA), &[Role::Teller]).await;
        let by_stranger =
            world.identity.create_staff(&world.stranger(), person("eve@example.org"), &[Role::Admin]).await;

        assert!(world.login(ADA).await.user.verified);
        assert!(matches!(taken, Err(Error::EmailTaken)));
        assert!(matches!(by_stranger, Err(Error::Denied(Denied::Unauthenticated))));
        assert!(world.letters().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_read_and_change_their_own_profile_only() {
    for world in worlds() {
        let (ada, eve) = (world.customer(ADA).await, world.customer("eve@example.org").await);
        let me = world.actor(&world.login(ADA).await).await;

        let change = ChangeProfile { full_name: Some("Ada King".parse().unwrap()), phone: Some(None) };
        let changed = world.identity.change_profile(&me, ada, change.clone()).await.unwrap();

        assert_eq!((changed.full_name.as_str(), &changed.phone), ("Ada King", &None));
        assert_eq!(changed, world.identity.profile(&me, ada).await.unwrap());
        assert!(matches!(world.identity.profile(&me, eve).await, Err(Error::Denied(_))));
        assert!(matches!(world.identity.change_profile(&me, eve, change).await, Err(Error::Denied(_))));
        let untouched = world.identity.change_profile(&me, ada, ChangeProfile::default()).await.unwrap();
        assert_eq!(untouched, changed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_of_yesterdays_cost_is_made_anew_at_the_next_sign_in() {
    for world in worlds() {
        world.customer(ADA).await;
        let mut settings = world.settings.clone();
        settings.hashing.cost = Cost::DEFAULT;
        let World { db, .. } = &world;
        let costlier = world.another_process_with(&settings);

        costlier.login(&world.stranger(), ADA, &password(PASSWORD)).await.unwrap();

        let read = |reader: &mut Reader<'_>| {
            reader.row("SELECT password_hash FROM identity_user", &[])?.unwrap().get::<String>(0)
        };
        let hash = db.read::<_, DbError, _>(read).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        costlier.login(&world.stranger(), ADA, &password(PASSWORD)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_holds_no_secret_that_signs_anybody_in() {
    for world in worlds() {
        world.identity.register(&world.stranger(), person(ADA)).await.unwrap();
        let proof = world.last_letter(ADA).await.unwrap().proof.unwrap();
        let signed_in = world.login(ADA).await;
        let secrets = [
            PASSWORD.to_owned(),
            proof,
            refresh_token(&signed_in),
            signed_in.tokens().unwrap().access_token.expose_secret().to_owned(),
            "4155550123".to_owned(),
        ];

        let read = |reader: &mut Reader<'_>| {
            let mut found = String::new();
            for sql in [
                "SELECT email, full_name, phone, password_hash, status FROM identity_user",
                "SELECT amr, ip, user_agent, amr, amr FROM identity_session",
                "SELECT action, error, detail, ip, user_agent FROM audit_record",
            ] {
                for row in reader.rows(sql, &[])? {
                    for index in 0..5 {
                        found.push_str(&row.get::<Option<String>>(index)?.unwrap_or_default());
                        found.push('\n');
                    }
                }
            }
            for sql in
                ["SELECT refresh_hash FROM identity_session", "SELECT token_hash FROM identity_verification"]
            {
                for row in reader.rows(sql, &[])? {
                    let bytes: Vec<u8> = row.get(0)?;
                    assert_eq!(bytes.len(), 32);
                    found.push_str(&String::from_utf8_lossy(&bytes));
                }
            }
            Ok::<_, DbError>(found)
        };
        let stored = world.db.read(read).await.unwrap();

        assert!(stored.contains("$argon2id$"));
        let printed = format!("{signed_in:?} {:?}", person(ADA));
        for secret in secrets {
            assert!(!stored.contains(&secret) && !printed.contains(&secret));
        }
        assert!(!printed.contains("ada@") && !printed.contains("Lovelace"));
    }
}
