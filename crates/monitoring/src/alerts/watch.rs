//! From readings to alerts: what one process sees, brought together with what all know.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use florin_db::{DbError, Tx};
use florin_kernel::{Action, Actor, Resource, Timestamp};
use tokio::sync::watch;

use super::service::{by_itself, happened};
use super::silence::lasting;
use super::{Alert, AlertId, AlertStatus, Alerts, Error, EventKind, Silence, store};
use crate::channels::{News, What};
use crate::evaluate::{Evaluator, Firing};
use crate::rules::Rule;
use crate::{History, Operations};

/// How often rules are looked at.
pub const LOOK_EVERY: Duration = Duration::from_secs(15);
/// After how long without any process having seen a rule broken its alert is over, in microseconds.
const UNSEEN_US: i64 = 60_000_000;
/// How old what is noted of a broken rule may become before it is noted anew.
const SEEN_AGAIN_US: i64 = 20_000_000;

/// What one process looks at rules with.
pub struct Watch {
    alerts: Alerts,
    operations: Operations,
    history: History,
    evaluator: Option<Evaluator>,
    since_us: Option<i64>,
}

/// What all know when a process looks.
struct Known {
    open: Vec<Alert>,
    silences: Vec<Silence>,
}

impl Watch {
    /// A watch over these readings, which knows nothing yet.
    pub fn new(alerts: Alerts, operations: Operations) -> Self {
        Self { alerts, operations, history: History::default(), evaluator: None, since_us: None }
    }

    /// Looks at all rules once, and writes what changed.
    ///
    /// # Errors
    /// What the database says; the next look makes up for it.
    pub async fn look(&mut self) -> Result<(), Error> {
        self.operations.take_census().await;
        let now = self.alerts.env().now();
        let span = i64::try_from(self.alerts.rules().span().as_micros()).unwrap_or(i64::MAX);
        self.history.add(now, self.operations.readings(), span);
        let read = move |reader: &mut florin_db::Reader<'_>| {
            Ok::<_, DbError>(Known { open: store::open(reader)?, silences: lasting(reader, now)? })
        };
        let known = self.alerts.db().read(read).await?;
        let since_us = *self.since_us.get_or_insert(now.as_microsecond());
        let resume = || {
            let open = known.open.iter().map(|alert| (alert.rule.clone(), alert.instance.clone()));
            Evaluator::resuming(open, now)
        };
        let evaluator = self.evaluator.get_or_insert_with(resume);
        let firing = evaluator.evaluate(self.alerts.rules(), &self.history);
        let looked_us = now.as_microsecond().saturating_sub(since_us);
        self.alerts.bring_together(&known, &firing, now, looked_us).await?;
        self.operations.set_alerts(self.alerts.now().await?);
        Ok(())
    }

    /// Looks again and again, until `stop` turns true.
    pub async fn keep_looking(mut self, mut stop: watch::Receiver<bool>) {
        let mut told = false;
        while !*stop.borrow() {
            match self.look().await {
                Ok(()) => told = false,
                // An outage is told of once.
                Err(error) if !told => {
                    tracing::warn!(%error, "the rules about metrics cannot be looked at");
                    told = true;
                }
                Err(_) => {}
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = stop.changed() => {}
            }
        }
    }
}

