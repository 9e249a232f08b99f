//! Second factors, over both engines.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![allow(clippy::allow_attributes, reason = "of the world that all tests share, each uses a part")]

#[path = "../services/world.rs"]
#[allow(dead_code, reason = "of the world that all tests share, each uses a part")]
mod world;

use std::sync::Arc;

use florin_identity::{Code, Error, Hold, MfaChallenge, SecondStep, SignedIn, StepUp};
use florin_kernel::{Actor, Denied, Origin, UserId};
use secrecy::{ExposeSecret as _, SecretString};
use totp_rs::{Algorithm, Builder, Secret};
use world::{PASSWORD, World, password, worlds, worlds_with};

const ADA: &str = "ada@example.org";
const EVE: &str = "eve@example.org";

/// Somebody with an authenticator app.
struct Enrolled {
    user: UserId,
    app: App,
    backup: Vec<String>,
    signed_in: SignedIn,
}

/// Another implementation's view of the secret: what an app on a telephone does.
struct App(totp_rs::Totp);

impl App {
    fn scanning(base32: &str) -> Self {
        let secret = Secret::try_from_base32(base32).unwrap();
        Self(
            Builder::new()
                .with_algorithm(Algorithm::SHA1)
                .with_digits(6)
                .with_secret(secret)
                .build_noncompliant(),
        )
    }

    fn code_at(&self, world: &World, offset_seconds: i64) -> Code {
        let now = world.db.env().now().as_second() + offset_seconds;
        Code::read(&self.0.generate(u64::try_from(now).unwrap()).to_string())
    }

    fn code(&self, world: &World) -> Code {
        self.code_at(world, 0)
    }

    /// A code that is not right, now and a step around.
    fn wrong(&self, world: &World) -> Code {
        let now = u64::try_from(world.db.env().now().as_second()).unwrap();
        let right: Vec<String> = (0..5).map(|n| self.0.generate(now + n * 30 - 60).to_string()).collect();
        let wrong = (0..10).map(|n| format!("{n:06}")).find(|code| !right.contains(code)).unwrap();
        Code::read(&wrong)
    }
}

async fn enrolled(world: &World, email: &str) -> Enrolled {
    let user = world.customer(email).await;
    let signed_in = world.login(email).await;
    let actor = world.actor(&signed_in).await;
    let enrolment = world.identity.set_up_totp(&actor).await.unwrap();
    let app = App::scanning(&enrolment.secret);
    let codes = world.identity.enable_totp(&actor, &app.code(world)).await.unwrap();
    let backup = codes.0.iter().map(|code| code.as_str().to_owned()).collect();
    world.clock.advance_seconds(30);
    Enrolled { user, app, backup, signed_in }
}

/// The first step of a person who has a second factor.
async fn first_step(world: &World, email: &str) -> MfaChallenge {
    match world.identity.login(&world.stranger(), email, &password(PASSWORD)).await {
        Err(Error::MfaRequired(challenge)) => *challenge,
        other => panic!("a second factor is asked for: {other:?}"),
    }
}

async fn second_step(world: &World, token: &SecretString, code: &Code) -> Result<SignedIn, Error> {
    let step = SecondStep { mfa_token: token.clone(), code: code.clone() };
    world.identity.login_second(&world.stranger(), step, Hold::Tokens).await
}

async fn login_with(world: &World, code: &Code) -> Result<SignedIn, Error> {
    world
        .identity
        .login_with_code(&world.stranger(), ADA, &password(PASSWORD), Some(code), Hold::Tokens)
        .await
}

fn is_wrong<T>(answer: &Result<T, Error>) -> bool {
    matches!(answer, Err(Error::InvalidCredentials))
}

