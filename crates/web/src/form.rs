//! What people send: forms, read into what a page expects.
//!
//! Fields whose names begin with `_` are ours: the token, the key under which the form is taken once, the step that a form of
//! several steps is at, and the factor that somebody proves along with it.

use axum::extract::{FromRequest, Request};
use florin_db::idempotency::IdempotencyKey;
use florin_http::{App, FormFile, FormPost, GivenKey, PageVisit, Problem, codes};
use florin_identity::{Code, Password, StepUp};
use florin_kernel::Origin;
use maud::{Markup, html};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::exchange::Exchange;
use crate::values::fault;
use crate::visit::Visit;

/// The field that carries the key under which a form is taken once.
pub(crate) const KEY_FIELD: &str = "_key";
/// The field that says at which step a form of several is.
pub(crate) const STEP_FIELD: &str = "_step";

/// A form that somebody sent who is signed in.
pub(crate) struct Form<T> {
    /// Who sent it.
    pub(crate) visit: Visit,
    /// What they typed.
    pub(crate) typed: T,
    /// All that was sent, but for the factor.
    fields: Vec<(String, String)>,
    /// The files that came along.
    files: Vec<FormFile>,
}

/// A form of somebody who need not be signed in.
pub(crate) struct GuestForm<T> {
    /// Who sent it, and from where.
    pub(crate) visit: PageVisit,
    /// What they typed.
    pub(crate) typed: T,
    /// What a new sign-in takes the place of.
    pub(crate) former: Option<SecretString>,
    /// Where it comes from.
    pub(crate) origin: Origin,
}

impl<T: DeserializeOwned> FromRequest<App> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let posted = FormPost::from_request(Request::from_parts(parts.clone(), body), app).await?;
        let FormPost { mut visit, fields, files, .. } = posted;
        let exchange = Exchange::of(&parts);
        let (shown, fields) = factor(fields)?;
        if let Some(exchange) = &exchange {
            exchange.note_sent(&fields, &files);
        }
        if let (Some(shown), Some(cookie)) = (shown, &visit.cookie) {
            // Who looks is known before the factor is: where it is wrong they are asked again.
            Visit::of(visit.clone(), &parts, app).await?;
            let origin = visit.actor.origin().clone();
            if let Some(exchange) = &exchange {
                exchange.note_unproved(true);
            }
            let renewed = app.identity.step_up_browser(&visit.actor, shown, cookie).await?;
            let actor = app.identity.authenticate_browser(renewed.secret.expose_secret(), origin).await?;
            if let Some(exchange) = &exchange {
                exchange.note_unproved(false);
                exchange.renew(renewed.secret.clone());
            }
            visit = PageVisit { actor, cookie: Some(renewed.secret) };
        }
        let visit = Visit::of(visit, &parts, app).await?;
        Ok(Self { visit, typed: read(&fields)?, fields, files })
    }
}

impl<T: DeserializeOwned> FromRequest<App> for GuestForm<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let FormPost { visit, fields, former, origin, .. } = FormPost::from_request(request, app).await?;
        Ok(Self { visit, typed: read(&fields)?, former, origin })
    }
}

