//! Choosing, changing and resetting passwords.

use std::sync::Arc;

use florin_db::{DbError, Tx, params};
use florin_identity::{Error, ForgetFailures, HashingSettings, NewPerson, Scheme, SendResets, Weakness};
use florin_jobs::Workers;
use florin_kernel::{Action, Actor, Resource};
use tokio::sync::Notify;

use crate::world::{PASSWORD, World, actor, password, person, refresh_token, worlds, worlds_with};

const ADA: &str = "ada@example.org";
const EVE: &str = "eve@example.org";
const OTHER: &str = "copper meadow quartz ribbon";
const WRONG: &str = "another tundra orbit lantern";

impl World {
    pub async fn run_jobs(&self) {
        let identity = Arc::clone(&self.identity);
        let handlers: Vec<Arc<dyn florin_jobs::Handler>> =
            vec![Arc::new(SendResets(Arc::clone(&identity))), Arc::new(ForgetFailures(identity))];
        Workers::new(self.db.clone(), handlers, vec![], Arc::new(Notify::new())).run_due().await.unwrap();
    }

    /// Asks for a letter and gives the token in it, if there was one.
    pub async fn reset_token(&self, email: &str) -> Option<String> {
        let before = self.letters().await.len();
        self.identity.forgot_password(&self.stranger(), &email.parse().unwrap()).await.unwrap();
        self.run_jobs().await;
        let letters = self.letters().await;
        let letter = letters.get(before)?;
        assert_eq!((letter.kind, letter.to.as_str()), ("reset", email));
        letter.proof.clone()
    }

    pub async fn reset(&self, token: &str, new: &str) -> Result<(), Error> {
        self.identity.reset_password(&self.stranger(), token, &password(new)).await
    }

    pub async fn tries(&self, by: &Actor, email: &str, text: &str) -> Result<(), Error> {
        self.identity.login(by, email, &password(text)).await.map(|_| ())
    }

    pub async fn fails(&self, by: &Actor, email: &str, times: u32) {
        for _ in 0..times {
            assert!(matches!(self.tries(by, email, WRONG).await, Err(Error::InvalidCredentials)));
        }
    }

    /// Puts another hash in the place of everybody's.
    async fn import(&self, hash: String) {
        let permit = Actor::system("test").permit(Action::Operate, Resource::kind("user")).unwrap();
        let work = move |tx: &mut Tx<'_>| {
            tx.execute("UPDATE identity_user SET password_hash = $1", &params![hash.as_str()]).map(|_| ())
        };
        self.db.write::<_, DbError, _>(permit, work).await.unwrap();
    }

    async fn stored(&self) -> String {
        let read = |reader: &mut florin_db::Reader<'_>| {
            reader.row("SELECT password_hash FROM identity_user", &[])?.unwrap().get::<String>(0)
        };
        self.db.read::<_, DbError, _>(read).await.unwrap()
    }

    pub async fn counted(&self) -> i64 {
        self.count("SELECT COALESCE(MAX(failures), 0) FROM identity_lockout").await
    }

    pub async fn letters_of(&self, kind: &str) -> usize {
        self.letters().await.iter().filter(|letter| letter.kind == kind).count()
    }
}

pub fn is_refused<T>(answer: &Result<T, Error>) -> bool {
    matches!(answer, Err(Error::InvalidCredentials))
}

