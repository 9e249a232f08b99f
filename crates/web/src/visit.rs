//! Who looks at a page.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use florin_http::{App, PageVisit, Problem, codes};
use florin_identity::Profile;
use florin_kernel::{Actor, Role, UserId};
use jiff::tz::TimeZone;
use maud::Markup;
use secrecy::{ExposeSecret as _, SecretString};

use axum::response::Response;

use crate::exchange::Exchange;
use crate::flash::Flash;
use crate::{shell, ui};

/// Somebody who has signed in, and what the page around theirs needs.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    /// Who it is.
    pub(crate) actor: Actor,
    /// Their identifier.
    pub(crate) user: UserId,
    /// What they call themselves.
    pub(crate) name: String,
    /// Where they are: the path of the request.
    pub(crate) path: String,
    /// In which zone times are told.
    pub(crate) zone: TimeZone,
    /// How many notices they have not read, counted up to 100.
    pub(crate) unread: u32,
    /// After how many seconds without a request the sign-in ends.
    pub(crate) idle_seconds: u32,
    csrf: SecretString,
    flash: Option<Flash>,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let visit = PageVisit::from_request_parts(parts, app).await?;
        Self::of(visit, parts, app).await
    }
}

impl Visit {
    /// The visit of whoever is signed in.
    ///
    /// # Errors
    /// `unauthenticated` for a stranger.
    pub(crate) async fn of(visit: PageVisit, parts: &Parts, app: &App) -> Result<Self, Problem> {
        let (Some(cookie), Some(user)) = (&visit.cookie, visit.actor.user()) else {
            return Err(Problem::of(codes::UNAUTHENTICATED));
        };
        let csrf = app.identity.csrf_token(Some(cookie))?;
        let name = match app.identity.profile(&visit.actor, user).await {
            Ok(Profile { full_name, .. }) => full_name.as_str().to_owned(),
            // Whoever may not read it yet, having an address to confirm say, is shown without a name.
            Err(_) => String::new(),
        };
        // Whoever may not read them yet has none to be led to.
        let unread = app.notices.unread(&visit.actor).await.unwrap_or_default();
        let idle_minutes = if visit.actor.is_staff() {
            app.config.sessions.staff_idle_minutes
        } else {
            app.config.sessions.customer_idle_minutes
        };
        let made = Self {
            user,
            name,
            path: parts.uri.path().to_owned(),
            zone: TimeZone::get(&app.config.instance.time_zone).unwrap_or(TimeZone::UTC),
            unread,
            idle_seconds: idle_minutes.saturating_mul(60),
            csrf,
            flash: Flash::brought(&parts.headers),
            actor: visit.actor,
        };
        if let Some(exchange) = Exchange::of(parts) {
            exchange.note_visit(&made);
        }
        Ok(made)
    }

    /// The token that forms of this page carry.
    pub(crate) fn csrf(&self) -> &str {
        self.csrf.expose_secret()
    }

    /// What is to be said once, about what was just done.
    pub(crate) fn flash(&self) -> Option<&Flash> {
        self.flash.as_ref()
    }

    /// Whether they have this role.
    pub(crate) fn has(&self, role: Role) -> bool {
        self.actor.roles().contains(&role)
    }

    /// A page of theirs.
    pub(crate) fn page(&self, title: &str, body: &Markup) -> Response {
        shell::of_visit(self, title, body)
    }

    /// A page of theirs with a form on it, which is told apart where something is wrong with what was sent.
    pub(crate) fn form_page(&self, title: &str, problem: Option<&Problem>, body: &Markup) -> Response {
        let page = self.page(&ui::error_title(title, problem), body);
        match problem {
            Some(problem) => problem.clone().told_in(page),
            None => page,
        }
    }
}
