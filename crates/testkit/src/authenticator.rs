//! An authenticator of passkeys in software: what a browser and a telephone do between them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::Value as Cbor;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const HAS_CREDENTIAL: u8 = 0x40;

/// Makes passkeys (ES256) and answers for them, as WebAuthn has it.
#[derive(Clone)]
pub struct Authenticator {
    /// The origin that the browser is on.
    pub origin: String,
    /// Whether it verifies who holds it, by a finger or a PIN.
    pub verifies_user: bool,
    seed: u8,
    passkeys: Vec<Passkey>,
}

#[derive(Clone)]
struct Passkey {
    id: Vec<u8>,
    key: SigningKey,
    rp_id: String,
    user_handle: String,
    counter: u32,
}

impl Authenticator {
    /// One whose browser is on this origin; those of different seeds make different keys.
    pub fn on(origin: &str, seed: u8) -> Self {
        Self { origin: origin.to_owned(), verifies_user: true, seed, passkeys: Vec::new() }
    }

    /// Makes a passkey for these options and gives the browser's answer.
    pub fn register(&mut self, options: &Value) -> Value {
        let number = u8::try_from(self.passkeys.len()).unwrap();
        let key =
            SigningKey::from_slice(&[self.seed.wrapping_mul(16).wrapping_add(number).max(1); 32]).unwrap();
        let id = Sha256::digest(key.verifying_key().to_sec1_point(false)).to_vec();
        let passkey = Passkey {
            id: id.clone(),
            key,
            rp_id: text(options, "/rp/id"),
            user_handle: text(options, "/user/id"),
            counter: 0,
        };
        let client_data = self.client_data("webauthn.create", options);
        let mut data = self.authenticator_data(&passkey, HAS_CREDENTIAL);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&u16::try_from(id.len()).unwrap().to_be_bytes());
        data.extend_from_slice(&id);
        ciborium::into_writer(&cose(&passkey.key), &mut data).unwrap();
        let object = Cbor::Map(vec![
            (Cbor::from("fmt"), Cbor::from("none")),
            (Cbor::from("attStmt"), Cbor::Map(vec![])),
            (Cbor::from("authData"), Cbor::Bytes(data)),
        ]);
        let mut attestation = Vec::new();
        ciborium::into_writer(&object, &mut attestation).unwrap();
        self.passkeys.push(passkey);
        json!({
            "id": encoded(&id),
            "rawId": encoded(&id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encoded(&client_data),
                "attestationObject": encoded(&attestation),
                "transports": ["internal"],
            },
        })
    }

    /// Answers with the last of its passkeys that these options allow.
    pub fn answer(&mut self, options: &Value) -> Value {
        let allowed: Vec<String> = options["allowCredentials"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|allowed| text(allowed, "/id"))
            .collect();
        let client_data = self.client_data("webauthn.get", options);
        let chosen = self.passkeys.iter().rposition(|known| {
            known.rp_id == text(options, "/rpId")
                && (allowed.is_empty() || allowed.contains(&encoded(&known.id)))
        });
        let chosen = chosen.unwrap();
        self.passkeys[chosen].counter += 1;
        let passkey = &self.passkeys[chosen];
        let data = self.authenticator_data(passkey, 0);
        let signed = [data.as_slice(), &Sha256::digest(&client_data)].concat();
        let signature: Signature = passkey.key.sign(&signed);
        json!({
            "id": encoded(&passkey.id),
            "rawId": encoded(&passkey.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encoded(&client_data),
                "authenticatorData": encoded(&data),
                "signature": encoded(signature.to_der().as_bytes()),
                "userHandle": passkey.user_handle,
            },
        })
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({
            "type": kind,
            "challenge": text(options, "/challenge"),
            "origin": self.origin,
            "crossOrigin": false,
        });
        data.to_string().into_bytes()
    }

    fn authenticator_data(&self, passkey: &Passkey, also: u8) -> Vec<u8> {
        let verified = if self.verifies_user { USER_VERIFIED } else { 0 };
        let mut data = Sha256::digest(&passkey.rp_id).to_vec();
        data.push(USER_PRESENT | verified | also);
        data.extend_from_slice(&passkey.counter.to_be_bytes());
        data
    }
}

/// The public key as RFC 9053 writes it.
fn cose(key: &SigningKey) -> Cbor {
    let point = key.verifying_key().to_sec1_point(false);
    let (x, y) = point.as_bytes()[1..].split_at(32);
    let number = |n: i64| Cbor::from(n);
    Cbor::Map(vec![
        (number(1), number(2)),
        (number(3), number(-7)),
        (number(-1), number(1)),
        (number(-2), Cbor::Bytes(x.to_vec())),
        (number(-3), Cbor::Bytes(y.to_vec())),
    ])
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn text(json: &Value, pointer: &str) -> String {
    let found = json.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no text at {pointer} in {json}")).to_owned()
}
