//! How many requests are worked on at once, and who does not take part in that.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{Edge, EdgeOptions, GateLimits, Json, Metrics};
use florin_kernel::Env;
use futures_util::{StreamExt as _, stream};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tower::ServiceExt;

/// A program that works on one request at once, with one more in the queue, and whose `/work` lasts until it is let go.
struct Program {
    router: Router,
    work: Arc<Semaphore>,
}

impl Program {
    fn new(patience: Duration) -> Self {
        let work = Arc::new(Semaphore::new(0));
        let waited_for = Arc::clone(&work);
        let router = Router::new()
            .route(
                "/work",
                get(async move || {
                    waited_for.acquire().await.unwrap().forget();
                }),
            )
            .route("/echo", post(async |Json(body): Json<Value>| Json(body)))
            .route("/health/live", get(async || ()));
        let gate = GateLimits { inside_max: 1, waiting_max: 1, patience };
        let options = EdgeOptions { gate: Some(gate), ..EdgeOptions::default() };
        let router = Edge::new(Env::system(), Metrics::new("1"), &options).wrap(router);
        Self { router, work }
    }

    fn start(&self, request: Request<Body>) -> JoinHandle<Response> {
        let answer = self.router.clone().oneshot(request);
        tokio::spawn(async move { answer.await.unwrap() })
    }

    fn work(&self) -> JoinHandle<Response> {
        self.start(Request::get("/work").body(Body::empty()).unwrap())
    }
}

fn echo(body: Body) -> Request<Body> {
    Request::post("/echo").header("content-type", "application/json").body(body).unwrap()
}

#[tokio::test(start_paused = true)]
async fn one_works_one_waits_and_the_next_is_told_to_come_again() {
    let program = Program::new(Duration::from_secs(5));
    let (inside, waiting) = (program.work(), program.work());
    tokio::time::sleep(Duration::from_secs(1)).await;

    let told = program.work().await.unwrap();
    assert_eq!(
        (told.status(), &told.headers()["retry-after"]),
        (StatusCode::SERVICE_UNAVAILABLE, &"1".parse().unwrap())
    );
    assert!(told.headers().contains_key("x-request-id"), "it is an answer like any other");
    let watched = program.start(Request::get("/health/live").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(watched.status(), StatusCode::OK, "however busy it is");

    program.work.add_permits(2);
    assert_eq!([inside.await.unwrap().status(), waiting.await.unwrap().status()], [StatusCode::OK; 2]);
}

#[tokio::test(start_paused = true)]
async fn whoever_waited_too_long_is_told_to_come_again() {
    let program = Program::new(Duration::from_secs(5));
    let inside = program.work();
    tokio::task::yield_now().await;

    assert_eq!(program.work().await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
    program.work.add_permits(2);
    assert_eq!(inside.await.unwrap().status(), StatusCode::OK);
    assert_eq!(program.work().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_breaks_off_leaves_its_place() {
    let program = Program::new(Duration::from_secs(5));
    let (inside, waiting) = (program.work(), program.work());
    tokio::task::yield_now().await;
    for gone in [inside, waiting] {
        gone.abort();
        assert!(gone.await.is_err());
    }

    assert_eq!(program.start(echo(Body::from("1"))).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn clients_that_are_slow_hold_up_nobody_else() {
    let program = Program::new(Duration::from_secs(5));
    let mut slow = Vec::new();
    for _ in 0..500 {
        // The first byte comes at once, the others never.
        let body =
            stream::once(async { Ok::<_, Infallible>(Bytes::from_static(b"[")) }).chain(stream::pending());
        slow.push(program.start(echo(Body::from_stream(body))));
        tokio::task::yield_now().await;
    }

    for _ in 0..100 {
        assert_eq!(program.start(echo(Body::from("1"))).await.unwrap().status(), StatusCode::OK);
    }
    for one in slow {
        assert_eq!(one.await.unwrap().status(), StatusCode::REQUEST_TIMEOUT);
    }
}
