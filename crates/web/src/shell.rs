//! What is around a page: the document, the way around in the house, what is said once, the way out.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use florin_http::{Problem, codes};
use florin_kernel::Role;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::assets::{ICON, SCRIPT, STYLE};
use crate::values::sentence;
use crate::visit::Visit;
use crate::{staff, ui};

/// What customers find.
const PORTAL: &[(&str, &str)] = &[
    ("/dashboard", "Overview"),
    ("/accounts", "Accounts"),
    ("/transfer", "Transfer"),
    ("/payments", "Payments"),
    ("/loans", "Loans"),
    ("/cards", "Cards"),
    ("/statements", "Statements"),
];

/// What everybody finds.
const OWN: &[(&str, &str)] =
    &[(NOTICES, "Notifications"), ("/profile", "Profile"), ("/security", "Security")];

/// Where somebody finds what they were told.
const NOTICES: &str = "/notifications";
/// How far unread notices are counted.
const COUNTED_MAX: u32 = 99;

/// A page of somebody who has signed in.
pub(crate) fn of_visit(visit: &Visit, title: &str, body: &Markup) -> Response {
    let is_customer = visit.has(Role::Customer) || !visit.actor.is_staff();
    document(
        title,
        Some(visit.idle_seconds),
        &html! {
            a.skip href="#main" { "Skip to the content" }
            header.bar {
                a.brand href="/" { (mark()) span { "Florin" } }
                a.menu-open href="#menu" { span.menu-icon aria-hidden="true" {} "Menu" }
                nav.menu #menu aria-label="Main" tabindex="-1" {
                    a.menu-close.button href="#main" { "Close the menu" }
                    @if is_customer { (links(visit, "My money", PORTAL)) }
                    (desks(visit))
                    (links(visit, "Me", OWN))
                }
                div.who {
                    @if !visit.name.is_empty() { span.who-name { (visit.name) } }
                    form method="post" action="/logout" {
                        (ui::token(visit))
                        button.quiet type="submit" { "Sign out" }
                    }
                }
            }
            main #main tabindex="-1" {
                (ui::saying(visit.flash()))
                (body)
            }
            (footer())
        },
    )
}

fn desks(visit: &Visit) -> Markup {
    if !crate::works_here(&visit.actor) {
        return Markup::default();
    }
    let home = std::iter::once(("/staff", "Desk"));
    links(
        visit,
        "Work",
        &home.chain(staff::desks_of(visit).map(|desk| (desk.path, desk.label))).collect::<Vec<_>>(),
    )
}

fn links(visit: &Visit, label: &str, places: &[(&str, &str)]) -> Markup {
    // The longest of those that the path lies below is where somebody is.
    let is_below = |path: &str| {
        visit.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let here =
        places.iter().map(|(path, _)| *path).filter(|path| is_below(path)).max_by_key(|path| path.len());
    html! {
        @if !places.is_empty() {
            section {
                h2 { (label) }
                ul {
                    @for (path, label) in places {
                        li { a href=(path) aria-current=[(here == Some(path)).then_some("page")] {
                                (label)
                                @if *path == NOTICES { (unread(visit)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// How many notices wait to be read, in figures for the eye and in words for the ear.
fn unread(visit: &Visit) -> Markup {
    html! {
        @if visit.unread > 0 {
            span.badge.warn {
                @if visit.unread > COUNTED_MAX { (COUNTED_MAX) "+" } @else { (visit.unread) }
                span.visually-hidden { " not read" }
            }
        }
    }
}

/// A page without a way around, as strangers see it.
pub(crate) fn bare(title: &str, body: &Markup) -> Response {
    document(title, None, &html! { main #main.bare { (body) } (footer()) })
}

/// A refusal, told to somebody who has signed in.
pub(crate) fn refusal(visit: &Visit, problem: &Problem) -> Response {
    of_visit(visit, title_of(problem), &explained(problem, ("/dashboard", "Back to the overview")))
}

/// A refusal, told to a stranger.
pub(crate) fn refusal_to_stranger(problem: &Problem) -> Response {
    // Whoever is signed in may have come to a path of nothing as well: the start leads each on to where they belong.
    let on =
        if problem.status() == StatusCode::NOT_FOUND { ("/", "To the start") } else { ("/login", "Sign in") };
    let body = explained(problem, on);
    bare(title_of(problem), &html! { div.guest { section.card.guest-card { (body) } } })
}

/// Whether a form came from a page that was made before the sign-in was renewed; whoever looks at it knows of no tokens.
fn is_outdated(problem: &Problem) -> bool {
    problem.code() == codes::CSRF_FAILED.name
}

fn title_of(problem: &Problem) -> &str {
    if is_outdated(problem) { "This page is out of date" } else { problem.title() }
}

fn explained(problem: &Problem, (path, label): (&str, &str)) -> Markup {
    html! {
        h1 { (title_of(problem)) }
        @if is_outdated(problem) {
            p { "It was open while your sign-in was renewed, in another window perhaps. Nothing was done. Go back, load the page again, and send it anew." }
        }
        @if let Some(told) = problem.told() { p { (sentence(told)) "." } }
        @for fault in problem.errors() { p { (sentence(&fault.message)) "." } }
        @if problem.code() == "email_unverified" {
            form method="post" action="/verify-email/again" { button type="submit" { "Send the mail again" } }
        }
        p.muted { a href={ "/problems/" (problem.code()) } { "What this means" } }
        div.actions { a.button.primary href=(path) { (label) } }
    }
}

fn footer() -> Markup {
    html! {
        footer.foot {
            a href="/docs" { "Documentation" }
            button.quiet type="button" data-theme-switch hidden { "Dark or light" }
        }
    }
}

fn document(title: &str, idle_seconds: Option<u32>, body: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " – Florin" }
                link rel="stylesheet" href=(STYLE.path);
                link rel="icon" href=(ICON.path) type="image/svg+xml";
                script src=(SCRIPT.path) defer {}
            }
            body data-idle=[idle_seconds] { (body) }
        }
    };
    Html(page.0).into_response()
}

/// The sign of the house: a coin with a lily's three petals.
pub(crate) fn mark() -> Markup {
    html! { (PreEscaped(include_str!("assets/florin.svg"))) }
}
