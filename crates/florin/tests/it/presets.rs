//! Each preset does what the system did that it is named after: every value is read back from what the program does.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use florin_testkit::{Answer, Browser, Call, Client, SESSION_COOKIE, TestApp, test_databases};
use serde_json::{Value, json};

const LOGIN: &str = "/api/v1/auth/login";
const PROFILE: &str = "/api/v1/auth/profile";
/// All four classes, cut to the length that is wanted.
const CLASSES: &str = "Zq7!wmKx3pVt#Lb9dRgY";
/// Three of them, of any length that is ever wanted.
const NO_CAPITAL: &str = "zq7!wmkx3pvt#lb9drgy";
const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

/// What a preset promises of identity.
struct Promised {
    preset: &'static str,
    access_seconds: i64,
    /// `None` where there are no refresh tokens.
    refresh_seconds: Option<i64>,
    signature: &'static str,
    lockout: Lockout,
    password_chars: usize,
    /// How a new password's hash begins.
    hash: &'static str,
    /// How a field that is kept encrypted begins.
    field: &'static str,
    /// How long a customer's browser lasts without a request.
    customer_idle_seconds: i64,
    staff_idle_seconds: i64,
}

enum Lockout {
    /// So many failures close the account for so long.
    Account { failures: usize, seconds: i64 },
    /// So many failures within so long block the address.
    Address { failures: usize, window_seconds: i64 },
}

/// An instance, and somebody on it whose password is as short as it may be.
struct World {
    app: TestApp,
    promised: Promised,
    password: String,
}

impl World {
    async fn register(&self, email: &str, password: &str) -> Answer {
        let body = json!({ "email": email, "password": password, "full_name": "Ada Example" });
        self.app.stranger().post("/api/v1/auth/register", &body).await
    }

    /// Somebody who is known and has not signed in yet.
    async fn person(&self, email: &str) -> String {
        self.register(email, &self.password).await.expect(201);
        email.to_owned()
    }

    async fn login(&self, email: &str, password: &str) -> Answer {
        self.app.stranger().post(LOGIN, &json!({ "email": email, "password": password })).await
    }

    async fn login_from(&self, ip: &str, email: &str, password: &str) -> Answer {
        let body = json!({ "email": email, "password": password });
        self.app.stranger().send(&Call::post(LOGIN).json(&body).from(ip)).await
    }

    async fn browser(&self, email: &str) -> Browser {
        let mut browser = self.app.browser();
        let call = Call::post(LOGIN).header("x-session", b"cookie");
        let body = json!({ "email": email, "password": self.password });
        browser.csrf_token = browser.send(call.json(&body)).await.expect(200).text("/csrf_token");
        browser
    }

    async fn text(&self, sql: &'static str) -> String {
        let found =
            self.app.services.db.read(move |r| {
                r.row(sql, &[])?.map_or_else(|| Ok(String::new()), |row| row.get::<String>(0))
            });
        let found: Result<String, florin_db::DbError> = found.await;
        found.unwrap()
    }

    fn advance(&self, seconds: i64) {
        self.app.clock.advance_seconds(seconds);
    }
}

fn header(token: &str) -> Value {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice(&header).unwrap()
}

async fn passwords(world: &World) {
    let chars = world.promised.password_chars;
    let codes = |answer: Answer| -> Vec<String> {
        let problem = answer.problem(422, "validation_failed");
        let codes = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["code"].as_str().unwrap().to_owned());
        codes.collect()
    };

    assert_eq!(codes(world.register("short@example.org", &CLASSES[..chars - 1]).await), ["too_short"]);
    assert_eq!(codes(world.register("plain@example.org", &NO_CAPITAL[..chars]).await), ["too_few_classes"]);
    world.register("right@example.org", &CLASSES[..chars]).await.expect(201);
    let hash = world.text("SELECT password_hash FROM identity_user WHERE email = 'right@example.org'").await;
    assert!(hash.starts_with(world.promised.hash), "{hash}");
}

