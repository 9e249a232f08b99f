//! What the edge does to every request and answer.
#![expect(clippy::unwrap_used, reason = "tests")]

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use axum::routing::{any, get, post};
use florin_http::{
    BodyLimit, Edge, EdgeOptions, Json, Metrics, Problem, RequestId, compressed, problem_pages,
    with_fallbacks,
};
use florin_kernel::{Env, Uuid};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

async fn echo(Json(body): Json<Value>) -> Json<Value> {
    Json(body)
}

#[expect(clippy::panic, reason = "what happens then is what is tested")]
async fn panicking() {
    panic!("the ledger does not balance");
}

fn program() -> (Router, Metrics) {
    let metrics = Metrics::new("1");
    let router = Router::new()
        .route("/things/{id}", get(async |id: RequestId| id.to_string()))
        .route("/any", any(async || StatusCode::NO_CONTENT))
        .route("/echo", post(echo))
        .route("/large", post(echo).layer(axum::Extension(BodyLimit(4 << 20))))
        .route("/page", get(async || ([("cache-control", "max-age=60")], "page")))
        .route("/broken", get(async || Problem::internal(&std::io::Error::other("the disk is full"))))
        .route("/panicking", get(panicking))
        .merge(metrics.routes())
        .merge(problem_pages());
    let edge = Edge::new(Env::system(), metrics.clone(), &EdgeOptions::default());
    (edge.wrap(with_fallbacks(router)), metrics)
}

async fn get_path(path: &str) -> Response {
    let request = Request::builder().uri(path).body(Body::empty()).unwrap();
    program().0.oneshot(request).await.unwrap()
}

async fn text(response: Response) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

async fn json(response: Response) -> Value {
    serde_json::from_str(&text(response).await).unwrap()
}

#[tokio::test]
async fn every_answer_carries_the_security_headers_and_an_id() {
    for path in ["/things/1", "/nowhere", "/broken", "/metrics", "/problems/not_found", "/echo"] {
        let answer = get_path(path).await;

        let headers = answer.headers();
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        assert!(
            headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'self';"),
            "{path}"
        );
        for name in ["x-xss-protection", "referrer-policy", "permissions-policy"] {
            assert!(headers.contains_key(name), "{path} lacks {name}");
        }
        let id = headers["x-request-id"].to_str().unwrap();
        assert_eq!(Uuid::parse_str(id).unwrap().get_version_num(), 7, "{path}");
    }
}

#[tokio::test]
async fn transport_security_is_asked_for_where_tls_serves() {
    let options =
        EdgeOptions { strict_transport: true, xss_protection: "1; mode=block", ..EdgeOptions::default() };
    let edge = Edge::new(Env::system(), Metrics::new("1"), &options);

    let answer = edge.wrap(Router::new()).oneshot(Request::new(Body::empty())).await.unwrap();

    assert_eq!(answer.headers()["strict-transport-security"], "max-age=63072000; includeSubDomains");
    assert_eq!(answer.headers()["x-xss-protection"], "1; mode=block");
    assert!(!get_path("/any").await.headers().contains_key("strict-transport-security"));
}

#[tokio::test]
async fn what_a_handler_says_of_a_header_stays() {
    assert_eq!(get_path("/page").await.headers()["cache-control"], "max-age=60");
}

