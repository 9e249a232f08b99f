//! `/security`: what somebody signs in with, where they are signed in, and what happened to that.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_audit::Record;
use florin_http::{App, Problem, Query};
use florin_identity::PastSignIn;
use florin_kernel::Timestamp;
use maud::{Markup, html};

use super::devices::client;
use crate::ui::{self, Column, Facts, Table, Tone};
use crate::values::{Paging, sentence};
use crate::visit::Visit;

/// How many events a page of the log shows.
const ROWS: u16 = 25;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/security", get(show)).route("/security/log", get(log))
}

async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let factors = app.identity.factors(&visit.actor).await?;
    let sign_ins = app.identity.sign_ins(&visit.actor).await?.len();
    let has_second = factors.totp || !factors.passkeys.is_empty();
    let (tone, word) = if has_second { (Tone::Good, "on") } else { (Tone::Warn, "off") };
    let app_state = if factors.totp { (Tone::Good, "on") } else { (Tone::Plain, "off") };
    let facts = Facts::new()
        .fact("Second factor", ui::badge(tone, word))
        .fact(
            "Authenticator app",
            linked(&ui::badge(app_state.0, app_state.1), "/security/authenticator", "Authenticator app"),
        )
        .fact("Passkeys", linked(&html! { (factors.passkeys.len()) }, "/security/passkeys", "Passkeys"))
        .fact(
            "Backup codes left",
            linked(&html! { (factors.backup_codes_left) }, "/security/backup-codes", "Backup codes"),
        )
        .fact("Password", linked(&html! { "set" }, "/change_password", "Change the password"));
    let places = Facts::new()
        .fact("Sign-ins", linked(&html! { (sign_ins) }, "/security/sign-ins", "Sign-ins and devices"))
        .fact("Keys for programs", linked(&html! {}, "/security/api-keys", "API keys"))
        .fact("Your data", linked(&html! {}, "/profile/consents", "Consents and privacy"))
        .fact("What happened", linked(&html! {}, "/security/log", "Sign-in log"));
    let body = html! {
        h1 { "Security" }
        @if !has_second {
            div.alert.note {
                p { strong { "A password alone is easily lost. " } "Set up an authenticator app or a passkey; it takes a minute." }
                div.actions { (ui::link_button("/security/authenticator", "Set one up", true)) }
            }
        }
        (ui::card("What you sign in with", facts))
        (ui::card("Where you are signed in", places))
    };
    Ok(visit.page("Security", &body))
}

fn linked(value: &Markup, path: &str, label: &str) -> Markup {
    html! { (value) " " a href=(path) { (label) } }
}

/// Where somebody signed in, and what they did to what they sign in with.
async fn log(
    State(app): State<App>,
    visit: Visit,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let before = paging.of(ROWS)?.cursor_as::<i64>()?;
    let is_first = before.is_none();
    let found = app.audit.own_events(&visit.actor, before.unwrap_or(i64::MAX), usize::from(ROWS)).await?;
    let history = if is_first { app.identity.sign_in_history(&visit.actor).await? } else { Vec::new() };
    let next = found.next_before.map(|before| before.to_string());
    let body = html! {
        (ui::heading("Sign-in log", ui::link_button("/security", "Security", false)))
        p { "Something you do not know? " a href="/change_password" { "Change the password" } ", and every other sign-in ends." }
        @if is_first { (ui::card("Sign-ins", sign_ins(&visit, &history))) }
        (ui::card("Changes", changes(&visit, &found.records)))
        (ui::pager("/security/log", &[], paging.cursor.as_deref(), next.as_deref()))
    };
    Ok(visit.page("Sign-in log", &body))
}

fn sign_ins(visit: &Visit, history: &[PastSignIn]) -> Markup {
    let columns =
        [Column::text("Signed in"), Column::text("With"), Column::text("From"), Column::text("Ended")];
    let mut table = Table::new("The latest sign-ins", columns);
    for past in history {
        table.row([
            ui::moment(past.created_at, &visit.zone),
            html! { (methods(&past.amr)) },
            html! { (client(past.place.user_agent.as_deref())) ", " (past.place.ip.as_deref().unwrap_or("unknown address")) },
            html! { @if let Some(at) = past.ended_at { (ui::moment(at, &visit.zone)) } },
        ]);
    }
    html! { (table) }
}

/// What was proved at a sign-in, in words.
fn methods(amr: &str) -> String {
    let word = |code| match code {
        "pwd" => Some("password"),
        "otp" => Some("code"),
        "swk" | "hwk" | "webauthn" => Some("passkey"),
        "fed" => Some("another provider"),
        _ => None,
    };
    let words: Vec<&str> = amr.split(' ').filter_map(word).collect();
    if words.is_empty() { amr.to_owned() } else { words.join(", ") }
}

fn changes(visit: &Visit, records: &[Record]) -> Markup {
    let columns = [Column::text("What"), Column::text("When"), Column::text("From"), Column::text("Outcome")];
    let hint = "Stepping up and changes of what you sign in with appear here.";
    let mut table = Table::new("Changes of what you sign in with", columns).or_empty(ui::empty(
        "Nothing yet",
        hint,
        Markup::default(),
    ));
    for record in records {
        let at = Timestamp::from_microsecond(record.at_us).unwrap_or_default();
        let (tone, word) =
            if record.outcome == "success" { (Tone::Good, "done") } else { (Tone::Bad, "refused") };
        table.row([
            html! { (told(&record.action)) },
            ui::moment(at, &visit.zone),
            html! { (record.ip.as_deref().unwrap_or("unknown")) },
            ui::badge(tone, word),
        ]);
    }
    html! { (table) }
}

/// What an action is called for people.
fn told(action: &str) -> String {
    let words = match action {
        "session.logout" => "Signed out",
        "session.end" => "Ended a sign-in",
        "session.step_up" => "Confirmed that it is you",
        "device.forget" => "Forgot a device",
        "factor.add" => "Set up a second factor",
        "factor.remove" => "Changed or removed a second factor",
        "api_key.create" => "Made an API key",
        "api_key.revoke" => "Revoked an API key",
        "user.change" => "Changed the profile",
        "user.change_password" => "Changed the password",
        other => return sentence(&other.replace(['.', '_'], " ")),
    };
    words.to_owned()
}
