//! `/security/api-keys`: keys that programs sign in with, made and revoked.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{App, Path, Problem};
use florin_identity::{ApiKey, NewApiKey, Quota, Scope};
use florin_kernel::ApiKeyId;
use maud::{Markup, html};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use super::Nothing;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::scopes;
use crate::ui::{self, Column, Facts, Field, Table};
use crate::values::{day, fault, midnight, required};
use crate::visit::Visit;

const PATH: &str = "/security/api-keys";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(show))
        .route("/security/api-keys/new", get(new_page).post(make))
        .route("/security/api-keys/{id}/revoke", post(revoke))
}

async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let keys = app.identity.api_keys(&visit.actor).await?;
    let body = html! {
        (ui::heading("API keys", ui::link_button("/security/api-keys/new", "Make a key", true)))
        p { "A key lets a program of yours read or do what you choose, without your password. " a href="/docs" { "How programs use it" } }
        (table(&visit, &keys))
    };
    Ok(visit.page("API keys", &body))
}

fn table(visit: &Visit, keys: &[ApiKey]) -> Markup {
    let columns = [
        Column::text("Name"),
        Column::text("Begins with"),
        Column::text("May"),
        Column::text("Ends"),
        Column::text("Last used"),
        Column::text("Revoke"),
    ];
    let make = ui::link_button("/security/api-keys/new", "Make a key", false);
    let mut table = Table::new("Your keys", columns).or_empty(ui::empty(
        "No keys",
        "You need one only for programs of your own.",
        make,
    ));
    for key in keys {
        let action = format!("/security/api-keys/{}/revoke", key.id);
        let why = format!("Programs that use {} are refused from now on. This cannot be undone.", key.name);
        table.row([
            html! { (key.name) },
            html! { code { (key.prefix) "…" } },
            scopes::list(&key.scopes),
            ui::day(key.expires_at, &visit.zone),
            html! { @if let Some(at) = key.last_used_at { (ui::moment(at, &visit.zone)) } @else { "never" } },
            ui::confirm(visit, &action, "Revoke", &why, &Markup::default()),
        ]);
    }
    html! { (table) }
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    expires_on: String,
    #[serde(default)]
    networks: String,
}

/// A key is a way in: whoever signed in long ago proves a factor first.
async fn new_page(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    visit.actor.must_be_recent(app.env.now())?;
    Ok(make_page(&visit, &Typed::default(), None))
}

fn make_page(visit: &Visit, typed: &Typed, problem: Option<&Problem>) -> Response {
    let fault =
        problem.and_then(|problem| problem.errors().iter().find(|fault| fault.field.starts_with("scopes")));
    let body = html! {
        h1 { "Make an API key" }
        (ui::errors(problem))
        (ui::post_form(visit, "/security/api-keys/new", &html! {
            (Field::text("name", "Name").value(&typed.name).at_most(64).hint("Such as: Nightly export").faults(problem))
            fieldset.field #scopes tabindex="-1" {
                legend { "What it may be used for" }
                @if let Some(fault) = fault { p.fault { (crate::values::sentence(&fault.message)) } }
                div.choices {
                    @for (n, scope) in scopes::offered(crate::works_here(&visit.actor)).enumerate() {
                        @let code = scope.code();
                        div.choice {
                            input type="checkbox" name="scopes" value=(code) id={ "scope-" (n) } checked[typed.scopes.iter().any(|one| one == code)];
                            label for={ "scope-" (n) } { (scopes::choice(scope)) }
                        }
                    }
                }
            }
            (Field::date("expires_on", "Ends on").value(&typed.expires_on).hint("A year ahead at most.").faults(problem))
            (Field::area("networks", "Only from these networks").value(&typed.networks).optional()
                .hint("One a line, such as 203.0.113.0/24. From anywhere where this is empty.").faults(problem))
            div.actions {
                button.primary type="submit" { "Make the key" }
                (ui::link_button(PATH, "Cancel", false))
            }
        }))
    };
    visit.form_page("Make an API key", problem, &body)
}

fn wanted(typed: &Typed, visit: &Visit) -> Result<NewApiKey, Problem> {
    let name = required(typed.name.trim(), "name", "a name")?.to_owned();
    let scopes = typed.scopes.iter().map(|code| code.parse::<Scope>());
    let scopes: Result<Vec<Scope>, _> = scopes.collect();
    let expires = day(&typed.expires_on, "expires_on")?.ok_or_else(|| fault("expires_on", "Choose a day"))?;
    let networks = typed.networks.lines().map(str::trim).filter(|line| !line.is_empty());
    let networks: Result<Vec<_>, _> = networks.map(str::parse).collect();
    Ok(NewApiKey {
        name,
        scopes: scopes.map_err(|_| fault("scopes", "Choose what it may be used for"))?,
        expires_at: midnight(expires, &visit.zone),
        networks: networks.map_err(|_| fault("networks", "Write networks as 203.0.113.0/24, one a line"))?,
        quota: Quota::default(),
    })
}

async fn make(State(app): State<App>, form: Form<Typed>) -> Result<Response, Problem> {
    let visit = &form.visit;
    let making = match wanted(&form.typed, visit) {
        Ok(key) => app.identity.create_api_key(&visit.actor, key).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match making {
        Ok(issued) => Ok(made(visit, &issued.key, issued.secret.expose_secret())),
        Err(problem) if problem.errors().is_empty() => Err(problem),
        Err(problem) => Ok(make_page(visit, &form.typed, Some(&problem))),
    }
}

/// A key that was just made; it is never shown again.
fn made(visit: &Visit, key: &ApiKey, secret: &str) -> Response {
    let body = html! {
        h1 { "The key is made" }
        div.alert.note { p { strong { "Keep it now. " } "It is shown once and never again." } }
        (ui::card(&key.name, Facts::new()
            .fact("Key", html! { code #api-key { (secret) } " " button.quiet type="button" data-copy="api-key" hidden { "Copy" } })
            .fact("Ends", ui::day(key.expires_at, &visit.zone))))
        p { (ui::link_button(PATH, "I have kept it", true)) }
    };
    let mut page = visit.page("The key is made", &body);
    page.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    page
}

async fn revoke(
    State(app): State<App>,
    Path(id): Path<ApiKeyId>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    app.identity.revoke_api_key(&form.visit.actor, id).await?;
    Ok(go_saying(&app, PATH, &Flash::done("The key is revoked.")))
}
