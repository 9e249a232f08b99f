//! `/security/authenticator`: an authenticator app, from the code to scan to the backup codes, and turning it off.
//!
//! Whoever must set a second factor up before they may do anything else is led here.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_http::{App, Problem, codes};
use florin_identity::{Code, FactorSummary};
use maud::{Markup, html};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::codes::shown;
use super::proof::{Proof, told};
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Field};
use crate::values::fault;
use crate::visit::Visit;

const PATH: &str = "/security/authenticator";
/// What the picture of a code to scan begins with.
const PICTURE: &str = "data:image/png;base64,";

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show).post(set_up)).route("/security/authenticator/off", post(turn_off))
}

async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let factors = app.identity.factors(&visit.actor).await?;
    Ok(overview(&visit, &factors, None))
}

fn overview(visit: &Visit, factors: &FactorSummary, problem: Option<&Problem>) -> Response {
    let has_second = factors.totp || !factors.passkeys.is_empty();
    let body = html! {
        h1 { "Authenticator app" }
        (ui::errors(problem))
        @if factors.required && !has_second {
            div.alert.note { p { "Your work asks for a second factor. Set one up, and everything else is open to you." } }
        }
        @if factors.totp { (is_on(visit, factors, problem)) } @else {
            p { "An app on your telephone shows a new code every half minute. Besides your password, signing in then asks for one, so that a stolen password is of no use." }
            ol {
                li { "Have an authenticator app ready; any will do." }
                li { "Scan the picture that comes next with it." }
                li { "Enter the code that it shows, and keep the backup codes." }
            }
            (ui::post_form(visit, PATH, &html! { div.actions {
                button.primary type="submit" { "Set up the app" }
                @if !has_second { (ui::link_button("/security/passkeys/new", "Use a passkey instead", false)) }
            } }))
        }
    };
    visit.form_page("Authenticator app", problem, &body)
}

fn is_on(visit: &Visit, factors: &FactorSummary, problem: Option<&Problem>) -> Markup {
    html! {
        p { (ui::status("active")) " Signing in asks for a code of your app. Backup codes left: " (factors.backup_codes_left) "." }
        div.actions { (ui::link_button("/security/backup-codes", "New backup codes", false)) }
        details.confirm open[problem.is_some()] {
            summary.button { "Turn the app off" }
            div.confirm-body {
                p { "Signing in then asks for no code any more, and every other sign-in of yours ends." }
                (ui::post_form(visit, "/security/authenticator/off", &html! {
                    (Field::password("password", "Password").autocomplete("current-password").faults(problem))
                    (Field::text("code", "Code").autocomplete("one-time-code").inputmode("numeric").narrow().faults(problem)
                        .hint("Of the app, or a backup code."))
                    div.actions { button.danger type="submit" { "Turn it off" } }
                }))
            }
        }
    }
}

#[derive(Default, Deserialize)]
struct Typed {
    #[serde(default)]
    secret: SecretString,
    #[serde(default)]
    picture: SecretString,
    #[serde(default)]
    code: SecretString,
}

async fn set_up(State(app): State<App>, form: Form<Typed>) -> Result<Response, Problem> {
    let (visit, typed) = (&form.visit, &form.typed);
    if form.step() != "enable" {
        let enrolment = app.identity.set_up_totp(&visit.actor).await?;
        return Ok(scan_page(visit, &enrolment.secret, &enrolment.qr_code, None));
    }
    let code = typed.code.expose_secret().trim();
    let enabling = if code.is_empty() {
        Err(fault("code", "Enter the code that the app shows"))
    } else {
        app.identity.enable_totp(&visit.actor, &Code::read(code)).await.map_err(Problem::from)
    };
    match enabling {
        Ok(codes) => Ok(shown(visit, "The authenticator app is on", &codes)),
        Err(problem) if !is_about_the_code(&problem) => Err(problem),
        Err(_) => {
            let problem =
                fault("code", "This is not the code that the app shows now. Is the telephone's clock right?");
            Ok(scan_page(visit, typed.secret.expose_secret(), typed.picture.expose_secret(), Some(&problem)))
        }
    }
}

fn is_about_the_code(problem: &Problem) -> bool {
    !problem.errors().is_empty() || problem.code() == codes::INVALID_CREDENTIALS.name
}

fn scan_page(visit: &Visit, secret: &str, picture: &str, problem: Option<&Problem>) -> Response {
    // The picture comes back with the form, where its code was wrong.
    let picture = if picture.starts_with(PICTURE) { picture } else { "" };
    let groups: Vec<String> =
        secret.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    let body = html! {
        h1 { "Scan this with the app" }
        (ui::errors(problem))
        @if !picture.is_empty() { img.qr src=(picture) alt="The code to scan with an authenticator app" width="224" height="224"; }
        p { "No camera at hand? Enter this key into the app: " code #totp-secret { (groups.join(" ")) } }
        (ui::post_form(visit, PATH, &html! {
            (ui::step("enable"))
            input type="hidden" name="secret" value=(secret);
            input type="hidden" name="picture" value=(picture);
            (Field::text("code", "Code").hint("The six digits that the app shows now.")
                .autocomplete("one-time-code").inputmode("numeric").narrow().faults(problem))
            div.actions {
                button.primary type="submit" { "Turn it on" }
                (ui::link_button("/security", "Cancel", false))
            }
        }))
    };
    visit.form_page("Scan this with the app", problem, &body)
}

async fn turn_off(State(app): State<App>, form: Form<Proof>) -> Result<Response, Problem> {
    let visit = &form.visit;
    match turned_off(&app, &form).await {
        Ok(()) => Ok(go_saying(&app, "/security", &Flash::done("The authenticator app is off."))),
        Err(problem) => {
            let told = told(problem)?;
            let factors = app.identity.factors(&visit.actor).await?;
            Ok(overview(visit, &factors, Some(&told)))
        }
    }
}

async fn turned_off(app: &App, form: &Form<Proof>) -> Result<(), Problem> {
    let (password, code) = form.typed.read()?;
    Ok(app.identity.disable_totp(&form.visit.actor, Some(&password), code.as_ref()).await?)
}
