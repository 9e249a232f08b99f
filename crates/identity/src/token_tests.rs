//! Forgeries, one a row.

use ed25519_dalek::{Signer as _, SigningKey};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::SignatureAlgorithm;

const NOW: u64 = 1_790_000_000;

struct Mint {
    _dir: tempfile::TempDir,
    keyring: Keyring,
    tokens: Tokens,
}

fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

fn mint() -> Mint {
    mint_by(SignatureAlgorithm::EdDsa)
}

fn mint_by(algorithm: SignatureAlgorithm) -> Mint {
    let dir = tempfile::tempdir().unwrap();
    let keyring = Keyring::open(&dir.path().join("keys"), algorithm, now()).unwrap();
    let tokens = Tokens::new(keyring.clone(), &Settings::new("https://bank.example"));
    Mint { _dir: dir, keyring, tokens }
}

fn claims() -> Value {
    json!({
        "iss": "https://bank.example",
        "aud": "https://bank.example",
        "sub": "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b",
        "iat": NOW,
        "nbf": NOW,
        "exp": NOW + 900,
        "jti": "7d444840-9dc0-41d1-b245-5ffdce74fad2",
        "sid": "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2c",
        "amr": ["pwd"],
        "auth_time": NOW,
    })
}

impl Mint {
    fn header(&self) -> Value {
        let key = self.keyring.signing(now()).unwrap();
        json!({"alg": key.algorithm().name(), "typ": "at+jwt", "kid": key.kid})
    }

    /// A token with any header and claims, signed by our own key.
    fn sign(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        format!(
            "{signed}.{}",
            URL_SAFE_NO_PAD.encode(self.keyring.signing(now()).unwrap().sign(signed.as_bytes()))
        )
    }

    fn with_header(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut header = self.header();
        change(&mut header);
        self.sign(&header.to_string(), &claims().to_string())
    }

    fn with_claims(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut claims = claims();
        change(&mut claims);
        self.sign(&self.header().to_string(), &claims.to_string())
    }

    fn good(&self) -> String {
        self.with_claims(|_| ())
    }

    fn verify(&self, token: &str) -> Result<Claims, Forged> {
        self.tokens.verify(token, NOW)
    }
}

#[test]
fn a_token_of_ours_is_taken_until_it_expires() {
    let mint = mint();
    let claims = mint.verify(&mint.good()).unwrap();

    let issued = mint.tokens.issue(&claims, now()).unwrap();

    assert_eq!(mint.verify(&issued), Ok(claims.clone()));
    assert_eq!(mint.tokens.verify(&issued, NOW + 904), Ok(claims), "within the leeway");
    assert_eq!(mint.tokens.verify(&issued, NOW + 905), Err(Forged::Expired));
    assert_eq!(mint.tokens.verify(&issued, NOW - 5).map(|_| ()), Ok(()));
    assert_eq!(mint.tokens.verify(&issued, NOW - 6), Err(Forged::Times));
}

#[test]
fn headers_that_are_not_ours_are_refused() {
    let mint = mint();
    let set = |key: &'static str, value: Value| mint.with_header(move |header| header[key] = value);
    let forgeries = [
        ("alg none", set("alg", json!("none")), Forged::Header),
        ("alg None", set("alg", json!("None")), Forged::Header),
        ("alg nOnE", set("alg", json!("nOnE")), Forged::Header),
        ("alg HS256", set("alg", json!("HS256")), Forged::Header),
        ("alg RS256", set("alg", json!("RS256")), Forged::Header),
        ("alg eddsa", set("alg", json!("eddsa")), Forged::Header),
        ("alg a list", set("alg", json!(["EdDSA"])), Forged::Header),
        ("typ JWT", set("typ", json!("JWT")), Forged::Header),
        ("typ of a refresh token", set("typ", json!("rt+jwt")), Forged::Header),
        ("typ in capitals", set("typ", json!("AT+JWT")), Forged::Header),
        ("jwk", set("jwk", json!({"kty": "OKP"})), Forged::Header),
        ("jku", set("jku", json!("https://evil.example/keys")), Forged::Header),
        ("x5u", set("x5u", json!("https://evil.example/cert")), Forged::Header),
        ("x5c", set("x5c", json!(["MII"])), Forged::Header),
        ("crit", set("crit", json!(["exp"])), Forged::Header),
        ("zip", set("zip", json!("DEF")), Forged::Header),
        ("b64", set("b64", json!(false)), Forged::Header),
        ("cty", set("cty", json!("JWT")), Forged::Header),
        ("another kid", set("kid", json!("other")), Forged::Key),
        ("an empty kid", set("kid", json!("")), Forged::Key),
        ("a kid that is a path", set("kid", json!("../../dev/null")), Forged::Key),
        (
            "no kid",
            mint.with_header(|header| drop(header.as_object_mut().unwrap().remove("kid"))),
            Forged::Header,
        ),
        (
            "no typ",
            mint.with_header(|header| drop(header.as_object_mut().unwrap().remove("typ"))),
            Forged::Header,
        ),
        (
            "no alg",
            mint.with_header(|header| drop(header.as_object_mut().unwrap().remove("alg"))),
            Forged::Header,
        ),
    ];
    for (name, token, why) in forgeries {
        assert_eq!(mint.verify(&token), Err(why), "{name}");
    }
}