impl Alerts {
    /// Fires, goes on with, reminds of and resolves alerts.
    async fn bring_together(
        &self,
        known: &Known,
        firing: &[Firing],
        now: Timestamp,
        looked_us: i64,
    ) -> Result<(), Error> {
        let open: BTreeMap<(&str, &str), &Alert> =
            known.open.iter().map(|alert| ((alert.rule.as_str(), alert.instance.as_str()), alert)).collect();
        let mut new: BTreeMap<&str, Vec<Alert>> = BTreeMap::new();
        let mut again = Vec::new();
        let mut broken = BTreeSet::new();
        for one in firing {
            let Some(rule) = self.rules().find(&one.rule) else { continue };
            broken.insert((one.rule.as_str(), one.instance.as_str()));
            if let Some(alert) = open.get(&(one.rule.as_str(), one.instance.as_str())) {
                again.push((alert.id, rule.tell(&one.instance, one.value), one.value.to_string()));
            } else {
                let alert = self.alert_of(rule, one, known, now);
                new.entry(rule.name.as_str()).or_default().push(alert);
            }
        }
        for (_, alerts) in new {
            self.fire(alerts, now).await?;
        }
        let due = |(id, ..): &(AlertId, String, String)| {
            let seen = known.open.iter().find(|alert| alert.id == *id).map(|alert| alert.seen_at);
            seen.is_some_and(|seen| since(seen, now) >= SEEN_AGAIN_US)
        };
        self.note_seen(again.into_iter().filter(due).collect(), now).await?;
        self.remind(known, now).await?;
        let over = known.open.iter().filter(|alert| {
            let is_broken = broken.contains(&(alert.rule.as_str(), alert.instance.as_str()));
            !is_broken && since(alert.seen_at, now) >= UNSEEN_US && looked_us >= self.patience_us(&alert.rule)
        });
        self.end(over.cloned().collect(), now).await
    }

    /// How long a process must have looked before what it does not see broken is not.
    fn patience_us(&self, rule: &str) -> i64 {
        let span = self.rules().find(rule).map(|rule| rule.measure.span()).unwrap_or_default();
        UNSEEN_US.max(i64::try_from(span.as_micros()).unwrap_or(i64::MAX))
    }

    fn alert_of(&self, rule: &Rule, firing: &Firing, known: &Known, now: Timestamp) -> Alert {
        let silent = known.silences.iter().any(|silence| silence.is_about(&rule.name, &firing.instance));
        Alert {
            id: AlertId::from_uuid(self.env().new_uuid()),
            rule: rule.name.clone(),
            instance: firing.instance.clone(),
            severity: rule.severity,
            summary: rule.tell(&firing.instance, firing.value),
            runbook: rule.runbook.clone(),
            value: firing.value.to_string(),
            status: AlertStatus::Firing,
            fired_at: now,
            seen_at: now,
            told_at: (!silent).then_some(now),
            acknowledged_by: None,
            acknowledged_at: None,
            resolved_by: None,
            resolved_at: None,
        }
    }

