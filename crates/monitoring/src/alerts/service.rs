//! What people do with alerts.

use std::sync::Arc;
use std::time::Duration;

use florin_db::{Db, DbError, Tx};
use florin_kernel::{Action, Actor, Env, Fault, Page, PageRequest, Resource, Timestamp, UserId};

use super::{Alert, AlertId, AlertQuery, AlertStatus, Error, Event, EventKind, Place, store};
use crate::channels::{Channels, News, What};
use crate::dashboard::{AlertsNow, NewestAlert};
use crate::rules::{Rules, Severity};

/// How alerts are dealt with.
#[derive(Clone, Debug)]
pub struct AlertsSettings {
    /// The rules.
    pub rules: Arc<Rules>,
    /// After which time channels are told once more of what nobody looks after; never for nothing.
    pub remind_after: Duration,
}

/// Alerts. Clones share them.
#[derive(Clone)]
pub struct Alerts {
    db: Db,
    settings: AlertsSettings,
    channels: Channels,
}

impl Alerts {
    /// Alerts that are kept in this database and told of by these channels.
    pub fn new(db: Db, settings: AlertsSettings, channels: Channels) -> Self {
        Self { db, settings, channels }
    }

    /// The rules.
    pub fn rules(&self) -> &Rules {
        &self.settings.rules
    }

    /// Where news goes.
    pub fn channels(&self) -> &Channels {
        &self.channels
    }

    pub(super) fn db(&self) -> &Db {
        &self.db
    }

    pub(super) fn env(&self) -> &Env {
        self.db.env()
    }

    pub(super) fn settings(&self) -> &AlertsSettings {
        &self.settings
    }

    /// A page of alerts, the latest at the top.
    ///
    /// # Errors
    /// [`Error::Page`], [`Error::Denied`].
    pub async fn list(
        &self,
        by: &Actor,
        query: AlertQuery,
        page: &PageRequest,
    ) -> Result<Page<Alert>, Error> {
        by.permit(Action::ReadOperations, Resource::kind("operations"))?;
        let before = page.cursor_as::<Place>()?;
        let limit = i64::try_from(page.limit().saturating_add(1)).unwrap_or(i64::MAX);
        let found = self.db.read(move |reader| store::list(reader, &query, before, limit)).await;
        let found = found.map_err(|error: DbError| error)?;
        Ok(page.page(found, |alert| {
            Place { at_us: alert.fired_at.as_microsecond(), id: alert.id.uuid() }.to_string()
        }))
    }

    /// An alert, and what happened to it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn find(&self, by: &Actor, id: AlertId) -> Result<(Alert, Vec<Event>), Error> {
        by.permit(Action::ReadOperations, Resource::one("operations", id.uuid()))?;
        self.db
            .read(move |reader| {
                let alert = store::find(reader, id)?.ok_or(Error::NotFound)?;
                Ok((alert, store::events(reader, id)?))
            })
            .await
    }

    /// Notes that somebody looks after an alert: nobody is reminded of it any more. Saying so twice changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Resolved`], [`Error::Invalid`], [`Error::Denied`].
    #[tracing::instrument(name = "monitoring.alerts.acknowledge", skip_all, fields(alert.id = %id))]
    pub async fn acknowledge(&self, by: &Actor, id: AlertId, note: &str) -> Result<Alert, Error> {
        self.change(by, id, note, EventKind::Acknowledged).await
    }

    /// Ends an alert. Where its rule is broken still, another one fires: silences are for that.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Resolved`], [`Error::Invalid`], [`Error::Denied`].
    #[tracing::instrument(name = "monitoring.alerts.resolve", skip_all, fields(alert.id = %id))]
    pub async fn resolve(&self, by: &Actor, id: AlertId, note: &str) -> Result<Alert, Error> {
        self.change(by, id, note, EventKind::Resolved).await
    }

    async fn change(&self, by: &Actor, id: AlertId, note: &str, kind: EventKind) -> Result<Alert, Error> {
        let permit = by.permit(Action::WorkAlerts, Resource::one("operations", id.uuid()))?;
        if note.len() > 2_000 {
            let fault = Fault::new("note", "too_long", "a note is at most 2,000 bytes");
            return Err(Error::Invalid(vec![fault]));
        }
        let (env, channels) = (self.env().clone(), self.channels.clone());
        let (user, note) = (by.user(), note.to_owned());
        let changed = self.db.write(permit, move |tx| {
            let alert = store::lock(tx, id)?.ok_or(Error::NotFound)?;
            let now = env.now();
            match (alert.status, kind) {
                (AlertStatus::Resolved, _) => return Err(Error::Resolved),
                (AlertStatus::Acknowledged, EventKind::Acknowledged) => return Ok(alert),
                (_, EventKind::Resolved) => {
                    store::resolve(tx, id, user, now)?;
                    // Whoever was told that it fires is told that it does no more.
                    if alert.told_at.is_some() {
                        let news = News::about(env.new_uuid(), What::Resolved, &[alert], now);
                        channels.tell(tx, &news, &env)?;
                    }
                }
                _ => store::acknowledge(tx, id, user, now)?,
            }
            tx.note("alert", &kind.code());
            happened(tx, &env, id, &Event { kind, by: user, note: note.clone(), at: now })?;
            store::lock(tx, id)?.ok_or(Error::NotFound)
        });
        let changed = changed.await?;
        self.channels.wake();
        Ok(changed)
    }

    /// The alerts that are open, for the dashboard.
    ///
    /// # Errors
    /// What the database says.
    pub async fn now(&self) -> Result<AlertsNow, DbError> {
        let open = self.db.read(store::open).await?;
        let count = |severity| {
            let number = open.iter().filter(|alert| alert.severity == severity).count();
            u64::try_from(number).unwrap_or(u64::MAX)
        };
        let newest = open.iter().take(10).map(|alert| NewestAlert {
            id: alert.id.uuid(),
            rule: alert.rule.clone(),
            instance: alert.instance.clone(),
            severity: alert.severity,
            acknowledged: alert.status == AlertStatus::Acknowledged,
            summary: alert.summary.clone(),
            fired_at: alert.fired_at,
        });
        Ok(AlertsNow {
            critical: count(Severity::Critical),
            warning: count(Severity::Warning),
            info: count(Severity::Info),
            newest: newest.collect(),
        })
    }
}

/// Adds to the history of an alert.
pub(super) fn happened(tx: &mut Tx<'_>, env: &Env, alert: AlertId, event: &Event) -> Result<(), DbError> {
    store::insert_event(tx, env.new_uuid(), alert, event)
}

/// An event that nobody caused.
pub(super) fn by_itself(kind: EventKind, note: &str, at: Timestamp) -> Event {
    Event { kind, by: None::<UserId>, note: note.to_owned(), at }
}
