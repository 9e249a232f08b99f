//! Many at once: one effect, and every cent accounted for.

use std::collections::HashSet;

use axum::http::Method;
use florin_testkit::{Answer, Call, Client, Database, TestApp, on_both_engines};
use serde_json::json;
use tokio::task::JoinSet;

/// Sends all of these at once.
async fn at_once(calls: Vec<(Client, Call)>) -> Vec<Answer> {
    let mut running = JoinSet::new();
    for (client, call) in calls {
        running.spawn(async move { client.send(&call).await });
    }
    running.join_all().await
}

fn cents(amount: &str) -> i64 {
    amount.replace('.', "").parse().unwrap()
}

on_both_engines! {
    async fn a_hundred_copies_of_a_request_move_money_once(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (_, to) = app.funded_customer("1.00").await;
        let call = Client::transfer_call(&from, &to, "1.00").key("k");

        let answers = at_once(vec![(ada.clone(), call); 100]).await;

        let bodies: HashSet<_> = answers.iter().map(|answer| (answer.status.as_u16(), answer.body.clone())).collect();
        assert_eq!(bodies.len(), 1, "all get the same answer");
        assert_eq!(answers.iter().filter(|answer| !answer.is_replayed()).count(), 1);
        assert_eq!(ada.balance(&from).await, "9.00");
    }

    async fn an_account_is_never_overdrawn_however_many_draw_on_it(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (ben, to) = app.funded_customer("1.00").await;
        let call = |n: usize| Client::transfer_call(&from, &to, "0.30").key(&format!("k{n}"));

        let answers = at_once((0..100).map(|n| (ada.clone(), call(n))).collect()).await;

        let moved = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(moved, 33);
        assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 201 | 422)));
        assert_eq!((ada.balance(&from).await, ben.balance(&to).await), ("0.10".to_owned(), "10.90".to_owned()));
    }

    async fn a_pending_transfer_is_resolved_once_by_whoever_is_first(app: &TestApp) {
        let (ada, from) = app.funded_customer("10.00").await;
        let (ben, to) = app.funded_customer("1.00").await;
        let mut body = Client::transfer_body(&from, &to, "4.00");
        body["pending"] = json!(true);
        let hold = ada.send(&Call::post("/api/v1/transfers").key("h").json(&body)).await.expect(201).text("/id");
        let call = |n: usize| {
            let what = if n.is_multiple_of(2) { "post" } else { "void" };
            Call::post(format!("/api/v1/transfers/{hold}/{what}")).key(&format!("k{n}"))
        };

        let answers = at_once((0..40).map(|n| (ada.clone(), call(n))).collect()).await;

        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        assert_eq!(cents(&ada.balance(&from).await) + cents(&ben.balance(&to).await), 11_00);
        assert_eq!(ada.available(&from).await, ada.balance(&from).await);
    }

    async fn fifty_refreshes_at_once_leave_one_living_successor(app: &TestApp) {
        let ada = app.customer().await;
        let call = Call::post("/api/v1/auth/refresh").json(&json!({ "refresh_token": ada.refresh_token }));

        let answers = at_once(vec![(app.stranger(), call); 50]).await;

        let successors: HashSet<String> =
            answers.into_iter().map(|answer| answer.expect(200).text("/refresh_token")).collect();
        assert_eq!(successors.len(), 1);
    }

    async fn one_of_many_who_register_an_address_at_once_has_it(app: &TestApp) {
        let body = json!({ "email": "eve@example.org", "password": florin_testkit::PASSWORD, "full_name": "Eve Example" });
        let call = Call::post("/api/v1/auth/register").json(&body);

        for answer in at_once(vec![(app.stranger(), call); 8]).await {
            answer.expect(201);
        }

        assert_eq!(app.count("SELECT COUNT(*) FROM identity_user").await, 1);
    }
}

#[tokio::test]
async fn two_processes_on_one_database_move_each_thing_once() {
    let Some(database) = Database::postgres() else { return };
    let one = TestApp::start(database).await;
    let two = one.second().await;
    let (ada, from) = one.funded_customer("10.00").await;
    let (ben, to) = one.funded_customer("10.00").await;
    let ada_at_two = ada.at(&two.stranger());
    let ben_at_two = ben.at(&two.stranger());
    let mut calls = Vec::new();
    for n in 0..60 {
        let there = Client::transfer_call(&from, &to, "0.05").key(&format!("k{n}"));
        let back = Client::transfer_call(&to, &from, "0.03").key(&format!("k{n}"));
        // Each request goes to both, as it does when an answer was lost and the next attempt meets another process.
        calls.extend([(ada.clone(), there.clone()), (ben_at_two.clone(), back.clone())]);
        calls.extend([(ada_at_two.clone(), there), (ben.clone(), back)]);
    }

    let answers = at_once(calls).await;

    assert!(answers.iter().all(|answer| answer.status == 201), "none is refused");
    let ids: HashSet<String> = answers.iter().map(|answer| answer.text("/id")).collect();
    assert_eq!(ids.len(), 120);
    assert_eq!(answers.iter().filter(|answer| !answer.is_replayed()).count(), 120);
    for (ada, ben) in [(&ada, &ben), (&ada_at_two, &ben_at_two)] {
        assert_eq!(
            (ada.balance(&from).await, ben.balance(&to).await),
            ("8.80".to_owned(), "11.20".to_owned())
        );
    }
    two.finish().await;
    one.finish().await;
}

#[tokio::test]
async fn a_sign_in_that_ended_in_one_process_ends_in_others_within_seconds() {
    let Some(database) = Database::postgres() else { return };
    let one = TestApp::start(database).await;
    let two = one.second().await;
    let ada = one.customer().await;
    let ada_at_two = ada.at(&two.stranger());
    ada_at_two.get("/api/v1/auth/profile").await.expect(200);

    ada.post("/api/v1/auth/logout", &json!({})).await.expect(200);
    one.clock.advance_seconds(5);

    ada_at_two.get("/api/v1/auth/profile").await.problem(401, "token_revoked");
    two.finish().await;
    one.finish().await;
}

#[tokio::test]
async fn what_ended_in_one_process_is_learned_by_others_before_they_read_it_again() {
    let Some(database) = Database::postgres() else { return };
    let one = TestApp::start(database).await;
    let two = one.second().await;
    let ada = one.customer().await;
    let key = json!({ "name": "export", "scopes": ["user.read"], "expires_at": "2027-01-31T00:00:00Z" });
    let key = ada.post("/api/v1/auth/api-keys", &key).await.expect(201);
    let other = one.stranger().login(&ada.email).await;
    let at_two = [ada.at(&two.stranger()), two.stranger().with_token(&key.text("/secret"))];
    let still_good = other.at(&two.stranger());
    for client in at_two.iter().chain([&still_good]) {
        client.get("/api/v1/auth/profile").await.expect(200);
    }

    let revoke = Call::new(Method::DELETE, format!("/api/v1/auth/api-keys/{}", key.text("/id")));
    ada.send(&revoke).await.expect(204);
    ada.post("/api/v1/auth/logout", &json!({})).await.expect(200);
    let learned = two.services.identity.learn_what_ended().await.unwrap();

    assert_eq!(learned, 2);
    for client in &at_two {
        client.get("/api/v1/auth/profile").await.expect(401);
    }
    still_good.get("/api/v1/auth/profile").await.expect(200);
    assert_eq!(two.services.identity.learn_what_ended().await.unwrap(), 0, "that is no news any more");
    two.finish().await;
    one.finish().await;
}
