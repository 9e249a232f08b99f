//! The samplers: they read all metrics, and make the dashboard of them.

use std::sync::Arc;
use std::time::Duration;

use florin_kernel::{Action, Actor, Denied, Env, Resource, Timestamp};
use parking_lot::{Mutex, RwLock};
use tokio::sync::watch;

use crate::catalogue::metric;
use crate::painter::Painter;
use crate::{AlertsNow, Dashboard, Gather, Number, Reading};

/// How often the dashboard is made.
pub const PAINT_EVERY: Duration = Duration::from_secs(2);

/// Readings of the whole program, and the dashboard made of them. Clones share it.
#[derive(Clone)]
pub struct Operations(Arc<Inner>);

struct Inner {
    env: Env,
    sources: RwLock<Vec<Arc<dyn Gather>>>,
    /// What queries told last.
    census: RwLock<Arc<Vec<Reading>>>,
    painter: Mutex<Painter>,
    alerts: RwLock<AlertsNow>,
    dashboard: watch::Sender<Arc<Dashboard>>,
}

impl Operations {
    /// Readings of these sources.
    pub fn new(env: Env, sources: Vec<Arc<dyn Gather>>) -> Self {
        Self(Arc::new(Inner {
            env,
            sources: RwLock::new(sources),
            census: RwLock::default(),
            painter: Mutex::default(),
            alerts: RwLock::default(),
            dashboard: watch::Sender::default(),
        }))
    }

    /// Reads another source from now on.
    pub fn also(&self, source: Arc<dyn Gather>) {
        self.0.sources.write().push(source);
    }

    /// The dashboard as it is now, and each later one. However many look, it is made once.
    pub fn dashboard(&self) -> watch::Receiver<Arc<Dashboard>> {
        self.0.dashboard.subscribe()
    }

    /// All that is known: what is counted now, and what queries told last.
    pub fn readings(&self) -> Vec<Reading> {
        let sources = self.0.sources.read().clone();
        let mut readings: Vec<Reading> = sources.iter().flat_map(|source| source.counts()).collect();
        readings.extend(self.0.census.read().iter().cloned());
        let alerts = self.0.alerts.read();
        let open = [("critical", alerts.critical), ("warning", alerts.warning), ("info", alerts.info)];
        let open =
            open.map(|(severity, number)| Reading::by(&metric::ALERTS, severity, Number::whole(number)));
        readings.extend(open);
        readings
    }

    /// All that is known, for somebody.
    ///
    /// # Errors
    /// [`Denied`] when they may not read it.
    pub fn read(&self, by: &Actor) -> Result<Vec<Reading>, Denied> {
        by.permit(Action::ReadOperations, Resource::kind("operations"))?;
        Ok(self.readings())
    }

    /// The dashboard, for somebody; made now where it never was.
    ///
    /// # Errors
    /// [`Denied`] when they may not read it.
    pub fn look(&self, by: &Actor) -> Result<Arc<Dashboard>, Denied> {
        by.permit(Action::ReadOperations, Resource::kind("operations"))?;
        if self.0.dashboard.borrow().at.is_none() {
            self.paint();
        }
        Ok(Arc::clone(&self.0.dashboard.borrow()))
    }

    /// Asks all that takes queries.
    pub async fn take_census(&self) {
        let sources = self.0.sources.read().clone();
        let mut census = Vec::new();
        for source in &sources {
            census.extend(source.census().await);
        }
        *self.0.census.write() = Arc::new(census);
    }

    /// Notes which alerts are open, for the dashboard.
    pub fn set_alerts(&self, alerts: AlertsNow) {
        *self.0.alerts.write() = alerts;
    }

    /// Which alerts were open when they were last looked at.
    pub fn alerts(&self) -> AlertsNow {
        self.0.alerts.read().clone()
    }

    /// Makes the dashboard anew.
    pub fn paint(&self) {
        self.paint_at(self.0.env.now());
    }

    fn paint_at(&self, at: Timestamp) {
        let readings = Arc::new(self.readings());
        let alerts = self.alerts();
        let board = self.0.painter.lock().paint(at, readings, alerts);
        self.0.dashboard.send_replace(Arc::new(board));
    }

    /// Makes the dashboard again and again, until `stop` turns true.
    pub async fn keep_painting(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            self.paint();
            tokio::select! {
                () = tokio::time::sleep(PAINT_EVERY) => {}
                _ = stop.changed() => {}
            }
        }
    }
}
