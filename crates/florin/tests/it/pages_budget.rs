//! What a first view of a page costs on the wire, and that nothing of it comes from elsewhere or stands within the page.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use florin_kernel::{Department, Role};
use florin_testkit::{Browser, Call, Client, Database, Page, TestApp};

/// The budget of docs/web.md, for a page with all that it loads.
const BYTES_MAX: usize = 60_000;
/// What browsers say that they unpack.
const ENCODINGS: &[u8] = b"gzip, br, zstd";

/// The values of an attribute wherever it stands in a page.
fn values<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let begin = format!(" {name}=\"");
    html.split(begin.as_str()).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

/// What of a page a browser loads with it, by its tags.
fn assets(html: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for tag in html.split('<').filter_map(|part| part.split('>').next()) {
        let attribute = match tag.split(' ').next() {
            Some("link") => "href",
            Some("script" | "img" | "iframe" | "source" | "video" | "audio" | "embed") => "src",
            _ => continue,
        };
        found.extend(values(tag, attribute).into_iter().map(str::to_owned));
    }
    found
}

/// Nothing is written in the page but text, and no other origin is named that a browser would ask by itself.
fn is_all_of_this_house(page: &Page) {
    let (html, path) = (&page.html, &page.path);
    for attribute in ["src", "action", "formaction", "poster", "srcset", "data", "cite", "background"] {
        for value in values(html, attribute) {
            let is_own =
                value.starts_with('/') && !value.starts_with("//") || value.starts_with("data:image/");
            assert!(is_own, "{path}: {attribute} names {value}");
        }
    }
    for value in values(html, "href") {
        assert!(
            value.starts_with('/') && !value.starts_with("//") || value.starts_with('#'),
            "{path}: {value}"
        );
    }
    for never in [
        "<style",
        " style=\"",
        "javascript:",
        "preconnect",
        "dns-prefetch",
        "<base",
        "<iframe",
        "@import",
        "<meta http-equiv",
    ] {
        assert!(!html.contains(never), "{path} has {never}");
    }
    let loads = html.split("url(").skip(1).any(|rest| !rest.starts_with('#'));
    assert!(!loads, "{path} loads by its style");
    for script in html.split("<script").skip(1) {
        let (tag, rest) = script.split_once('>').unwrap();
        assert!(
            tag.contains(" src=\"/assets/") && rest.starts_with("</script>"),
            "{path} has a script within it"
        );
    }
    let handlers = ["onclick", "onload", "onsubmit", "onchange", "onerror", "onfocus", "oninput"];
    assert!(handlers.iter().all(|name| values(html, name).is_empty()), "{path} has a handler within it");
}

/// The bytes of what is answered, as it goes over the wire to a browser.
async fn bytes(browser: &mut Browser, path: &str) -> usize {
    let answer = browser.send(Call::get(path).header("accept-encoding", ENCODINGS)).await.expect(200);
    answer.body.len()
}

/// What the first view of each of these pages costs; each is looked at on the way.
async fn cost(browser: &mut Browser, paths: &[String], told: &mut Vec<(usize, String)>) {
    for path in paths {
        let page = browser.open(path).await.expect(200);
        is_all_of_this_house(&page);
        let mut sum = bytes(browser, &page.path).await;
        for asset in assets(&page.html).iter().filter(|asset| !asset.starts_with("data:")) {
            assert!(asset.starts_with("/assets/"), "{path} loads {asset}");
            sum += bytes(browser, asset).await;
        }
        told.push((sum, path.clone()));
    }
}

fn owned(paths: &[&str]) -> Vec<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

async fn as_person(app: &TestApp, person: &Client) -> Browser {
    let mut browser = app.browser();
    let _ = browser.sign_in(&person.email).await.expect(200);
    browser
}

