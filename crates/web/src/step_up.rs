//! Proving a factor once more: asked for by whatever needs it, in a form that carries what was typed before.

use axum::Router;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Problem, Query, codes};
use maud::{Markup, html};
use serde::Deserialize;

use crate::exchange::{go, own_path};
use crate::form::Form;
use crate::ui::Field;
use crate::visit::Visit;
use crate::{shell, ui};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/step-up", get(show).post(prove))
}

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

async fn show(State(app): State<App>, visit: Visit, Query(next): Query<Next>) -> Result<Response, Problem> {
    let body = proof(&app, &visit, "/step-up", &[("next".to_owned(), next.next)], None).await?;
    Ok(visit.page("Confirm that it is you", &body))
}

/// The form has proved the factor by the time it is read.
async fn prove(State(app): State<App>, form: Form<Next>) -> Result<Response, Problem> {
    if form.visit.actor.must_have_stepped_up(app.env.now()).is_err() {
        return Err(Problem::of(codes::STEP_UP_REQUIRED));
    }
    Ok(go(own_path(&form.typed.next)))
}

/// Asks `visit` for a factor: for the form that they sent, or else on the way to the page at `uri`.
pub(crate) async fn asked(
    app: &App,
    visit: &Visit,
    uri: &Uri,
    sent: Option<Vec<(String, String)>>,
    problem: Option<&Problem>,
) -> Response {
    // A secret that was typed is not written into a page, hidden or not: it is typed again afterwards.
    let carried = sent.filter(|fields| !fields.iter().any(|(name, _)| name.contains("password")));
    let (action, fields) = if let Some(fields) = carried {
        (uri.path(), fields)
    } else {
        let next = uri.path_and_query().map_or("/dashboard", |path| path.as_str());
        ("/step-up", vec![("next".to_owned(), next.to_owned())])
    };
    match proof(app, visit, action, &fields, problem).await {
        Ok(body) => visit.page("Confirm that it is you", &body),
        Err(problem) => {
            let page = shell::refusal(visit, &problem);
            problem.told_in(page)
        }
    }
}

/// The form that proves a factor, and sends `fields` on to `action` along with it.
async fn proof(
    app: &App,
    visit: &Visit,
    action: &str,
    fields: &[(String, String)],
    problem: Option<&Problem>,
) -> Result<Markup, Problem> {
    let factors = app.identity.factors(&visit.actor).await?;
    let has_passkey = !factors.passkeys.is_empty();
    Ok(html! {
        h1 { "Confirm that it is you" }
        p { "This is sensitive enough to ask once more. Nothing has been done yet, and what you entered is kept, but for passwords." }
        @if let Some(problem) = problem { (ui::alert_of(problem)) }
        form.stack method="post" action=(action) data-step-up[has_passkey] {
            (ui::token(visit))
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            input type="hidden" name="_challenge";
            input type="hidden" name="_credential";
            @if factors.totp || factors.backup_codes_left > 0 {
                (Field::text("_code", "Code")
                    .hint("The six digits of your authenticator app, each of which works once, or a backup code.")
                    .autocomplete("one-time-code").inputmode("numeric").narrow())
            } @else if !has_passkey {
                (Field::password("_password", "Password").autocomplete("current-password"))
            }
            div.actions {
                button.primary type="submit" { "Confirm" }
                @if has_passkey { button type="button" data-passkey="step-up" hidden { "Use a passkey" } }
                a.button href="/dashboard" { "Cancel" }
            }
        }
    })
}
