//! What guides decisions about money: lists, rules, snoozes and models, as staff change them.

use axum::http::Method;
use florin_kernel::{Currency, Role};
use florin_risk::engine::money_features;
use florin_risk::features::FEATURES;
use florin_risk::rules::{Band, starter};
use florin_risk::training::{Data, Kept, Row, SETTINGS, Split, learn};
use florin_testkit::{Answer, Call, Client, Database, TestApp, on_both_engines};
use jiff::ToSpan;
use jiff::civil::date;
use serde_json::{Value, json};

/// The rules that the program comes with, and one more in this mode: transfers of more than a hundred are held.
fn with_hundred(mode: &str) -> String {
    format!(
        "{}\n[[rule]]\nid = \"more-than-a-hundred\"\nversion = 1\ntypology = \"pattern\"\ndescription = \"More than a hundred.\"\n\
         kinds = [\"transfer\"]\nwhen = \"amount > 100 USD\"\nverdict = \"review\"\nmode = \"{mode}\"\nreason = \"it is much\"\n\
         [[rule.test]]\nfires = true\nfeatures = {{ amount = \"101 USD\" }}\n",
        starter(Currency::USD)
    )
}

async fn draft(by: &Client, toml: &str) -> Answer {
    by.send(&Call::new(Method::PUT, "/api/v1/security/rules").json(&json!({ "toml": toml, "note": "tried" })))
        .await
}

async fn activate(by: &Client, other: &Client, path: &str, body: &Value) {
    let approval = by.post(path, body).await.expect(202).text("/approval_id");
    let path = format!("/api/v1/approvals/{approval}/approve");
    by.post(&path, &json!({})).await.problem(403, "forbidden");
    other.post(&path, &json!({})).await.expect(200);
}

async fn decision(by: &Client, (from, to): (&str, &str), amount: &str, key: &str) -> Value {
    by.transfer(from, to, amount, key).await.json()["risk"].clone()
}

/// A model for which more than eighty is fraud.
fn model() -> Kept {
    let names: Vec<String> = FEATURES.iter().map(|feature| feature.name.to_owned()).collect();
    let amount = names.iter().position(|name| name == "amount").unwrap();
    let rows = (0..1_400_i32).map(|number| {
        let minor = 10_00 + number * 37 % 100 * 100;
        let mut features = vec![0.0; names.len()];
        features[amount] = minor.into();
        let fraud = minor > 80_00 && number % 10 != 0;
        let day = date(2026, 1, 1) + (number / 100).days();
        Row { day, card: u64::try_from(number).unwrap(), features: features.into(), fraud, known_on: None }
    });
    let data = Data { features: money_features(), rows: rows.collect(), names, digest: "made up".to_owned() };
    let split = Split { start: date(2026, 1, 1), train_days: 14, delay_days: 0, test_days: 7 };
    let mut kept = learn(&data, &split, &SETTINGS).unwrap();
    kept.bands = Some(Band { review: 500, decline: 1_001 });
    kept
}

async fn health(app: &TestApp) -> (String, String) {
    let answer = app.stranger().get("/health").await.expect(200);
    (answer.text("/status"), answer.text("/components/risk"))
}

