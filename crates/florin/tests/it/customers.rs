//! Customers: made known at the counter, completed, searched, masked, unmasked for cause.

use axum::http::Method;
use florin_kernel::{Department, Role};
use florin_testkit::{Answer, Call, Client, Database, PASSWORD, TestApp, on_both_engines};
use serde_json::{Value, json};

const CUSTOMERS: &str = "/api/v1/customers";
/// The same number as it is written, and as it lies nowhere.
const SSN: &str = "123-45-6789";
const SIN: &str = "046-454-286";

fn form(email: &str) -> Value {
    json!({
        "full_name": "Ada Lovelace",
        "email": email,
        "phone": "+14155550123",
        "date_of_birth": "1990-05-17",
        "ssn": SSN,
        "address": {
            "line1": "1 Analytical Way", "city": "San Francisco", "region": "CA", "postal_code": "94105-1234", "country": "US",
        },
    })
}

/// The same form with other fields.
fn with(mut form: Value, fields: &Value) -> Value {
    form.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    form
}

async fn patch(client: &Client, id: &str, body: &Value) -> Answer {
    client.send(&Call::new(Method::PATCH, format!("{CUSTOMERS}/{id}")).json(body)).await
}

async fn read(client: &Client, id: &str) -> Answer {
    client.get(&format!("{CUSTOMERS}/{id}")).await
}

async fn reveal(client: &Client, id: &str, what: &str) -> Answer {
    client.get(&format!("{CUSTOMERS}/{id}?reveal={what}")).await
}

/// The ids that a search finds.
async fn found(client: &Client, term: &str) -> Vec<String> {
    let answer =
        client.post(&format!("{CUSTOMERS}/search"), &json!({ "search_term": term })).await.expect(200);
    let data = answer.json()["data"].as_array().unwrap().clone();
    data.iter().map(|customer| customer["id"].as_str().unwrap().to_owned()).collect()
}

/// The fields that a refusal names, with their codes.
fn faults(answer: &Answer) -> Vec<(String, String)> {
    let problem = answer.problem(422, "validation_failed");
    let text = |error: &Value, what: &str| error[what].as_str().unwrap().to_owned();
    problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (text(error, "field"), text(error, "code")))
        .collect()
}

async fn details(app: &TestApp, action: &'static str) -> Vec<String> {
    let found = app.services.db.read(move |reader| {
        let rows = reader.rows(
            "SELECT detail FROM audit_record WHERE action = $1 AND outcome = 'success' ORDER BY seq",
            &florin_db::params![action],
        )?;
        rows.iter().map(|row| Ok(row.get::<Option<String>>(0)?.unwrap_or_default())).collect()
    });
    found.await.unwrap_or_else(|error: florin_db::DbError| panic!("{error}"))
}