async fn tokens(world: &World) {
    let promised = &world.promised;
    let email = world.person("tokens@example.org").await;
    let answer = world.login(&email, &world.password).await.expect(200);
    let token = answer.text("/access_token");
    let ada = world.app.stranger().with_token(&token);

    assert_eq!(header(&token)["alg"], promised.signature);
    let set = world.app.stranger().get("/.well-known/jwks.json").await.expect(200).json();
    assert_eq!(set["keys"].as_array().unwrap().len(), usize::from(promised.signature == "EdDSA"));
    assert_eq!(answer.json()["expires_in"], json!(promised.access_seconds));
    world.advance(promised.access_seconds - 1);
    ada.get(PROFILE).await.expect(200);
    world.advance(6);
    ada.get(PROFILE).await.expect(401);
    refreshing(world, &answer).await;
}

/// Refreshes until the sign-in is over, where that can be done at all.
async fn refreshing(world: &World, first: &Answer) {
    let refresh = async |token: String| {
        let body = json!({ "refresh_token": token });
        world.app.stranger().post("/api/v1/auth/refresh", &body).await
    };
    let Some(lasts) = world.promised.refresh_seconds else {
        assert!(first.json().get("refresh_token").is_none(), "{first:?}");
        refresh(format!("flr_{}", "A".repeat(70))).await.problem(401, "token_revoked");
        return;
    };
    // So long after the sign-in, seen from the five seconds after its first access token.
    let mut age = world.promised.access_seconds + 5;
    let mut token = first.text("/refresh_token");
    while age < lasts - DAY {
        token = refresh(token).await.expect(200).text("/refresh_token");
        world.advance(DAY);
        age += DAY;
    }
    world.advance(lasts - age - 1);
    token = refresh(token).await.expect(200).text("/refresh_token");
    world.advance(1);
    refresh(token).await.problem(401, "token_revoked");
}

async fn lockout(world: &World) {
    match world.promised.lockout {
        Lockout::Account { failures, seconds } => account_lockout(world, failures, seconds).await,
        Lockout::Address { failures, window_seconds } => address_block(world, failures, window_seconds).await,
    }
}

async fn account_lockout(world: &World, failures: usize, seconds: i64) {
    let email = world.person("locked@example.org").await;
    for _ in 1..failures {
        world.login(&email, "wrong").await.problem(401, "invalid_credentials");
    }
    world.login(&email, &world.password).await.expect(200);
    for _ in 0..failures {
        world.login(&email, "wrong").await.problem(401, "invalid_credentials");
    }

    let locked = world.login(&email, &world.password).await;
    locked.problem(423, "account_locked");
    assert_eq!(locked.headers["retry-after"], seconds.to_string().as_str());
    world.advance(seconds - 1);
    world.login(&email, &world.password).await.problem(423, "account_locked");
    world.advance(1);
    world.login(&email, &world.password).await.expect(200);
}

async fn address_block(world: &World, failures: usize, window_seconds: i64) {
    let (here, there) = ("203.0.113.7", "198.51.100.7");
    let email = world.person("guessed@example.org").await;
    for n in 1..failures {
        world.login_from(here, &format!("nobody-{n}@example.org"), "wrong").await.expect(401);
    }
    world.login_from(here, &email, &world.password).await.expect(200);

    world.login_from(here, "nobody@example.org", "wrong").await.expect(401);
    world.login_from(here, &email, &world.password).await.problem(401, "invalid_credentials");
    world.login_from(there, &email, &world.password).await.expect(200);
    // Addresses are counted by the machine's own clock, which no test moves.
    let window_minutes = world.app.services.config.lockout.ip_window_minutes;
    assert_eq!(i64::from(window_minutes) * MINUTE, window_seconds);
    // However often the account itself is guessed at, it stays open to others.
    for n in 0..2 * failures {
        world.login_from(&format!("192.0.2.{n}"), &email, "wrong").await.expect(401);
    }
    world.login_from(there, &email, &world.password).await.expect(200);
}

async fn browsers(world: &World) {
    let customer = world.person("browser@example.org").await;
    idle(world, &customer, world.promised.customer_idle_seconds).await;

    let staff = florin_identity::NewPerson {
        email: "tom@example.org".parse().unwrap(),
        password: florin_identity::Password::try_new(&world.password).unwrap(),
        full_name: "Tom Example".parse().unwrap(),
        phone: None,
    };
    let operator = florin_kernel::Actor::system("test");
    let role = [florin_kernel::Role::Teller];
    world.app.services.identity.create_staff(&operator, staff, &role).await.unwrap();
    idle(world, "tom@example.org", world.promised.staff_idle_seconds).await;
}

