//! The sign-ins of somebody, on their page, and ending one or all of them.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use florin_http::{App, Path, Path2, Problem};
use florin_identity::{SignIn, SignOutReason};
use florin_kernel::{Action, SessionId, UserId};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::{may, where_permitted};
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Field, Table, Tone};
use crate::values::parsed;
use crate::visit::Visit;

/// How long a reason may be.
const REASON_MAX: u16 = 200;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/people/{id}/sign-ins/{sign_in}/end", post(end))
        .route("/staff/people/{id}/sign-out", post(end_all))
}

/// The sign-ins of one person; nothing for whoever may not see them.
pub(super) async fn of_person(app: &App, visit: &Visit, owner: UserId) -> Result<Markup, Problem> {
    let found = app.identity.sign_ins_of(&visit.actor, owner).await.map_err(Problem::from);
    let Some(found) = where_permitted(found)? else { return Ok(Markup::default()) };
    Ok(ui::card(
        "Signed in now",
        html! {
            (table(visit, owner, &found))
            @if owner != visit.user && !found.is_empty() && may(visit, Action::EndSession, "session") {
                (end_all_form(visit, owner, &Everywhere::default(), None))
            }
        },
    ))
}

fn end_all_form(visit: &Visit, owner: UserId, typed: &Everywhere, problem: Option<&Problem>) -> Markup {
    let reason = Field::text("reason", "Why").value(&typed.reason).at_most(REASON_MAX).faults(problem);
    ui::confirm(
        visit,
        &format!("/staff/people/{owner}/sign-out"),
        "Sign out everywhere",
        "Every sign-in of theirs ends with the next request. They can sign in again at once; keys of machines stay. \
         The reason is written into the audit trail.",
        &html! { (reason) },
    )
}

fn table(visit: &Visit, owner: UserId, sign_ins: &[SignIn]) -> Markup {
    let columns = [
        Column::text("With"),
        Column::text("From"),
        Column::text("Since"),
        Column::text("Used last"),
        Column::text("What to do"),
    ];
    let mut table = Table::new("Signed in now", columns).or_empty(ui::empty(
        "Nowhere",
        "They are not signed in anywhere.",
        Markup::default(),
    ));
    for sign_in in sign_ins {
        let path = format!("/staff/people/{owner}/sign-ins/{}/end", sign_in.id);
        table.row([
            html! {
                @let agent = sign_in.place.user_agent.as_deref();
                span title=[agent] { (crate::me::client(agent)) }
                @if !sign_in.browser { " " span.muted { "by an app" } }
                @if sign_in.current { " " (ui::badge(Tone::Good, "this one")) }
            },
            html! { (sign_in.place.ip.as_deref().unwrap_or("Not known")) },
            ui::moment(sign_in.created_at, &visit.zone),
            ui::moment(sign_in.last_seen_at, &visit.zone),
            ui::confirm(
                visit,
                &path,
                "End",
                "They are signed out there from the next request on, and can sign in again.",
                &Markup::default(),
            ),
        ]);
    }
    html! { (table) }
}

#[derive(Default, Serialize, Deserialize)]
struct Everywhere {
    #[serde(default)]
    reason: String,
}

async fn end_all(
    State(app): State<App>,
    Path(owner): Path<UserId>,
    form: Form<Everywhere>,
) -> Result<Response, Problem> {
    let visit = &form.visit;
    match parsed::<SignOutReason>(&form.typed.reason, "reason", "a reason") {
        Ok(reason) => {
            let ended = app.identity.end_sign_ins_of(&visit.actor, owner, reason).await?;
            let said = match ended {
                0 => Flash::notice("They were not signed in anywhere."),
                1 => Flash::done("Their one sign-in is ended."),
                more => Flash::done(format!("Their {more} sign-ins are ended.")),
            };
            Ok(go_saying(&app, &format!("/staff/people/{owner}"), &said))
        }
        Err(problem) => {
            let body = html! {
                h1 { "Sign out everywhere" }
                (ui::errors(Some(&problem)))
                (end_all_form(visit, owner, &form.typed, Some(&problem)))
                p { a href={ "/staff/people/" (owner) } { "Back to the person" } }
            };
            Ok(visit.form_page("Sign out everywhere", Some(&problem), &body))
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

async fn end(
    State(app): State<App>,
    Path2(owner, sign_in): Path2<UserId, SessionId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    app.identity.end_sign_in(&form.visit.actor, sign_in).await?;
    Ok(go_saying(&app, &format!("/staff/people/{owner}"), &Flash::done("They are signed out there.")))
}
