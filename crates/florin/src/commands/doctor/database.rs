//! What `florin doctor` looks at in the database: the clock against it, books, audit trail, jobs, keys, lists.

use florin_app::config::{Config, Environment};
use florin_app::keys::VaultHealth;
use florin_audit::{Keys, Scope};
use florin_db::{Db, DbError, Engine};
use florin_kernel::{Env, Timestamp};
use tokio::runtime::Runtime;

use super::{Finding, State};
use crate::Failure;

/// How far the clocks of program and database may be apart.
const SKEW_US_MAX: u64 = 5_000_000;
/// A job that was due for longer than this is late.
const LATE_SECONDS: i64 = 15 * 60;
/// Lists of sanctions change more often than this.
const LIST_DAYS_MAX: i64 = 30;

/// Everything that is looked at.
pub(super) fn examine(config: &Config, db: &Db, runtime: &Runtime, now: Timestamp) -> Vec<Finding> {
    vec![
        clock(db, runtime),
        books(db, runtime),
        trail(config, db, runtime),
        jobs(db, runtime),
        queue(db, runtime, now),
        vault(config, db, runtime),
        sanctions(config, db, runtime, now),
    ]
}

/// Whether the machine's clock can be right.
fn clock(db: &Db, runtime: &Runtime) -> Finding {
    const WHAT: &str = "clock";
    const NOW: &str = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)";
    let now = Env::system().now();
    let asked = runtime.block_on(db.read(|reader| {
        let migrated_at = florin_db::applied(reader)?.into_iter().map(|migration| migration.at).max();
        let theirs: Option<i64> = match reader.engine() {
            Engine::Postgres => reader.row(NOW, &[])?.map(|row| row.get(0)).transpose()?,
            Engine::Sqlite => None,
        };
        Ok::<_, DbError>((migrated_at, theirs))
    }));
    match asked {
        Err(error) => Finding::broken(WHAT, &error.into()),
        Ok((Some(migrated_at), _)) if migrated_at > now => {
            let words = format!("it stands at {now}, before the schema was made at {migrated_at}");
            Finding::new(WHAT, State::Broken, words)
        }
        Ok((_, Some(theirs))) if is_apart(now, theirs) => {
            Finding::new(WHAT, State::Warning, "it is more than five seconds from the database's")
        }
        Ok(_) => Finding::new(WHAT, State::Well, format!("it stands at {now}")),
    }
}

fn is_apart(now: Timestamp, theirs_us: i64) -> bool {
    now.as_microsecond().abs_diff(theirs_us) > SKEW_US_MAX
}

/// Whether the books agree.
fn books(db: &Db, runtime: &Runtime) -> Finding {
    const WHAT: &str = "books";
    let report = match runtime.block_on(florin_app::verify_books(db)) {
        Ok(report) => report,
        Err(error) => return Finding::broken(WHAT, &Failure::from(error)),
    };
    let (accounts, transfers, loans) = (report.accounts, report.transfers, report.loans);
    match report.problems.first() {
        None => {
            let words = format!("{accounts} accounts, {transfers} transfers and {loans} loans agree");
            Finding::new(WHAT, State::Well, words)
        }
        Some(first) => {
            let words = format!("{} problems, the first: {first}", report.problems.len());
            Finding::new(WHAT, State::Broken, words)
        }
    }
}

/// Whether the audit trail stands.
fn trail(config: &Config, db: &Db, runtime: &Runtime) -> Finding {
    const WHAT: &str = "audit";
    let trusted = match Keys::trusted_in(&florin_app::audit_keys(config)) {
        Ok(trusted) => trusted,
        Err(error) => return Finding::new(WHAT, State::Broken, error.to_string()),
    };
    let report = match runtime.block_on(florin_audit::verify(db, &trusted, &Scope::default())) {
        Ok(report) => report,
        Err(error) => return Finding::broken(WHAT, &Failure::from(error)),
    };
    match report.faults.first() {
        None => {
            let words = format!(
                "{} records in {} seals stand, {} wait for theirs",
                report.records, report.seals, report.unsealed
            );
            Finding::new(WHAT, State::Well, words)
        }
        Some(first) => {
            let words = format!("{} faults, the first: {}", report.fault_count, first.text);
            Finding::new(WHAT, State::Broken, words)
        }
    }
}