const OF_CUSTOMERS: &[&str] = &[
    "/dashboard",
    "/accounts",
    "/accounts/open",
    "/transfer",
    "/payments",
    "/payments/new",
    "/payments/scheduled",
    "/payments/scheduled/new",
    "/payees",
    "/payees/new",
    "/loans",
    "/loans/apply",
    "/cards",
    "/statements",
    "/profile",
    "/profile/export",
    "/security",
    "/security/sign-ins",
    "/security/log",
    "/security/api-keys",
    "/security/authenticator",
    "/security/passkeys",
];
const OF_ADMINISTRATORS: &[&str] = &[
    "/staff",
    "/staff/people",
    "/staff/approvals",
    "/staff/audit",
    "/staff/admin/settings",
    "/staff/admin/settings?q=time",
    "/staff/admin/keys",
    "/staff/admin/jobs",
    "/staff/admin/api-keys",
    "/staff/admin/access",
    "/ops",
    "/ops/alerts",
    "/ops/silences",
    "/design",
];
const OF_ANALYSTS: &[&str] = &[
    "/staff",
    "/staff/cases",
    "/staff/security-events",
    "/staff/security-events/addresses",
    "/staff/risk",
    "/staff/risk/lists",
    "/staff/risk/models",
];
const OF_TELLERS: &[&str] = &["/staff", "/staff/customers?q=a", "/staff/customers/new"];
const OF_OFFICERS: &[&str] = &["/staff", "/staff/loans", "/staff/loans/book"];
const OF_MANAGERS: &[&str] = &["/staff", "/staff/payments", "/staff/ledger", "/staff/employees"];
const OF_COMPLIANCE: &[&str] = &["/staff", "/staff/aml", "/staff/screenings"];
const OF_STRANGERS: &[&str] = &["/login", "/register", "/forgot-password"];

#[tokio::test]
async fn a_first_view_of_any_page_is_small_and_all_of_this_house() {
    let app = TestApp::start(Database::Sqlite).await;
    let (ada, from) = app.funded_customer("50000.00").await;
    let (_, to) = app.funded_customer("1.00").await;
    // More than a page of everything that comes in pages.
    for n in 0..60 {
        ada.transfer(&from, &to, &format!("{n}.99"), &format!("budget-{n}")).await;
    }
    app.run_jobs().await;
    let mut told = Vec::new();

    cost(&mut app.browser(), &owned(OF_STRANGERS), &mut told).await;
    let mut customer = as_person(&app, &ada).await;
    cost(&mut customer, &owned(OF_CUSTOMERS), &mut told).await;
    cost(&mut customer, &[format!("/accounts/{from}")], &mut told).await;
    for (person, paths) in [
        (app.admin().await, OF_ADMINISTRATORS),
        (app.staff(Role::FraudAnalyst).await, OF_ANALYSTS),
        (app.staff(Role::LoanOfficer).await, OF_OFFICERS),
        (app.staff(Role::ComplianceOfficer).await, OF_COMPLIANCE),
        (app.manager().await, OF_MANAGERS),
    ] {
        cost(&mut as_person(&app, &person).await, &owned(paths), &mut told).await;
    }
    let mut teller = as_person(&app, &app.teller().await).await;
    cost(&mut teller, &owned(OF_TELLERS), &mut told).await;
    cost(
        &mut teller,
        &[format!("/staff/customers/{}", ada.id), format!("/staff/accounts/{from}")],
        &mut told,
    )
    .await;
    let hr = app.of_department(Department::Hr).await;
    cost(&mut as_person(&app, &hr).await, &owned(&["/staff/employees", "/staff/employees/new"]), &mut told)
        .await;

    told.sort_unstable_by(|one, other| other.cmp(one));
    let mut largest = String::new();
    for (bytes, path) in told.iter().take(10) {
        writeln!(largest, "{bytes:>8} {path}").unwrap();
    }
    // What passes is told as well, to whoever asks the tests for it.
    std::io::Write::write_all(
        &mut std::io::stderr(),
        format!("the largest first views:\n{largest}").as_bytes(),
    )
    .unwrap();
    let over: Vec<&(usize, String)> = told.iter().filter(|(bytes, _)| *bytes > BYTES_MAX).collect();
    assert!(over.is_empty(), "over {BYTES_MAX} bytes: {over:?}");
    assert!(told.len() > 60, "{}", told.len());
}

#[test]
fn what_a_page_loads_is_found() {
    let html = r#"<link rel="stylesheet" href="/assets/a.css"><script src="/assets/b.js" defer></script><a href="/c">c</a><img src="data:image/png;base64,x">"#;

    let found: Vec<String> = assets(html).into_iter().collect();

    assert_eq!(found, ["/assets/a.css", "/assets/b.js", "data:image/png;base64,x"]);
}