#[tokio::test(flavor = "multi_thread")]
async fn imported_hashes_sign_in_and_are_made_anew_in_the_scheme_of_today() {
    let schemes = [
        (Scheme::Argon2id, "$argon2id$v=19$m=64,t=1,p=1$"),
        (Scheme::Pbkdf2Sha256 { iterations: 100_000 }, "$pbkdf2-sha256$i=100000,l=32$"),
        (Scheme::Bcrypt { cost: 10 }, "$2b$10$"),
    ];
    let imported = include_str!("../vectors/imported.jsonl").lines().filter(|line| !line.starts_with('#'));
    let of_password: Vec<String> = imported
        .map(|line| serde_json::from_str::<[String; 3]>(line).unwrap())
        .filter_map(|[_, text, hash]| (text == PASSWORD).then_some(hash))
        .collect();
    assert!(of_password.len() >= 8);
    for (scheme, prefix) in schemes {
        for world in worlds_with(|s| s.hashing = HashingSettings { scheme, ..s.hashing }) {
            world.customer(ADA).await;
            assert!(world.stored().await.starts_with(prefix));
            for hash in &of_password {
                world.import(hash.clone()).await;
                assert!(is_refused(&world.tries(&world.stranger(), ADA, WRONG).await));
                assert_eq!(&world.stored().await, hash, "a wrong password changes nothing");

                world.login(ADA).await;

                let anew = world.stored().await;
                assert!(anew.starts_with(prefix), "{hash} became {anew}");
                world.login(ADA).await;
                assert_eq!(world.stored().await, anew, "once is enough");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_of_an_unknown_kind_refuses_like_a_wrong_password_and_is_left_alone() {
    for world in worlds() {
        world.customer(ADA).await;
        for hash in ["md5$salt$5f4dcc3b5aa765d61d8327deb882cf99", "$2b$31$", "", "é"] {
            world.import(hash.to_owned()).await;

            let refusal = world.tries(&world.stranger(), ADA, PASSWORD).await;

            assert!(is_refused(&refusal), "{hash}");
            assert_eq!(world.stored().await, hash);
            world.clock.advance_seconds(24 * 60 * 60);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_ends_every_other_sign_in_and_tells_its_owner() {
    for world in worlds() {
        world.customer(ADA).await;
        let (here, there) = (world.login(ADA).await, world.login(ADA).await);
        let me = world.actor(&here).await;
        let pending = world.reset_token(ADA).await.unwrap();

        world.identity.change_password(&me, &password(PASSWORD), &password(OTHER)).await.unwrap();

        assert!(actor(&world.identity, &here).await.is_ok(), "this sign-in goes on");
        assert!(matches!(actor(&world.identity, &there).await, Err(Error::SessionEnded)));
        let refresh = &refresh_token(&there);
        let refreshed = world.identity.refresh(&world.stranger(), refresh).await;
        assert!(matches!(refreshed, Err(Error::InvalidRefreshToken)));
        assert_eq!(world.last_letter(ADA).await.unwrap().kind, "password_changed");
        assert!(is_refused(&world.tries(&world.stranger(), ADA, PASSWORD).await));
        world.tries(&world.stranger(), ADA, OTHER).await.unwrap();
        let reset = world.reset(&pending, "granite harbor velvet mosaic").await;
        assert!(matches!(reset, Err(Error::InvalidReset)), "letters sent before are void");
        let (from, to) = (password(OTHER), password(PASSWORD));
        let by_stranger = world.identity.change_password(&world.stranger(), &from, &to).await;
        assert!(matches!(by_stranger, Err(Error::Denied(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_a_password_is_no_way_to_guess_it() {
    for world in worlds() {
        world.customer(ADA).await;
        let me = world.actor(&world.login(ADA).await).await;
        let change = async |from: &str, to: &str| {
            world.identity.change_password(&me, &password(from), &password(to)).await
        };
        for _ in 0..5 {
            assert!(is_refused(&change(WRONG, OTHER).await));
        }

        assert!(is_refused(&change(PASSWORD, OTHER).await), "not even the right one is looked at");
        assert_eq!(world.letters_of("locked").await, 1);
        world.login(ADA).await;
        world.clock.advance_seconds(30 * 60);
        let me = world.actor(&world.login(ADA).await).await;
        world.identity.change_password(&me, &password(PASSWORD), &password(OTHER)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_five_passwords_cannot_be_chosen_again_and_the_one_before_can() {
    for world in worlds() {
        world.customer(ADA).await;
        let me = world.actor(&world.login(ADA).await).await;
        let nth = |n: u32| {
            if n == 0 { PASSWORD.to_owned() } else { format!("{OTHER} {}", "abcdefg".repeat(n as usize)) }
        };
        let change = async |from: u32, to: u32| {
            world.identity.change_password(&me, &password(&nth(from)), &password(&nth(to))).await
        };
        for n in 0..5 {
            change(n, n + 1).await.unwrap();
        }

        for n in 1..=5 {
            let Err(Error::WeakPassword(weak)) = change(5, n).await else { panic!("{n} was taken again") };
            assert_eq!(weak.weaknesses, [Weakness::UsedBefore]);
        }
        change(5, 0).await.unwrap();
        assert_eq!(world.count("SELECT COUNT(*) FROM identity_password_history").await, 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weak_password_is_refused_with_advice_wherever_it_is_chosen() {
    for world in worlds() {
        let weak = NewPerson { password: password("ada password 12"), ..person(ADA) };
        let Err(Error::WeakPassword(why)) = world.identity.register(&world.stranger(), weak).await else {
            panic!("it was taken")
        };
        assert!(why.weaknesses.contains(&Weakness::Common) && why.strength.score < 4);
        world.customer(ADA).await;
        let me = world.actor(&world.login(ADA).await).await;
        let token = world.reset_token(ADA).await.unwrap();

        for weak in ["short", "Lovelace tundra orbit", "ada@example.org orbit"] {
            let change = world.identity.change_password(&me, &password(PASSWORD), &password(weak)).await;
            assert!(matches!(change, Err(Error::WeakPassword(_))), "{weak}");
            assert!(matches!(world.reset(&token, weak).await, Err(Error::WeakPassword(_))), "{weak}");
        }
        let again = world.reset(&token, PASSWORD).await;
        assert!(matches!(again, Err(Error::WeakPassword(_))), "the present one");
        world.reset(&token, OTHER).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_resets_the_password_of_its_owner_once_and_signs_nobody_in() {
    for world in worlds() {
        world.customer(ADA).await;
        world.customer(EVE).await;
        let signed_in = world.login(ADA).await;
        let token = world.reset_token(ADA).await.unwrap();

        world.reset(&token, OTHER).await.unwrap();

        assert!(matches!(actor(&world.identity, &signed_in).await, Err(Error::SessionEnded)));
        assert_eq!(world.count("SELECT COUNT(*) FROM identity_session WHERE revoked_at_us IS NULL").await, 0);
        assert_eq!(world.last_letter(ADA).await.unwrap().kind, "password_changed");
        let twice = world.reset(&token, "granite harbor velvet mosaic").await;
        assert!(matches!(twice, Err(Error::InvalidReset)));
        assert!(is_refused(&world.tries(&world.stranger(), ADA, PASSWORD).await));
        world.tries(&world.stranger(), ADA, OTHER).await.unwrap();
        world.login(EVE).await;
        for nonsense in ["", "x", &"A".repeat(43), &"A".repeat(100_000), &format!("{token}x"), "é€\0"] {
            assert!(matches!(world.reset(nonsense, OTHER).await, Err(Error::InvalidReset)));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_worth_nothing_when_it_is_late_or_another_was_sent() {
    for world in worlds() {
        world.customer(ADA).await;
        let first = world.reset_token(ADA).await.unwrap();
        let second = world.reset_token(ADA).await.unwrap();
        assert!(matches!(world.reset(&first, OTHER).await, Err(Error::InvalidReset)));

        world.clock.advance_seconds(30 * 60);
        assert!(matches!(world.reset(&second, OTHER).await, Err(Error::InvalidReset)));

        let third = world.reset_token(ADA).await.unwrap();
        assert_eq!(world.reset_token(ADA).await, None, "three an hour are enough");
        world.clock.advance_seconds(29 * 60);
        world.reset(&third, OTHER).await.unwrap();
        world.clock.advance_seconds(31 * 60);
        assert!(world.reset_token(ADA).await.is_some(), "the next hour");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_resets_by_one_letter_at_once_are_one() {
    for world in worlds() {
        world.customer(ADA).await;
        let token = world.reset_token(ADA).await.unwrap();
        let world = Arc::new(world);
        let asked: Vec<_> = (0..20)
            .map(|n| {
                let (world, token) = (Arc::clone(&world), token.clone());
                let new = format!("{OTHER} {}", ["velvet", "mosaic"][n % 2]);
                tokio::spawn(async move { world.reset(&token, &new).await })
            })
            .collect();
        let mut done = 0;
        for asked in asked {
            match asked.await.unwrap() {
                Ok(()) => done += 1,
                Err(error) => {
                    assert!(matches!(error, Error::InvalidReset | Error::WeakPassword(_)), "{error}");
                }
            }
        }

        assert_eq!(done, 1);
        assert_eq!(world.letters_of("password_changed").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_a_letter_is_the_same_work_whether_there_is_an_account_or_not() {
    for world in worlds() {
        world.customer(ADA).await;
        let ask = async |email: &str| {
            let (before, work) = (world.count("SELECT COUNT(*) FROM job").await, world.identity.hash_work());
            world.identity.forgot_password(&world.stranger(), &email.parse().unwrap()).await.unwrap();
            (world.count("SELECT COUNT(*) FROM job").await - before, work == world.identity.hash_work())
        };

        assert_eq!((ask(ADA).await, ask("nobody@example.org").await), ((1, true), (1, true)));
        assert_eq!(world.letters_of("reset").await, 0, "whether there is one is looked at later");
        world.run_jobs().await;
        assert_eq!(world.letters_of("reset").await, 1);
        let left = "SELECT COUNT(*) FROM job WHERE kind <> 'screening.subject'";
        assert_eq!(world.count(left).await, 0);
    }
}