/// The claims of an access token.
fn claims(token: &SecretString) -> serde_json::Value {
    use base64::Engine as _;
    let body = token.expose_secret().split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_set_up_by_its_first_code_and_asked_for_from_then_on() {
    for world in worlds() {
        let user = world.customer(ADA).await;
        let signed_in = world.login(ADA).await;
        let elsewhere = world.login(ADA).await;
        let actor = world.actor(&signed_in).await;

        let enrolment = world.identity.set_up_totp(&actor).await.unwrap();
        assert!(enrolment.provisioning_uri.contains(enrolment.secret.as_str()));
        assert!(enrolment.qr_code.starts_with("data:image/png;base64,"));
        assert!(!world.login(ADA).await.user.mfa, "it counts for nothing yet");
        let app = App::scanning(&enrolment.secret);
        assert!(is_wrong(&world.identity.enable_totp(&actor, &app.wrong(&world)).await.map(|_| ())));
        let codes = world.identity.enable_totp(&actor, &app.code(&world)).await.unwrap().0;

        assert_eq!(codes.len(), 10);
        let ended = world::actor(&world.identity, &elsewhere).await;
        assert!(matches!(ended, Err(Error::SessionEnded)), "other sign-ins end");
        let factors = world.identity.factors(&world.actor(&signed_in).await).await.unwrap();
        assert!(factors.totp && !factors.required && factors.backup_codes_left == 10);
        assert_eq!(world.last_letter(ADA).await.unwrap().proof.as_deref(), Some("On"));
        let challenge = first_step(&world, ADA).await;
        assert_eq!(
            challenge.methods.iter().map(|method| method.code()).collect::<Vec<_>>(),
            ["totp", "backup_code"]
        );
        assert!(
            is_wrong(&second_step(&world, &challenge.token, &app.code(&world)).await),
            "the code that enrolled"
        );
        world.clock.advance_seconds(30);
        let in_again = second_step(&world, &challenge.token, &app.code(&world)).await.unwrap();
        assert_eq!((in_again.user.id, in_again.user.mfa), (user, true));
        assert_eq!(
            claims(&in_again.tokens().unwrap().access_token)["amr"],
            serde_json::json!(["pwd", "otp", "mfa"])
        );
        let own = world.identity.refresh(&world.stranger(), world::refresh_token(&signed_in).as_str()).await;
        assert_eq!(
            claims(&own.unwrap().tokens().unwrap().access_token)["amr"],
            serde_json::json!(["pwd", "otp", "mfa"])
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_counts_once_and_twenty_at_once_are_one_sign_in() {
    for world in worlds() {
        let ada = enrolled(&world, ADA).await;
        let (code, world) = (ada.app.code(&world), Arc::new(world));
        let asked: Vec<_> = (0..20)
            .map(|_| {
                let (world, code) = (Arc::clone(&world), code.clone());
                tokio::spawn(async move { login_with(&world, &code).await })
            })
            .collect();
        let mut right = 0;
        for asked in asked {
            match asked.await.unwrap() {
                Ok(_) => right += 1,
                Err(Error::InvalidCredentials) => {}
                Err(other) => panic!("{other}"),
            }
        }

        assert_eq!(right, 1);
        assert!(is_wrong(&login_with(&world, &code).await));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_an_earlier_step_is_refused_after_a_later_one() {
    for world in worlds() {
        let ada = enrolled(&world, ADA).await;
        world.clock.advance_seconds(60);

        login_with(&world, &ada.app.code_at(&world, 30)).await.unwrap();

        assert!(is_wrong(&login_with(&world, &ada.app.code(&world)).await), "the step before the last used");
        world.clock.advance_seconds(60);
        login_with(&world, &ada.app.code_at(&world, -30)).await.unwrap_err();
        login_with(&world, &ada.app.code(&world)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_may_be_a_step_early_or_late_as_the_setting_says() {
    for (skew, good) in [(0, [false, true, false]), (1, [true, true, true])] {
        for world in worlds_with(|settings| settings.factors.totp_skew = skew) {
            let ada = enrolled(&world, ADA).await;
            world.clock.advance_seconds(300);
            for (offset, good) in [-30, 0, 30].into_iter().zip(good) {
                let answer = login_with(&world, &ada.app.code_at(&world, offset)).await;
                assert_eq!(answer.is_ok(), good, "skew {skew}, {offset} seconds");
            }
            world.clock.advance_seconds(300);
            for offset in [-60, 60] {
                assert!(is_wrong(&login_with(&world, &ada.app.code_at(&world, offset)).await), "{offset}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_codes_end_a_sign_in_that_waits_and_the_right_one_comes_too_late() {
    for world in worlds() {
        let ada = enrolled(&world, ADA).await;
        let challenge = first_step(&world, ADA).await;
        for _ in 0..5 {
            assert!(is_wrong(&second_step(&world, &challenge.token, &ada.app.wrong(&world)).await));
        }

        assert!(is_wrong(&second_step(&world, &challenge.token, &ada.app.code(&world)).await));
        let again = first_step(&world, ADA).await;
        assert!(second_step(&world, &again.token, &ada.app.code(&world)).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_wrong_codes_in_an_hour_close_the_way_by_codes_and_no_other() {
    for world in worlds() {
        let ada = enrolled(&world, ADA).await;
        for _ in 0..10 {
            assert!(is_wrong(&login_with(&world, &ada.app.wrong(&world)).await));
        }

        assert_eq!(world.last_letter(ADA).await.unwrap().proof.as_deref(), Some("CodesClosed"));
        assert!(is_wrong(&login_with(&world, &ada.app.code(&world)).await), "the right one, too");
        let letters = world.letters().await.len();
        assert!(is_wrong(&login_with(&world, &ada.app.wrong(&world)).await));
        assert_eq!(world.letters().await.len(), letters, "one letter");
        world.clock.advance_seconds(30 * 60);
        login_with(&world, &ada.app.code(&world)).await.unwrap();

        for _ in 0..10 {
            assert!(is_wrong(&login_with(&world, &ada.app.wrong(&world)).await));
        }
        login_with(&world, &Code::read(&ada.backup[0])).await.unwrap();
        world.clock.advance_seconds(30);
        login_with(&world, &ada.app.code(&world)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_wrong_codes_are_all_counted() {
    for world in worlds() {
        let ada = enrolled(&world, ADA).await;
        let (wrong, world) = (ada.app.wrong(&world), Arc::new(world));
        let asked: Vec<_> = (0..9)
            .map(|_| {
                let (world, wrong) = (Arc::clone(&world), wrong.clone());
                tokio::spawn(async move { login_with(&world, &wrong).await })
            })
            .collect();
        for asked in asked {
            assert!(is_wrong(&asked.await.unwrap()));
        }

        assert_eq!(world.count("SELECT wrong FROM identity_code_guard").await, 9);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_wrong_codes_in_a_row_close_the_way_until_something_else_is_proved() {
    for world in worlds() {
        let ada = enrolled(&world, ADA).await;
        for _ in 0..100 {
            world.clock.advance_seconds(3_600);
            assert!(is_wrong(&login_with(&world, &ada.app.wrong(&world)).await));
        }

        world.clock.advance_seconds(365 * 24 * 3_600);
        assert!(is_wrong(&login_with(&world, &ada.app.code(&world)).await));
        login_with(&world, &Code::read(&ada.backup[3])).await.unwrap();
        login_with(&world, &ada.app.code(&world)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_code_works_once_and_tells_how_many_are_left() {
    for world in worlds() {
        let ada = enrolled(&world, ADA).await;
        let code = Code::read(&ada.backup[0].to_lowercase().replace('-', " "));

        let signed_in = login_with(&world, &code).await.unwrap();

        assert_eq!(
            claims(&signed_in.tokens().unwrap().access_token)["amr"],
            serde_json::json!(["pwd", "backup_code", "mfa"])
        );
        assert!(is_wrong(&login_with(&world, &code).await));
        let letter = world.last_letter(ADA).await.unwrap();
        assert_eq!(letter.proof.as_deref(), Some("BackupCodeUsed { left: 9 }"));
        let actor = world.actor(&signed_in).await;
        assert_eq!(world.identity.factors(&actor).await.unwrap().backup_codes_left, 9);

        let eve = enrolled(&world, EVE).await;
        let foreign = Code::read(&eve.backup[0]);
        assert!(is_wrong(&login_with(&world, &foreign).await), "somebody else's");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_backup_code_at_once_in_twenty_places_is_one_sign_in() {
    for world in worlds() {
        let ada = enrolled(&world, ADA).await;
        let (code, world) = (Code::read(&ada.backup[5]), Arc::new(world));
        let asked: Vec<_> = (0..20)
            .map(|_| {
                let (world, code) = (Arc::clone(&world), code.clone());
                tokio::spawn(async move { login_with(&world, &code).await })
            })
            .collect();
        let mut right = 0;
        for asked in asked {
            right += usize::from(asked.await.unwrap().is_ok());
        }

        assert_eq!(right, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_backup_codes_are_given_for_password_and_a_fresh_factor_and_void_those_before() {
    for world in worlds() {
        let ada = enrolled(&world, ADA).await;
        let actor = world.actor(&ada.signed_in).await;
        let right = password(PASSWORD);

        let without = world.identity.renew_backup_codes(&actor, &right, None).await.map(|_| ());
        assert!(matches!(without, Err(Error::Denied(Denied::StepUpRequired))), "the password is not enough");
        let code = ada.app.code(&world);
        let wrong = password("velvet tundra orbit gardener");
        assert!(is_wrong(&world.identity.renew_backup_codes(&actor, &wrong, Some(&code)).await.map(|_| ())));
        let renewed = world.identity.renew_backup_codes(&actor, &right, Some(&code)).await.unwrap().0;

        assert_eq!(renewed.len(), 10);
        assert!(is_wrong(&login_with(&world, &Code::read(&ada.backup[0])).await));
        login_with(&world, &Code::read(&renewed[0])).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_waits_is_of_one_person_for_five_minutes_and_once() {
    for world in worlds() {
        let ada = enrolled(&world, ADA).await;
        let eve = enrolled(&world, EVE).await;
        world.clock.advance_seconds(60);

        let of_ada = first_step(&world, ADA).await;
        assert!(is_wrong(&second_step(&world, &of_ada.token, &eve.app.code(&world)).await), "another's code");
        let signed_in = second_step(&world, &of_ada.token, &ada.app.code(&world)).await.unwrap();
        assert_eq!(signed_in.user.id, ada.user);
        world.clock.advance_seconds(30);
        assert!(is_wrong(&second_step(&world, &of_ada.token, &ada.app.code(&world)).await), "used");

        let late = first_step(&world, ADA).await;
        world.clock.advance_seconds(300);
        assert!(is_wrong(&second_step(&world, &late.token, &ada.app.code(&world)).await), "too late");
        for nonsense in ["", "flm_", "flm_AAAA", "flr_AAAA", &format!("flm_{}", "A".repeat(43))] {
            let token = SecretString::from(nonsense.to_owned());
            assert!(is_wrong(&second_step(&world, &token, &ada.app.code(&world)).await), "{nonsense}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_a_challenge_opens_nothing_and_is_nowhere_in_the_database() {
    for world in worlds() {
        let ada = enrolled(&world, ADA).await;
        let challenge = first_step(&world, ADA).await;
        let token = challenge.token.expose_secret();

        let as_access = world.identity.authenticate(token, Origin::default()).await;
        let as_refresh = world.identity.refresh(&world.stranger(), token).await;
        let as_proof = world.identity.verify_email(&world.stranger(), token).await;

        assert!(matches!(as_access, Err(Error::InvalidAccessToken(_))));
        assert!(matches!(as_refresh, Err(Error::InvalidRefreshToken)));
        assert!(matches!(as_proof, Err(Error::InvalidVerification)));
        assert!(!format!("{challenge:?}").contains(token));
        let secret = world.db.read::<String, florin_db::DbError, _>(|reader| {
            reader.row("SELECT secret FROM identity_totp", &[])?.unwrap().get(0)
        });
        assert!(!secret.await.unwrap().contains(&ada.app.0.secret().to_base32()));
        assert_eq!(world.count("SELECT COUNT(*) FROM identity_session WHERE revoked_at_us IS NULL").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_waits_is_void_when_the_password_changes() {
    for world in worlds() {
        let ada = enrolled(&world, ADA).await;
        let challenge = first_step(&world, ADA).await;
        world
            .db
            .housekeeping::<_, florin_db::DbError, _>(|tx| {
                tx.execute("UPDATE identity_user SET password_hash = '$argon2id$other'", &[])
            })
            .await
            .unwrap();

        assert!(is_wrong(&second_step(&world, &challenge.token, &ada.app.code(&world)).await));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_turned_off_by_password_and_code_and_backup_codes_go_with_it() {
    for world in worlds() {
        let ada = enrolled(&world, ADA).await;
        let actor = world.actor(&ada.signed_in).await;
        let right = password(PASSWORD);
        let off = async |actor: &Actor, code: Option<&Code>| {
            world.identity.disable_totp(actor, Some(&right), code).await
        };

        assert!(matches!(off(&actor, None).await, Err(Error::Denied(Denied::StepUpRequired))));
        assert!(is_wrong(&off(&actor, Some(&ada.app.wrong(&world))).await));
        off(&actor, Some(&ada.app.code(&world))).await.unwrap();

        assert_eq!(world.last_letter(ADA).await.unwrap().proof.as_deref(), Some("Off"));
        assert_eq!(world.count("SELECT COUNT(*) FROM identity_backup_code").await, 0);
        assert!(!world.login(ADA).await.user.mfa);
        let again = world.identity.disable_totp(&actor, None, Some(&ada.app.code(&world))).await;
        assert!(is_wrong(&again), "there is nothing to prove");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_app_is_not_set_up_over_one_that_is_on() {
    for world in worlds() {
        let ada = enrolled(&world, ADA).await;
        let actor = world.actor(&ada.signed_in).await;

        assert!(matches!(world.identity.set_up_totp(&actor).await.map(|_| ()), Err(Error::MfaAlreadyOn)));
        let again = world.identity.enable_totp(&actor, &ada.app.code(&world)).await.map(|_| ());
        assert!(matches!(again, Err(Error::MfaAlreadyOn)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_waits_too_long_or_a_sign_in_that_is_old_sets_up_nothing() {
    for world in worlds() {
        world.customer(ADA).await;
        let actor = world.actor(&world.login(ADA).await).await;
        let enrolment = world.identity.set_up_totp(&actor).await.unwrap();
        let app = App::scanning(&enrolment.secret);

        world.clock.advance_seconds(14 * 60);
        assert!(matches!(
            world.identity.set_up_totp(&actor).await.map(|_| ()),
            Err(Error::Denied(Denied::StepUpRequired))
        ));
        world.clock.advance_seconds(60);
        let late = world.identity.enable_totp(&actor, &app.code(&world)).await.map(|_| ());
        assert!(matches!(late, Err(Error::NoEnrolment)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stepping_up_takes_the_password_or_where_a_second_factor_is_on_that() {
    for world in worlds() {
        let ada = enrolled(&world, ADA).await;
        world.customer(EVE).await;
        let plain = world.actor(&world.login(EVE).await).await;
        let strong = world.actor(&ada.signed_in).await;
        let (by_password, by_code) =
            (StepUp::Password(password(PASSWORD)), StepUp::Code(ada.app.code(&world)));

        let step = world.identity.step_up(&plain, by_password.clone()).await.unwrap();
        let mine = world.identity.step_up(&strong, by_code.clone()).await.unwrap();

        assert!(matches!(
            world.identity.step_up(&strong, by_password).await,
            Err(Error::OtherFactor("code"))
        ));
        assert!(matches!(
            world.identity.step_up(&plain, by_code.clone()).await,
            Err(Error::OtherFactor("password"))
        ));
        assert!(is_wrong(&world.identity.step_up(&strong, by_code).await), "a code counts once here, too");
        assert!(is_wrong(&world.identity.step_up(&plain, StepUp::Password(password("velvet tundra"))).await));
        for (stepped_up, before) in [(step, &plain), (mine, &strong)] {
            assert_eq!(stepped_up.expires_in_seconds, 300);
            let token = stepped_up.access_token.expose_secret();
            let actor = world.identity.authenticate(token, Origin::default()).await.unwrap();
            let now = world.db.env().now();
            assert_eq!((actor.user(), actor.session()), (before.user(), before.session()));
            assert_eq!(actor.must_have_stepped_up(now), Ok(()));
            assert_eq!(
                before.must_have_stepped_up(now),
                Err(Denied::StepUpRequired),
                "the token before is as it was"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_a_sign_in_cannot_guess_its_password_by_stepping_up() {
    for world in worlds() {
        world.customer(ADA).await;
        let actor = world.actor(&world.login(ADA).await).await;
        for _ in 0..10 {
            assert!(is_wrong(
                &world.identity.step_up(&actor, StepUp::Password(password("velvet tundra"))).await
            ));
        }

        let right = world.identity.step_up(&actor, StepUp::Password(password(PASSWORD))).await;

        assert!(is_wrong(&right), "the way is closed");
        assert_eq!(world.last_letter(ADA).await.unwrap().proof.as_deref(), Some("CodesClosed"));
        world.clock.advance_seconds(30 * 60);
        let actor = world.actor(&world.login(ADA).await).await;
        assert!(world.identity.step_up(&actor, StepUp::Password(password(PASSWORD))).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_was_moved_to_another_person_does_not_open() {
    for world in worlds() {
        let ada = enrolled(&world, ADA).await;
        enrolled(&world, EVE).await;
        world
            .db
            .housekeeping::<_, florin_db::DbError, _>(|tx| {
                tx.execute(
                    "UPDATE identity_totp SET secret = (SELECT t.secret FROM identity_totp t
                         JOIN identity_user u ON u.id = t.user_id WHERE u.email_key = 'eve@example.org')
                     WHERE user_id = (SELECT id FROM identity_user WHERE email_key = 'ada@example.org')",
                    &[],
                )
            })
            .await
            .unwrap();

        let answer = login_with(&world, &ada.app.code(&world)).await;

        assert!(matches!(answer, Err(Error::Sealed(_))), "a fault of ours, and no sign-in: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_asks_for_a_second_factor_says_so_of_its_bearer() {
    for world in worlds_with(|settings| settings.factors.required_roles = vec![florin_kernel::Role::Customer])
    {
        world.customer(ADA).await;
        let signed_in = world.login(ADA).await;
        let owes =
            |actor: &Actor| matches!(actor.principal(), florin_kernel::Principal::User { mfa_due: true, .. });
        let actor = world.actor(&signed_in).await;
        assert!(owes(&actor));

        let enrolment = world.identity.set_up_totp(&actor).await.unwrap();
        let app = App::scanning(&enrolment.secret);
        world.identity.enable_totp(&actor, &app.code(&world)).await.unwrap();

        assert!(!owes(&world.actor(&signed_in).await), "from the next request on");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_tells_of_every_step() {
    for world in worlds() {
        let ada = enrolled(&world, ADA).await;
        let challenge = first_step(&world, ADA).await;
        let _ = second_step(&world, &challenge.token, &ada.app.wrong(&world)).await;
        second_step(&world, &challenge.token, &ada.app.code(&world)).await.unwrap();

        let trail = world.trail().await;

        let told: Vec<(&str, &str, Option<&str>)> = trail
            .iter()
            .map(|(action, outcome, error)| (action.as_str(), outcome.as_str(), error.as_deref()))
            .collect();
        assert!(
            told.ends_with(&[
                ("factor.add", "success", None),
                ("factor.add", "success", None),
                ("session.login", "failure", Some("mfa_required")),
                ("session.login", "failure", Some("invalid_code")),
                ("session.login", "success", None),
            ]),
            "{told:?}"
        );
    }
}
