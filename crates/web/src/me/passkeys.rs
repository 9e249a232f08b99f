//! `/security/passkeys`: the passkeys of somebody, adding one, taking one away.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{App, Path, Problem, codes};
use florin_identity::PasskeySummary;
use florin_kernel::Uuid;
use maud::{Markup, html};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{Nothing, codes as backup_codes};
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Field, Table};
use crate::visit::Visit;

const PATH: &str = "/security/passkeys";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(show).post(add))
        .route("/security/passkeys/new", get(new_page))
        .route("/security/passkeys/{id}/remove", post(remove))
}

async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let passkeys = app.identity.factors(&visit.actor).await?.passkeys;
    let body = html! {
        (ui::heading("Passkeys", ui::link_button("/security/passkeys/new", "Add a passkey", true)))
        p { "A passkey is kept by your telephone, your computer or a security key, and signs you in by a finger, a face or a touch. Nobody can be tricked out of it." }
        (table(&visit, &passkeys))
    };
    Ok(visit.page("Passkeys", &body))
}

fn table(visit: &Visit, passkeys: &[PasskeySummary]) -> Markup {
    let columns =
        [Column::text("Name"), Column::text("Added"), Column::text("Last used"), Column::text("Remove")];
    let add = ui::link_button("/security/passkeys/new", "Add a passkey", false);
    let mut table = Table::new("Your passkeys", columns).or_empty(ui::empty(
        "No passkey yet",
        "Add the device that you are using now.",
        add,
    ));
    for passkey in passkeys {
        let action = format!("/security/passkeys/{}/remove", passkey.id);
        let why = format!("{} signs you in no more, and your other sign-ins end.", passkey.name);
        table.row([
            html! { (passkey.name) },
            ui::day(passkey.created_at, &visit.zone),
            html! { @if let Some(at) = passkey.last_used_at { (ui::moment(at, &visit.zone)) } @else { "never" } },
            ui::confirm(visit, &action, "Remove", &why, &Markup::default()),
        ]);
    }
    html! { (table) }
}

/// A passkey is a factor to add: whoever signed in long ago proves one first.
async fn new_page(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    visit.actor.must_be_recent(app.env.now())?;
    Ok(add_page(&visit, None))
}

fn add_page(visit: &Visit, problem: Option<&Problem>) -> Response {
    let body = html! {
        h1 { "Add a passkey" }
        (ui::errors(problem))
        noscript { div.alert.note { p { "A passkey is made by your browser's script, which is switched off. An "
            a href="/security/authenticator" { "authenticator app" } " works without." } } }
        (ui::post_form(visit, PATH, &html! {
            input type="hidden" name="challenge";
            input type="hidden" name="credential";
            (Field::text("name", "Name").hint("Such as: My telephone").optional().at_most(64).faults(problem))
            div.actions {
                button.primary type="button" data-passkey="register" hidden { "Add this device" }
                (ui::link_button(PATH, "Cancel", false))
            }
        }))
    };
    visit.form_page("Add a passkey", problem, &body)
}

#[derive(Default, Serialize, Deserialize)]
struct Made {
    #[serde(default, skip_serializing)]
    challenge: SecretString,
    #[serde(default)]
    credential: String,
    #[serde(default)]
    name: String,
}

async fn add(State(app): State<App>, form: Form<Made>) -> Result<Response, Problem> {
    let Made { challenge, credential, name } = &form.typed;
    let unreadable = || Problem::of(codes::VALIDATION_FAILED).detail("the passkey's answer cannot be read");
    let Ok(credential) = serde_json::from_str(credential) else {
        return Ok(add_page(&form.visit, Some(&unreadable())));
    };
    let name = Some(name.trim()).filter(|name| !name.is_empty());
    let actor = &form.visit.actor;
    let adding = app.identity.finish_passkey_registration(actor, challenge, &credential, name).await;
    match adding.map_err(Problem::from) {
        Ok(added) => Ok(match added.backup_codes {
            Some(codes) => backup_codes::shown(&form.visit, "The passkey is added", &codes),
            None => go_saying(&app, PATH, &Flash::done(format!("{} is added.", added.passkey.name))),
        }),
        Err(problem) if problem.code() == codes::STEP_UP_REQUIRED.name => Err(problem),
        Err(problem) => Ok(add_page(&form.visit, Some(&problem))),
    }
}

async fn remove(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    app.identity.remove_passkey(&form.visit.actor, id).await?;
    Ok(go_saying(&app, PATH, &Flash::done("The passkey is removed.")))
}
