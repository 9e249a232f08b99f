//! Learning from an instance's own decisions.

use florin_app::config::Config;
use florin_db::Db;
use florin_kernel::{Actor, Currency};
use florin_risk::Settings;
use florin_risk::rules::RuleSet;
use florin_risk::service::{GuideError, ModelReport, NewModel, Risk};
use florin_risk::training::{Data, Evaluation, Kept};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::History;
use crate::instance::{self, Instance};
use crate::{Exit, Failure};

/// What stands for the instance where a file is named.
pub(super) const NAME: &str = "database";
/// How many days more are read than are needed, for days at the end without any decision.
const MARGIN_DAYS: i32 = 14;

/// The instance's decisions of the days that may be needed. Those that are younger than the delay are left out: nobody could have
/// said yet what they were.
pub(super) fn read(instance: &Instance, history: &History) -> Result<Data, Failure> {
    let (risk, db) = open(&instance.config()?)?;
    let today = db.env().now().to_zoned(TimeZone::UTC).date();
    let until = today.saturating_sub(i32::from(history.delay_days).days());
    let days = i32::from(history.train_days)
        + i32::from(history.delay_days)
        + i32::from(history.test_days) * i32::from(history.weeks)
        + MARGIN_DAYS;
    let since = history.start.unwrap_or_else(|| until.saturating_sub(days.days()));
    let by = Actor::system("risk train");
    let data = midnight(since).and_then(|since| Ok((since, midnight(until)?)));
    let data = data.and_then(|(since, until)| {
        instance::runtime()?.block_on(risk.samples(&by, since, until)).map_err(|error| refused(&error))
    });
    db.close();
    data
}

/// Keeps a model in the instance as the challenger.
pub(super) fn store(instance: &Instance, kept: &Kept, found: Option<&Evaluation>) -> Result<(), Failure> {
    let (risk, db) = open(&instance.config()?)?;
    let new = NewModel { text: kept.to_file(), report: found.map(ModelReport::of), challenge: true };
    let by = Actor::system("risk train");
    let stored = instance::runtime()?.block_on(risk.keep_model(&by, new)).map_err(|error| refused(&error));
    db.close();
    let stored = stored?;
    tell!("model {} is kept; its role is {}", stored.version, stored.role.code());
    Ok(())
}

/// The service over an instance's database, which decides about nothing here.
fn open(config: &Config) -> Result<(Risk, Db), Failure> {
    let wrong = |error: &dyn std::error::Error| Failure::of(Exit::Usage, error).during("risk.reference");
    let reference = Currency::parse(&config.risk.reference).map_err(|error| wrong(&error))?;
    let db = instance::open_existing(config)?;
    let risk = Risk::new(db.clone(), Settings::new(reference), RuleSet::silent(reference));
    Ok((risk.map_err(|error| wrong(&error))?, db))
}

fn midnight(day: Date) -> Result<florin_kernel::Timestamp, Failure> {
    let start = day.to_zoned(TimeZone::UTC).map_err(|error| Failure::of(Exit::Usage, &error))?;
    Ok(start.timestamp())
}

fn refused(error: &GuideError) -> Failure {
    Failure::of(Exit::Failed, error)
}