on_both_engines! {
    async fn a_customer_made_at_the_counter_is_invited_and_sees_themselves_masked(app: &TestApp) {
        let teller = app.teller().await;

        let made = teller.post(CUSTOMERS, &form("ada@example.org")).await.expect(201).json();

        assert_eq!(made["ssn"], "***-**-6789");
        assert_eq!((&made["sin"], &made["phone"]), (&Value::Null, &json!("****0123")));
        assert_eq!(made["address"]["postal_code"], "94105-1234");
        assert_eq!((&made["version"], &made["is_verified"], &made["status"]), (&json!(1), &json!(false), &json!("active")));
        let id = made["id"].as_str().unwrap();
        let before = json!({ "email": "ada@example.org", "password": PASSWORD });
        app.stranger().post("/api/v1/auth/login", &before).await.problem(401, "invalid_credentials");

        let ada = app.accept_invitation("ada@example.org").await;

        assert_eq!(ada.id, id);
        let own = read(&ada, id).await.expect(200).json();
        assert_eq!((&own["is_verified"], &own["date_of_birth"]), (&json!(true), &json!("1990-05-17")));
        assert_eq!((&own["ssn"], &own["phone"]), (&json!("***-**-6789"), &json!("****0123")));
        ada.open_account("EUR").await;
        let mails = app.mails("ada@example.org").await;
        assert!(mails[0].contains("Subject: Your account is ready"), "{}", mails[0]);
        assert!(mails[1].contains("Subject: Your email address is confirmed"), "{}", mails[1]);
        let profile = ada.get("/api/v1/auth/profile").await.expect(200).json();
        assert_eq!(profile["roles"], json!(["customer"]));
    }

    async fn an_invitation_works_once_and_late_comers_ask_for_another_password(app: &TestApp) {
        let teller = app.teller().await;
        let id = teller.post(CUSTOMERS, &form("ada@example.org")).await.expect(201).text("/id");
        let token = app.mailed_token("ada@example.org").await;
        app.clock.advance_seconds(72 * 3_600);

        let body = json!({ "token": token, "new_password": PASSWORD });
        let late = app.stranger().post("/api/v1/auth/password/reset", &body).await;
        assert_eq!(faults(&late), [("token".to_owned(), "invalid".to_owned())]);
        app.stranger().post("/api/v1/auth/password/forgot", &json!({ "email": "ada@example.org" })).await.expect(202);
        let ada = app.accept_invitation("ada@example.org").await;

        assert_eq!(read(&ada, &id).await.expect(200).json()["is_verified"], true);
        let again = json!({ "token": app.mailed_token("ada@example.org").await, "new_password": PASSWORD });
        app.stranger().post("/api/v1/auth/password/reset", &again).await.expect(422);
    }

    async fn the_paths_of_the_bank_do_the_same(app: &TestApp) {
        let teller = app.teller().await;

        let made = teller.post("/api/customers/create", &form("ada@example.org")).await.expect(201);
        let answer = teller.post("/api/customers/search", &json!({ "search_term": "lovelace" })).await.expect(200);

        assert_eq!(answer.text("/data/0/id"), made.text("/id"));
        assert_eq!(answer.text("/data/0/ssn"), "***-**-6789");
    }

    async fn each_field_that_cannot_be_taken_is_named_and_none_is_repeated(app: &TestApp) {
        let teller = app.teller().await;
        let good = || form("ada@example.org");
        let address = |fields: Value| json!({ "address": with(good()["address"].clone(), &fields) });
        for (fields, field, code) in [
            (json!({ "full_name": "A" }), "full_name", "invalid"),
            (json!({ "email": "ada" }), "email", "invalid"),
            (json!({ "phone": "6285550177" }), "phone", "invalid"),
            (json!({ "date_of_birth": "1990-02-30" }), "date_of_birth", "invalid"),
            (json!({ "date_of_birth": "2026-11-22" }), "date_of_birth", "invalid"),
            (json!({ "ssn": "666-45-6789" }), "ssn", "invalid"),
            (json!({ "ssn": "000-45-6789" }), "ssn", "invalid"),
            (json!({ "ssn": "123456-789" }), "ssn", "invalid"),
            (json!({ "ssn": null, "sin": "046454287" }), "sin", "invalid"),
            (json!({ "sin": SIN }), "sin", "conflicting"),
            (address(json!({ "postal_code": "9410" })), "address.postal_code", "invalid"),
            (address(json!({ "country": "CA" })), "address.postal_code", "invalid"),
            (address(json!({ "country": "UK" })), "address.country", "invalid"),
            (address(json!({ "region": "" })), "address.region", "missing"),
            (address(json!({ "line1": " " })), "address.line1", "missing"),
            (address(json!({ "city": "a\u{0}b" })), "address.city", "invalid"),
            (address(json!({ "zip": "94105" })), "address.zip", "unknown_field"),
            (json!({ "is_admin": true }), "is_admin", "unknown_field"),
        ] {
            let refused = teller.post(CUSTOMERS, &with(good(), &fields)).await;
            assert_eq!(faults(&refused), [(field.to_owned(), code.to_owned())], "{fields}");
            let told = String::from_utf8_lossy(&refused.body).into_owned();
            assert!(!told.contains("6789") && !told.contains("6285550177"), "{told}");
        }
        let all = json!({ "full_name": "", "email": "", "phone": "", "date_of_birth": "", "ssn": "1", "address": { "line1": "", "city": "", "country": "" } });
        assert_eq!(faults(&teller.post(CUSTOMERS, &all).await).len(), 8);
        assert_eq!(app.count("SELECT COUNT(*) FROM parties_customer").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM identity_user WHERE email_key = 'ada@example.org'").await, 0);
    }

    async fn an_email_and_a_tax_number_are_one_customers(app: &TestApp) {
        let teller = app.teller().await;
        let ada = teller.post(CUSTOMERS, &form("ada@example.org")).await.expect(201).text("/id");

        let same_email = with(form("ADA@example.org"), &json!({ "ssn": null }));
        teller.post(CUSTOMERS, &same_email).await.problem(409, "conflict");
        let same_number = with(form("eve@example.org"), &json!({ "ssn": "123456789" }));
        let refused = teller.post(CUSTOMERS, &same_number).await.problem(409, "conflict").to_string();
        assert!(!refused.contains(&ada) && !refused.contains("6789") && !refused.contains("Lovelace"), "{refused}");
        assert_eq!(app.count("SELECT COUNT(*) FROM identity_user WHERE email_key = 'eve@example.org'").await, 0);
        let failed = "SELECT COUNT(*) FROM audit_record WHERE action = 'customer.create' AND error = 'tax_id_taken'";
        assert_eq!(app.count(failed).await, 1);

        let eve = with(form("eve@example.org"), &json!({ "ssn": null, "sin": SIN }));
        let eve = teller.post(CUSTOMERS, &eve).await.expect(201).json();
        assert_eq!((&eve["ssn"], &eve["sin"]), (&Value::Null, &json!("***-***-286")));
        let taken = patch(&teller, eve["id"].as_str().unwrap(), &json!({ "version": 1, "ssn": SSN })).await;
        taken.problem(409, "conflict");
        // Nothing keeps a number that was given up.
        patch(&teller, &ada, &json!({ "version": 1, "ssn": "" })).await.expect(200);
        let moved = patch(&teller, eve["id"].as_str().unwrap(), &json!({ "version": 1, "ssn": SSN })).await.expect(200);
        assert_eq!((moved.text("/ssn"), &moved.json()["sin"]), ("***-**-6789".to_owned(), &Value::Null));
    }

    async fn somebody_who_registered_is_completed_and_changes_name_their_version(app: &TestApp) {
        let (teller, ada) = (app.teller().await, app.customer().await);
        let fresh = read(&ada, &ada.id).await.expect(200).json();
        assert_eq!((&fresh["version"], &fresh["phone"], &fresh["address"]), (&json!(0), &Value::Null, &Value::Null));

        let partly = patch(&teller, &ada.id, &json!({ "version": 0, "phone": "+14155550123" })).await;
        assert_eq!(faults(&partly), [
            ("date_of_birth".to_owned(), "missing".to_owned()), ("address".to_owned(), "missing".to_owned()),
        ]);
        let mut whole = form("");
        whole.as_object_mut().unwrap().remove("email");
        whole["version"] = json!(0);
        let made = patch(&teller, &ada.id, &whole).await.expect(200).json();
        assert_eq!((&made["version"], &made["full_name"]), (&json!(1), &json!("Ada Lovelace")));
        patch(&teller, &ada.id, &whole).await.problem(409, "conflict");

        let moved = json!({ "version": 1, "phone": "+4930123456", "address": { "line1": "Unter den Linden 1", "city": "Berlin", "country": "DE" } });
        let changed = patch(&teller, &ada.id, &moved).await.expect(200).json();
        assert_eq!((&changed["version"], &changed["phone"], &changed["ssn"]), (&json!(2), &json!("****3456"), &json!("***-**-6789")));
        let late = patch(&teller, &ada.id, &json!({ "version": 1, "phone": "+14155550199" })).await;
        assert!(late.problem(409, "conflict")["detail"].as_str().unwrap().contains("version 2"));
        assert_eq!(found(&teller, "+4930123456").await, [ada.id.as_str()]);
        assert!(found(&teller, "+14155550123").await.is_empty());
        assert_eq!(found(&teller, "lovelace").await, [ada.id.as_str()]);

        let trail = details(app, "customer.change").await;
        assert!(trail[1].contains(r#"\"phone\":\"****0123\""#) && trail[1].contains(r#"\"phone\":\"****3456\""#), "{}", trail[1]);
        assert!(trail[1].contains("*** US") && trail[1].contains("*** DE") && !trail[1].contains("tax_id"), "{}", trail[1]);
    }

    async fn customers_are_found_by_what_staff_have_of_them(app: &TestApp) {
        let teller = app.teller().await;
        let ada = teller.post(CUSTOMERS, &form("ada.king@example.org")).await.expect(201).text("/id");
        let jose = with(form("jose@example.com"), &json!({ "full_name": "José Ángel Lovett", "ssn": null, "sin": SIN, "phone": "+14165550199" }));
        let jose = teller.post(CUSTOMERS, &jose).await.expect(201).text("/id");
        app.staff(Role::Support).await;

        for term in ["ada", "ADA LOVE", "lovelace ad", "ada.king@", "Ada.King@example.org", "+14155550123", "123-45-6789", "123456789", "6789"] {
            assert_eq!(found(&teller, term).await, [ada.as_str()], "{term}");
        }
        for term in ["jose", "José Á", "angel lov", "046 454 286", "4286", "+14165550199", "jose@example.com"] {
            assert_eq!(found(&teller, term).await, [jose.as_str()], "{term}");
        }
        assert_eq!(found(&teller, "lov").await, [ada.clone(), jose]);
        for term in ["ovelace", "+14155550124", "123-45-6780", "0000", "example.org", "tom", "' OR 1=1"] {
            assert!(found(&teller, term).await.is_empty(), "{term}");
        }
        let one = json!({ "search_term": "lov", "limit": 1 });
        let one = teller.post(&format!("{CUSTOMERS}/search"), &one).await.expect(200);
        assert_eq!((one.json()["data"].as_array().unwrap().len(), one.text("/data/0/id")), (1, ada));
        for (body, field) in [
            (json!({ "search_term": "a" }), "search_term"), (json!({ "search_term": "" }), "search_term"),
            (json!({ "search_term": "x".repeat(201) }), "search_term"),
            (json!({ "search_term": "ada", "limit": 0 }), "limit"), (json!({ "search_term": "ada", "limit": 51 }), "limit"),
        ] {
            let refused = teller.post(&format!("{CUSTOMERS}/search"), &body).await;
            assert_eq!(faults(&refused)[0].0, field, "{body}");
        }
        let trail = details(app, "customer.search").await;
        assert!(trail.iter().all(|detail| !detail.contains("6789") && !detail.to_lowercase().contains("love")), "{trail:?}");
    }

    async fn others_are_not_found_by_customers_and_served_by_those_whose_work_it_is(app: &TestApp) {
        let teller = app.teller().await;
        let id = teller.post(CUSTOMERS, &form("ada@example.org")).await.expect(201).text("/id");
        let eve = app.customer().await;

        read(&eve, &id).await.problem(404, "not_found");
        read(&eve, "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b").await.problem(404, "not_found");
        read(&teller, "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b").await.problem(404, "not_found");
        read(&teller, &app.teller().await.id).await.problem(404, "not_found");
        patch(&eve, &eve.id, &json!({ "version": 0 })).await.problem(403, "forbidden");
        patch(&eve, &id, &json!({ "version": 1 })).await.problem(403, "forbidden");
        eve.post(CUSTOMERS, &form("eve@example.org")).await.problem(403, "forbidden");
        eve.post(&format!("{CUSTOMERS}/search"), &json!({ "search_term": "ada" })).await.problem(403, "forbidden");
        app.stranger().post(CUSTOMERS, &form("eve@example.org")).await.problem(401, "unauthenticated");
        app.unverified().await.post(CUSTOMERS, &form("eve@example.org")).await.problem(403, "forbidden");

        let helper = app.of_department(Department::CustomerService).await;
        assert_eq!(read(&helper, &id).await.expect(200).text("/date_of_birth"), "1990-05-17");
        patch(&helper, &id, &json!({ "version": 1, "full_name": "Ada King" })).await.expect(200);
        let lender = app.of_department(Department::Loans).await;
        assert_eq!(found(&lender, "ada king").await, [id.as_str()]);
        assert_eq!(read(&lender, &id).await.expect(200).text("/date_of_birth"), "1990");
        patch(&lender, &id, &json!({ "version": 2, "full_name": "Ada" })).await.problem(403, "forbidden");
        let hr = app.of_department(Department::Hr).await;
        read(&hr, &id).await.problem(404, "not_found");
        hr.post(&format!("{CUSTOMERS}/search"), &json!({ "search_term": "ada" })).await.problem(403, "forbidden");
        assert_eq!(read(&app.staff(Role::Auditor).await, &id).await.expect(200).text("/date_of_birth"), "1990");
    }

    async fn nothing_is_unmasked_but_for_whoever_may_and_just_proved_a_factor(app: &TestApp) {
        let (teller, manager) = (app.teller().await, app.manager().await);
        let id = teller.post(CUSTOMERS, &form("ada@example.org")).await.expect(201).text("/id");

        reveal(&teller.stepped_up().await, &id, "ssn").await.problem(403, "forbidden");
        reveal(&app.admin().await.stepped_up().await, &id, "ssn").await.problem(403, "forbidden");
        reveal(&manager, &id, "ssn").await.problem(403, "step_up_required");
        let proved = manager.stepped_up().await;
        let bare = reveal(&proved, &id, "ssn").await.expect(200).json();
        assert_eq!((&bare["ssn"], &bare["phone"]), (&json!(SSN), &json!("****0123")));
        let bare = reveal(&proved, &id, "phone,date_of_birth,sin").await.expect(200).json();
        assert_eq!((&bare["phone"], &bare["date_of_birth"], &bare["ssn"]), (&json!("+14155550123"), &json!("1990-05-17"), &json!("***-**-6789")));
        for wrong in ["everything", "", "ssn,address"] {
            assert_eq!(faults(&reveal(&proved, &id, wrong).await)[0], ("reveal".to_owned(), "unknown".to_owned()));
        }
        reveal(&proved, &app.customer().await.id, "ssn").await.problem(404, "not_found");
        reveal(&app.customer().await.stepped_up().await, &id, "ssn").await.problem(404, "not_found");
        let ada = app.accept_invitation("ada@example.org").await;
        reveal(&ada.stepped_up().await, &id, "ssn").await.problem(403, "forbidden");
        app.clock.advance_seconds(301);
        reveal(&proved, &id, "ssn").await.problem(403, "step_up_required");
        reveal(&app.stranger().login(&manager.email).await, &id, "ssn").await.problem(403, "step_up_required");

        let trail = details(app, "customer.reveal").await;
        assert_eq!(trail, [r#"{"revealed":"ssn"}"#, r#"{"revealed":"phone date_of_birth sin"}"#]);
    }

    async fn two_who_bring_the_same_number_at_once_make_one_customer(app: &TestApp) {
        let teller = app.teller().await;
        let mut running = tokio::task::JoinSet::new();
        for n in 0..8 {
            let teller = teller.clone();
            running.spawn(async move { teller.post(CUSTOMERS, &form(&format!("twin-{n}@example.org"))).await });
        }

        let mut statuses: Vec<u16> = running.join_all().await.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
        assert_eq!(app.count("SELECT COUNT(*) FROM parties_customer").await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM identity_user WHERE email LIKE 'twin-%'").await, 1);
    }
}

#[tokio::test]
async fn nothing_that_is_sealed_can_be_read_in_the_files() {
    let app = TestApp::start(Database::Sqlite).await;
    let teller = app.teller().await;
    teller.post(CUSTOMERS, &form("ada@example.org")).await.expect(201);
    let sin = with(form("eve@example.org"), &json!({ "ssn": null, "sin": SIN }));
    let eve = teller.post(CUSTOMERS, &sin).await.expect(201).text("/id");
    patch(&teller, &eve, &json!({ "version": 1, "date_of_birth": "1985-12-24" })).await.expect(200);
    found(&teller, SSN).await;

    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(app.data()).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("florin.db") {
            bytes.extend(std::fs::read(path).unwrap());
        }
    }
    let holds = |needle: &str| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());

    assert!(holds("ada@example.org") && holds("fl1.1."), "the files are those of the database");
    for secret in [
        "123456789",
        SSN,
        "046454286",
        SIN,
        "+14155550123",
        "4155550123",
        "1990-05-17",
        "1985-12-24",
        "Analytical Way",
        "94105-1234",
    ] {
        assert!(!holds(secret), "{secret} can be read");
    }
    app.finish().await;
}