on_both_engines! {
    with &[("risk.mode", "active")];

    async fn a_set_of_rules_that_is_wrong_is_shown_where_and_changes_nothing(app: &TestApp) {
        let analyst = app.staff(Role::FraudAnalyst).await;
        let before = analyst.get("/api/v1/security/rules").await.expect(200).json();
        let text = with_hundred("active").replace("amount > 100 USD", "amount > 100 USD and nonsense > 2");
        let line = text.lines().position(|line| line.contains("nonsense")).unwrap() + 1;

        let refused = draft(&analyst, &text).await;

        let problem = refused.problem(422, "validation_failed");
        assert_eq!((problem["line"].as_u64(), problem["column"].as_u64()), (Some(line as u64), Some(30)), "{problem}");
        let message = problem["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("more-than-a-hundred") && message.contains("nonsense"), "{message}");
        assert_eq!(analyst.get("/api/v1/security/rules").await.expect(200).json(), before);
        assert_eq!(before["active"]["hash"], before["in_use"]);
        let rule = &before["active"]["rules"][0];
        assert_eq!((&rule["id"], &rule["mode"]), (&json!("structured-burst"), &json!("active")));
        assert!(rule["condition"].as_str().unwrap().contains("user.near.10m") && rule["tests"][0]["fires"] == json!(true));
        draft(&app.customer().await, &text).await.problem(403, "forbidden");
    }

    async fn a_rule_in_shadow_shows_and_what_two_activate_acts_on_the_next_transfer(app: &TestApp) {
        let (analyst, admin) = (app.staff(Role::FraudAnalyst).await, app.admin().await);
        let (ada, from) = app.funded_customer("10000.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let pair = (from.as_str(), to.as_str());
        let shadow = draft(&analyst, &with_hundred("shadow")).await.expect(200).text("/hash");
        activate(&analyst, &admin, &format!("/api/v1/security/rules/{shadow}/activate"), &json!({})).await;
        assert_eq!(decision(&ada, pair, "150.00", "one").await["decision"], "approve");

        let live = draft(&analyst, &with_hundred("active")).await.expect(200).text("/hash");
        let tried = analyst.post("/api/v1/security/rules/backtest", &json!({ "hash": live })).await.expect(200).json();
        assert_eq!(tried["changed"], 1, "{tried}");
        assert_eq!((&tried["examples"][0]["candidate"], &tried["examples"][0]["rules"]), (&json!("review"), &json!(["more-than-a-hundred"])));
        let of_shadow = analyst.post("/api/v1/security/rules/backtest", &json!({ "hash": shadow })).await.expect(200).json();
        assert_eq!((&of_shadow["changed"], &of_shadow["hits"][0]["rule"]), (&json!(0), &json!("more-than-a-hundred")));
        assert_eq!(decision(&ada, pair, "150.00", "two").await["decision"], "approve", "it is a draft");
        activate(&analyst, &admin, &format!("/api/v1/security/rules/{live}/activate"), &json!({})).await;

        let held = decision(&ada, pair, "150.00", "three").await;
        assert_eq!((&held["decision"], &held["reasons"]), (&json!("review"), &json!(["more-than-a-hundred"])));
        let book = analyst.get("/api/v1/security/rules").await.expect(200).json();
        assert_eq!((&book["in_use"], &book["active"]["status"]), (&json!(live), &json!("active")));
        let retired = analyst.get(&format!("/api/v1/security/rules?hash={shadow}")).await.expect(200);
        assert_eq!((retired.text("/set/status"), retired.text("/set/toml")), ("retired".to_owned(), with_hundred("shadow")));
        analyst.get("/api/v1/security/rules?hash=beef").await.problem(404, "not_found");
        let again = Call::post(format!("/api/v1/security/rules/{live}/activate")).json(&json!({}));
        analyst.send(&again).await.problem(409, "conflict");

        let snooze = json!({ "user_id": ada.id, "until": "2026-11-22T00:00:00Z", "reason": "buys a car" });
        analyst.post("/api/v1/security/rules/more-than-a-hundred/snoozes", &snooze).await.expect(201);
        assert_eq!(decision(&ada, pair, "150.00", "four").await["decision"], "approve");
        let book = analyst.get("/api/v1/security/rules").await.expect(200);
        assert_eq!(book.text("/snoozes/0/user_id"), ada.id);
        let wake = format!("/api/v1/security/rules/more-than-a-hundred/snoozes/{}", ada.id);
        analyst.send(&Call::new(Method::DELETE, wake)).await.expect(204);
        assert_eq!(decision(&ada, pair, "150.00", "five").await["decision"], "review");
        let recorded = "SELECT COUNT(*) FROM audit_record WHERE action = 'risk_rule.change' AND outcome = 'success'";
        assert!(app.count(recorded).await >= 6);
    }

    async fn what_is_blocked_is_declined_until_it_expires_or_is_removed(app: &TestApp) {
        let analyst = app.staff(Role::FraudAnalyst).await;
        let (ada, from) = app.funded_customer("1000.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let entry = |value: &str, expires: Option<&str>| {
            json!({ "dimension": "counterparty", "value": value, "effect": "block", "reason": "a mule", "expires_at": expires })
        };
        ada.transfer(&from, &to, "1.00", "a").await.expect(201);

        let listed = analyst.post("/api/v1/security/lists", &entry(&to, None)).await.expect(201);
        ada.transfer(&from, &to, "1.00", "b").await.problem(422, "declined_by_risk");
        analyst.post("/api/v1/security/lists", &entry(&to, None)).await.problem(409, "conflict");
        let path = format!("/api/v1/security/lists/{}", listed.text("/id"));
        analyst.send(&Call::new(Method::DELETE, &*path)).await.expect(204);
        ada.transfer(&from, &to, "1.00", "c").await.expect(201);

        let soon = "2026-11-21T15:34:20Z";
        analyst.post("/api/v1/security/lists", &entry(&to, Some(soon))).await.expect(201);
        ada.transfer(&from, &to, "1.00", "d").await.problem(422, "declined_by_risk");
        app.clock.advance_seconds(60);
        ada.transfer(&from, &to, "1.00", "e").await.expect(201);

        let all = analyst.get("/api/v1/security/lists?dimension=counterparty&effect=block&limit=1").await.expect(200);
        assert_eq!((all.text("/data/0/expires_at").as_str(), &all.json()["data"][0]["active"]), (soon, &json!(false)));
        let next = format!("/api/v1/security/lists?dimension=counterparty&effect=block&limit=1&cursor={}", all.text("/next_cursor"));
        let next = analyst.get(&next).await.expect(200);
        assert_eq!((next.text("/data/0/id"), next.text("/data/0/removed_by")), (listed.text("/id"), analyst.id.clone()));
        assert_eq!(analyst.get("/api/v1/security/lists?active=true").await.expect(200).json()["data"], json!([]));

        analyst.post("/api/v1/security/lists", &entry("nobody", None)).await.problem(422, "validation_failed");
        let past = analyst.post("/api/v1/security/lists", &entry(&to, Some("2026-11-21T15:34:20Z"))).await;
        assert_eq!(past.problem(422, "validation_failed")["errors"][0]["field"], "expires_at");
        app.teller().await.post("/api/v1/security/lists", &entry(&to, None)).await.problem(403, "forbidden");
    }

    async fn a_model_decides_once_two_agreed_and_is_missed_when_it_is_gone(app: &TestApp) {
        let (analyst, admin) = (app.staff(Role::FraudAnalyst).await, app.admin().await);
        let (ada, from) = app.funded_customer("10000.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let pair = (from.as_str(), to.as_str());
        let kept = model();
        let report = json!({ "rows": 700, "frauds": 180, "auc_roc": 0.97, "average_precision": 0.9 });
        let body = json!({ "model": kept.to_file(), "report": report, "role": "challenger" });
        let stored = analyst.post("/api/v1/security/models", &body).await.expect(201);
        assert_eq!((stored.text("/version"), stored.text("/role")), (kept.version(), "challenger".to_owned()));
        let torn = json!({ "model": kept.to_file().replacen("\"base\":", "\"base\":1", 1) });
        analyst.post("/api/v1/security/models", &torn).await.problem(422, "validation_failed");
        assert_eq!(decision(&ada, pair, "95.00", "one").await["decision"], "approve");

        let path = format!("/api/v1/security/models/{}/activate", kept.version());
        activate(&analyst, &admin, &path, &json!({ "role": "champion" })).await;
        let held = decision(&ada, pair, "95.00", "two").await;
        assert_eq!((&held["decision"], &held["reasons"]), (&json!("review"), &json!(["amount"])), "{held}");
        assert_eq!(decision(&ada, pair, "20.00", "three").await["decision"], "approve");
        let models = analyst.get("/api/v1/security/models").await.expect(200);
        assert_eq!((models.text("/in_use"), models.text("/data/0/role")), (kept.version(), "champion".to_owned()));
        assert_eq!(models.json()["data"][0]["report"]["auc_roc"], json!(0.97));
        assert_eq!(health(app).await, ("ok".to_owned(), "ok".to_owned()));

        let gone = app.services.db.housekeeping(|tx| tx.execute("DELETE FROM risk_model", &[])).await;
        assert_eq!(gone.map_err(|error: florin_db::DbError| error.to_string()), Ok(1));
        app.services.risk.refresh().await.unwrap();
        assert_eq!(health(app).await, ("degraded".to_owned(), "risk_model_missing".to_owned()));
        let alone = decision(&ada, pair, "95.00", "four").await;
        assert_eq!((&alone["decision"], &alone["reasons"]), (&json!("approve"), &json!(["model_missing"])));
        let books = analyst.get("/api/v1/security/models").await.expect(200);
        assert!(books.text("/trouble").contains(&kept.version()));
    }

    async fn a_model_is_taken_off_by_two_and_put_in_shadow_by_one(app: &TestApp) {
        let (analyst, admin) = (app.staff(Role::FraudAnalyst).await, app.admin().await);
        let kept = model();
        analyst.post("/api/v1/security/models", &json!({ "model": kept.to_file() })).await.expect(201);
        let path = format!("/api/v1/security/models/{}/activate", kept.version());

        analyst.post(&path, &json!({ "role": "none" })).await.problem(409, "conflict");
        analyst.post(&path, &json!({ "role": "king" })).await.problem(422, "validation_failed");
        analyst.post(&path, &json!({ "role": "challenger" })).await.expect(200);
        activate(&analyst, &admin, &path, &json!({ "role": "champion" })).await;
        activate(&analyst, &admin, &path, &json!({ "role": "none" })).await;
        assert_eq!(analyst.get("/api/v1/security/models").await.expect(200).json()["in_use"], Value::Null);
    }
}

#[tokio::test]
async fn a_broken_file_of_rules_degrades_visibly_and_the_stored_ones_decide() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rules.toml");
    std::fs::write(&file, "version = ").unwrap();
    let app = TestApp::start_with(
        Database::Sqlite,
        &[("risk.mode", "active"), ("risk.rules_file", file.to_str().unwrap())],
    )
    .await;
    let analyst = app.staff(Role::FraudAnalyst).await;
    let (ada, from) = app.funded_customer("1000.00").await;
    let (_, to) = app.funded_customer("1.00").await;
    assert_eq!(health(&app).await, ("degraded".to_owned(), "risk_rules_broken".to_owned()));
    let book = analyst.get("/api/v1/security/rules").await.expect(200);
    assert!(book.text("/trouble").contains("line 1"), "{}", book.text("/trouble"));
    ada.transfer(&from, &to, "150.00", "a").await.expect(201);

    std::fs::write(&file, with_hundred("active")).unwrap();
    app.services.risk.refresh().await.unwrap();

    assert_eq!(health(&app).await, ("ok".to_owned(), "ok".to_owned()));
    let pair = (from.as_str(), to.as_str());
    assert_eq!(decision(&ada, pair, "150.00", "b").await["decision"], "review");
    app.finish().await;
}

#[tokio::test]
async fn another_process_and_a_restart_decide_by_the_same_rules() {
    for database in florin_testkit::test_databases() {
        let other_can = matches!(database, Database::Postgres(_));
        let app =
            TestApp::start_with(database, &[("risk.mode", "active"), ("access.four_eyes", "false")]).await;
        let analyst = app.staff(Role::FraudAnalyst).await;
        let (ada, from) = app.funded_customer("1000.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let hash = draft(&analyst, &with_hundred("active")).await.expect(200).text("/hash");
        let other = if other_can { Some(app.second().await) } else { None };
        analyst.post(&format!("/api/v1/security/rules/{hash}/activate"), &json!({})).await.expect(200);

        let pair = (from.as_str(), to.as_str());
        assert_eq!(decision(&ada, pair, "150.00", "one").await["decision"], "review");
        if let Some(other) = other {
            other.services.risk.refresh().await.unwrap();
            let there = ada.at(&other.stranger());
            assert_eq!(decision(&there, pair, "150.00", "two").await["decision"], "review");
            other.finish().await;
        }
        let app = Box::pin(app.restart()).await.unwrap();
        let ada = ada.at(&app.stranger());
        assert_eq!(decision(&ada, pair, "150.00", "three").await["decision"], "review");
        app.finish().await;
    }
}
