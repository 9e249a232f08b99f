//! The dashboard as a stream: each picture of it is rendered once, for all who look.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use florin_http::{App, PageVisit, Problem};
use florin_kernel::Timestamp;
use florin_monitoring::Dashboard;
use futures_util::stream;
use jiff::tz::TimeZone;
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::watch;
use tokio::time::Instant;

use super::board;

/// How often is asked whether whoever looks still may.
const RECHECK_EVERY: Duration = Duration::from_secs(30);
/// How long a stream is; browsers begin another by themselves.
const LASTS: Duration = Duration::from_hours(1);

pub(super) fn routes() -> Router<App> {
    Router::new().route("/ops/stream", get(follow)).layer(Extension(Pictures::default()))
}

/// A picture, and of which moment it is.
struct Picture {
    at: Option<Timestamp>,
    html: Arc<str>,
}

/// The newest picture.
#[derive(Clone, Default)]
struct Pictures(Arc<Mutex<Option<Picture>>>);

impl Pictures {
    /// The picture of a dashboard: the first who asks renders it.
    fn of(&self, dashboard: &Dashboard, zone: &TimeZone) -> Arc<str> {
        let mut kept = self.0.lock();
        match &*kept {
            Some(picture) if picture.at == dashboard.at => Arc::clone(&picture.html),
            _ => {
                let html: Arc<str> = board::render(dashboard, zone).into_string().into();
                *kept = Some(Picture { at: dashboard.at, html: Arc::clone(&html) });
                html
            }
        }
    }
}

/// Somebody who looks on.
struct Viewer {
    app: App,
    cookie: SecretString,
    origin: florin_kernel::Origin,
    zone: TimeZone,
    pictures: Pictures,
    boards: watch::Receiver<Arc<Dashboard>>,
    began: Instant,
    checked: Instant,
}

async fn follow(
    State(app): State<App>,
    Extension(pictures): Extension<Pictures>,
    parts: Parts,
) -> Result<Response, Problem> {
    let mut parts = parts;
    let visit = PageVisit::from_request_parts(&mut parts, &app).await?;
    app.operations.look(&visit.actor)?;
    let Some(cookie) = visit.cookie.clone() else {
        return Err(Problem::from(florin_kernel::Denied::Unauthenticated));
    };
    let now = Instant::now();
    let mut boards = app.operations.dashboard();
    // The first picture is the one that there is.
    boards.mark_changed();
    let viewer = Viewer {
        zone: TimeZone::get(&app.config.instance.time_zone).unwrap_or(TimeZone::UTC),
        origin: visit.actor.origin().clone(),
        app: app.clone(),
        cookie,
        pictures,
        boards,
        began: now,
        checked: now,
    };
    let events = stream::unfold(viewer, async |mut viewer| {
        let picture = viewer.next().await?;
        Some((Ok::<_, Infallible>(Event::default().data(&*picture)), viewer))
    });
    let mut response = Sse::new(events).into_response();
    response.headers_mut().insert(CACHE_CONTROL, axum::http::HeaderValue::from_static("no-store"));
    Ok(response)
}

impl Viewer {
    /// The next picture; none when the stream ends: the server stops, or whoever looks may not any more.
    async fn next(&mut self) -> Option<Arc<str>> {
        self.boards.changed().await.ok()?;
        let now = Instant::now();
        if self.app.readiness.is_leaving() || now.duration_since(self.began) > LASTS {
            return None;
        }
        if now.duration_since(self.checked) > RECHECK_EVERY {
            let cookie = self.cookie.expose_secret();
            let actor = self.app.identity.authenticate_browser(cookie, self.origin.clone()).await.ok()?;
            self.app.operations.look(&actor).ok()?;
            self.checked = now;
        }
        let board = Arc::clone(&self.boards.borrow_and_update());
        Some(self.pictures.of(&board, &self.zone))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_rendered_once_for_all() {
        let pictures = Pictures::default();
        let board = Dashboard { at: Some(Timestamp::UNIX_EPOCH), ..Dashboard::default() };

        let first = pictures.of(&board, &TimeZone::UTC);
        let second = pictures.of(&board, &TimeZone::UTC);

        assert!(Arc::ptr_eq(&first, &second));
        let later = Dashboard { at: Some(Timestamp::from_second(2).unwrap()), ..board };
        assert!(!Arc::ptr_eq(&first, &pictures.of(&later, &TimeZone::UTC)));
    }
}
