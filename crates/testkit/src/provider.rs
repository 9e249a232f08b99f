//! Another provider that people sign in through: OpenID Connect, and GitHub's OAuth 2, on a port of this machine.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::{Url, form_urlencoded};

/// How the provider signs its ID tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// With the key that it publishes: ES256.
    Honest,
    /// With a key that it does not publish, under the name of the one that it does.
    AnotherKey,
    /// Not at all: `alg` is `none`.
    None,
    /// HS256, with its public key as the secret.
    Confused,
}

/// What it does and says.
struct Script {
    signing: Signing,
    /// Claims in the place of the usual ones; those that are null are left out.
    claims: Value,
    /// What it tells besides the ID token, if anything.
    user_info: Option<Value>,
    /// The answer of GitHub's list of emails.
    emails: Value,
    /// Whether it answers at all.
    up: bool,
    /// Which of its keys it uses.
    key: u8,
    /// Whether it promises to name itself when it sends somebody back, and does so as whom.
    names_itself_as: Option<String>,
    codes: HashMap<String, Granted>,
}

struct Granted {
    challenge: String,
    redirect_uri: String,
    nonce: Option<String>,
}

/// A provider; it ends when it is dropped.
pub struct Provider {
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

struct Shared {
    url: String,
    script: Mutex<Script>,
    codes_given: AtomicU32,
    keys_shown: AtomicU32,
    /// Seconds since 1970: the provider's clock.
    now: i64,
}

impl Provider {
    /// What we are called there.
    pub const CLIENT_ID: &'static str = "florin";
    /// What we prove that with.
    pub const CLIENT_SECRET: &'static str = "a secret: of ours";
    /// Who signs in there.
    pub const SUBJECT: &'static str = "248289761001";

    /// Starts one, whose clock stands still at this second.
    pub async fn start(now: i64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let script = Script {
            signing: Signing::Honest,
            claims: json!({}),
            user_info: None,
            emails: json!([]),
            up: true,
            key: 1,
            names_itself_as: None,
            codes: HashMap::new(),
        };
        let shared = Arc::new(Shared {
            url: format!("http://{}", listener.local_addr().unwrap()),
            script: Mutex::new(script),
            codes_given: AtomicU32::new(0),
            keys_shown: AtomicU32::new(0),
            now,
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(keys))
            .route("/token", post(token))
            .route("/me", get(user_info))
            .route("/login/oauth/access_token", post(token))
            .route("/api/v3/user", get(github_user))
            .route("/api/v3/user/emails", get(github_emails))
            .with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { shared, server }
    }

    /// Its address, which is its issuer.
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// Puts these claims in the place of its own; null leaves one out.
    pub fn claims(&self, claims: Value) {
        self.script(|script| script.claims = claims);
    }

    /// Tells this of whoever signs in, besides what the ID token says.
    pub fn tells(&self, user_info: Value) {
        self.script(|script| script.user_info = Some(user_info));
    }

    /// Signs like this from now on.
    pub fn signs(&self, signing: Signing) {
        self.script(|script| script.signing = signing);
    }

    /// Answers GitHub's list of emails like this.
    pub fn emails(&self, emails: Value) {
        self.script(|script| script.emails = emails);
    }

    /// Breaks down, or is mended.
    pub fn is_up(&self, up: bool) {
        self.script(|script| script.up = up);
    }

    /// Takes another key, and shows that alone.
    pub fn rotate(&self) {
        self.script(|script| script.key += 1);
    }

    /// Names itself as this when it sends people back, which it promised.
    pub fn names_itself_as(&self, issuer: &str) {
        self.script(|script| script.names_itself_as = Some(issuer.to_owned()));
    }

    /// How often its keys were asked for.
    pub fn keys_shown(&self) -> u32 {
        self.shared.keys_shown.load(Ordering::Relaxed)
    }

    /// Signs somebody in who comes to this address, and says where they are sent back to: path and query.
    pub fn consent(&self, authorization_url: &str) -> String {
        let url: Url = authorization_url.parse().unwrap();
        assert!(authorization_url.starts_with(self.url()), "{authorization_url}");
        let asked: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["client_id"], Self::CLIENT_ID);
        assert_eq!(asked["code_challenge_method"], "S256");
        let code = format!("code-{}", self.shared.codes_given.fetch_add(1, Ordering::Relaxed));
        let granted = Granted {
            challenge: asked["code_challenge"].clone(),
            redirect_uri: asked["redirect_uri"].clone(),
            nonce: asked.get("nonce").cloned(),
        };
        let mut back: Url = asked["redirect_uri"].parse().unwrap();
        back.query_pairs_mut().append_pair("code", &code).append_pair("state", &asked["state"]);
        self.script(|script| {
            script.codes.insert(code, granted);
            if let Some(issuer) = &script.names_itself_as {
                back.query_pairs_mut().append_pair("iss", issuer);
            }
        });
        format!("{}?{}", back.path(), back.query().unwrap())
    }

