//! `/profile/consents`: what somebody is asked to agree to, how they stand to it, and what they said before.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_compliance::consents::{
    ConsentFile, ConsentRecord, ConsentState, RecordConsent, RenderStanding, Standing,
};
use florin_db::idempotency::Frozen;
use florin_http::{App, Problem};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::devices::client;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Table, Tone};
use crate::values::answered;
use crate::visit::Visit;

const PATH: &str = "/profile/consents";

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show).post(record))
}

async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let file = app.consents.file(&visit.actor, None).await?;
    let body = html! {
        (ui::heading("Consents and privacy", ui::link_button("/profile", "Profile", false)))
        p {
            "What you agree to here you can take back here, as easily and at any time. What was done until then stays right. "
            "What we keep about you " a href="/profile/export" { "you can take along" } "."
        }
        @for standing in &file.standings { (asked(&visit, standing)) }
        (ui::card("What you said", history(&visit, &file)))
    };
    Ok(visit.page("Consents and privacy", &body))
}

/// A purpose with its text, how it stands, and the one thing that can be said now.
fn asked(visit: &Visit, standing: &Standing) -> Markup {
    let purpose = &standing.purpose;
    html! {
        section.card {
            h2 { (purpose.title) }
            p {
                (badge(standing.state())) " "
                @if purpose.required { (ui::badge(Tone::Plain, "needed for the service")) }
            }
            p { (purpose.text) }
            p.muted {
                "Version " (purpose.version)
                @if let Some(latest) = &standing.latest {
                    @if latest.given { ". Agreed " } @else { ". Withdrawn " }
                    (ui::moment(latest.at, &visit.zone))
                }
            }
            @if let Some(older) = standing.latest.as_ref().filter(|_| standing.state() == ConsentState::GivenToOlder) {
                details {
                    summary { "The text that you agreed to (version " (older.version) ")" }
                    p { (older.text) }
                }
            }
            (choices(visit, standing))
        }
    }
}

fn choices(visit: &Visit, standing: &Standing) -> Markup {
    let purpose = &standing.purpose;
    let said = |given: bool| {
        html! {
            input type="hidden" name="purpose" value=(purpose.code);
            input type="hidden" name="given" value=(given);
        }
    };
    let state = standing.state();
    let agree = "You agree to the text above, in this version.";
    let withdraw = "From now on we do none of this. You can agree again at any time.";
    html! {
        div.actions {
            @if state != ConsentState::Given {
                (ui::affirm(visit, PATH, if state == ConsentState::GivenToOlder { "Agree to the new text" } else { "Agree" }, agree, &said(true)))
            }
            @if state.allows() && !purpose.required {
                (ui::confirm(visit, PATH, "Withdraw", withdraw, &said(false)))
            }
            @if state == ConsentState::Unanswered && !purpose.required {
                (ui::confirm(visit, PATH, "Refuse", "We do none of this, and note that you do not want it.", &said(false)))
            }
        }
    }
}

/// How it stands with a purpose, in words.
pub(crate) fn badge(state: ConsentState) -> Markup {
    match state {
        ConsentState::Unanswered => ui::badge(Tone::Plain, "not answered"),
        ConsentState::Given => ui::badge(Tone::Good, "given"),
        ConsentState::GivenToOlder => ui::badge(Tone::Warn, "given to an older text"),
        ConsentState::Withdrawn => ui::badge(Tone::Plain, "withdrawn"),
    }
}

fn history(visit: &Visit, file: &ConsentFile) -> Markup {
    let columns = [Column::text("What"), Column::text("Said"), Column::text("When"), Column::text("From")];
    let hint = "What you agree to and what you withdraw is noted here.";
    let empty = ui::empty("Nothing said yet", hint, Markup::default());
    let mut table = Table::new("What you agreed to and withdrew", columns).or_empty(empty);
    for record in &file.history {
        table.row([
            html! { (record.title) ", version " (record.version) },
            html! { @if record.given { "agreed" } @else { "withdrawn" } },
            ui::moment(record.at, &visit.zone),
            html! { (from(record)) },
        ]);
    }
    html! { (table) }
}

/// From where a record came: the person's own client, or somebody of the staff with their reason.
fn from(record: &ConsentRecord) -> String {
    match &record.reason {
        Some(reason) => format!("recorded by our staff: {reason}"),
        None => format!(
            "{}, {}",
            client(record.user_agent.as_deref()),
            record.ip.as_deref().unwrap_or("unknown address")
        ),
    }
}

#[derive(Serialize, Deserialize)]
struct Saying {
    purpose: String,
    given: bool,
}

/// What the commit answers a page.
#[derive(Serialize, Deserialize)]
pub(crate) struct Said {
    title: String,
    state: String,
}

impl Said {
    /// Renders the answer inside the commit.
    pub(crate) fn render() -> RenderStanding {
        Arc::new(|standing| {
            let said =
                Self { title: standing.purpose.title.clone(), state: standing.state().code().to_owned() };
            Frozen { status: 200, body: serde_json::to_vec(&said).unwrap_or_default() }
        })
    }

    /// What is said once about it.
    pub(crate) fn flash(&self) -> Flash {
        let given = self.state == ConsentState::Given.code();
        Flash::done(format!("{}: {}.", self.title, if given { "given" } else { "withdrawn" }))
    }
}

async fn record(State(app): State<App>, form: Form<Saying>) -> Result<Response, Problem> {
    let key = form.key("page POST /profile/consents")?;
    let Saying { purpose, given } = form.typed;
    let request = RecordConsent { purpose, given, user: None, reason: None };
    let answer = app.consents.record(&form.visit.actor, key, request, Said::render()).await?;
    Ok(go_saying(&app, PATH, &answered::<Said>(answer)?.flash()))
}
