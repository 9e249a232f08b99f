use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use super::*;

const SIGNED: &[u8] = b"header.claims";

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn p256() -> (Value, Vec<u8>) {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
    let point = pair.public_key().as_ref();
    let jwk = json!({ "kty": "EC", "crv": "P-256", "x": encoded(&point[1..33]), "y": encoded(&point[33..]) });
    (jwk, pair.sign(&random, SIGNED).unwrap().as_ref().to_vec())
}

fn ed25519() -> (Value, Vec<u8>) {
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": encoded(pair.public_key().as_ref()) });
    (jwk, pair.sign(SIGNED).as_ref().to_vec())
}

/// A modulus of 2,048 bits, and what its key signed of [`SIGNED`] (made by OpenSSL; the key is gone).
const MODULUS: &str = "n9_YfHdUUg4Kzy6j70_WEdN5MHFaHfduXHcW75ranYmRj4ieQlOZi0CeWi6y4A9DtPgTlQiiRUsRaIeD36FTRosRa2cyooe_rS7l\
    Q_IckFCLiJpwhFHg0h_XGyIEVN0BvcsBWPnrcQzgjNwR_S2AtY3IMeAOzn0OHeLYp-w5xFNR0vmJwCFRp-y8JKKGJ53Pkewpeu_c\
    7BXUkDXReTFU1XQehzE5irpKxV2NqsXMIVaZLOhpyS7ahnUspsSB0qkVZzOtjZHQn08QURBstFESD_QWfEhoMy_uv_9ssewyaqxA\
    zwSZa6McWPSY7LaYSzRRExbP7xM66Foy1Zx5DGh1YQ";
const RSA_SIGNATURE: &str = "R5PeUSaWP_yb4c5qWDWGf95A2tw6qtJMYLovEddtwv49JQXtOKDG1FGsvWdZ4Z6BBQ_3x-OOgOVvRJv3ClZOyViJpUv0zJ-LKiLh\
    J4R-ShFwS9C0hlJjClhIyCUPmRVFeK59GYfU_iFU21ubmPUz1euP_U_COVfbNw7Ph8OUDUVKx5gBb70WndgxIsplJaq5e36uOiHg\
    WkV7CgkTZObr0uoAwc0pLEgqIbxqrV-KpTezCsnXPCVHGcigUHpNNeZCUSiWMQp4l55-CzJvOI3BFLvzGkg-z6s31QYkKZWIuziR\
    nMmZSUeKDBRfzBntCk5jvTe0CAvPrlwbVDlKdFIwYA";

fn rsa() -> (Value, Vec<u8>) {
    let jwk = json!({ "kty": "RSA", "n": MODULUS, "e": "AQAB" });
    (jwk, URL_SAFE_NO_PAD.decode(RSA_SIGNATURE).unwrap())
}

fn set(keys: &[Value]) -> KeySet {
    KeySet::read(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn with(jwk: &Value, members: &Value) -> Value {
    let mut jwk = jwk.clone();
    jwk.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    jwk
}

#[test]
fn each_algorithm_verifies_what_its_key_signed_and_nothing_else() {
    let made = [(Algorithm::Rs256, rsa()), (Algorithm::Es256, p256()), (Algorithm::EdDsa, ed25519())];
    let all: Vec<Value> = made.iter().map(|(_, (jwk, _))| jwk.clone()).collect();
    let keys = set(&all);
    for (algorithm, (_, signature)) in &made {
        assert!(keys.verifies(*algorithm, None, SIGNED, signature), "{algorithm:?}");
        assert!(!keys.verifies(*algorithm, None, b"header.other", signature), "{algorithm:?}");
        assert!(!keys.verifies(*algorithm, None, SIGNED, &[]), "{algorithm:?}");
        for other in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
            let taken = keys.verifies(other, None, SIGNED, signature);
            assert_eq!(taken, other == *algorithm, "{algorithm:?} as {other:?}");
        }
    }
}

#[test]
fn a_key_is_found_by_its_name_and_never_guessed() {
    let ((one, signature), (other, _)) = (p256(), p256());
    let named = |jwk: &Value, id: &str| with(jwk, &json!({ "kid": id }));
    let keys = set(&[named(&one, "1"), named(&other, "2")]);

    assert!(keys.verifies(Algorithm::Es256, Some("1"), SIGNED, &signature));
    assert!(!keys.verifies(Algorithm::Es256, Some("2"), SIGNED, &signature));
    assert!(!keys.verifies(Algorithm::Es256, Some("3"), SIGNED, &signature));
    assert!(!keys.verifies(Algorithm::Es256, None, SIGNED, &signature), "two keys and no name");
    assert!(
        !set(&[named(&one, "1"), named(&other, "1")]).knows(Algorithm::Es256, Some("1")),
        "one name twice"
    );
    assert!(!set(&[]).knows(Algorithm::Es256, None));
}

#[test]
fn keys_for_something_else_are_left_out() {
    let (jwk, _) = p256();
    let knows = |jwk: Value| set(&[jwk]).knows(Algorithm::Es256, None);

    assert!(knows(with(&jwk, &json!({ "use": "sig", "alg": "ES256" }))));
    for members in [
        json!({ "use": "enc" }),
        json!({ "alg": "HS256" }),
        json!({ "alg": "ES384" }),
        json!({ "crv": "P-384" }),
        json!({ "kty": "oct", "k": "c2VjcmV0" }),
        json!({ "x": "AA" }),
        json!({ "x": 7 }),
    ] {
        assert!(!knows(with(&jwk, &members)), "{members}");
    }
    assert!(KeySet::read(b"{}").is_err());
    assert!(KeySet::read(b"not json").is_err());
}

#[test]
fn there_is_no_symmetric_algorithm_and_no_none() {
    for name in ["none", "None", "nOnE", "", "HS256", "HS384", "HS512", "PS256", "RS512", "ES384", "rs256"] {
        assert_eq!(Algorithm::of(name), None, "{name}");
    }
}
