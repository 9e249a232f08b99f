//! What works beside the requests.

use std::sync::Arc;
use std::time::Duration;

use florin_db::{DbError, Engine};
use florin_identity::Identity;
use florin_ledger::Ledger;
use florin_payments::Scheduled;
use florin_risk::service::Risk;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::{Services, StartError};

/// How often the poster looks for holds that are due when nothing else makes it run, and files and rows that guide decisions
/// for changes.
const TICK: Duration = Duration::from_secs(1);
/// How often is asked what other processes ended.
const FOLLOW_EVERY: Duration = Duration::from_millis(250);
/// How often the uses of API keys are noted.
const NOTE_USES_EVERY: Duration = Duration::from_secs(10);

/// What works beside the requests, until it is stopped.
pub struct Background {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Background {
    /// Starts it.
    ///
    /// # Errors
    /// [`StartError::System`] when a schedule cannot be read.
    pub fn start(services: &Services) -> Result<Self, StartError> {
        let (stop, stopped) = watch::channel(false);
        let tasks = vec![
            tokio::spawn(services.workers()?.run(stopped.clone())),
            tokio::spawn(services.caretaker().run(stopped.clone())),
            tokio::spawn(follow(services.clone(), stopped.clone())),
            tokio::spawn(follow_decisions(services.clone(), stopped.clone())),
            tokio::spawn(note_uses(Arc::clone(&services.identity), stopped.clone())),
            tokio::spawn(services.audit.clone().keep_sealing(stopped.clone())),
            tokio::spawn(services.audit.clone().keep_telling(stopped.clone())),
            tokio::spawn(Scheduled::clone(&services.scheduled).keep_running(stopped.clone())),
            tokio::spawn(refresh_guides(services.risk.clone(), stopped.clone())),
            tokio::spawn(services.sanctions.clone().keep_looking(stopped.clone())),
            tokio::spawn(services.operations.clone().keep_painting(stopped.clone())),
            tokio::spawn(services.watch().keep_looking(stopped.clone())),
            tokio::spawn(tick(services.ledger.clone(), stopped)),
        ];
        Ok(Self { stop, tasks })
    }

    /// Lets it finish what it has in hand.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

/// Notes how API keys and sign-ins are used, and once more at the end; and looks after the signing keys.
async fn note_uses(identity: Arc<Identity>, mut stop: watch::Receiver<bool>) {
    loop {
        let stopping = *stop.borrow();
        if let Err(error) = identity.note_key_uses().await {
            tracing::warn!(%error, "the uses of API keys could not be noted");
        }
        if let Err(error) = identity.note_sign_in_uses().await {
            tracing::warn!(%error, "the uses of sign-ins could not be noted");
        }
        if let Err(error) = identity.refresh_keys() {
            tracing::warn!(%error, "the signing keys could not be read anew");
        }
        if stopping {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(NOTE_USES_EVERY) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Learns what other processes ended, where there can be others.
async fn follow(services: Services, mut stop: watch::Receiver<bool>) {
    if services.db.engine() == Engine::Sqlite {
        return;
    }
    let mut told = false;
    while !*stop.borrow() {
        match services.identity.learn_what_ended().await {
            Ok(_) => told = false,
            // An outage is told of once.
            Err(error) if !told => {
                tracing::warn!(%error, "what other processes ended cannot be learned");
                told = true;
            }
            Err(_) => {}
        }
        tokio::select! {
            () = tokio::time::sleep(FOLLOW_EVERY) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Learns what other processes decided about risk.
async fn follow_decisions(services: Services, mut stop: watch::Receiver<bool>) {
    let mut told = false;
    while !*stop.borrow() {
        match services.look_after_risk().await {
            Ok(()) => told = false,
            // An outage is told of once.
            Err(error) if !told => {
                tracing::warn!(%error, "what other processes decided about risk cannot be learned");
                told = true;
            }
            Err(_) => {}
        }
        tokio::select! {
            () = tokio::time::sleep(FOLLOW_EVERY) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Takes in the rules, lists, snoozes and models that other processes or files changed.
async fn refresh_guides(risk: Risk, mut stop: watch::Receiver<bool>) {
    let mut told = false;
    while !*stop.borrow() {
        match risk.refresh().await {
            Ok(_) => told = false,
            // An outage is told of once.
            Err(error) if !told => {
                tracing::warn!(%error, "what guides decisions cannot be read");
                told = true;
            }
            Err(_) => {}
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stop.changed() => {}
        }
    }
}

async fn tick(ledger: Ledger, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match ledger.tick().await {
            Ok(()) | Err(DbError::Unavailable(_) | DbError::Overloaded) => {}
            Err(error) => tracing::warn!(%error, "holds that are due could not be looked for"),
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stop.changed() => {}
        }
    }
}