#[tokio::test]
async fn the_clients_id_reaches_the_handler_and_comes_back() {
    let request =
        Request::builder().uri("/things/1").header("x-request-id", "visit-17").body(Body::empty()).unwrap();

    let answer = program().0.oneshot(request).await.unwrap();

    assert_eq!(answer.headers()["x-request-id"], "visit-17");
    assert_eq!(text(answer).await, "visit-17");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let nowhere = get_path("/nowhere").await;
    let post_only = get_path("/echo").await;

    assert_eq!(nowhere.status(), StatusCode::NOT_FOUND);
    assert_eq!(nowhere.headers()["content-type"], "application/problem+json");
    assert_eq!(json(nowhere).await["code"], "not_found");
    assert_eq!(post_only.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(post_only.headers()["allow"], "POST");
    assert_eq!(json(post_only).await["code"], "method_not_allowed");
}

#[tokio::test]
async fn a_problem_tells_the_id_of_its_request_and_nothing_of_its_cause() {
    let answer = get_path("/broken").await;

    let id = answer.headers()["x-request-id"].clone();
    let told = json(answer).await;
    assert_eq!(told["request_id"], id.to_str().unwrap());
    assert_eq!(told["code"], "internal_error");
    assert!(!told.to_string().contains("disk"));
}

#[tokio::test]
async fn a_handler_that_panics_is_answered_as_a_fault_of_ours() {
    let answer = get_path("/panicking").await;

    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let told = json(answer).await;
    assert_eq!(told["code"], "internal_error");
    assert!(!told.to_string().contains("ledger"), "{told}");
}

#[tokio::test]
async fn a_route_may_take_larger_bodies_than_others() {
    let send = async |path: &str| {
        let body = format!("\"{}\"", "x".repeat(2 << 20));
        let request =
            Request::post(path).header("content-type", "application/json").body(Body::from(body)).unwrap();
        program().0.oneshot(request).await.unwrap().status()
    };

    assert_eq!(send("/echo").await, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(send("/large").await, StatusCode::OK);
}

#[tokio::test]
async fn requests_are_counted_under_their_pattern_and_unknown_paths_under_one_name() {
    let (router, metrics) = program();
    for (method, path) in [
        ("GET", "/things/1"),
        ("GET", "/things/2"),
        ("GET", "/any"),
        ("POST", "/any"),
        ("BREW", "/any"),
        ("GET", "/nowhere"),
        ("GET", "/elsewhere"),
    ] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        router.clone().oneshot(request).await.unwrap();
    }

    let text = metrics.text().unwrap();

    for line in [
        r#"route="/things/{id}",method="GET",status_class="2xx"} 2"#,
        r#"route="/any",method="GET",status_class="2xx"} 1"#,
        r#"route="/any",method="POST",status_class="2xx"} 1"#,
        r#"route="/any",method="other",status_class="2xx"} 1"#,
        r#"route="(none)",method="GET",status_class="4xx"} 2"#,
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    assert!(!text.contains("elsewhere") && !text.contains("BREW"), "{text}");
}

#[tokio::test]
async fn pages_of_the_origins_that_are_named_may_call_and_no_others() {
    let options = EdgeOptions {
        cors_origins: vec!["https://app.bank.example".parse().unwrap()],
        ..EdgeOptions::default()
    };
    let router = Router::new().route("/echo", post(echo));
    let router = Edge::new(Env::system(), Metrics::new("1"), &options).wrap(router);
    let preflight = async |origin: &str| {
        let request = Request::options("/echo")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,x-idempotency-key")
            .body(Body::empty())
            .unwrap();
        router.clone().oneshot(request).await.unwrap()
    };

    let ours = preflight("https://app.bank.example").await;
    assert_eq!(ours.headers()["access-control-allow-origin"], "https://app.bank.example");
    assert!(ours.headers()["access-control-allow-headers"].to_str().unwrap().contains("x-idempotency-key"));
    assert!(!ours.headers().contains_key("access-control-allow-credentials"));
    assert_eq!(ours.headers()["x-frame-options"], "DENY");
    for other in
        ["https://evil.example", "https://app.bank.example.evil.example", "null", "http://app.bank.example"]
    {
        let told = preflight(other).await;
        assert!(!told.headers().contains_key("access-control-allow-origin"), "{other}");
    }
    assert!(!get_path("/page").await.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn what_is_public_is_packed_for_those_who_ask() {
    let router = Router::new()
        .route("/page", get(async || ([("content-type", "text/html")], "<p>".repeat(2_000))))
        .route("/short", get(async || ([("content-type", "text/html")], "<p>")));
    let edge = Edge::new(Env::system(), Metrics::new("1"), &EdgeOptions::default());
    let router = edge.wrap(compressed(router));
    let ask = async |path: &str, takes: &str| {
        let request = Request::get(path).header("accept-encoding", takes).body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        let packed = answer.headers().get("content-encoding").map(|value| value.to_str().unwrap().to_owned());
        (packed, answer.into_body().collect().await.unwrap().to_bytes().len())
    };

    let (encoding, length) = ask("/page", "gzip, br").await;
    assert!(encoding.as_deref() == Some("gzip") && length < 600, "{encoding:?} {length}");
    assert_eq!(ask("/page", "identity").await, (None, 6_000));
    assert_eq!(ask("/short", "gzip").await, (None, 3));
}
