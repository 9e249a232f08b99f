//! Browsers that ask for pages: who they are by their cookie alone, and the forms that they send.
//!
//! A page is read with `GET` and changed nothing by; a form is sent with `POST`, and is taken only where it comes from a
//! page of one's own. Whoever is signed in proves that with the token in the form's field [`TOKEN_FIELD`]; a stranger's
//! form, which no cookie lends any power, with what browsers tell of where it came from. Files come along on the routes alone
//! that carry [`Uploads`], from those who may send them.

use std::fmt;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{CONTENT_TYPE, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use bytes::Bytes;
use florin_kernel::{Action, Actor, Origin, Resource};
use secrecy::{ExposeSecret as _, SecretString};

use crate::cookies::{Brought, brought};
use crate::json::{BodyLimit, read_body};
use crate::progress::Progress;
use crate::{App, Problem, codes, csrf, multipart, rates, sign_in};

/// The field of a form that carries the CSRF token.
pub const TOKEN_FIELD: &str = "_csrf";
/// How large a form may be: texts that people type.
const FORM_BYTES_MAX: usize = 64 << 10;
/// How many fields a form may have.
const FIELDS_MAX: usize = 512;

/// A browser that asks for a page.
#[derive(Clone, Debug)]
pub struct PageVisit {
    /// Who it is; a stranger where nobody is signed in.
    pub actor: Actor,
    /// The secret of the cookie that they signed in by, if they did.
    pub cookie: Option<SecretString>,
}

impl PageVisit {
    /// Whether somebody is signed in.
    pub fn is_signed_in(&self) -> bool {
        self.cookie.is_some()
    }
}

impl FromRequestParts<App> for PageVisit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        // What changes something is read by `FormPost`, which looks at where it comes from.
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            return Err(Problem::of(codes::METHOD_NOT_ALLOWED));
        }
        visitor(parts, app).await
    }
}

/// On the routes that carry it as an `axum::Extension`, a form may come with files. So much is read of those alone who may do
/// what it is for.
#[derive(Clone, Copy, Debug)]
pub struct Uploads {
    /// How many bytes the form may have, files and all.
    pub bytes_max: usize,
    /// What whoever sends it must be permitted.
    pub action: Action,
    /// To things of which kind.
    pub kind: &'static str,
}

/// A file that came with a form.
#[derive(Clone)]
pub struct FormFile {
    /// The field that it was chosen in.
    pub field: String,
    /// What it holds.
    pub content: Bytes,
}

impl fmt::Debug for FormFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, content } = self;
        f.debug_struct("FormFile").field("field", field).field("bytes", &content.len()).finish()
    }
}

/// What was typed, by the names of the fields.
type Fields = Vec<(String, String)>;

/// How a form is written.
enum Writing {
    /// As pairs of names and values.
    Pairs,
    /// As parts between lines of this boundary, so that there is room for files.
    Parts(String, Uploads),
}

/// A form that a browser sent from a page of one's own.
#[derive(Debug)]
pub struct FormPost {
    /// Who sent it, and by which cookie.
    pub visit: PageVisit,
    /// Its fields in their order, the CSRF token left out.
    pub fields: Vec<(String, String)>,
    /// The files that came along, each with something in it.
    pub files: Vec<FormFile>,
    /// The cookie that a stranger's browser brought along, good or not: what a new sign-in takes the place of.
    pub former: Option<SecretString>,
    /// Where it comes from.
    pub origin: Origin,
}

impl FromRequest<App> for FormPost {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        if parts.method != Method::POST {
            return Err(Problem::of(codes::METHOD_NOT_ALLOWED));
        }
        let writing = writing(&parts.headers, parts.extensions.get::<Uploads>().copied())?;
        let visit = visitor(&mut parts, app).await?;
        let limit = match &writing {
            Writing::Pairs => FORM_BYTES_MAX,
            Writing::Parts(_, uploads) => {
                if !visit.is_signed_in() {
                    return Err(Problem::of(codes::UNAUTHENTICATED));
                }
                visit.actor.permit(uploads.action, Resource::kind(uploads.kind))?;
                uploads.bytes_max
            }
        };
        let progress = parts.extensions.get::<Arc<Progress>>().cloned().unwrap_or_default();
        let body = read_body(&parts.headers, body, BodyLimit(limit), &progress).await?;
        let (mut fields, files) = match &writing {
            Writing::Pairs => (fields(&body)?, Vec::new()),
            Writing::Parts(boundary, _) => with_files(body, boundary).await?,
        };
        let tokens: Vec<String> =
            fields.extract_if(.., |(name, _)| name == TOKEN_FIELD).map(|(_, token)| token).collect();
        if !is_own_form(&parts, app, &visit, &tokens) {
            tracing::warn!(
                event = "malicious_csrf",
                path = parts.uri.path(),
                "a form is refused: it is none of ours"
            );
            return Err(Problem::of(codes::CSRF_FAILED));
        }
        let former = match brought(&parts.headers, app.browsers.session_cookie) {
            Brought::One(cookie) => Some(SecretString::from(cookie)),
            Brought::Nothing | Brought::Several => None,
        };
        let origin = sign_in::origin(&parts, app);
        Ok(Self { visit, fields, files, former, origin })
    }
}

