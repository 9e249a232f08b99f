//! The sign-ins of somebody, on their page, and ending one.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use florin_http::{App, Path2, Problem};
use florin_identity::SignIn;
use florin_kernel::{SessionId, UserId};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::where_permitted;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Table, Tone};
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/staff/people/{id}/sign-ins/{sign_in}/end", post(end))
}

/// The sign-ins of one person; nothing for whoever may not see them.
pub(super) async fn of_person(app: &App, visit: &Visit, owner: UserId) -> Result<Markup, Problem> {
    let found = app.identity.sign_ins_of(&visit.actor, owner).await.map_err(Problem::from);
    let Some(found) = where_permitted(found)? else { return Ok(Markup::default()) };
    Ok(ui::card("Signed in now", table(visit, owner, &found)))
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
