//! Schedules: a cron expression in a time zone, and the next time it strikes.

use std::fmt;
use std::str::FromStr;

use croner::Cron;
use florin_db::{DbError, Tx, params};
use florin_kernel::Timestamp;
use jiff::tz::TimeZone;

use crate::queue;

/// Something that happens again and again: each occurrence becomes a job.
#[derive(Clone, Debug)]
pub struct Schedule {
    name: &'static str,
    cron: Cron,
    zone: TimeZone,
}

/// A schedule that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSchedule(String);

impl fmt::Display for InvalidSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidSchedule {}

impl Schedule {
    /// The schedule `name`, whose occurrences are jobs of the same name, at the times of the cron
    /// expression (five fields) in the IANA time zone `zone`.
    ///
    /// # Errors
    /// [`InvalidSchedule`] when the expression or the zone cannot be read.
    pub fn try_new(name: &'static str, cron: &str, zone: &str) -> Result<Self, InvalidSchedule> {
        let cron = Cron::from_str(cron).map_err(|error| InvalidSchedule(format!("`{cron}`: {error}")))?;
        let zone = TimeZone::get(zone).map_err(|error| InvalidSchedule(error.to_string()))?;
        Ok(Self { name, cron, zone })
    }

    /// The first occurrence after `now`.
    ///
    /// # Errors
    /// [`InvalidSchedule`] when there is none.
    pub fn next_after(&self, now: Timestamp) -> Result<Timestamp, InvalidSchedule> {
        let local = now.to_zoned(self.zone.clone());
        let next = self.cron.find_next_occurrence(&local, false);
        next.map(|at| at.timestamp()).map_err(|error| InvalidSchedule(format!("{}: {error}", self.name)))
    }

    /// Makes a job for the occurrence that is due, if one is, and moves on to the next. Occurrences
    /// missed while nothing ran become one.
    pub(crate) fn strike(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<bool, DbError> {
        const NEXT: &str = "SELECT next_at_us FROM schedule WHERE name = $1 FOR UPDATE";
        const SET: &str = "INSERT INTO schedule (name, next_at_us) VALUES ($1, $2) \
                           ON CONFLICT (name) DO UPDATE SET next_at_us = excluded.next_at_us";
        let upcoming = self.next_after(now).map_err(|error| DbError::Other(error.to_string()))?;
        let due: Option<Timestamp> = tx.row(NEXT, &params![self.name])?.map(|row| row.get(0)).transpose()?;
        match due {
            Some(due) if due <= now => {
                let occurrence = format!("{}@{}", self.name, due.as_microsecond());
                let added = queue::enqueue_once(tx, self.name, "", &occurrence, now)?;
                tx.execute(SET, &params![self.name, upcoming])?;
                Ok(added)
            }
            // A changed expression takes effect when its next time is nearer.
            Some(due) if due <= upcoming => Ok(false),
            _ => {
                tx.execute(SET, &params![self.name, upcoming])?;
                Ok(false)
            }
        }
    }
}
