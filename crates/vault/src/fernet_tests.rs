use proptest::prelude::*;

use super::*;

/// The key, the times and the tokens below are the acceptance tests of <https://github.com/fernet/spec>.
const KEY: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
/// 1985-10-26T01:20:00-07:00.
const THEN: i64 = 499_162_800;
const HELLO: &str =
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";

fn fernet() -> Fernet {
    Fernet::try_new([KEY]).unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn a_minute_at(second: i64) -> Age {
    Age::AtMost { seconds: 60, now: at(second) }
}

#[test]
fn it_writes_the_token_of_the_specification() {
    let iv = std::array::from_fn(|at| u8::try_from(at).unwrap());

    assert_eq!(fernet().seal_at(b"hello", u64::try_from(THEN).unwrap(), iv).unwrap(), HELLO);
}

#[test]
fn it_reads_the_token_of_the_specification() {
    assert_eq!(fernet().open(HELLO, a_minute_at(THEN + 1)).unwrap().expose(), b"hello");
    assert_eq!(fernet().open(HELLO, Age::Any).unwrap().expose(), b"hello");
}

#[test]
fn it_refuses_what_the_specification_calls_invalid() {
    let cases = [
        (
            "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==",
            1,
            FernetError::Mac,
        ),
        ("gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA==", 1, FernetError::Form),
        (
            "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==",
            1,
            FernetError::Form,
        ),
        (
            "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm",
            1,
            FernetError::Form,
        ),
        (
            "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==",
            1,
            FernetError::Padding,
        ),
        (
            "gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnja1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-iX9b_qXQcw==",
            1,
            FernetError::Age,
        ),
        (
            "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==",
            91,
            FernetError::Age,
        ),
        (
            "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==",
            1,
            FernetError::Padding,
        ),
    ];
    for (token, after, refusal) in cases {
        assert_eq!(fernet().open(token, a_minute_at(THEN + after)).unwrap_err(), refusal, "{token}");
    }
}

#[test]
fn age_counts_where_it_matters() {
    assert!(fernet().open(HELLO, a_minute_at(THEN + 60)).is_ok());
    assert_eq!(fernet().open(HELLO, a_minute_at(THEN + 61)).unwrap_err(), FernetError::Age);
    assert!(fernet().open(HELLO, a_minute_at(THEN - 60)).is_ok());
    assert_eq!(fernet().open(HELLO, a_minute_at(THEN - 61)).unwrap_err(), FernetError::Age);
}

#[test]
fn a_token_has_one_form() {
    let unpadded = HELLO.trim_end_matches('=');
    for other in [unpadded, &format!("{unpadded}="), &format!("{HELLO}="), &format!("{HELLO}\n"), "", "gAAA"]
    {
        assert_eq!(fernet().open(other, Age::Any).unwrap_err(), FernetError::Form, "{other:?}");
    }
    assert_eq!(fernet().open(&HELLO.replace('-', "+"), Age::Any).is_ok(), !HELLO.contains('-'));
}

#[test]
fn no_change_of_any_bit_opens() {
    let bytes = URL_SAFE.decode(HELLO).unwrap();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            assert!(fernet().open(&URL_SAFE.encode(changed), Age::Any).is_err(), "{at}.{bit}");
        }
    }
}

#[test]
fn the_first_key_writes_all_keys_read_and_rotation_keeps_the_time() {
    let new = Fernet::generate_key().unwrap();
    let new = new.expose_str().unwrap();
    let both = Fernet::try_new([new, KEY]).unwrap();
    let (old_only, new_only) = (fernet(), Fernet::try_new([new]).unwrap());

    let rotated = both.rotate(HELLO).unwrap();

    assert_eq!(both.open(HELLO, Age::Any).unwrap().expose(), b"hello");
    assert_eq!(new_only.open(&rotated, a_minute_at(THEN + 1)).unwrap().expose(), b"hello");
    assert_eq!(new_only.open(&rotated, a_minute_at(THEN + 61)).unwrap_err(), FernetError::Age);
    assert_eq!(old_only.open(&rotated, Age::Any).unwrap_err(), FernetError::Mac);
    assert_eq!(new_only.rotate(HELLO).unwrap_err(), FernetError::Mac);
}

#[test]
fn what_is_no_key_is_refused_and_keys_are_not_printed() {
    let one_short = &KEY[..40];
    for text in ["", "x", one_short, "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4", &URL_SAFE.encode([7; 33])]
    {
        assert_eq!(Fernet::try_new([text]).unwrap_err(), FernetError::Key, "{text}");
    }
    assert_eq!(Fernet::try_new([]).unwrap_err(), FernetError::NoKey);
    assert_eq!(format!("{:?}", fernet()), "Fernet { keys: 1 }");
}

proptest! {
    #[test]
    fn whatever_is_written_is_read(plain in proptest::collection::vec(any::<u8>(), 0..100)) {
        let token = fernet().seal(&plain, at(THEN)).unwrap();

        let opened = fernet().open(&token, a_minute_at(THEN)).unwrap();
        prop_assert_eq!(opened.expose(), plain.as_slice());
    }

    #[test]
    fn no_text_makes_reading_panic_or_succeed(text in "(gAAA)?[A-Za-z0-9_=-]{0,160}") {
        prop_assert!(fernet().open(&text, Age::Any).is_err());
    }
}
