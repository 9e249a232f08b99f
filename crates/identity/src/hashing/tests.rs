use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn recipe(scheme: Scheme) -> Recipe {
    Recipe { scheme, cost: Cost::worthless(), bcrypt_truncates: false }
}

fn password(text: &str) -> Password {
    Password::try_new(text).unwrap()
}

fn check(text: &str, stored: &str, recipe: Recipe) -> Result<Verdict, HashRefused> {
    verify(&mut Arena::default(), &password(text), stored, recipe)
}

fn made(text: &str, recipe: Recipe) -> String {
    hash(&mut Arena::default(), &password(text), recipe).unwrap()
}

/// Library, password and hash; the file says of which versions.
fn imported() -> Vec<[String; 3]> {
    let lines = include_str!("../../tests/vectors/imported.jsonl").lines();
    let lines = lines.filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let values: Vec<Value> = serde_json::from_str(line).unwrap();
            [0, 1, 2].map(|index| values[index].as_str().unwrap().to_owned())
        })
        .collect()
}

#[test]
fn hashes_of_other_libraries_know_their_passwords_and_are_called_outdated() {
    let all = imported();
    assert!(all.len() > 15);
    for library in ["django", "passlib", "bcrypt", "argon2-cffi"] {
        assert!(all.iter().any(|[of, ..]| of == library));
    }
    for [library, text, stored] in &all {
        let found = check(text, stored, recipe(Scheme::Argon2id));
        assert_eq!(found, Ok(Verdict::RightButOutdated), "{library}: {stored}");
        let wrong = check(&format!("{text}x"), stored, recipe(Scheme::Argon2id));
        assert_eq!(wrong, Ok(Verdict::Wrong), "{library}: {stored}");
    }
}

#[test]
fn what_we_make_is_known_by_its_password_and_stays_as_long_as_the_scheme_does() {
    let schemes = [Scheme::Argon2id, Scheme::Pbkdf2Sha256 { iterations: 100 }, Scheme::Bcrypt { cost: 4 }];
    for scheme in schemes {
        for text in
            ["velvet tundra", "", "cafe\u{301}", "a\0b", &"é".repeat(100), &"x".repeat(72), &"x".repeat(73)]
        {
            let stored = made(text, recipe(scheme));
            assert_eq!(check(text, &stored, recipe(scheme)), Ok(Verdict::Right), "{scheme:?} {stored}");
            assert_eq!(check(&format!("{text}x"), &stored, recipe(scheme)), Ok(Verdict::Wrong), "{scheme:?}");
            for other in schemes.into_iter().filter(|other| *other != scheme) {
                let long = matches!(other, Scheme::Bcrypt { .. }) || matches!(scheme, Scheme::Bcrypt { .. });
                let found = check(text, &stored, recipe(other)).unwrap();
                assert!(
                    found == Verdict::RightButOutdated || (long && found == Verdict::Right),
                    "{scheme:?} {other:?}"
                );
            }
        }
    }
    let stored = made("velvet", recipe(Scheme::Bcrypt { cost: 4 }));
    assert!(stored.starts_with("$2b$04$") && stored.len() == 60, "{stored}");
    assert_eq!(check("velvet", &stored, recipe(Scheme::Bcrypt { cost: 5 })), Ok(Verdict::RightButOutdated));
    let stored = made("velvet", recipe(Scheme::Pbkdf2Sha256 { iterations: 100 }));
    assert!(stored.starts_with("$pbkdf2-sha256$i=100,l=32$"), "{stored}");
    let more = recipe(Scheme::Pbkdf2Sha256 { iterations: 101 });
    assert_eq!(check("velvet", &stored, more), Ok(Verdict::RightButOutdated));
}

#[test]
fn bcrypt_never_cuts_a_new_password_nor_takes_half_of_an_old_one() {
    let bcrypt = recipe(Scheme::Bcrypt { cost: 4 });
    let (whole, longer) = ("x".repeat(72), "x".repeat(73));
    let of_whole = made(&whole, bcrypt);

    assert!(
        made(&longer, bcrypt).starts_with("$argon2id$"),
        "what bcrypt would cut is hashed by another scheme"
    );
    assert!(made("a\0a", bcrypt).starts_with("$argon2id$"), "bcrypt takes `a` and `a NUL a` for the same");
    assert_eq!(check(&longer, &of_whole, bcrypt), Ok(Verdict::Wrong));
    assert_eq!(check("a\0a", &made("a", bcrypt), bcrypt), Ok(Verdict::Wrong));

    let cutting = Recipe { bcrypt_truncates: true, ..bcrypt };
    assert_eq!(
        check(&longer, &of_whole, cutting),
        Ok(Verdict::RightButOutdated),
        "hashed anew, over all of it"
    );
    assert_eq!(check(&whole, &of_whole, cutting), Ok(Verdict::Right));
    assert_eq!(check(&"x".repeat(71), &of_whole, cutting), Ok(Verdict::Wrong));
}

