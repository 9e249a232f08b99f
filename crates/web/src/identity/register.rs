//! Registering, and confirming the address.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, PageVisit, Problem, Query};
use florin_identity::{Email, FullName, NewPerson, Password, Phone};
use maud::{Markup, html};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::exchange::go;
use crate::form::GuestForm;
use crate::guest;
use crate::ui::{self, Field};
use crate::values::{fault, parsed};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/register", get(show).post(register))
        .route("/verify-email", get(verify_page).post(verify))
        .route("/verify-email/again", get(again_page).post(again))
}

#[derive(Default, Deserialize)]
struct Typed {
    #[serde(default)]
    full_name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    password: SecretString,
}

async fn show(visit: PageVisit) -> Response {
    if visit.is_signed_in() {
        return go(crate::home_of(&visit.actor));
    }
    guest::page("Open an account", &page(&Typed::default(), None))
}

fn page(typed: &Typed, problem: Option<&Problem>) -> Markup {
    html! {
        (ui::errors(problem))
        form.stack method="post" action="/register" novalidate data-check {
            (Field::text("full_name", "Full name").value(&typed.full_name).autocomplete("name").faults(problem))
            (Field::email("email", "Email").value(&typed.email).faults(problem))
            (Field::phone("phone", "Telephone").value(&typed.phone).optional()
                .hint("With the country's code, such as +1 416 555 0100").faults(problem))
            (Field::password("password", "Password").autocomplete("new-password")
                .hint("At least twelve characters. Several words that do not belong together are easy to keep in mind.")
                .faults(problem))
            button.primary type="submit" { "Register" }
        }
        p { "Already registered? " a href="/login" { "Sign in" } }
    }
}

fn person(typed: &Typed) -> Result<NewPerson, Problem> {
    let phone = typed.phone.replace([' ', '-', '(', ')'], "");
    Ok(NewPerson {
        full_name: parsed::<FullName>(&typed.full_name, "full_name", "your name")?,
        email: parsed::<Email>(&typed.email, "email", "your email address")?,
        phone: if phone.is_empty() {
            None
        } else {
            Some(parsed::<Phone>(&phone, "phone", "a telephone number")?)
        },
        password: Password::try_new(typed.password.expose_secret())
            .map_err(|error| fault("password", crate::values::sentence(&error.to_string())))?,
    })
}

async fn register(State(app): State<App>, form: GuestForm<Typed>) -> Result<Response, Problem> {
    let stranger = app.identity.anonymous(form.origin);
    let registering = match person(&form.typed) {
        Ok(person) => app.identity.register(&stranger, person).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match registering {
        Ok(_) => {
            let body = html! {
                p { "We sent a mail to " strong { (form.typed.email) } ". Open the link in it to confirm the address." }
                p.muted { "Nothing there after some minutes? Look among unwanted mail, or "
                    a href="/verify-email/again" { "have it sent again" } "." }
                div.actions { a.button.primary href="/login" { "Sign in" } }
            };
            Ok(guest::page("Look into your mail", &body))
        }
        Err(problem) => {
            let page = guest::page("Error: Open an account", &page(&form.typed, Some(&problem)));
            Ok(problem.told_in(page))
        }
    }
}

#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    token: SecretString,
}

/// Programs that look at mails follow links, so the link alone confirms nothing.
async fn verify_page(Query(link): Query<Link>) -> Response {
    let body = html! {
        p { "One click, and the address is yours here." }
        form method="post" action="/verify-email" {
            input type="hidden" name="token" value=(link.token.expose_secret());
            button.primary type="submit" { "Confirm my address" }
        }
    };
    guest::page("Confirm your email address", &body)
}

async fn verify(State(app): State<App>, form: GuestForm<Link>) -> Result<Response, Problem> {
    let stranger = app.identity.anonymous(form.origin);
    match app.identity.verify_email(&stranger, form.typed.token.expose_secret()).await {
        Ok(()) => {
            let body = html! {
                p { "Thank you. Your address is confirmed." }
                div.actions { a.button.primary href="/" { "Go on" } }
            };
            Ok(guest::page("Confirmed", &body))
        }
        Err(error) => {
            let problem = Problem::from(error);
            let body = html! {
                (ui::alert_of(&problem))
                div.actions { a.button.primary href="/verify-email/again" { "Send another link" } }
            };
            let page = guest::page("The link cannot be used", &body);
            Ok(problem.told_in(page))
        }
    }
}

#[derive(Default, Deserialize)]
struct Address {
    #[serde(default)]
    email: String,
}

fn again_form(typed: &Address, problem: Option<&Problem>) -> Markup {
    html! {
        (ui::errors(problem))
        form.stack method="post" action="/verify-email/again" novalidate data-check {
            (Field::email("email", "Email").value(&typed.email).faults(problem))
            button.primary type="submit" { "Send the link" }
        }
    }
}

async fn again_page() -> Response {
    guest::page("Send the link again", &again_form(&Address::default(), None))
}

async fn again(State(app): State<App>, form: GuestForm<Address>) -> Result<Response, Problem> {
    let stranger = app.identity.anonymous(form.origin);
    let sending = match parsed::<Email>(&form.typed.email, "email", "your email address") {
        Ok(email) => app.identity.resend_verification(&stranger, &email).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match sending {
        Ok(()) => Ok(guest::page(
            "Look into your mail",
            &html! {
                p { "If the address waits to be confirmed, a mail is on its way." }
                div.actions { a.button.primary href="/login" { "Sign in" } }
            },
        )),
        Err(problem) => {
            let page = guest::page("Error: Send the link again", &again_form(&form.typed, Some(&problem)));
            Ok(problem.told_in(page))
        }
    }
}
