//! `/profile`: what somebody is called, and how they are reached.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Problem};
use florin_identity::{ChangeProfile, FullName, Phone, Profile};
use maud::html;
use serde::{Deserialize, Serialize};

use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Facts, Field};
use crate::values::{parsed, words};
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/profile", get(show).post(change))
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    full_name: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    no_phone: Option<String>,
}

async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let profile = app.identity.profile(&visit.actor, visit.user).await?;
    let typed = Typed { full_name: profile.full_name.as_str().to_owned(), ..Typed::default() };
    Ok(page(&visit, &profile, &typed, None))
}

fn page(visit: &Visit, profile: &Profile, typed: &Typed, problem: Option<&Problem>) -> Response {
    let hint = match &profile.phone {
        Some(masked) => format!("Yours ends with {masked}. Enter another to change it."),
        None => "With the country's code, such as +1 416 555 0100".to_owned(),
    };
    let roles: Vec<String> = profile.roles.iter().map(|role| words(role.code())).collect();
    let facts = Facts::new()
        .fact("Email", profile.email.as_str())
        .fact("Address confirmed", if profile.verified { "Yes" } else { "Not yet" })
        .fact("Here as", roles.join(", "));
    let body = html! {
        h1 { "Profile" }
        (ui::errors(problem))
        div.two {
            (ui::card("What you are called", ui::post_form(visit, "/profile", &html! {
                (Field::text("full_name", "Full name").value(&typed.full_name).autocomplete("name").faults(problem))
                (Field::phone("phone", "Telephone").value(&typed.phone).optional().hint(hint).faults(problem))
                @if profile.phone.is_some() { (Field::checkbox("no_phone", "Forget my telephone number").value(typed.no_phone.clone().unwrap_or_default())) }
                div.actions { button.primary type="submit" { "Save" } }
            })))
            section.card {
                h2 { "Your sign-in" }
                (facts)
                div.actions {
                    (ui::link_button("/change_password", "Change the password", false))
                    (ui::link_button("/security", "Security", false))
                }
            }
        }
        section.card {
            h2 { "Your data" }
            p { "Take along what we keep about you and your accounts, as a file. Say what we may do with it." }
            div.actions {
                (ui::link_button("/profile/export", "Take my data along", false))
                (ui::link_button("/profile/consents", "Consents and privacy", false))
            }
        }
    };
    visit.form_page("Profile", problem, &body)
}

fn wanted(typed: &Typed) -> Result<ChangeProfile, Problem> {
    let digits = typed.phone.replace([' ', '-', '(', ')'], "");
    let phone = match (digits.is_empty(), typed.no_phone.is_some()) {
        (false, _) => Some(Some(parsed::<Phone>(&digits, "phone", "a telephone number")?)),
        (true, true) => Some(None),
        (true, false) => None,
    };
    Ok(ChangeProfile {
        full_name: Some(parsed::<FullName>(&typed.full_name, "full_name", "your name")?),
        phone,
    })
}

async fn change(State(app): State<App>, form: Form<Typed>) -> Result<Response, Problem> {
    let visit = &form.visit;
    match wanted(&form.typed) {
        Ok(change) => {
            app.identity.change_profile(&visit.actor, visit.user, change).await?;
            Ok(go_saying(&app, "/profile", &Flash::done("Saved.")))
        }
        Err(problem) => {
            let profile = app.identity.profile(&visit.actor, visit.user).await?;
            Ok(page(visit, &profile, &form.typed, Some(&problem)))
        }
    }
}