/// Whether jobs wait that nobody does.
fn queue(db: &Db, runtime: &Runtime, now: Timestamp) -> Finding {
    const WHAT: &str = "queue";
    let before = Timestamp::from_second(now.as_second().saturating_sub(LATE_SECONDS)).unwrap_or(now);
    match runtime.block_on(db.read(move |reader| florin_jobs::late(reader, before))) {
        Ok(late) if late.waiting == 0 && late.running == 0 => {
            Finding::new(WHAT, State::Well, "no job waits for longer than it should")
        }
        Ok(late) => {
            let words = format!(
                "{} jobs are late and {} were left by whoever did them: does a server run?",
                late.waiting, late.running
            );
            Finding::new(WHAT, State::Warning, words)
        }
        Err(error) => Finding::broken(WHAT, &Failure::from(error)),
    }
}

/// Whether jobs wait for a person.
fn jobs(db: &Db, runtime: &Runtime) -> Finding {
    const WHAT: &str = "jobs";
    match runtime.block_on(db.read(florin_jobs::dead)) {
        Ok(dead) => match dead.first() {
            None => Finding::new(WHAT, State::Well, "none has failed for good"),
            Some(job) => {
                let why = job.last_error.as_deref().unwrap_or("for an unknown reason");
                let words = format!("{} failed for good, the latest a {}: {why}", dead.len(), job.kind);
                Finding::new(WHAT, State::Warning, words)
            }
        },
        Err(error) => Finding::broken(WHAT, &Failure::from(error)),
    }
}

/// Whether what is encrypted can be read, and is encrypted with the present key.
fn vault(config: &Config, db: &Db, runtime: &Runtime) -> Finding {
    const WHAT: &str = "encryption";
    match runtime.block_on(florin_app::keys::examine_vault(config, db)) {
        Ok(VaultHealth::Well(words)) => Finding::new(WHAT, State::Well, words),
        Ok(VaultHealth::Warning(words)) => Finding::new(WHAT, State::Warning, words),
        Ok(VaultHealth::Broken(words)) => Finding::new(WHAT, State::Broken, words),
        Err(error) => Finding::broken(WHAT, &Failure::from(error)),
    }
}

/// Whether there is a list of sanctions to look for customers on.
fn sanctions(config: &Config, db: &Db, runtime: &Runtime, now: Timestamp) -> Finding {
    const WHAT: &str = "sanctions";
    match runtime.block_on(db.read(florin_compliance::screening::standing)) {
        Ok(standing) if standing.lists == 0 => {
            let production = config.instance.environment == Environment::Production;
            let state = if production { State::Warning } else { State::Well };
            let words = "no list is loaded, so that nobody is found: run `florin sanctions load`";
            Finding::new(WHAT, state, words)
        }
        Ok(standing) => {
            let (lists, entries) = (standing.lists, standing.entries);
            let words = format!("{lists} lists with {entries} entries are loaded");
            let age = standing
                .oldest_at
                .map_or(0, |at| now.as_second().saturating_sub(at.as_second()).div_euclid(86_400));
            if age > LIST_DAYS_MAX {
                let words = format!("{words}; one was loaded {age} days ago: look for a newer one");
                return Finding::new(WHAT, State::Warning, words);
            }
            if standing.passed {
                return Finding::new(WHAT, State::Well, words);
            }
            let words = format!("{words}; not everybody was looked for on them yet");
            Finding::new(WHAT, State::Warning, words)
        }
        Err(error) => Finding::broken(WHAT, &Failure::from(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_apart_after_five_seconds() {
        let now = Timestamp::from_second(1_790_000_000).unwrap();

        assert!(!is_apart(now, 1_790_000_004_000_000));
        assert!(is_apart(now, 1_789_999_994_000_000));
    }
}