#[test]
fn claims_that_are_not_ours_are_refused() {
    let mint = mint();
    let set = |key: &'static str, value: Value| mint.with_claims(move |claims| claims[key] = value);
    let mut forgeries = vec![
        ("another issuer", set("iss", json!("https://evil.example")), Forged::Issuer),
        ("another audience", set("aud", json!("https://evil.example")), Forged::Issuer),
        ("a list of audiences", set("aud", json!(["https://bank.example"])), Forged::Claims),
        ("expired", set("exp", json!(NOW - 5)), Forged::Times),
        (
            "expired in its time",
            mint.with_claims(|c| {
                c["iat"] = json!(NOW - 900);
                c["exp"] = json!(NOW - 5);
            }),
            Forged::Expired,
        ),
        ("not valid yet", set("nbf", json!(NOW + 6)), Forged::Times),
        (
            "issued in the future",
            mint.with_claims(|c| {
                c["iat"] = json!(NOW + 6);
                c["exp"] = json!(NOW + 60);
            }),
            Forged::Times,
        ),
        ("signed in in the future", set("auth_time", json!(NOW + 6)), Forged::Times),
        ("stepped up in the future", set("step_up", json!(NOW + 6)), Forged::Times),
        ("stepped up at a time that is text", set("step_up", json!("1790000000")), Forged::Claims),
        ("lives too long", set("exp", json!(NOW + 901)), Forged::Times),
        (
            "lives past the year 9999",
            mint.with_claims(|c| {
                c["iat"] = json!(SECONDS_MAX);
                c["exp"] = json!(SECONDS_MAX + 1);
            }),
            Forged::Times,
        ),
        ("the largest number", set("exp", json!(u64::MAX)), Forged::Times),
        ("a time that is text", set("exp", json!("1790000900")), Forged::Claims),
        ("a time below zero", set("iat", json!(-1)), Forged::Claims),
        ("a time with a fraction", set("exp", json!(1_790_000_900.5)), Forged::Claims),
        ("a time that is null", set("nbf", json!(null)), Forged::Claims),
        ("a subject that is no id", set("sub", json!("admin")), Forged::Claims),
        ("roles", set("roles", json!(["admin"])), Forged::Claims),
    ];
    for missing in ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "sid", "amr", "auth_time"] {
        let token = mint.with_claims(|claims| drop(claims.as_object_mut().unwrap().remove(missing)));
        forgeries.push((missing, token, Forged::Claims));
    }
    for (name, token, why) in forgeries {
        assert_eq!(mint.verify(&token), Err(why), "{name}");
    }
}

