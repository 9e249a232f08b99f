//! How the scanner behaves: where it goes, how much it sends, how long it waits.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use florin_scan::{Error, Options};

use crate::recall::options;
use crate::server::{Style, World, serve};
use crate::{faults, sites};

/// A site that answers with this, and what it was asked.
async fn site(
    answer: impl Fn(usize, &Request<Body>) -> Response<Body> + Clone + Send + Sync + 'static,
) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = asked.clone();
    let app = Router::new().fallback(move |request: Request<Body>| {
        let (heard, answer) = (heard.clone(), answer.clone());
        async move {
            let number = {
                let mut heard = heard.lock().unwrap();
                heard.push(format!("{} {}", request.method(), request.uri()));
                heard.len()
            };
            answer(number, &request)
        }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (address, asked)
}

fn page(body: &str) -> Response<Body> {
    Response::builder().header("content-type", "text/html").body(Body::from(body.to_owned())).unwrap()
}

#[tokio::test]
async fn others_are_scanned_only_by_those_who_may() {
    let refused = florin_scan::scan(Options::new("http://192.0.2.1")).await;
    let nonsense = florin_scan::scan(Options::new("somewhere")).await;

    assert!(matches!(refused, Err(Error::NotAuthorised(_))));
    assert!(matches!(nonsense, Err(Error::Address(_))));
}

#[tokio::test]
async fn a_target_that_is_not_there_is_unreachable() {
    let gone = florin_scan::scan(Options::new("http://127.0.0.1:9")).await;

    assert!(matches!(gone, Err(Error::Unreachable { .. })));
}

#[tokio::test]
async fn no_more_is_sent_than_the_budget_and_the_report_says_so() {
    let address = serve(World::new(faults(), Style::default())).await;

    let report =
        florin_scan::scan(Options { budget: 200, ..options(&format!("http://{address}")) }).await.unwrap();

    assert_eq!(report.requests, 200);
    assert!(report.incomplete.unwrap().contains("budget"));
}

#[tokio::test]
async fn requests_keep_the_rate() {
    let (address, asked) = site(|_, _| page("")).await;
    let begun = Instant::now();

    let options = Options { rate: Some(50), budget: 25, ..Options::new(format!("http://{address}")) };
    florin_scan::scan(options).await.unwrap();

    assert!(begun.elapsed() >= Duration::from_millis(470));
    assert_eq!(asked.lock().unwrap().len(), 25);
}

#[tokio::test]
async fn who_is_told_to_wait_waits() {
    let (address, asked) = site(|number, _| match number {
        2 => Response::builder().status(429).header("retry-after", "1").body(Body::empty()).unwrap(),
        _ => page(""),
    })
    .await;
    let begun = Instant::now();

    florin_scan::scan(Options { budget: 3, ..Options::new(format!("http://{address}")) }).await.unwrap();

    let asked = asked.lock().unwrap();
    assert_eq!(asked[1], asked[2], "the same again");
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_scan_that_is_mostly_refused_for_haste_is_not_complete() {
    let (address, _) = site(|number, _| match number {
        1..5 => page(""),
        _ => Response::builder().status(429).header("retry-after", "3600").body(Body::empty()).unwrap(),
    })
    .await;

    let report = florin_scan::scan(Options::new(format!("http://{address}"))).await.unwrap();

    assert!(report.incomplete.unwrap().contains("for haste"));
}

#[tokio::test]
async fn no_link_or_redirect_leads_to_another_host() {
    let (elsewhere, visits) = site(|_, _| page("")).await;
    let (address, _) = site(move |_, request| match request.uri().path() {
        "/" => page(&format!("<a href=\"http://{elsewhere}/a\">a</a><a href=/out>b</a><form action=\"//{elsewhere}/c\"></form><a href=\"/\\{elsewhere}/d\">d</a>")),
        "/out" => Response::builder().status(302).header("location", format!("http://{elsewhere}/e")).body(Body::empty()).unwrap(),
        _ => Response::builder().status(404).body(Body::empty()).unwrap(),
    })
    .await;

    florin_scan::scan(Options::new(format!("http://{address}"))).await.unwrap();

    assert!(visits.lock().unwrap().is_empty(), "{:?}", visits.lock().unwrap());
}

#[tokio::test]
async fn without_writes_only_what_reads_is_asked() {
    let (address, asked) =
        site(|_, _| page("<form method=post action=/pay><input name=a></form><a href='/x?q=1'>x</a>")).await;

    florin_scan::scan(Options { writes: false, ..Options::new(format!("http://{address}")) }).await.unwrap();

    let asked = asked.lock().unwrap();
    let writes: Vec<&String> =
        asked.iter().filter(|one| !one.starts_with("GET ") && !one.starts_with("TRACE ")).collect();
    assert!(writes.is_empty() && asked.len() > 20, "{writes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_finds_the_same_in_the_same_order() {
    let style = sites::SITES[0].style;
    let (one, two) = (sites::scanned(style).await, sites::scanned(style).await);

    let names = |report: &florin_scan::Report| -> Vec<String> {
        report.findings.iter().map(|one| format!("{} {} {}", one.rule.id, one.path, one.detail)).collect()
    };
    assert_eq!((names(&one), one.requests), (names(&two), two.requests));
}

#[tokio::test]
async fn credentials_that_do_not_sign_in_end_the_scan() {
    let address = serve(World::new(Vec::new(), Style::default())).await;
    let mut options = options(&format!("http://{address}"));
    options.user.as_mut().unwrap().email = "nobody@example.org".to_owned();

    let ended = florin_scan::scan(options).await;

    assert!(matches!(ended, Err(Error::SignIn(email)) if email == "nobody@example.org"));
}
