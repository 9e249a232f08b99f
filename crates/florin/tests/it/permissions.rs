//! Who may call what: every route of the API document, by everybody, against a committed table.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use axum::http::Method;
use florin_testkit::{Call, Client, Database, PASSWORD, TestApp};
use serde_json::{Value, json};

/// What is served and is no part of the document.
const BESIDES: [(&str, &str); 7] = [
    ("GET", "/api/v1/docs"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/docs"),
    ("GET", "/docs/style.css"),
    ("GET", "/metrics"),
    ("GET", "/problems"),
    ("GET", "/problems/{code}"),
];

/// The method and path of each operation of the document.
fn routes() -> BTreeSet<(String, String)> {
    let document = florin_api::openapi();
    let mut routes = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            routes.insert((path.clone(), method.to_uppercase()));
        }
    }
    routes.extend(BESIDES.iter().map(|(method, path)| ((*path).to_owned(), (*method).to_owned())));
    routes
}

/// The people of the table, and somebody whose things they would lay hands on.
struct World {
    app: TestApp,
    owner: Client,
    /// Somebody who signs in and out all the time.
    visitor: String,
    owners_account: String,
    customers_account: String,
    /// Another administrator, who asks for what others approve.
    asker: Client,
    callers: [(&'static str, Client); 4],
    number: Cell<u32>,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::start(Database::Sqlite).await;
        let (owner, owners_account) = app.funded_customer("1000.00").await;
        let (customer, customers_account) = app.funded_customer("1000.00").await;
        let visitor = app.customer().await.email;
        let callers = [
            ("stranger", app.stranger()),
            ("customer", customer),
            ("teller", app.teller().await),
            ("admin", app.admin().await),
        ];
        let asker = app.admin().await;
        let number = Cell::new(0);
        Self { app, owner, visitor, owners_account, customers_account, asker, callers, number }
    }

    fn key(&self) -> String {
        self.number.set(self.number.get() + 1);
        format!("key-{}", self.number.get())
    }

    fn schedule_body(from: &str, to: &str) -> Value {
        let mut body = Client::transfer_body(from, to, "1.00");
        body["rhythm"] = json!("monthly");
        body["first_on"] = json!("2027-01-31");
        body
    }

    /// Something of the owner's for the `{id}` of this path, made for this one call.
    #[expect(clippy::too_many_lines, reason = "one arm for each kind of thing")]
    async fn id_for(&self, path: &str) -> String {
        let from = &self.owners_account;
        // Whoever is suspended, signed out or gets a record is somebody whom no other route needs.
        if path.ends_with("/users/{id}/suspend")
            || path.ends_with("/users/{id}/reinstate")
            || path.ends_with("/users/{id}/sign-out")
            || path.contains("/customers/")
        {
            return self.app.customer().await.id;
        }
        if path.contains("/employees/") {
            return self.asker.post("/api/v1/employees", &self.employee_body()).await.expect(201).text("/id");
        }
        if path.contains("/screenings/") {
            return self.screening().await;
        }
        if path.contains("/approvals/") {
            let roles = format!("/api/v1/users/{}/roles", self.owner.id);
            return self.asker.post(&roles, &Self::roles_body()).await.expect(202).text("/approval_id");
        }
        if path.contains("/users/") {
            return self.owner.id.clone();
        }
        if path.contains("/cases/") {
            let officer = self.app.staff(florin_kernel::Role::ComplianceOfficer).await;
            return officer.post("/api/v1/cases", &self.case_body()).await.expect(201).text("/id");
        }
        if path.contains("/audit-logs/") {
            return self.app.newest_audit_record().await;
        }
        if path.contains("/payments/") {
            let another = self.app.stranger().login(&self.owner.email).await.open_account("EUR").await;
            let body = Client::transfer_body(from, &another, "1.00");
            let call = Call::post("/api/v1/payments").key(&self.key()).json(&body);
            return self
                .app
                .stranger()
                .login(&self.owner.email)
                .await
                .send(&call)
                .await
                .expect(201)
                .text("/id");
        }
        if path.contains("/payment-methods/") {
            let owner = self.app.stranger().login(&self.owner.email).await;
            let body = json!({ "bank_account": self.bank_account() });
            return owner.post("/api/v1/payment-methods", &body).await.expect(201).text("/id");
        }
        if path.contains("/payees/") {
            let owner = self.app.stranger().login(&self.owner.email).await;
            let body = json!({ "name": "Landlord", "bank_account": self.bank_account() });
            return owner.post("/api/v1/payees", &body).await.expect(201).text("/id");
        }
        if path.contains("/scheduled-payments/") {
            let owner = self.app.stranger().login(&self.owner.email).await;
            let body = Self::schedule_body(from, &self.customers_account);
            return owner.post("/api/v1/scheduled-payments", &body).await.expect(201).text("/id");
        }
        if path.contains("/security/lists/") {
            let analyst = self.app.staff(florin_kernel::Role::FraudAnalyst).await;
            return analyst.post("/api/v1/security/lists", &self.listed_body()).await.expect(201).text("/id");
        }
        if path.contains("/billers/") {
            let body = json!({ "name": self.key(), "category": "utilities", "currency": "EUR" });
            return self.asker.post("/api/v1/billers", &body).await.expect(201).text("/id");
        }
        if path.contains("/accounts/") && !path.ends_with("/close") {
            return from.clone();
        }
        // Files for banks there are none here: whoever may is told so.
        if path.contains("/bank-files/")
            || path.contains("/passkeys/")
            || path.contains("/security/events/")
            || path.contains("/linked-identities/")
        {
            return "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b".to_owned();
        }
        if path.contains("/loans/applications/") {
            let application = self.application().await;
            if path.ends_with("/notice") {
                let officer = self.app.staff(florin_kernel::Role::LoanOfficer).await;
                let body = json!({ "application_id": application, "reasons": ["insufficient_income"] });
                officer.post("/api/v1/loans/reject", &body).await.expect(200);
            }
            return application;
        }
        if path.contains("/loans/") {
            return self.loan().await;
        }
        // Each sign-in beyond the tenth ends the oldest, and whoever makes a key signed in a moment ago.
        let owner = self.app.stranger().login(&self.owner.email).await;
        if path.contains("/sessions/") {
            let sessions = owner.get("/api/v1/auth/sessions").await.expect(200);
            return sessions.text("/data/0/id");
        }
        if path.contains("/devices/") {
            return "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b".to_owned();
        }
        if path.contains("/api-keys/") {
            return owner.post("/api/v1/auth/api-keys", &Self::api_key_body()).await.expect(201).text("/id");
        }
        let another = owner.open_account("EUR").await;
        if path.ends_with("/close") {
            return another;
        }
        let mut body = Client::transfer_body(from, &another, "1.00");
        body["pending"] = json!(path.ends_with("/post") || path.ends_with("/void"));
        let call = Call::post("/api/v1/transfers").key(&self.key()).json(&body);
        owner.send(&call).await.expect(201).text("/id")
    }

    fn application_body() -> Value {
        json!({
            "customer_name": "Ada Example", "loan_amount": "5000", "ssn": "123-45-6789",
            "email": "ada@example.org", "phone": "+14155550123", "annual_income": "90000", "employment_months": 60,
        })
    }

    /// A screening that found nobody.
    async fn screening(&self) -> String {
        let officer = self.app.staff(florin_kernel::Role::ComplianceOfficer).await;
        let body = json!({ "name": "Jennifer Lindqvist" });
        officer.post("/api/v1/aml/screenings", &body).await.expect(201).text("/id")
    }

    /// An application of the owner's.
    async fn application(&self) -> String {
        let owner = self.app.stranger().login(&self.owner.email).await;
        owner.post("/api/v1/loans/apply", &Self::application_body()).await.expect(201).text("/id")
    }

    /// A loan of another lender that is the owner's.
    async fn loan(&self) -> String {
        let owner = self.app.stranger().login(&self.owner.email).await;
        let body = json!({ "loan_amount": "1000", "annual_rate": "8", "term_months": 12 });
        owner.post("/api/v1/auto/loans", &body).await.expect(201).text("/id")
    }

    /// What the owner has already, so that nothing changes for the next row.
    fn roles_body() -> Value {
        json!({ "roles": ["customer"] })
    }

    fn employee_body(&self) -> Value {
        let email = format!("{}@bank.example", self.key());
        json!({ "full_name": "Grace Example", "email": email, "department": "loans", "title": "Clerk" })
    }

    /// A case that was not opened before.
    fn case_body(&self) -> Value {
        json!({ "kind": "aml", "reference": self.key(), "title": "Seven deposits below the limit" })
    }

    /// A bank account elsewhere that nobody saved before.
    fn bank_account(&self) -> Value {
        self.number.set(self.number.get() + 1);
        json!({
            "country": "US", "routing_number": "021000021", "account_number": format!("7{:09}", self.number.get()),
            "account_type": "checking", "holder_name": "Ada Example",
        })
    }

    /// A device that nobody listed before.
    fn listed_body(&self) -> Value {
        json!({ "dimension": "device", "value": self.key(), "effect": "block", "reason": "stolen" })
    }

    /// The set that is active, which is a draft to nobody.
    fn rules_body() -> Value {
        json!({ "toml": florin_risk::rules::starter(florin_kernel::Currency::USD) })
    }

    fn customer_body(&self) -> Value {
        json!({
            "full_name": "Ada Example", "email": format!("{}@example.org", self.key()), "phone": "+14155550123",
            "date_of_birth": "1990-05-17",
            "address": { "line1": "1 Main Street", "city": "Berlin", "country": "DE" },
        })
    }

    fn api_key_body() -> Value {
        json!({ "name": "export", "scopes": ["user.read"], "expires_at": "2027-01-31T00:00:00Z" })
    }

    /// A body that would be accepted of somebody who may; a new route needs a line here.
    #[expect(clippy::too_many_lines, reason = "one arm for each route that wants a body")]
    async fn body_for(&self, method: &str, path: &str) -> Option<Value> {
        let (from, to) = (&self.customers_account, &self.owners_account);
        let name = path.trim_start_matches("/api").trim_start_matches("/v1");
        let euro = json!({ "amount": { "amount": "1.00", "currency": "EUR" } });
        let body = match (method, name) {
            ("GET" | "DELETE", _) => return None,
            ("POST", "/auth/register") => {
                json!({ "email": format!("{}@example.org", self.key()), "password": PASSWORD, "full_name": "Eve Example" })
            }
            ("POST", "/auth/login") => json!({ "email": self.visitor, "password": PASSWORD }),
            ("POST", "/auth/refresh") => {
                json!({ "refresh_token": self.app.stranger().login(&self.visitor).await.refresh_token })
            }
            ("POST", "/auth/email/verify") => json!({ "token": "nobody-was-ever-sent-this" }),
            ("POST", "/auth/email/resend" | "/auth/password/forgot") => json!({ "email": self.visitor }),
            ("POST", "/auth/password/change") => {
                json!({ "current_password": PASSWORD, "new_password": "short" })
            }
            ("POST", "/auth/password/reset") => {
                json!({ "token": "nobody-was-ever-sent-this", "new_password": PASSWORD })
            }
            ("PATCH", "/auth/profile") => json!({ "full_name": "Ada King" }),
            ("POST", "/auth/mfa/enable" | "/auth/mfa/verify" | "/auth/2fa/verify" | "/auth/2fa/disable") => {
                json!({ "code": "of no app" })
            }
            ("POST", "/auth/mfa/disable" | "/auth/mfa/backup-codes") => {
                json!({ "password": PASSWORD, "code": "of no app" })
            }
            ("POST", "/auth/2fa/backup-code") => {
                json!({ "email": self.visitor, "password": PASSWORD, "backup_code": "not looked at" })
            }
            ("POST", "/auth/login/2fa") => {
                json!({ "email": self.visitor, "password": PASSWORD, "code": "not looked at" })
            }
            ("POST", "/auth/step-up") => json!({ "password": PASSWORD }),
            ("POST", "/auth/passkeys/register/finish" | "/auth/passkeys/login/finish") => {
                json!({ "challenge_token": "nobody-was-ever-given-this", "credential": {} })
            }
            ("POST", "/customers" | "/customers/create") => self.customer_body(),
            ("PATCH", "/customers/{id}") => {
                let mut body = self.customer_body();
                body.as_object_mut().unwrap().remove("email");
                body["version"] = json!(0);
                body
            }
            ("POST", "/customers/search" | "/loans/search") => {
                json!({ "search_term": "nobody is called this" })
            }
            ("POST", "/employees") => self.employee_body(),
            ("PATCH", "/employees/{id}") => json!({ "version": 1, "title": "Head of loans" }),
            ("POST", "/auth/api-keys") => Self::api_key_body(),
            ("POST", "/users/{id}/roles") => Self::roles_body(),
            ("POST", "/users/{id}/sign-out") => json!({ "reason": "a lost telephone" }),
            ("POST", "/approvals/{id}/approve" | "/approvals/{id}/reject") => json!({ "note": "as agreed" }),
            ("POST", "/notifications/read") => json!({ "all": true }),
            ("PUT", "/notifications/preferences") => json!({ "scheduled_payments": true }),
            ("POST", "/consents") => json!({ "purpose": "marketing_email", "given": true }),
            ("POST", "/accounts") => json!({ "kind": "checking", "currency": "EUR" }),
            ("POST", "/accounts/{id}/deposit" | "/accounts/{id}/withdraw") => euro,
            ("POST", "/transfers" | "/accounts/transfer" | "/payments") => {
                Client::transfer_body(from, to, "1.00")
            }
            ("POST", "/transfers/batch") => json!({ "transfers": [Client::transfer_body(from, to, "1.00")] }),
            ("POST", "/loans/quote" | "/{kind}/loans") => {
                json!({ "loan_amount": "1000", "currency": "USD", "annual_rate": "8", "term_months": 12 })
            }
            ("POST", "/accounts/search") => json!({ "search_term": "0042" }),
            ("POST", "/payments/{id}/settle") => json!({ "outcome": "failed" }),
            ("POST", "/{kind}/pay") => {
                json!({ "loan_id": from, "amount": { "amount": "1.00", "currency": "EUR" }, "from_account_id": from })
            }
            ("POST", "/payment-methods") => json!({ "bank_account": self.bank_account() }),
            ("POST", "/payees") => json!({ "name": "Landlord", "bank_account": self.bank_account() }),
            ("PATCH", "/payees/{id}") => json!({ "version": 1, "name": "The landlord" }),
            ("POST", "/scheduled-payments") => Self::schedule_body(from, to),
            ("PATCH", "/scheduled-payments/{id}") => json!({ "version": 1, "state": "paused" }),
            ("POST", "/security/fraud-check") => Client::transfer_body(from, to, "1.00"),
            ("POST", "/security/report-fraud") => {
                let kind = "scam";
                json!({ "transaction_id": "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b", "kind": kind })
            }
            ("POST", "/bank-files") => json!({ "rail": "ach" }),
            ("POST", "/security/lists") => self.listed_body(),
            ("PUT", "/security/rules") | ("POST", "/security/rules/backtest") => Self::rules_body(),
            ("POST", "/security/rules/{rule}/snoozes") => {
                json!({ "user_id": self.owner.id, "until": "2026-12-01T00:00:00Z", "reason": "moves house" })
            }
            ("POST", "/security/models") => json!({ "model": "no model at all" }),
            ("POST", "/security/models/{version}/activate") => json!({ "role": "challenger" }),
            ("POST", "/cases") => self.case_body(),
            ("POST", "/cases/{id}/assign") => json!({ "version": 1, "priority": "high" }),
            ("POST", "/cases/{id}/evidence") => {
                json!({ "version": 1, "kind": "document", "reference": "d-1", "text": "A receipt." })
            }
            ("POST", "/cases/{id}/notes") => json!({ "version": 1, "text": "The customer was called." }),
            ("POST", "/cases/{id}/decide") => {
                json!({ "version": 1, "decision": "no_action", "reason": "A payroll." })
            }
            ("POST", "/billers") => json!({ "name": self.key(), "category": "utilities", "currency": "EUR" }),
            ("PATCH", "/billers/{id}") => json!({ "version": 1, "active": false }),
            ("POST", "/loans/apply") => Self::application_body(),
            ("POST", "/loans/applications/{id}/questions") => {
                json!({ "question": "What do you earn besides?" })
            }
            ("POST", "/loans/applications/{id}/questions/{question}/answer") => {
                json!({ "answer": "Nothing." })
            }
            ("POST", "/loans/approve" | "/loans/reject") => {
                json!({ "application_id": self.application().await, "note": "as discussed" })
            }
            ("POST", "/loans/{id}/disburse" | "/loans/{id}/refund") => json!({ "account_id": to }),
            ("POST", "/loans/{id}/reschedule") => {
                json!({ "instalments": 12, "first_due_date": "2026-12-31" })
            }
            ("POST", "/loans/{id}/draw") => json!({ "account_id": to, "amount": "1.00" }),
            ("POST", "/loans/{id}/fees") => json!({ "amount": "1.00" }),
            ("POST", "/loans/{id}/waive") => json!({ "component": "fees", "amount": "1.00" }),
            ("POST", "/loans/{id}/payments") => json!({ "from_account_id": to, "amount": "1.00" }),
            ("POST", "/loans/{id}/payments/{payment}/reverse") => json!({ "to_account_id": to }),
            ("POST", "/monitoring/alert/acknowledge" | "/monitoring/alert/resolve") => {
                json!({ "alert_id": "00000000-0000-0000-0000-000000000000", "note": "seen to" })
            }
            ("POST", "/monitoring/silences") => {
                json!({ "rule": "disk-low", "reason": "a move", "ends_at": "2026-11-25T00:00:00Z" })
            }
            ("POST", "/aml/screenings") => json!({ "name": "Jennifer Lindqvist" }),
            ("POST", "/aml/screenings/{id}/decide") => {
                json!({ "decision": "false_match", "reason": "as seen" })
            }
            ("POST", "/aml/lists/{source}") => json!({ "files": ["id,kind\n"] }),
            ("POST", "/ledger/periods/close") => json!({ "through": "2026-01-31" }),
            (
                "POST",
                "/auth/logout"
                | "/auth/logout/all"
                | "/auth/mfa/setup"
                | "/auth/2fa/enable"
                | "/auth/passkeys/register/start"
                | "/auth/passkeys/login/start"
                | "/auth/passkeys/step-up/start"
                | "/users/{id}/unlock"
                | "/users/{id}/suspend"
                | "/users/{id}/reinstate"
                | "/employees/{id}/suspend"
                | "/employees/{id}/reinstate"
                | "/loans/{id}/accept"
                | "/loans/applications/{id}/withdraw"
                | "/loans/{id}/write-off"
                | "/loans/{id}/re-age"
                | "/accounts/{id}/freeze"
                | "/accounts/{id}/unfreeze"
                | "/accounts/{id}/close"
                | "/transfers/{id}/post"
                | "/transfers/{id}/void"
                | "/transfers/{id}/reverse"
                | "/payments/{id}/cancel"
                | "/payments/{id}/refund"
                | "/bank-files/{id}/sent"
                | "/bank-files/answers"
                | "/webhooks/{processor}"
                | "/compliance/audit-logs/verify"
                | "/security/rules/{hash}/activate"
                | "/aml/runs",
            ) => json!({}),
            _ => panic!("{method} {path} has no body here to call it with"),
        };
        Some(body)
    }

    async fn status(&self, caller: &Client, method: &str, path: &str) -> u16 {
        let signs_out = path.ends_with("/logout") || path.ends_with("/logout/all");
        let again = if signs_out && caller.token.is_some() {
            self.app.stranger().login(&caller.email).await
        } else {
            caller.clone()
        };
        let mut target = path
            .replace("{code}", "not_found")
            .replace("{provider}", "google")
            .replace("{processor}", "simulator")
            .replace("{source}", "house")
            .replace("{kind}", "auto")
            .replace("{payment}", "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b")
            .replace("{question}", "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b")
            .replace("{hash}", "of-no-rules")
            .replace("{rule}", "structured-burst")
            .replace("{user_id}", &self.owner.id)
            .replace("{version}", "of-no-model");
        if target.contains("{id}") {
            target = target.replace("{id}", &self.id_for(path).await);
        }
        assert!(!target.contains('{'), "{path} has a parameter that is not filled in here");
        let call = Call::new(Method::from_bytes(method.as_bytes()).unwrap(), target).key(&self.key());
        let call = match self.body_for(method, path).await {
            Some(body) => call.json(&body),
            None => call,
        };
        let answer = again.send(&call).await;
        assert!(answer.status.as_u16() < 500, "{method} {path}: {answer:?}");
        if path.ends_with("/suspend") && answer.status == 204 {
            let undo = Call::post(format!("/api/v1/users/{}/reinstate", self.owner.id));
            again.send(&undo).await.expect(204);
        }
        if path.ends_with("/freeze") && answer.status == 200 {
            let undo =
                Call::post(format!("/api/v1/accounts/{}/unfreeze", self.owners_account)).json(&json!({}));
            again.send(&undo).await.expect(200);
        }
        answer.status.as_u16()
    }
}

#[tokio::test]
async fn every_route_is_open_to_those_whom_the_table_names_and_to_nobody_else() {
    let world = Box::pin(World::new()).await;
    let width = routes().iter().map(|(path, method)| path.len() + method.len() + 1).max().unwrap();
    let mut table = format!("{:width$}", "route");
    for (name, _) in &world.callers {
        let _ = write!(table, "  {name:>8}");
    }
    table.push('\n');
    for (path, method) in routes() {
        let _ = write!(table, "{:width$}", format!("{method} {path}"));
        // Whoever signs out everywhere must be able to come in again for the next route.
        for (name, caller) in &world.callers {
            let caller = if *name == "stranger" {
                caller.clone()
            } else {
                world.app.stranger().login(&caller.email).await
            };
            let status = world.status(&caller, &method, &path).await;
            let _ = write!(table, "  {status:>8}");
        }
        table.push('\n');
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/permissions.txt");
    if std::env::var_os("FLORIN_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let differing: Vec<(&str, &str)> =
        committed.lines().zip(table.lines()).filter(|(before, now)| before != now).collect();
    assert!(
        committed == table,
        "if it is meant, run again with FLORIN_UPDATE_SNAPSHOTS=1; first of all {:?}\n{table}",
        differing.first()
    );
    world.app.finish().await;
}

#[tokio::test]
async fn a_forged_or_foreign_token_is_as_good_as_none() {
    let world = Box::pin(World::new()).await;
    let other = TestApp::start(Database::Sqlite).await;
    let stranger_there = other.customer().await;
    for (path, method) in routes() {
        let none = world.status(&world.app.stranger(), &method, &path).await;
        let forged = world.app.stranger().with_token(stranger_there.token.as_deref().unwrap());
        assert_eq!(world.status_without_login(&forged, &method, &path).await, none, "{method} {path}");
    }
    other.finish().await;
    world.app.finish().await;
}

impl World {
    async fn status_without_login(&self, caller: &Client, method: &str, path: &str) -> u16 {
        let target = path
            .replace("{code}", "not_found")
            .replace("{provider}", "google")
            .replace("{processor}", "simulator")
            .replace("{source}", "house")
            .replace("{kind}", "auto")
            .replace("{payment}", "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b")
            .replace("{question}", "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b")
            .replace("{hash}", "of-no-rules")
            .replace("{rule}", "structured-burst")
            .replace("{user_id}", &self.owner.id)
            .replace("{version}", "of-no-model")
            .replace("{id}", &self.owners_account);
        let call = Call::new(Method::from_bytes(method.as_bytes()).unwrap(), target).key(&self.key());
        let call = match self.body_for(method, path).await {
            Some(body) => call.json(&body),
            None => call,
        };
        caller.send(&call).await.status.as_u16()
    }
}

/// What clients of the contract rely on, as far as it is built.
const CONTRACT: &[&str] = &[
    "POST /api/v1/auth/register",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/logout/all",
    "POST /api/v1/auth/password/change",
    "POST /api/v1/auth/password/forgot",
    "POST /api/v1/auth/password/reset",
    "GET /api/v1/auth/password/generate",
    "POST /api/auth/password/change",
    "POST /api/auth/password/forgot",
    "POST /api/auth/password/reset",
    "GET /api/auth/password/generate",
    "GET /api/v1/users",
    "POST /api/v1/users/{id}/unlock",
    "POST /api/v1/users/{id}/roles",
    "GET /api/v1/access/review",
    "GET /api/v1/approvals",
    "POST /api/v1/approvals/{id}/approve",
    "POST /api/v1/approvals/{id}/reject",
    "GET /api/v1/auth/sessions",
    "DELETE /api/v1/auth/sessions/{id}",
    "GET /api/v1/auth/devices",
    "DELETE /api/v1/auth/devices/{id}",
    "POST /api/v1/auth/login/2fa",
    "POST /api/v1/auth/mfa/setup",
    "POST /api/v1/auth/mfa/enable",
    "POST /api/v1/auth/mfa/verify",
    "POST /api/v1/auth/mfa/disable",
    "POST /api/v1/auth/mfa/backup-codes",
    "POST /api/v1/auth/2fa/enable",
    "POST /api/v1/auth/2fa/verify",
    "POST /api/v1/auth/2fa/disable",
    "POST /api/v1/auth/2fa/backup-code",
    "POST /api/v1/auth/step-up",
    "POST /api/v1/auth/passkeys/register/start",
    "POST /api/v1/auth/passkeys/register/finish",
    "POST /api/v1/auth/passkeys/login/start",
    "POST /api/v1/auth/passkeys/login/finish",
    "POST /api/auth/login/2fa",
    "POST /api/auth/mfa/setup",
    "POST /api/auth/mfa/enable",
    "POST /api/auth/mfa/verify",
    "POST /api/auth/mfa/disable",
    "POST /api/auth/mfa/backup-codes",
    "POST /api/auth/2fa/enable",
    "POST /api/auth/2fa/verify",
    "POST /api/auth/2fa/disable",
    "POST /api/auth/2fa/backup-code",
    "POST /api/auth/step-up",
    "POST /api/auth/passkeys/register/start",
    "POST /api/auth/passkeys/register/finish",
    "POST /api/auth/passkeys/login/start",
    "POST /api/auth/passkeys/login/finish",
    "GET /api/v1/auth/profile",
    "PATCH /api/v1/auth/profile",
    "POST /api/v1/auth/email/verify",
    "POST /api/v1/auth/email/resend",
    "POST /api/auth/register",
    "POST /api/auth/login",
    "POST /api/auth/refresh",
    "POST /api/auth/logout",
    "GET /api/auth/profile",
    "GET /api/v1/auth/api-keys",
    "POST /api/v1/auth/api-keys",
    "DELETE /api/v1/auth/api-keys/{id}",
    "GET /api/v1/auth/oauth/{provider}/start",
    "GET /api/v1/auth/oauth/{provider}/callback",
    "GET /api/auth/oauth/{provider}/start",
    "GET /api/auth/oauth/{provider}/callback",
    "POST /api/v1/customers",
    "GET /api/v1/customers/{id}",
    "PATCH /api/v1/customers/{id}",
    "POST /api/v1/customers/search",
    "POST /api/customers/create",
    "POST /api/customers/search",
    "GET /api/v1/employees",
    "POST /api/v1/employees",
    "PATCH /api/v1/employees/{id}",
    "POST /api/v1/employees/{id}/suspend",
    "POST /api/v1/accounts",
    "GET /api/v1/accounts",
    "GET /api/v1/accounts/{id}",
    "GET /api/v1/accounts/{id}/balance",
    "GET /api/v1/accounts/{id}/entries",
    "GET /api/v1/accounts/{id}/statement",
    "POST /api/v1/accounts/{id}/freeze",
    "POST /api/v1/accounts/{id}/unfreeze",
    "POST /api/v1/accounts/{id}/close",
    "POST /api/v1/accounts/{id}/deposit",
    "POST /api/v1/accounts/{id}/withdraw",
    "POST /api/v1/transfers",
    "GET /api/v1/transfers",
    "GET /api/v1/transfers/{id}",
    "POST /api/v1/transfers/{id}/post",
    "POST /api/v1/transfers/{id}/void",
    "POST /api/v1/transfers/{id}/reverse",
    "POST /api/v1/transfers/batch",
    "POST /api/accounts/transfer",
    "POST /api/v1/accounts/search",
    "POST /api/accounts/search",
    "POST /api/v1/payments",
    "GET /api/v1/payments",
    "GET /api/v1/payments/{id}",
    "POST /api/v1/payments/{id}/cancel",
    "POST /api/v1/payments/{id}/refund",
    "POST /api/v1/{kind}/pay",
    "GET /api/v1/payment-methods",
    "POST /api/v1/payment-methods",
    "DELETE /api/v1/payment-methods/{id}",
    "GET /api/v1/scheduled-payments",
    "POST /api/v1/scheduled-payments",
    "GET /api/v1/scheduled-payments/{id}",
    "PATCH /api/v1/scheduled-payments/{id}",
    "DELETE /api/v1/scheduled-payments/{id}",
    "GET /api/v1/payees",
    "POST /api/v1/payees",
    "PATCH /api/v1/payees/{id}",
    "DELETE /api/v1/payees/{id}",
    "GET /api/v1/bank-files",
    "POST /api/v1/bank-files",
    "POST /api/v1/bank-files/answers",
    "GET /api/v1/billers",
    "POST /api/v1/webhooks/{processor}",
    "POST /api/v1/loans/quote",
    "POST /api/v1/{kind}/loans",
    "GET /api/v1/{kind}/loans",
    "GET /api/v1/loans/{id}",
    "GET /api/v1/loans/{id}/schedule",
    "GET /api/v1/loans/{id}/payoff",
    "GET /api/v1/loans/{id}/payments",
    "POST /api/v1/loans/{id}/payments",
    "POST /api/v1/loans/{id}/payments/{payment}/reverse",
    "GET /api/v1/loans/{id}/disclosure",
    "GET /api/v1/loans/{id}/statement",
    "GET /api/v1/loans/{id}/statements",
    "POST /api/v1/loans/{id}/draw",
    "GET /api/v1/loans/applications/{id}/notice",
    "GET /api/v1/payments/{id}/receipt",
    "POST /api/v1/loans/search",
    "POST /api/loans/search",
    "POST /api/v1/loans/apply",
    "POST /api/loans/apply",
    "POST /api/v1/loans/approve",
    "POST /api/loans/approve",
    "POST /api/v1/loans/reject",
    "POST /api/loans/reject",
    "GET /api/v1/loans/applications",
    "GET /api/v1/loans/applications/{id}",
    "POST /api/v1/loans/applications/{id}/withdraw",
    "POST /api/v1/loans/{id}/accept",
    "POST /api/v1/loans/{id}/disburse",
    "POST /api/v1/loans/{id}/reschedule",
    "POST /api/v1/loans/{id}/write-off",
    "POST /api/v1/loans/{id}/fees",
    "POST /api/v1/loans/{id}/waive",
    "POST /api/v1/loans/{id}/re-age",
    "POST /api/v1/loans/{id}/refund",
    "GET /api/v1/ledger/accounts",
    "GET /api/v1/ledger/trial-balance",
    "GET /api/v1/ledger/entries",
    "POST /api/v1/ledger/periods/close",
    "GET /api/v1/compliance/audit-logs",
    "GET /api/v1/compliance/audit-logs/{id}/proof",
    "POST /api/v1/compliance/audit-logs/verify",
    "GET /api/v1/security/lists",
    "POST /api/v1/security/lists",
    "DELETE /api/v1/security/lists/{id}",
    "GET /api/v1/security/rules",
    "PUT /api/v1/security/rules",
    "POST /api/v1/security/rules/backtest",
    "GET /api/v1/security/models",
    "POST /api/v1/security/models/{version}/activate",
    "GET /api/v1/notifications",
    "POST /api/v1/notifications/read",
    "GET /api/v1/notifications/preferences",
    "PUT /api/v1/notifications/preferences",
    "GET /api/v1/consents",
    "POST /api/v1/consents",
    "GET /api/v1/cases",
    "POST /api/v1/cases",
    "POST /api/v1/cases/{id}/decide",
    "GET /api/v1/monitoring/metrics",
    "GET /api/v1/monitoring/alerts",
    "GET /api/v1/monitoring/dashboard",
    "POST /api/v1/monitoring/alert/acknowledge",
    "POST /api/v1/monitoring/alert/resolve",
    "GET /api/v1/aml/alerts",
    "GET /api/v1/aml/screenings",
    "POST /api/v1/aml/screenings",
    "GET /api/v1/aml/screenings/{id}",
    "POST /api/v1/aml/screenings/{id}/decide",
    "GET /api/v1/aml/lists",
    "POST /api/v1/aml/lists/{source}",
    "GET /health",
    "GET /api/versions",
    "GET /.well-known/jwks.json",
    "GET /api/v1/csrf-token",
];

#[test]
fn the_document_has_every_path_that_clients_rely_on() {
    let routes: BTreeSet<String> = routes().iter().map(|(path, method)| format!("{method} {path}")).collect();

    let missing: Vec<&str> = CONTRACT.iter().copied().filter(|route| !routes.contains(*route)).collect();

    assert_eq!(missing, [""; 0]);
}