#[test]
fn names_that_stand_twice_are_refused() {
    let mint = mint();
    let (header, claims) = (mint.header().to_string(), claims().to_string());
    let twice = |json: &str, first: &str| format!("{{{first},{}", json.strip_prefix('{').unwrap());

    let header_twice = mint.sign(&twice(&header, r#""alg":"EdDSA""#), &claims);
    let claim_twice = mint.sign(&header, &twice(&claims, r#""sub":"0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b""#));

    assert_eq!(mint.verify(&header_twice), Err(Forged::Header));
    assert_eq!(mint.verify(&claim_twice), Err(Forged::Claims));
}

#[test]
fn only_one_way_of_writing_a_token_is_taken() {
    let mint = mint();
    let good = mint.good();
    let parts: Vec<&str> = good.split('.').collect();
    let last = good.chars().last().unwrap();
    // The last character of a signature carries four bits that must be zero.
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let next = alphabet.chars().nth(alphabet.find(last).unwrap() + 1).unwrap();
    let ways = [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        format!("{good}="),
        format!("{}=.{}.{}", parts[0], parts[1], parts[2]),
        format!("{good} "),
        format!(" {good}"),
        format!("{good}\n"),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.{}", parts[2]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("Bearer {good}"),
        format!("{}{next}", good.strip_suffix(last).unwrap()),
        good.replace('.', ".\u{200b}"),
        "a".repeat(Tokens::BYTES_MAX + 1),
    ];
    for way in ways {
        let why = mint.verify(&way).unwrap_err();
        assert!(matches!(why, Forged::Form | Forged::Header | Forged::Signature), "{way:?}: {why}");
    }
}

#[test]
fn signatures_of_others_are_refused() {
    let mint = mint();
    let stranger = SigningKey::from_bytes(&[9; 32]);
    let (header, claims) = (mint.header().to_string(), claims().to_string());
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let with = |signature: &[u8]| format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));

    let by_stranger = with(&stranger.sign(signed.as_bytes()).to_bytes());
    let own = mint.keyring.signing(now()).unwrap().sign(signed.as_bytes());
    let mut malleated = own.clone();
    // s + L is the same scalar; only the smaller of the two is a signature.
    let order: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0_u16;
    for (byte, add) in malleated[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }

    assert!(mint.verify(&with(&own)).is_ok());
    assert_eq!(mint.verify(&by_stranger), Err(Forged::Signature));
    assert_eq!(mint.verify(&with(&malleated)), Err(Forged::Signature));
    assert_eq!(mint.verify(&with(&[0; 64])), Err(Forged::Signature));
    assert_eq!(mint.verify(&with(&own[..63])), Err(Forged::Signature));
    assert_eq!(mint.verify(&with(&[])), Err(Forged::Signature));
}

#[test]
fn a_token_is_checked_by_the_algorithm_of_its_key_and_by_no_other() {
    for (algorithm, other) in [(SignatureAlgorithm::EdDsa, "HS256"), (SignatureAlgorithm::Hs256, "EdDSA")] {
        let mint = mint_by(algorithm);
        let good = mint.good();
        assert!(mint.verify(&good).is_ok());
        let header: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(good.split('.').next().unwrap()).unwrap())
                .unwrap();
        assert_eq!(header["alg"], algorithm.name());
        for alg in [other, "none", "HS384", "HS512", "RS256", "ES256", "hs256"] {
            let forged = mint.with_header(|header| header["alg"] = json!(alg));
            assert_eq!(mint.verify(&forged), Err(Forged::Header), "{algorithm:?} as {alg}");
        }
    }
}

#[test]
fn a_public_key_is_no_secret_that_hs256_could_be_signed_with() {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mint = mint();
    let set: Value = serde_json::from_str(&mint.keyring.jwks()).unwrap();
    let x = set["keys"][0]["x"].as_str().unwrap();
    let raw = URL_SAFE_NO_PAD.decode(x).unwrap();
    let kid = mint.keyring.signing(now()).unwrap().kid;
    let pem = mint.keyring.jwks();
    for secret in [raw.as_slice(), x.as_bytes(), pem.as_bytes(), kid.as_bytes(), b""] {
        let header = json!({ "alg": "HS256", "typ": "at+jwt", "kid": kid }).to_string();
        let signed =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims().to_string()));
        let mut mac = <Hmac<sha2::Sha256>>::new_from_slice(secret).unwrap();
        mac.update(signed.as_bytes());
        let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));

        assert_eq!(mint.verify(&forged), Err(Forged::Header));
    }
}

#[test]
fn hs256_signatures_of_others_and_cut_ones_are_refused() {
    let (mint, other) = (mint_by(SignatureAlgorithm::Hs256), mint_by(SignatureAlgorithm::Hs256));
    let good = mint.good();
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let with = |signature: &[u8]| format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
    assert_eq!(signature.len(), 32);

    for (name, forged) in [
        ("cut", with(&signature[..31])),
        ("empty", with(&[])),
        ("longer", with(&[signature.as_slice(), &[0]].concat())),
        ("zeros", with(&[0; 32])),
        ("by another key", with(&other.keyring.signing(now()).unwrap().sign(signed.as_bytes()))),
    ] {
        assert_eq!(mint.verify(&forged), Err(Forged::Signature), "{name}");
    }
    assert_eq!(mint.verify(&other.good()), Err(Forged::Key), "of another installation");
    let embedded = mint.with_header(|header| {
        header["jwk"] = json!({ "kty": "oct", "k": "AAAA" });
    });
    assert_eq!(mint.verify(&embedded), Err(Forged::Header));
}

proptest! {
    #[test]
    fn no_text_makes_the_check_panic(text in "[-A-Za-z0-9_.=]{0,300}") {
        prop_assert!(mint().verify(&text).is_err());
    }

    #[test]
    fn a_changed_character_breaks_a_token(at in 0..300_usize, with in "[A-Za-z0-9_-]") {
        let mint = mint();
        let good = mint.good();
        let at = at % good.len();
        let mut changed = good.clone();
        changed.replace_range(at..=at, &with);
        prop_assert!(changed == good || mint.verify(&changed).is_err());
    }
}