/// Who a browser is by its cookie; whoever has none, or one that is not good any more, is a stranger.
async fn visitor(parts: &mut Parts, app: &App) -> Result<PageVisit, Problem> {
    if let Brought::One(cookie) = brought(&parts.headers, app.browsers.session_cookie) {
        let cookie = SecretString::from(cookie);
        let origin = sign_in::origin(parts, app);
        match app.identity.authenticate_browser(cookie.expose_secret(), origin).await.map_err(Problem::from) {
            Ok(actor) => {
                rates::admit_actor(parts, &actor).await?;
                return Ok(PageVisit { actor, cookie: Some(cookie) });
            }
            Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => {}
            Err(problem) => return Err(problem),
        }
    }
    rates::admit_stranger(parts).await?;
    Ok(PageVisit { actor: app.identity.anonymous(sign_in::origin(parts, app)), cookie: None })
}

/// Whether a page of one's own sent the form.
fn is_own_form(parts: &Parts, app: &App, visit: &PageVisit, tokens: &[String]) -> bool {
    if !csrf::is_own_site(&parts.headers, &app.browsers.origin, app.browsers.trusts_host) {
        return false;
    }
    match (&visit.cookie, tokens) {
        (Some(cookie), [token]) => app.identity.csrf_is_good(cookie.expose_secret(), token),
        (Some(_), _) => false,
        // Each browser of these years tells one of them; what tells neither is no browser that somebody else could use.
        (None, _) => parts.headers.contains_key(ORIGIN) || parts.headers.contains_key("sec-fetch-site"),
    }
}

fn writing(headers: &HeaderMap, uploads: Option<Uploads>) -> Result<Writing, Problem> {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(Writing::Pairs);
    }
    if let (Some(boundary), Some(uploads)) = (multipart::boundary(given), uploads) {
        return Ok(Writing::Parts(boundary, uploads));
    }
    Err(Problem::of(codes::UNSUPPORTED_MEDIA_TYPE)
        .detail("a form is sent as application/x-www-form-urlencoded"))
}

/// The fields of a form. What people type is taken without the spaces around it, but for secrets, which are theirs to the
/// last space.
fn fields(body: &Bytes) -> Result<Fields, Problem> {
    let mut fields = Vec::new();
    for (name, value) in form_urlencoded::parse(body) {
        if fields.len() >= FIELDS_MAX {
            return Err(Problem::of(codes::INVALID_REQUEST).detail("the form has too many fields"));
        }
        fields.push((name.to_string(), typed(&name, &value)));
    }
    Ok(fields)
}

fn typed(name: &str, value: &str) -> String {
    if name.contains("password") { value.to_owned() } else { value.trim().to_owned() }
}

/// What was typed into a form, and the files that were chosen in it; a field in which none was chosen has no file.
async fn with_files(body: Bytes, boundary: &str) -> Result<(Fields, Vec<FormFile>), Problem> {
    let (mut fields, mut files) = (Vec::new(), Vec::new());
    for part in multipart::parts(body, boundary).await? {
        if part.file_name.is_some() {
            if !part.content.is_empty() {
                files.push(FormFile { field: part.name, content: part.content });
            }
            continue;
        }
        let value = std::str::from_utf8(&part.content)
            .map_err(|_| Problem::of(codes::INVALID_REQUEST).detail("what was typed is no text"))?;
        fields.push((part.name.clone(), typed(&part.name, value)));
    }
    Ok((fields, files))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_trimmed_but_for_passwords() {
        let body = Bytes::from_static(b"email=+ann%40example.org+&password=+two+spaces+&empty=&email=b");

        let read = fields(&body).unwrap();

        let read: Vec<(&str, &str)> = read.iter().map(|(name, value)| (&**name, &**value)).collect();
        let wanted =
            [("email", "ann@example.org"), ("password", " two spaces "), ("empty", ""), ("email", "b")];
        assert_eq!(read, wanted);
        let many = "a=1&".repeat(FIELDS_MAX + 1);
        assert!(fields(&Bytes::from(many)).is_err());
    }

    #[test]
    fn a_form_says_that_it_is_one_and_brings_files_where_they_are_expected() {
        let told = |kind: &'static str, uploads| {
            let headers = [(CONTENT_TYPE, axum::http::HeaderValue::from_static(kind))].into_iter().collect();
            writing(&headers, uploads).map(|writing| match writing {
                Writing::Pairs => String::new(),
                Writing::Parts(boundary, _) => boundary,
            })
        };
        let uploads = Uploads { bytes_max: 9, action: Action::LoadSanctions, kind: "sanctions_list" };
        let with_files = "multipart/form-data; boundary=xyz";

        assert_eq!(told("application/x-www-form-urlencoded", None).unwrap(), "");
        assert_eq!(told("Application/X-WWW-Form-Urlencoded; charset=UTF-8", Some(uploads)).unwrap(), "");
        assert_eq!(told(with_files, Some(uploads)).unwrap(), "xyz");
        for (kind, uploads) in [
            ("application/json", Some(uploads)),
            ("text/plain", None),
            ("multipart/form-data", Some(uploads)),
            (with_files, None),
        ] {
            assert_eq!(told(kind, uploads).unwrap_err().code(), "unsupported_media_type", "{kind}");
        }
    }

    #[tokio::test]
    async fn a_field_in_which_no_file_was_chosen_has_none() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\n typed \r\n\
                    --x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a.txt\"\r\n\r\n kept \r\n\
                    --x\r\nContent-Disposition: form-data; name=\"b\"; filename=\"\"\r\n\r\n\r\n--x--\r\n";

        let (fields, files) = with_files(Bytes::from_static(body.as_bytes()), "x").await.unwrap();

        assert_eq!(fields, [("note".to_owned(), "typed".to_owned())]);
        let files: Vec<(&str, &[u8])> =
            files.iter().map(|file| (file.field.as_str(), file.content.as_ref())).collect();
        assert_eq!(files, [("a", b" kept ".as_slice())]);
    }
}