#[test]
fn a_password_that_another_system_hashed_as_it_was_typed_is_known_however_it_is_typed_there() {
    let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}");
    let ours = recipe(Scheme::Pbkdf2Sha256 { iterations: 100 });
    let theirs = pbkdf2::hash(decomposed.as_bytes(), 100).unwrap();

    assert_eq!(check(decomposed, &theirs, ours), Ok(Verdict::RightButOutdated));
    assert_eq!(check(composed, &theirs, ours), Ok(Verdict::Wrong), "nobody could know how it was typed");
    let anew = made(decomposed, ours);
    assert_eq!(check(decomposed, &anew, ours), Ok(Verdict::Right));
    assert_eq!(check(composed, &anew, ours), Ok(Verdict::Right), "ours is of the composed form");
}

#[test]
fn what_is_strange_or_ruinous_is_not_computed() {
    let bcrypt = made("x", recipe(Scheme::Bcrypt { cost: 4 }));
    let tail = &bcrypt[7..];
    let tag = "dUTDZhmieoXqodlM/M+Rb0W1V/uvsWmuRCyFi+qa8TE";
    for stored in [
        String::new(),
        "!".to_owned(),
        "plain".to_owned(),
        "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99".to_owned(),
        "$1$salt$qJH7.N4xYta3aEG/dfqo/0".to_owned(),
        format!("$2x$04${tail}"),
        format!("$2$04${tail}"),
        format!("$2b$16${tail}"),
        format!("$2b$31${tail}"),
        format!("$2b$03${tail}"),
        format!("$2b$+4${tail}"),
        format!("$2b$4${tail}"),
        format!("$2b$04${}", &tail[1..]),
        format!("$2b$04${tail}a"),
        format!("$2b$04$é{}", &tail[2..]),
        format!("$2b$04${}", "€".repeat(18)),
        "$2b$".to_owned(),
        "$2b$04$".to_owned(),
        format!("pbkdf2_sha256$10000001$salt${tag}="),
        format!("pbkdf2_sha256$0$salt${tag}="),
        format!("pbkdf2_sha256$-1$salt${tag}="),
        format!("pbkdf2_sha256$+1$salt${tag}="),
        format!("pbkdf2_sha256$99999999999$salt${tag}="),
        format!("pbkdf2_sha256$1000$salt${tag}=$more"),
        "pbkdf2_sha256$1000$salt$c2hvcnQ=".to_owned(),
        "pbkdf2_sha256$1000$salt".to_owned(),
        "pbkdf2_sha256$1000$salt$!!!".to_owned(),
        format!("pbkdf2_sha256$1000${}${tag}=", "s".repeat(129)),
        format!("$pbkdf2-sha256$i=1000,l=31$c2FsdHNhbHQ${tag}"),
        format!("$pbkdf2-sha256$i=$c2FsdHNhbHQ${tag}"),
        format!("$pbkdf2-sha512$1000$c2FsdHNhbHQ${tag}"),
    ] {
        assert_eq!(check("x", &stored, recipe(Scheme::Argon2id)), Err(HashRefused), "{stored}");
    }
}

proptest! {
    #[test]
    fn no_stored_text_makes_a_check_panic(
        prefix in "(\\$2[abxy]?\\$|bcrypt\\$|\\$argon2id\\$|argon2\\$|\\$pbkdf2-sha256\\$|pbkdf2_sha256\\$)?",
        rest in "(0[0-9]|i=[0-9]{1,3}|[0-9]{1,3})?[$,.=/é€A-Za-z0-9]{0,70}",
    ) {
        let _ = check("x", &format!("{prefix}{rest}"), recipe(Scheme::Argon2id));
    }
}

#[test]
fn nobodys_hash_is_checked_like_any_other_and_known_by_no_password() {
    let schemes =
        [Scheme::Argon2id, Scheme::Pbkdf2Sha256 { iterations: 100_000 }, Scheme::Bcrypt { cost: 10 }];
    for recipe in schemes.map(recipe) {
        let stored = of_nobody(recipe).unwrap();

        assert_eq!(check("velvet tundra orbit", &stored, recipe), Ok(Verdict::Wrong), "{stored}");
        assert_eq!(stored.len(), made("velvet tundra orbit", recipe).len());
        assert_ne!(stored, of_nobody(recipe).unwrap());
    }
}