    fn script<T>(&self, change: impl FnOnce(&mut Script) -> T) -> T {
        change(&mut self.shared.script.lock().unwrap())
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

type Answer = Result<Json<Value>, StatusCode>;

impl Shared {
    fn answer(&self, make: impl FnOnce(&mut Script) -> Answer) -> Answer {
        let mut script = self.script.lock().unwrap();
        if script.up { make(&mut script) } else { Err(StatusCode::INTERNAL_SERVER_ERROR) }
    }

    fn claims(&self, script: &Script, nonce: Option<&String>) -> Value {
        let mut claims = json!({
            "iss": self.url, "sub": Provider::SUBJECT, "aud": Provider::CLIENT_ID, "nonce": nonce,
            "iat": self.now, "exp": self.now + 300,
            "email": "grace@example.org", "email_verified": true, "name": "Grace Hopper",
        });
        let all = claims.as_object_mut().unwrap();
        all.extend(script.claims.as_object().unwrap().clone());
        all.retain(|_, value| !value.is_null());
        claims
    }
}

async fn discovery(State(shared): State<Arc<Shared>>) -> Answer {
    let url = &shared.url;
    shared.answer(|script| {
        Ok(Json(json!({
            "issuer": url,
            "authorization_endpoint": format!("{url}/authorize?tenant=1"),
            "token_endpoint": format!("{url}/token"),
            "jwks_uri": format!("{url}/jwks"),
            "userinfo_endpoint": script.user_info.is_some().then(|| format!("{url}/me")),
            "authorization_response_iss_parameter_supported": script.names_itself_as.is_some(),
        })))
    })
}

async fn keys(State(shared): State<Arc<Shared>>) -> Answer {
    shared.keys_shown.fetch_add(1, Ordering::Relaxed);
    shared.answer(|script| {
        let point = public_point(script.key);
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
        let kid = format!("key-{}", script.key);
        let key =
            json!({ "kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", "alg": "ES256", "x": x, "y": y });
        Ok(Json(json!({ "keys": [key] })))
    })
}

/// Redeems a code once, for the client and the verifier that it was given for.
async fn token(State(shared): State<Arc<Shared>>, headers: HeaderMap, form: Bytes) -> Answer {
    let form: HashMap<String, String> = form_urlencoded::parse(&form).into_owned().collect();
    shared.answer(|script| {
        let refused = |error: &str| Ok(Json(json!({ "error": error })));
        if form["grant_type"] != "authorization_code" || !is_our_client(&headers, &form) {
            return refused("invalid_client");
        }
        let Some(granted) = script.codes.remove(&form["code"]) else { return refused("invalid_grant") };
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
        if challenge != granted.challenge || form["redirect_uri"] != granted.redirect_uri {
            return refused("invalid_grant");
        }
        let claims = shared.claims(script, granted.nonce.as_ref());
        let id_token = signed(script.signing, script.key, &claims);
        Ok(Json(json!({ "access_token": "at-1", "token_type": "Bearer", "id_token": id_token })))
    })
}

/// By HTTP's basic scheme with each part form-encoded, or in the form.
fn is_our_client(headers: &HeaderMap, form: &HashMap<String, String>) -> bool {
    let Some(given) = headers.get("authorization") else {
        return form.get("client_id").is_some_and(|id| id == Provider::CLIENT_ID)
            && form.get("client_secret").is_some_and(|secret| secret == Provider::CLIENT_SECRET);
    };
    let given = STANDARD.decode(given.to_str().unwrap().strip_prefix("Basic ").unwrap()).unwrap();
    let encoded: String = form_urlencoded::byte_serialize(Provider::CLIENT_SECRET.as_bytes()).collect();
    given == format!("{}:{encoded}", Provider::CLIENT_ID).into_bytes()
}

async fn user_info(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Answer {
    shared.answer(|script| {
        assert_eq!(headers["authorization"], "Bearer at-1");
        script.user_info.clone().map(Json).ok_or(StatusCode::NOT_FOUND)
    })
}

async fn github_user(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Answer {
    shared.answer(|_| {
        assert_eq!(headers["authorization"], "Bearer at-1");
        Ok(Json(json!({ "id": 583_231, "login": "octocat", "name": null, "email": "public@example.org" })))
    })
}

async fn github_emails(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Answer {
    shared.answer(|script| {
        assert_eq!(headers["authorization"], "Bearer at-1");
        Ok(Json(script.emails.clone()))
    })
}

fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

fn public_point(seed: u8) -> Vec<u8> {
    signing_key(seed).verifying_key().to_sec1_point(false).as_bytes().to_vec()
}

fn signed(signing: Signing, seed: u8, claims: &Value) -> String {
    let alg = match signing {
        Signing::Honest | Signing::AnotherKey => "ES256",
        Signing::None => "none",
        Signing::Confused => "HS256",
    };
    let header = json!({ "alg": alg, "kid": format!("key-{seed}"), "typ": "JWT" });
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let text = format!("{}.{}", encode(&header), encode(claims));
    let ecdsa = |seed: u8| -> Vec<u8> {
        let signature: Signature = signing_key(seed).sign(text.as_bytes());
        signature.to_bytes().to_vec()
    };
    let signature = match signing {
        Signing::Honest => ecdsa(seed),
        Signing::AnotherKey => ecdsa(99),
        Signing::None => Vec::new(),
        Signing::Confused => {
            let mut mac = <Hmac<Sha256>>::new_from_slice(&public_point(seed)).unwrap();
            mac.update(text.as_bytes());
            mac.finalize().into_bytes().to_vec()
        }
    };
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}
