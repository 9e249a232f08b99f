//! What the program tells the supervisor that started it, where that listens as systemd does.
//!
//! It says when requests are served and when that ends, and, where the supervisor watches, that the database still takes
//! writes. A database that is away is an outage that passes and no reason to start the program anew; one that neither takes a
//! write nor refuses it is.

use std::time::Duration;

use florin_app::Services;
use sd_notify::NotifyState;
use tokio::task::JoinHandle;

/// What is told beyond the time that draining takes: writing back, closing.
const CLOSING: Duration = Duration::from_secs(30);

/// Requests are served from now on.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The program is about to end, which may take so long.
pub(crate) fn stopping(patience: Duration) {
    let micros = u32::try_from(patience.saturating_add(CLOSING).as_micros()).unwrap_or(u32::MAX);
    tell(&[NotifyState::Stopping, NotifyState::ExtendTimeoutUsec(micros)]);
}

/// Lets the supervisor know three times within its patience that the database takes writes, where it wants to know.
pub(crate) fn watch(services: &Services) -> Option<JoinHandle<()>> {
    let every = sd_notify::watchdog_enabled()?.checked_div(3)?;
    let services = services.clone();
    Some(tokio::spawn(async move {
        loop {
            match services.db.pulse(services.env.now()).await {
                Ok(()) => tell(&[NotifyState::Watchdog]),
                // Starting anew brings no database back.
                Err(error) if error.is_transient() => tell(&[NotifyState::Watchdog]),
                Err(error) => tracing::error!(%error, "the database does not take the program's pulse"),
            }
            tokio::time::sleep(every).await;
        }
    }))
}

/// Tells it; where nobody listens, nothing is said.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the supervisor cannot be told");
    }
}
