//! Silences: alerts of which nobody is told for a while.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::{Action, Actor, Fault, Resource, Timestamp, UserId, Uuid};

use super::{Alerts, Error};

florin_kernel::ids! {
    /// A silence.
    SilenceId,
}

/// How long a silence may last, in seconds: thirty days.
const LASTS_MAX_SECONDS: i64 = 30 * 86_400;
/// How many silences are looked at.
const SILENCES_MAX: i64 = 500;

/// Alerts of which nobody is told until a time; they fire, are kept and are shown all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// The identifier.
    pub id: SilenceId,
    /// The rule.
    pub rule: String,
    /// Of one instance; of all where there is none.
    pub instance: Option<String>,
    /// Why.
    pub reason: String,
    /// By whom.
    pub by: UserId,
    /// Since when.
    pub made_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
}

impl Silence {
    /// Whether it is about these.
    pub fn is_about(&self, rule: &str, instance: &str) -> bool {
        self.rule == rule && self.instance.as_deref().is_none_or(|own| own == instance)
    }
}

/// A silence to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSilence {
    /// The rule.
    pub rule: String,
    /// Of one instance; of all where there is none.
    pub instance: Option<String>,
    /// Why.
    pub reason: String,
    /// Until when.
    pub ends_at: Timestamp,
}

impl NewSilence {
    fn faults(&self, alerts: &Alerts, now: Timestamp) -> Vec<Fault> {
        let mut faults = Vec::new();
        if alerts.rules().find(&self.rule).is_none() {
            faults.push(Fault::new("rule", "unknown", "there is no such rule"));
        }
        if self.instance.as_ref().is_some_and(|instance| instance.len() > 200) {
            faults.push(Fault::new("instance", "too_long", "an instance is at most 200 bytes"));
        }
        if self.reason.trim().is_empty() || self.reason.len() > 500 {
            faults.push(Fault::new("reason", "length", "a reason is from 1 to 500 bytes"));
        }
        let seconds = self.ends_at.as_second().saturating_sub(now.as_second());
        if self.ends_at <= now || seconds > LASTS_MAX_SECONDS {
            faults.push(Fault::new(
                "ends_at",
                "out_of_range",
                "a silence ends in the future, within thirty days",
            ));
        }
        faults
    }
}

impl Alerts {
    /// Makes a silence. What fires meanwhile is told of when it ends, if it still does.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Denied`].
    #[tracing::instrument(name = "monitoring.silences.create", skip_all)]
    pub async fn silence(&self, by: &Actor, wanted: NewSilence) -> Result<Silence, Error> {
        let permit = by.permit(Action::WorkAlerts, Resource::kind("operations"))?;
        let now = self.env().now();
        let faults = wanted.faults(self, now);
        let user = by.user().ok_or(florin_kernel::Denied::Unauthenticated)?;
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let NewSilence { rule, instance, reason, ends_at } = wanted;
        let id = SilenceId::from_uuid(self.env().new_uuid());
        let silence = Silence { id, rule, instance, reason, by: user, made_at: now, ends_at };
        self.db()
            .write(permit, move |tx| {
                tx.about(silence.id.uuid());
                tx.note("silenced_rule", &silence.rule);
                tx.note("ends_at", &silence.ends_at);
                insert(tx, &silence)?;
                Ok(silence.clone())
            })
            .await
    }

    /// The silences that are not over.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub async fn silences(&self, by: &Actor) -> Result<Vec<Silence>, Error> {
        by.permit(Action::ReadOperations, Resource::kind("operations"))?;
        let now = self.env().now();
        Ok(self.db().read(move |reader| lasting(reader, now)).await.map_err(|error: DbError| error)?)
    }

    /// Ends a silence now.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for one that is over; [`Error::Denied`].
    #[tracing::instrument(name = "monitoring.silences.end", skip_all)]
    pub async fn end_silence(&self, by: &Actor, id: SilenceId) -> Result<(), Error> {
        let permit = by.permit(Action::WorkAlerts, Resource::one("operations", id.uuid()))?;
        let now = self.env().now();
        self.db()
            .write(permit, move |tx| {
                const SQL: &str =
                    "UPDATE monitoring_silence SET ends_at_us = $2 WHERE id = $1 AND ends_at_us > $2";
                match tx.execute(SQL, &params![id.uuid(), now])? {
                    1 => Ok(()),
                    _ => Err(Error::NotFound),
                }
            })
            .await
    }
}

fn insert(tx: &mut Tx<'_>, silence: &Silence) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO monitoring_silence (id, rule, instance, reason, made_by, made_at_us, ends_at_us) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = params![
        silence.id.uuid(),
        silence.rule.clone(),
        silence.instance.clone(),
        silence.reason.clone(),
        silence.by.uuid(),
        silence.made_at,
        silence.ends_at
    ];
    tx.execute(SQL, &values).map(|_| ())
}

/// The silences that last.
pub(super) fn lasting(reader: &mut Reader<'_>, now: Timestamp) -> Result<Vec<Silence>, DbError> {
    const SQL: &str = "SELECT id, rule, instance, reason, made_by, made_at_us, ends_at_us FROM monitoring_silence \
                       WHERE ends_at_us > $1 ORDER BY ends_at_us, id LIMIT $2";
    let read = |row: &Row| {
        Ok(Silence {
            id: SilenceId::from_uuid(row.get(0)?),
            rule: row.get(1)?,
            instance: row.get(2)?,
            reason: row.get(3)?,
            by: UserId::from_uuid(row.get::<Uuid>(4)?),
            made_at: row.get(5)?,
            ends_at: row.get(6)?,
        })
    };
    reader.rows(SQL, &params![now, SILENCES_MAX])?.iter().map(read).collect()
}
