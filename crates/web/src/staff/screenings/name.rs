//! A name that somebody asks about: looked for on all lists at once, and kept with what was found.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Problem};
use florin_kernel::{Action, Resource};
use florin_screening::{Birth, Kind, Query};
use maud::html;
use serde::{Deserialize, Serialize};

use super::tabs;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Field};
use crate::values::{fault, required};
use crate::visit::Visit;

pub(super) const PATH: &str = "/staff/screenings/name";

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show).post(screen))
}

const KINDS: [(&str, &str, Option<Kind>); 5] = [
    ("", "Anybody and anything", None),
    ("person", "A person", Some(Kind::Person)),
    ("organisation", "An organisation", Some(Kind::Organisation)),
    ("vessel", "A vessel", Some(Kind::Vessel)),
    ("aircraft", "An aircraft", Some(Kind::Aircraft)),
];

#[derive(Clone, Default, Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    date_of_birth: String,
    #[serde(default)]
    country: String,
    #[serde(default)]
    identifiers: String,
}

async fn show(visit: Visit) -> Result<Response, Problem> {
    visit.actor.permit(Action::Screen, Resource::kind("screening"))?;
    Ok(page(&visit, &Typed::default(), None))
}

fn page(visit: &Visit, typed: &Typed, problem: Option<&Problem>) -> Response {
    let kinds = KINDS.map(|(code, label, _)| (code, label));
    let body = html! {
        h1 { "Screen a name" }
        (tabs(visit, PATH))
        (ui::errors(problem))
        p { "The name is looked for on all lists that are loaded, and kept with what is found. What else is known makes the scores better." }
        (ui::post_form(visit, PATH, &html! {
            (Field::text("name", "Name").value(&typed.name).hint("In any script and order.").faults(problem))
            (Field::select("kind", "Who or what", kinds).value(&typed.kind).filter().narrow().faults(problem))
            (Field::text("date_of_birth", "Date of birth").value(&typed.date_of_birth).optional().narrow()
                .hint("As far as it is known: 1970-03-05, 1970-03 or 1970.").faults(problem))
            (Field::text("country", "Country").value(&typed.country).optional().narrow()
                .hint("Of nationality, residence or registration: its code or its English name.").faults(problem))
            (Field::area("identifiers", "Numbers").value(&typed.identifiers).optional()
                .hint("Of passports, registers and the like, each on a line of its own.").faults(problem))
            div.actions { button.primary type="submit" { "Look for it" } }
        }))
    };
    visit.form_page("Screen a name", problem, &body)
}

fn wanted(typed: &Typed) -> Result<Query, Problem> {
    let name = required(&typed.name, "name", "a name")?.to_owned();
    let kind = KINDS.iter().find(|(code, ..)| *code == typed.kind);
    let (.., kind) = *kind.ok_or_else(|| fault("kind", "Choose one of the list"))?;
    let birth = match typed.date_of_birth.as_str() {
        "" => None,
        text => Some(
            Birth::parse(text)
                .ok_or_else(|| fault("date_of_birth", "Enter a date, such as 1970-03-05, or a year"))?,
        ),
    };
    let countries = match typed.country.as_str() {
        "" => Vec::new(),
        text => {
            vec![text.parse().map_err(|_| fault("country", "Enter a country's code or its English name"))?]
        }
    };
    let identifiers = typed.identifiers.lines().map(str::trim).filter(|line| !line.is_empty());
    let identifiers = identifiers.map(str::to_owned).collect();
    Ok(Query { name, kind, birth, countries, gender: None, identifiers })
}

async fn screen(State(app): State<App>, form: Form<Typed>) -> Result<Response, Problem> {
    let screened = match wanted(&form.typed) {
        Ok(query) => Box::pin(app.sanctions.screen(&form.visit.actor, query)).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match screened {
        Ok(file) => {
            let said = match file.hits.len() {
                0 => Flash::done("Nobody on the lists is called so."),
                1 => Flash::notice("One entry of the lists may be meant."),
                more => Flash::notice(format!("{more} entries of the lists may be meant.")),
            };
            Ok(go_saying(&app, &format!("/staff/screenings/{}", file.screening.id), &said))
        }
        Err(problem) if problem.errors().is_empty() => Err(problem),
        Err(problem) => Ok(page(&form.visit, &form.typed, Some(&problem))),
    }
}
