//! What it costs to know who asks: access tokens, one-time codes, and how much of a sign-in is its password's hash.
#![expect(clippy::unwrap_used, reason = "a benchmark may fail loudly")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use florin_identity::measured::totp_matches;
use florin_identity::{HashingSettings, Password, PasswordHasher};
use florin_kernel::Origin;
use florin_testkit::{Client, Database, PASSWORD, TestApp, totp_code};
use serde_json::json;
use tokio::runtime::Runtime;

/// Another access token of the same sign-in.
async fn refreshed(client: &mut Client) -> String {
    let body = json!({ "refresh_token": client.refresh_token });
    let answer = client.post("/api/v1/auth/refresh", &body).await.expect(200);
    client.refresh_token = answer.text("/refresh_token");
    answer.text("/access_token")
}

fn tokens(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let (app, client) = runtime.block_on(async {
        let app = TestApp::start(Database::Sqlite).await;
        let client = app.customer().await;
        (app, client)
    });
    let identity = &app.services.identity;
    let known = client.token.clone().unwrap();

    criterion.bench_function("token/cached", |bencher| {
        bencher
            .to_async(&runtime)
            .iter(|| async { identity.authenticate(black_box(&known), Origin::default()).await.unwrap() });
    });
    // Verified, and its sign-in read: a token that this process has not seen.
    let mut fresh = client.clone();
    criterion.bench_function("token/cold", |bencher| {
        bencher.iter_batched(
            || runtime.block_on(refreshed(&mut fresh)),
            |token| runtime.block_on(identity.authenticate(&token, Origin::default())).unwrap(),
            BatchSize::PerIteration,
        );
    });
    let now = app.services.env.now();
    criterion.bench_function("token/issue", |bencher| {
        bencher.iter(|| identity.issue_for_nobody(black_box(now)).unwrap());
    });
    runtime.block_on(app.finish());
}

fn codes(criterion: &mut Criterion) {
    let now = "2026-11-21T15:33:20Z".parse().unwrap();
    let code = totp_code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", now);

    criterion.bench_function("totp/check", |bencher| {
        bencher.iter(|| assert!(totp_matches(b"12345678901234567890", black_box(&code), now)));
    });
}

/// A sign-in with the hash of the defaults, and the same hash alone.
fn logins(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let (app, client) = runtime.block_on(async {
        let app = TestApp::start(Database::Sqlite).await;
        let client = app.customer().await;
        (app, client)
    });
    let body = json!({ "email": client.email, "password": PASSWORD });
    let mut group = criterion.benchmark_group("login");
    group.sample_size(20);
    group.bench_function("whole", |bencher| {
        bencher
            .to_async(&runtime)
            .iter(|| async { app.stranger().post("/api/v1/auth/login", &body).await.expect(200) });
    });
    let hasher = PasswordHasher::start(HashingSettings::default()).unwrap();
    group.bench_function("hash alone", |bencher| {
        bencher.to_async(&runtime).iter(|| hasher.hash(Password::try_new(PASSWORD).unwrap()));
    });
    group.finish();
    runtime.block_on(app.finish());
}

criterion_group!(benches, tokens, codes, logins);
criterion_main!(benches);
