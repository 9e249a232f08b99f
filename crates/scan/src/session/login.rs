//! Signing in with a password.

use serde_json::json;

use crate::client::{Client, Who};
use crate::error::Stop;
use crate::message::{Answer, Request};
use crate::session::{Person, credentials, logins, token_in};
use crate::surface::html;
use crate::surface::{Endpoint, Surface};

/// Where sign-ins are when nothing tells where they are.
const USUAL: &[&str] = &["/api/v1/auth/login", "/api/auth/login", "/api/login", "/auth/login", "/login"];

/// Signs in wherever these credentials are taken.
pub(crate) async fn sign_in(
    client: &mut Client,
    surface: &Surface,
    email: &str,
    password: &str,
) -> Result<Option<Person>, Stop> {
    let person = |who: Who| Person { email: email.to_owned(), password: Some(password.to_owned()), who };
    let known = logins(surface);
    for login in &known {
        if let Some(who) = at(client, login, email, password).await? {
            return Ok(Some(person(who)));
        }
    }
    if known.is_empty() {
        for path in USUAL {
            let body = json!({ "email": email, "password": password });
            let request = Request::new("POST", *path).json(&body);
            let answer = client.send(&request, &Who::nobody()).await?;
            if let Some(who) = signed_in(&answer, Who::nobody(), &Who::nobody()) {
                return Ok(Some(person(who)));
            }
        }
    }
    Ok(None)
}

/// Signs in here; nobody when that is refused.
pub(crate) async fn at(
    client: &mut Client,
    login: &Endpoint,
    email: &str,
    password: &str,
) -> Result<Option<Who>, Stop> {
    let mut who = Who::nobody();
    let mut login = login.clone();
    // A form is taken from its page anew: its token belongs to the cookie that came with it.
    if let Some(page) = login.on_page.clone() {
        let shown = client.send(&Request::get(page), &who).await?;
        who.keep(&shown);
        for form in html::forms(&html::pieces(&shown.body)) {
            for (name, kind, value) in form.fields {
                if let Some(param) =
                    login.params.iter_mut().find(|param| param.name == name && kind == "hidden")
                {
                    param.sample = value;
                }
            }
        }
    }
    let before = who.clone();
    let answer = client.send(&credentials(&login, email, password), &who).await?;
    Ok(signed_in(&answer, who, &before))
}

fn signed_in(answer: &Answer, mut who: Who, before: &Who) -> Option<Who> {
    if !(answer.is_success() || answer.is_redirect() && !answer.is_denied()) {
        return None;
    }
    who.keep(answer);
    who.bearer = answer.json().as_ref().and_then(token_in);
    (who.bearer.is_some() || who.cookies != before.cookies).then_some(who)
}