async fn idle(world: &World, email: &str, seconds: i64) {
    let mut browser = world.browser(email).await;
    assert!(browser.cookies.contains_key(SESSION_COOKIE));
    world.advance(seconds - 1);
    browser.get(PROFILE).await.expect(200);
    world.advance(seconds);
    browser.get(PROFILE).await.problem(401, "token_revoked");
}

async fn fields(world: &World) {
    let email = world.person("field@example.org").await;
    let token = world.login(&email, &world.password).await.expect(200).text("/access_token");
    let ada: Client = world.app.stranger().with_token(&token);
    let setup = ada.post("/api/v1/auth/mfa/setup", &json!({})).await.expect(200);

    let kept = world.text("SELECT secret FROM identity_totp").await;

    assert!(kept.starts_with(world.promised.field), "{kept}");
    assert!(!kept.contains(&setup.text("/secret")));
    let code = florin_testkit::totp_code(&setup.text("/secret"), world.app.services.env.now());
    ada.post("/api/v1/auth/mfa/enable", &json!({ "code": code })).await.expect(200);
}

async fn keeps_its_promise(promised: fn() -> Promised) {
    for database in test_databases() {
        let promised = promised();
        let app = TestApp::start_preset(database, promised.preset, &[]).await;
        let password = CLASSES[..promised.password_chars].to_owned();
        let world = World { app, promised, password };

        passwords(&world).await;
        lockout(&world).await;
        tokens(&world).await;
        browsers(&world).await;
        fields(&world).await;

        world.app.finish().await;
    }
}

#[tokio::test]
async fn biller_does_what_the_bill_payment_platform_did() {
    Box::pin(keeps_its_promise(|| Promised {
        preset: "biller",
        access_seconds: DAY,
        refresh_seconds: None,
        signature: "HS256",
        lockout: Lockout::Account { failures: 5, seconds: 30 * MINUTE },
        password_chars: 8,
        hash: "$pbkdf2-sha256$i=100000,",
        field: "gAAAA",
        customer_idle_seconds: 30 * MINUTE,
        staff_idle_seconds: 15 * MINUTE,
    }))
    .await;
}

#[tokio::test]
async fn investing_does_what_the_investment_platform_did() {
    Box::pin(keeps_its_promise(|| Promised {
        preset: "investing",
        access_seconds: 15 * MINUTE,
        refresh_seconds: Some(7 * DAY),
        signature: "HS256",
        lockout: Lockout::Account { failures: 5, seconds: 60 * MINUTE },
        password_chars: 8,
        hash: "$2b$12$",
        field: "fl1.",
        customer_idle_seconds: 30 * MINUTE,
        staff_idle_seconds: 15 * MINUTE,
    }))
    .await;
}

#[tokio::test]
async fn embedded_does_what_the_embedded_finance_backend_did() {
    Box::pin(keeps_its_promise(|| Promised {
        preset: "embedded",
        access_seconds: 15 * MINUTE,
        refresh_seconds: Some(30 * DAY),
        signature: "HS256",
        lockout: Lockout::Account { failures: 5, seconds: 30 * MINUTE },
        password_chars: 12,
        hash: "$2b$12$",
        field: "fl1.",
        customer_idle_seconds: 30 * MINUTE,
        staff_idle_seconds: 15 * MINUTE,
    }))
    .await;
}

#[tokio::test]
async fn bank_does_what_the_staff_system_of_the_bank_did() {
    Box::pin(keeps_its_promise(|| Promised {
        preset: "bank",
        access_seconds: 15 * MINUTE,
        refresh_seconds: None,
        signature: "EdDSA",
        lockout: Lockout::Address { failures: 5, window_seconds: 5 * MINUTE },
        password_chars: 12,
        hash: "$2b$12$",
        field: "gAAAA",
        customer_idle_seconds: 120 * MINUTE,
        staff_idle_seconds: 120 * MINUTE,
    }))
    .await;
}