impl<T> Form<T> {
    /// A field of ours.
    fn own(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The file that was chosen in this field.
    ///
    /// # Errors
    /// A problem with the field, in the words of `what`, where none was.
    pub(crate) fn file(&self, field: &'static str, what: &str) -> Result<&[u8], Problem> {
        let found = self.files.iter().find(|file| file.field == field);
        found.map(|file| file.content.as_ref()).ok_or_else(|| fault(field, format!("Choose {what}")))
    }

    /// The key under which the form is taken once, as it was given: the name of what is made of it.
    ///
    /// # Errors
    /// `idempotency_key_required` where the form has none, `invalid_request` where it is none.
    pub(crate) fn own_key(&self) -> Result<&str, Problem> {
        let given = self.own(KEY_FIELD).ok_or_else(|| Problem::of(codes::IDEMPOTENCY_KEY_REQUIRED))?;
        GivenKey::try_new(given)?;
        Ok(given)
    }

    /// At which step the form is; the first has no name.
    pub(crate) fn step(&self) -> &str {
        self.own(STEP_FIELD).unwrap_or_default()
    }

    /// What was typed, as hidden fields of the next step's form.
    pub(crate) fn carried(&self) -> Markup {
        self.hidden(|_| true)
    }

    /// The same of these fields alone.
    pub(crate) fn carried_of(&self, names: &[&str]) -> Markup {
        self.hidden(|name| names.contains(&name))
    }

    fn hidden(&self, wanted: impl Fn(&str) -> bool) -> Markup {
        let typed = self.fields.iter().filter(|(name, _)| !name.starts_with('_') && wanted(name));
        html! { @for (name, value) in typed { input type="hidden" name=(name) value=(value); } }
    }
}

impl<T: Serialize> Form<T> {
    /// The key under which this form is taken once.
    ///
    /// # Errors
    /// `idempotency_key_required` where the form has none, `invalid_request` where it is none.
    pub(crate) fn key(&self, route: &str) -> Result<IdempotencyKey, Problem> {
        GivenKey::try_new(self.own_key()?)?.of(&self.visit.actor, route, &self.typed)
    }
}

/// What was typed, without what is ours.
fn read<T: DeserializeOwned>(fields: &[(String, String)]) -> Result<T, Problem> {
    let typed = fields.iter().filter(|(name, _)| !name.starts_with('_'));
    let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(typed).finish();
    serde_html_form::from_str(&text).map_err(|error| {
        Problem::of(codes::VALIDATION_FAILED).detail(format!("the form cannot be read: {error}"))
    })
}

type Fields = Vec<(String, String)>;

/// Takes the factor out of a form that carries one.
fn factor(mut fields: Fields) -> Result<(Option<StepUp>, Fields), Problem> {
    let mut take = |wanted: &str| -> Option<String> {
        fields
            .extract_if(.., |(name, _)| name == wanted)
            .map(|(_, value)| value)
            .last()
            .filter(|value| !value.is_empty())
    };
    let (password, code) = (take("_password"), take("_code"));
    let (challenge, credential) = (take("_challenge"), take("_credential"));
    let shown = match (challenge, credential, code, password) {
        (Some(challenge), Some(credential), _, _) => {
            let credential = serde_json::from_str(&credential).map_err(|_| {
                Problem::of(codes::VALIDATION_FAILED).detail("the passkey's answer cannot be read")
            })?;
            Some(StepUp::Passkey { challenge_token: SecretString::from(challenge), credential })
        }
        (_, _, Some(code), _) => Some(StepUp::Code(Code::read(&code))),
        (_, _, None, Some(password)) => Some(StepUp::Password(
            Password::try_new(&password).map_err(|_| Problem::of(codes::INVALID_CREDENTIALS))?,
        )),
        _ => None,
    };
    Ok((shown, fields))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_factor_is_taken_out_of_the_form() {
        let sent = fields(&[("amount", "5"), ("_code", "123456"), ("_key", "k"), ("_password", "")]);

        let (shown, rest) = factor(sent).unwrap();

        assert!(matches!(shown, Some(StepUp::Code(_))));
        assert_eq!(rest, fields(&[("amount", "5"), ("_key", "k")]));
        let (none, _) = factor(fields(&[("_code", "")])).unwrap();
        assert!(none.is_none());
        assert!(factor(fields(&[("_challenge", "a"), ("_credential", "{")])).is_err());
    }

    #[test]
    fn what_is_typed_is_read_without_what_is_ours() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Typed {
            amount: String,
            #[serde(default)]
            tag: Vec<String>,
        }

        let typed: Typed =
            read(&fields(&[("_key", "k"), ("tag", "a"), ("amount", "5 & 6"), ("tag", "b")])).unwrap();

        assert_eq!(typed, Typed { amount: "5 & 6".to_owned(), tag: vec!["a".to_owned(), "b".to_owned()] });
        assert_eq!(read::<Typed>(&fields(&[])).unwrap_err().code(), "validation_failed");
    }
}