    /// Writes the alerts of one rule, told of together; those that another process was first with are left out.
    async fn fire(&self, alerts: Vec<Alert>, now: Timestamp) -> Result<(), Error> {
        let (env, channels) = (self.env().clone(), self.channels().clone());
        let work = move |tx: &mut Tx<'_>| {
            let mut fired = Vec::new();
            for alert in &alerts {
                if store::insert(tx, alert)? {
                    let event = by_itself(EventKind::Fired, &alert.summary, now);
                    happened(tx, &env, alert.id, &event)?;
                    fired.push(alert.clone());
                }
            }
            about(tx, "fired", &fired)?;
            fired.retain(|alert| alert.told_at.is_some());
            Ok(channels.tell(tx, &News::about(env.new_uuid(), What::Fired, &fired, now), &env)?)
        };
        self.write(work).await
    }

    async fn note_seen(&self, seen: Vec<(AlertId, String, String)>, now: Timestamp) -> Result<(), Error> {
        if seen.is_empty() {
            return Ok(());
        }
        let noted = self.db().housekeeping(move |tx| {
            for (id, summary, value) in &seen {
                store::seen(tx, *id, (summary, value), now)?;
            }
            Ok::<_, DbError>(())
        });
        Ok(noted.await?)
    }

    /// Tells once more of what nobody looks after, and for the first time of what a silence kept back.
    async fn remind(&self, known: &Known, now: Timestamp) -> Result<(), Error> {
        let after = i64::try_from(self.settings().remind_after.as_micros()).unwrap_or(i64::MAX);
        let is_due = move |alert: &Alert| {
            let waited = alert.told_at.is_none_or(|told| after > 0 && since(told, now) >= after);
            alert.status == AlertStatus::Firing && waited
        };
        let silent = |alert: &Alert| {
            known.silences.iter().any(|silence| silence.is_about(&alert.rule, &alert.instance))
        };
        let mut due: BTreeMap<&str, Vec<AlertId>> = BTreeMap::new();
        for alert in known.open.iter().filter(|alert| is_due(alert) && !silent(alert)) {
            due.entry(alert.rule.as_str()).or_default().push(alert.id);
        }
        for (_, ids) in due {
            let (env, channels) = (self.env().clone(), self.channels().clone());
            let work = move |tx: &mut Tx<'_>| {
                let mut reminded = Vec::new();
                for id in &ids {
                    // Another process may have been first, or a person.
                    let Some(alert) = store::lock(tx, *id)?.filter(|alert| is_due(alert)) else { continue };
                    store::told(tx, *id, now)?;
                    happened(tx, &env, *id, &by_itself(EventKind::Reminded, "", now))?;
                    reminded.push(alert);
                }
                about(tx, "reminded", &reminded)?;
                Ok(channels.tell(
                    tx,
                    &News::about(env.new_uuid(), What::StillFiring, &reminded, now),
                    &env,
                )?)
            };
            self.write(work).await?;
        }
        Ok(())
    }

    /// Ends alerts whose rules are broken no more, told of by rule.
    async fn end(&self, over: Vec<Alert>, now: Timestamp) -> Result<(), Error> {
        let mut rules: BTreeMap<String, Vec<AlertId>> = BTreeMap::new();
        for alert in over {
            rules.entry(alert.rule).or_default().push(alert.id);
        }
        for (_, ids) in rules {
            let (env, channels) = (self.env().clone(), self.channels().clone());
            let work = move |tx: &mut Tx<'_>| {
                let is_over = |alert: &Alert| {
                    alert.status != AlertStatus::Resolved && since(alert.seen_at, now) >= UNSEEN_US
                };
                let mut ended = Vec::new();
                for id in &ids {
                    let Some(alert) = store::lock(tx, *id)?.filter(is_over) else { continue };
                    store::resolve(tx, *id, None, now)?;
                    happened(tx, &env, *id, &by_itself(EventKind::Resolved, "", now))?;
                    ended.push(alert);
                }
                about(tx, "resolved", &ended)?;
                ended.retain(|alert| alert.told_at.is_some());
                Ok(channels.tell(tx, &News::about(env.new_uuid(), What::Resolved, &ended, now), &env)?)
            };
            self.write(work).await?;
        }
        Ok(())
    }

    /// A unit of work of the program's own; one that found nothing left to do is none.
    async fn write<F>(&self, work: F) -> Result<(), Error>
    where
        F: FnMut(&mut Tx<'_>) -> Result<(), Undone> + Send + 'static,
    {
        let permit = Actor::system("monitoring").permit(Action::WorkAlerts, Resource::kind("operations"))?;
        match self.db().write(permit, work).await {
            Ok(()) => {
                self.channels().wake();
                Ok(())
            }
            Err(Undone::Nothing) => Ok(()),
            Err(Undone::Db(error)) => Err(error.into()),
        }
    }
}

/// Why a unit of work was not committed.
enum Undone {
    /// Another process was first, with all of it.
    Nothing,
    Db(DbError),
}

impl From<DbError> for Undone {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

/// Says in the audit record what the unit did.
fn about(tx: &mut Tx<'_>, what: &'static str, alerts: &[Alert]) -> Result<(), Undone> {
    let Some(first) = alerts.first() else { return Err(Undone::Nothing) };
    tx.about(first.id.uuid());
    tx.note("alert", &what);
    tx.note("rule", &first.rule);
    let instances: Vec<&str> = alerts.iter().map(|alert| alert.instance.as_str()).collect();
    tx.note("instances", &instances.join(", "));
    Ok(())
}

fn since(then: Timestamp, now: Timestamp) -> i64 {
    now.as_microsecond().saturating_sub(then.as_microsecond())
}
