//! `/notifications`: what somebody was told, what of it they have read, and what is sent by mail as well.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{App, Path, Problem, Query};
use florin_kernel::Page;
use florin_notify::{Notice, NoticeId, Preference, Topic, Which};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::Nothing;
use crate::exchange::{go, go_saying};
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Field, Tone};
use crate::values::{fault, page_of};
use crate::visit::Visit;

const PATH: &str = "/notifications";
/// How many notices a page shows.
const ROWS: u16 = 25;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(show))
        .route("/notifications/read", post(mark_seen))
        .route("/notifications/{id}/read", post(mark_one))
        .route("/notifications/preferences", post(prefer))
}

/// Which notices are wanted.
#[derive(Deserialize)]
struct Wanted {
    /// `unread` for those alone.
    #[serde(default)]
    show: String,
    #[serde(default)]
    cursor: Option<String>,
}

async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let unread_only = wanted.show == "unread";
    let page = page_of(wanted.cursor.as_deref(), ROWS)?;
    let found = app.notices.list(&visit.actor, unread_only, &page).await?;
    let preferences = app.notices.preferences(&visit.actor).await?;
    let offers = app.consents.file(&visit.actor, None).await?.allows("marketing_email");
    let query = [("show", if unread_only { "unread" } else { "" })];
    let body = html! {
        (ui::heading("Notifications", read_all(&visit, &found)))
        (filter(unread_only))
        (list(&visit, &found.rows, unread_only))
        (ui::pager(PATH, &query, wanted.cursor.as_deref(), found.next_cursor.as_deref()))
        (ui::card("By mail as well", preference_form(&visit, &preferences, offers)))
    };
    Ok(visit.page("Notifications", &body))
}

/// Marks what is before one's eyes and all that was told before it.
fn read_all(visit: &Visit, found: &Page<Notice>) -> Markup {
    let newest = found.rows.first().filter(|_| visit.unread > 0);
    html! {
        @if let Some(newest) = newest {
            (ui::post_form(visit, "/notifications/read", &html! {
                input type="hidden" name="through" value=(newest.id);
                button type="submit" { "Mark all as read" }
            }))
        }
    }
}

fn filter(unread_only: bool) -> Markup {
    let field = Field::select("show", "Show", [("", "All"), ("unread", "Not read yet")])
        .value(if unread_only { "unread" } else { "" })
        .filter();
    html! {
        form.row method="get" action=(PATH) {
            (field)
            button type="submit" { "Show" }
        }
    }
}

fn list(visit: &Visit, notices: &[Notice], unread_only: bool) -> Markup {
    if notices.is_empty() {
        let title = if unread_only { "Everything is read" } else { "Nothing was told yet" };
        let hint =
            "What happens to your sign-ins, payments and schedules is told here, and mostly by mail as well.";
        return ui::empty(title, hint, Markup::default());
    }
    html! { @for notice in notices { (told(visit, notice)) } }
}

fn told(visit: &Visit, notice: &Notice) -> Markup {
    html! {
        section.card {
            h2 { (notice.title) }
            p.muted {
                (ui::moment(notice.told_at, &visit.zone)) ", " (notice.topic.title()) " "
                @if notice.read_at.is_none() { (ui::badge(Tone::Warn, "new")) }
            }
            @for paragraph in notice.text.split("\n\n") { p { (paragraph) } }
            div.actions {
                (ui::link_button(notice.place, "See more", false))
                @if notice.read_at.is_none() {
                    (ui::post_form(visit, &format!("/notifications/{}/read", notice.id), &html! {
                        button type="submit" { "Mark as read" }
                    }))
                }
            }
        }
    }
}

fn preference_form(visit: &Visit, preferences: &[Preference], offers: bool) -> Markup {
    let wanted = |topic: Topic| preferences.iter().any(|one| one.topic == topic && one.mail);
    let field = |name, topic: Topic| {
        let value = if wanted(topic) { "true" } else { "" };
        Field::checkbox(name, topic.title()).value(value)
    };
    html! {
        p { "Everything is told here. What concerns the security of your account is always sent by mail too; of the rest you choose." }
        (ui::post_form(visit, "/notifications/preferences", &html! {
            (field("payments", Topic::Payments))
            (field("scheduled_payments", Topic::ScheduledPayments))
            div.actions { button.primary type="submit" { "Save" } }
        }))
        p.muted {
            "Offers are sent only with your consent, which you " @if offers { "gave" } @else { "did not give" } ": "
            a href="/profile/consents" { "Consents and privacy" } "."
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Seen {
    through: String,
}

async fn mark_seen(State(app): State<App>, form: Form<Seen>) -> Result<Response, Problem> {
    let through = form.typed.through.parse::<NoticeId>();
    let through = through.map_err(|_| fault("through", "Open the notices anew"))?;
    app.notices.mark(&form.visit.actor, Which::Through(through)).await?;
    Ok(go_saying(&app, PATH, &Flash::done("Marked as read.")))
}

async fn mark_one(
    State(app): State<App>,
    Path(id): Path<NoticeId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    app.notices.mark(&form.visit.actor, Which::These(vec![id])).await?;
    Ok(go(PATH))
}

/// Boxes that are not ticked are not sent.
#[derive(Serialize, Deserialize)]
struct Preferring {
    #[serde(default)]
    payments: Option<String>,
    #[serde(default)]
    scheduled_payments: Option<String>,
}

async fn prefer(State(app): State<App>, form: Form<Preferring>) -> Result<Response, Problem> {
    let Preferring { payments, scheduled_payments } = form.typed;
    let wanted = vec![
        Preference { topic: Topic::Payments, mail: payments.is_some() },
        Preference { topic: Topic::ScheduledPayments, mail: scheduled_payments.is_some() },
    ];
    app.notices.prefer(&form.visit.actor, wanted).await?;
    Ok(go_saying(&app, PATH, &Flash::done("Saved.")))
}
