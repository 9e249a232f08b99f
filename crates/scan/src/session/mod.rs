//! Signing in at a target that one knows nothing about.

mod login;
mod register;

use serde_json::Value;

use crate::client::Who;
use crate::message::Request;
use crate::surface::{Endpoint, Surface};

pub(crate) use login::sign_in;
pub(crate) use register::register;

/// Somebody who has signed in. It has no `Debug`, for it holds secrets.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) email: String,
    pub(crate) password: Option<String>,
    pub(crate) who: Who,
}

const LOGINS: &[&str] =
    &["login", "signin", "sign-in", "sign_in", "token", "sessions", "session", "authenticate"];
const REGISTERS: &[&str] = &["register", "signup", "sign-up", "sign_up", "registration"];
const RESETS: &[&str] =
    &["forgot", "forgot-password", "forgot_password", "reset", "recover", "reset-password"];
/// What a person is known by.
const NAMES: &[&str] = &["email", "username", "login", "user"];

/// Whether it is one of those where credentials are tried, given or asked for.
pub(crate) fn is_about_credentials(endpoint: &Endpoint) -> bool {
    let last = endpoint.last_segment();
    let named = [LOGINS, REGISTERS, RESETS].iter().any(|words| words.contains(&last.as_str()));
    let auth = endpoint.path.to_lowercase().contains("/auth/");
    endpoint.writes() && (named || auth || endpoint.called(&["password"]).is_some())
}

fn shortest(surface: &Surface, of: impl Fn(&Endpoint) -> bool) -> Vec<Endpoint> {
    let mut found: Vec<Endpoint> =
        surface.endpoints.iter().filter(|one| one.method == "POST" && of(one)).cloned().collect();
    found.sort_by_key(|one| (one.path.len(), one.path.clone()));
    found
}

/// Where one signs in with a password, the shortest path first.
pub(crate) fn logins(surface: &Surface) -> Vec<Endpoint> {
    shortest(surface, |one| {
        let named = LOGINS.contains(&one.last_segment().as_str());
        named && one.called(&["password"]).is_some() && one.called(NAMES).is_some()
    })
}

/// Where one opens an account.
pub(crate) fn registers(surface: &Surface) -> Vec<Endpoint> {
    shortest(surface, |one| {
        let named = REGISTERS.contains(&one.last_segment().as_str());
        named && one.called(&["password"]).is_some() && one.called(NAMES).is_some()
    })
}

/// Where one says that one has forgotten the password.
pub(crate) fn resets(surface: &Surface) -> Vec<Endpoint> {
    shortest(surface, |one| {
        let named = RESETS.contains(&one.last_segment().as_str());
        named && one.called(&["email", "username"]).is_some() && one.called(&["password", "token"]).is_none()
    })
}

/// A request with these credentials in it, without what is left empty by most: codes of a second factor and the like.
pub(crate) fn credentials(endpoint: &Endpoint, email: &str, password: &str) -> Request {
    let mut slim = endpoint.clone();
    if let Some(Value::Object(fields)) = &mut slim.json {
        fields.retain(|name, _| {
            !["mfa", "otp", "code", "totp", "device", "captcha"].iter().any(|w| name.contains(w))
        });
    }
    let mut changes = Vec::new();
    if let Some(at) = slim.called(NAMES) {
        changes.push((at, email));
    }
    for (at, param) in slim.params.iter().enumerate() {
        if param.is_called(&["password"]) {
            changes.push((at, password));
        }
    }
    slim.request_with(&changes)
}

/// The token in the answer to a sign-in.
pub(crate) fn token_in(answer: &Value) -> Option<String> {
    let names = ["access_token", "accessToken", "token", "jwt", "id_token"];
    let own = names.iter().find_map(|name| answer.get(name).and_then(Value::as_str));
    let nested = || ["data", "result", "tokens"].iter().find_map(|name| answer.get(name).and_then(token_in));
    own.map(str::to_owned).or_else(nested)
}
