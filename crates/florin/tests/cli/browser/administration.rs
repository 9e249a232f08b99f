//! The desks of whoever administers, operates and watches: the pages that few people see, and seldom.

use super::*;

async fn arrive_as(demonstration: &Demonstration, what: &str) -> Person {
    let person = Person::arrive(demonstration).await;
    let (email, password) = demonstration.person(what);
    person.sign_in((&email, &password)).await;
    person
}

/// An account of somebody's in euro, by a part of their name.
fn account_of(demonstration: &Demonstration, teller: &str, name: &str) -> String {
    let found = demonstration.asked(teller, "/api/v1/customers/search", &json!({ "search_term": name }));
    let customer = found["data"][0]["id"].as_str().unwrap();
    let path = format!("/api/v1/accounts?customer_id={customer}");
    let accounts = demonstration.asked(teller, &path, &Value::Null);
    let accounts = accounts["data"].as_array().unwrap();
    let wanted = accounts.iter().find(|one| one["currency"] == "EUR" && one["kind"] == "checking");
    wanted.unwrap()["id"].as_str().unwrap().to_owned()
}

/// Cash that was cut into pieces, and a list of sanctions with somebody on it who banks here.
fn is_suspicious(demonstration: &Demonstration) {
    let teller = demonstration.token("teller");
    let account = account_of(demonstration, &teller, "dirk van aalst");
    for amount in ["9400.00", "9100.00", "9650.00", "8900.00"] {
        let cash = json!({ "amount": { "amount": amount, "currency": "EUR" } });
        demonstration.asked(&teller, &format!("/api/v1/accounts/{account}/deposit"), &cash);
    }
    let compliance = demonstration.token("compliance");
    let run = demonstration.asked(&compliance, "/api/v1/aml/runs", &json!({}));
    assert!(run["opened"].as_u64().unwrap() > 0, "{run}");
    let list = "id,kind,name,aliases,weak_aliases,births,countries,gender,identifiers,remarks\n\
                17,person,Henrik Solvang,Henrik Solwang;Hendrik Solvang,,1971,NO,,,Shipping\n";
    demonstration.asked(&compliance, "/api/v1/aml/lists/house", &json!({ "files": [list] }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_monitoring_and_screening_found_is_looked_at() {
    let demonstration = Demonstration::start();
    is_suspicious(&demonstration);
    let officer = arrive_as(&demonstration, "compliance").await;
    officer.looks_over("/staff").await;
    officer.looks_over("/staff/aml").await;
    officer.press("Structuring").await;
    officer.sees("What was seen").await;
    officer.looks_it_over().await;
    officer.press("Open, with the money around it").await;
    officer.sees("The money around it").await;
    officer.looks_it_over().await;
    officer.waits_for("/staff/screenings", "Henrik Solvang").await;
    officer.looks_it_over().await;
    officer.press("Henrik Solvang").await;
    officer.sees("house").await;
    officer.looks_it_over().await;
    officer.leave().await;
    demonstration.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_are_written_tried_and_looked_at() {
    let demonstration = Demonstration::start();
    let analyst = arrive_as(&demonstration, "analyst").await;
    analyst.looks_over("/staff/security-events").await;
    analyst.follow("main tbody a").await;
    analyst.looks_it_over().await;
    analyst.go("/staff/risk").await;
    analyst.press("Check it and keep it").await;
    analyst.sees("The draft is sound, and kept.").await;
    analyst.looks_it_over().await;
    analyst.press("Try them").await;
    analyst.sees("What the rules would have said").await;
    analyst.looks_it_over().await;
    analyst.looks_over("/staff/risk").await;
    analyst.leave().await;
    demonstration.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_and_administration_are_looked_over() {
    let demonstration = Demonstration::start();
    let admin = arrive_as(&demonstration, "admin").await;
    admin.looks_over("/staff").await;
    admin.go("/ops").await;
    admin.sees("Readers").await;
    admin.sees("Last backup").await;
    admin.looks_it_over().await;
    admin.looks_over("/ops/alerts").await;
    admin.go("/ops/silences").await;
    admin.choose("rule", "disk-low").await;
    admin.fill("reason", "The disks are changed.").await;
    admin.press("Silence").await;
    admin.sees("Nobody is told of it until then.").await;
    admin.looks_it_over().await;
    for page in ["settings", "settings?q=secret&set=", "keys", "jobs", "api-keys", "access"] {
        admin.looks_over(&format!("/staff/admin/{page}")).await;
    }
    admin.go("/staff/people").await;
    admin.follow("main tbody a").await;
    admin.looks_it_over().await;
    admin.leave().await;

    let manager = arrive_as(&demonstration, "manager").await;
    manager.looks_over("/staff").await;
    for path in ["/staff/approvals", "/staff/customers?q=ada", "/staff/payments", "/staff/customers/new"] {
        manager.looks_over(path).await;
    }
    manager.leave().await;

    let hr = arrive_as(&demonstration, "hr").await;
    hr.looks_over("/staff").await;
    hr.looks_over("/staff/employees").await;
    hr.follow("main tbody a").await;
    hr.looks_it_over().await;
    hr.leave().await;
    demonstration.end();
}
