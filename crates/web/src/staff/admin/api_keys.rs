//! What machines sign in with: the keys of everybody, and taking one away.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{App, Path, Problem, Query};
use florin_identity::{ApiKeyQuery, OwnedApiKey};
use florin_kernel::{Action, ApiKeyId, Timestamp, UserId};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::tabs;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::staff::{may, where_permitted};
use crate::ui::{self, Column, Table, Tone};
use crate::values::Paging;
use crate::visit::Visit;

const ROWS: u16 = 25;
/// How many keys of one person are shown on their page.
const OF_PERSON_MAX: usize = 100;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/admin/api-keys", get(list))
        .route("/staff/admin/api-keys/{id}/revoke", post(revoke))
}

async fn list(
    State(app): State<App>,
    visit: Visit,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let page = paging.of(ROWS)?;
    let query = ApiKeyQuery {
        owner: None,
        before: page.cursor_as::<ApiKeyId>()?,
        limit: page.limit().saturating_add(1),
    };
    let found = app.identity.everybodys_api_keys(&visit.actor, query).await?;
    let found = page.page(found, |owned| owned.key.id.to_string());
    let body = html! {
        h1 { "API keys" }
        (tabs(&visit))
        p { "What machines sign in with, for the people who made them. A key never may more than its owner, and ends by itself." }
        (table(&visit, &found.rows, app.env.now(), true))
        (ui::pager("/staff/admin/api-keys", &[], paging.cursor.as_deref(), found.next_cursor.as_deref()))
    };
    Ok(visit.page("API keys", &body))
}

/// The keys of one person, for their page; nothing for whoever may not see them.
pub(in crate::staff) async fn of_person(app: &App, visit: &Visit, owner: UserId) -> Result<Markup, Problem> {
    let query = ApiKeyQuery { owner: Some(owner), before: None, limit: OF_PERSON_MAX };
    let found = app.identity.everybodys_api_keys(&visit.actor, query).await.map_err(Problem::from);
    let found = where_permitted(found)?.unwrap_or_default();
    if found.is_empty() {
        return Ok(Markup::default());
    }
    Ok(ui::card("API keys", table(visit, &found, app.env.now(), false)))
}

fn table(visit: &Visit, keys: &[OwnedApiKey], now: Timestamp, with_owners: bool) -> Markup {
    let owner = with_owners.then_some(Column::text("Whose"));
    let columns = [Column::text("Key"), Column::text("May do"), Column::text("From"), Column::text("Ends")];
    let rest = [Column::text("Used last"), Column::figures("Uses"), Column::text("What to do")];
    let mut table = Table::new("API keys", owner.into_iter().chain(columns).chain(rest)).or_empty(ui::empty(
        "No machine has a key",
        "People make them for themselves, over the API or on their security page.",
        Markup::default(),
    ));
    let may_revoke = may(visit, Action::RevokeApiKey, "api_key");
    for OwnedApiKey { key, owner, owner_name } in keys {
        let networks: Vec<String> = key.networks.iter().map(ToString::to_string).collect();
        let whose = with_owners.then(|| html! { a href={ "/staff/people/" (owner) } { (owner_name) } });
        let cells = [
            html! { (key.name) br; span.mono.muted { (key.prefix) "…" } },
            crate::scopes::list(&key.scopes),
            html! { @if networks.is_empty() { "Anywhere" } @else { (networks.join(", ")) } },
            html! {
                (ui::day(key.expires_at, &visit.zone))
                @if key.expires_at <= now { " " (ui::badge(Tone::Plain, "ended")) }
            },
            html! { @if let Some(at) = key.last_used_at { (ui::moment(at, &visit.zone)) } @else { "Never" } },
            html! { (key.uses) },
            html! {
                @if may_revoke {
                    (ui::confirm(visit, &format!("/staff/admin/api-keys/{}/revoke", key.id), "Revoke",
                        "No request is taken with it any more, from the next one on. It cannot be given back.",
                        &Markup::default()))
                } @else { span.muted { "–" } }
            },
        ];
        table.row(whose.into_iter().chain(cells));
    }
    html! { (table) }
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

async fn revoke(
    State(app): State<App>,
    Path(id): Path<ApiKeyId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    app.identity.revoke_api_key(&form.visit.actor, id).await?;
    Ok(go_saying(&app, "/staff/admin/api-keys", &Flash::done("The key is revoked.")))
}
