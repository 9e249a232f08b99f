//! What metrics are read of, and who is told of alerts: monitoring's ports over the other crates' services.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use florin_audit::Audit;
use florin_compliance::cases;
use florin_db::{Db, DbError, Tx};
use florin_identity::Identity;
use florin_kernel::{Timestamp, Uuid};
use florin_ledger::Ledger;
use florin_monitoring::alerts::{Alerts, AlertsSettings};
use florin_monitoring::catalogue::metric;
use florin_monitoring::channels::{
    Answering, ChannelSettings, Channels, Letters, News, Outgoing, Sender, SmsSettings, WebhookSettings,
};
use florin_monitoring::rules::{Rules, Severity};
use florin_monitoring::{Gather, Gathering, Metric, Number, Operations, Reading, host};
use florin_notify::{Envelope, Letterhead};
use florin_risk::service::Risk;
use florin_volatile::{Volatile, VolatileState};
use parking_lot::Mutex;
use secrecy::ExposeSecret;
use tokio::sync::Notify;

use crate::StartError;
use crate::config::{Config, Monitoring};
use crate::http_client::traced;

/// How often people and sign-ins are counted, in microseconds.
const PEOPLE_EVERY_US: i64 = 60_000_000;
/// How often debits and credits are compared.
const BOOKS_EVERY_US: i64 = 600_000_000;
/// How often the sealed trail is looked at.
const TRAIL_EVERY_US: i64 = 3_600_000_000;
/// How much of the trail is hashed then: what was recorded in the last two hours, and this many records at most.
const TRAIL_SPAN_US: i64 = 7_200_000_000;
const TRAIL_RECORDS_MAX: i64 = 50_000;

/// Everything that metrics are read of.
struct Sources {
    data: PathBuf,
    certificate: PathBuf,
    db: Db,
    ledger: Ledger,
    identity: Arc<Identity>,
    risk: Risk,
    audit: Audit,
    volatile: Volatile,
    rare: Rare,
}

/// Readings that are taken seldom, with when they were taken last.
#[derive(Default)]
struct Rare {
    people: Kept,
    books: Kept,
    trail: Kept,
}

type Kept = Mutex<Option<(i64, Vec<Reading>)>>;

fn whole(metric: &'static Metric, number: impl Into<i128>) -> Reading {
    Reading::of(metric, Number::whole(number))
}

fn by(metric: &'static Metric, label: &str, number: impl Into<i128>) -> Reading {
    Reading::by(metric, label, Number::whole(number))
}

impl Gather for Sources {
    fn counts(&self) -> Vec<Reading> {
        let mut readings = host::readings(&self.data);
        readings.extend(self.of_database());
        readings.extend(self.of_sign_ins());
        readings.extend(self.of_risk());
        let component = |name, up: bool| by(&metric::COMPONENT, name, u8::from(up));
        let shared = !matches!(self.volatile.state(), VolatileState::RedisDown { .. });
        readings.push(component("shared_state", shared));
        readings.push(component("risk", self.risk.troubles().is_empty()));
        readings
    }

    fn census(&self) -> Gathering<'_> {
        Box::pin(async {
            let now_us = self.db.env().now().as_microsecond();
            let mut readings = self.of_queues().await;
            readings.extend(self.of_files().await);
            readings.extend(seldom(&self.rare.people, now_us, PEOPLE_EVERY_US, self.of_people()).await);
            readings.extend(seldom(&self.rare.books, now_us, BOOKS_EVERY_US, self.of_books()).await);
            readings.extend(seldom(&self.rare.trail, now_us, TRAIL_EVERY_US, self.of_trail(now_us)).await);
            readings
        })
    }
}

/// What was read last, read anew where that is long ago. What cannot be read now is as it was.
async fn seldom(
    kept: &Kept,
    now_us: i64,
    every_us: i64,
    read: impl Future<Output = Option<Vec<Reading>>>,
) -> Vec<Reading> {
    let known = kept.lock().clone();
    let is_old = known.as_ref().is_none_or(|(at, _)| now_us.saturating_sub(*at) >= every_us);
    if is_old && let Some(readings) = read.await {
        *kept.lock() = Some((now_us, readings.clone()));
        return readings;
    }
    known.map(|(_, readings)| readings).unwrap_or_default()
}

impl Sources {
    fn of_database(&self) -> Vec<Reading> {
        let stats = self.db.stats();
        let mut readings = vec![
            whole(&metric::BATCHES, stats.batches.get()),
            whole(&metric::BATCH_EVENTS, stats.batch_events.get()),
            by(&metric::UNITS, "committed", stats.committed.get()),
            by(&metric::UNITS, "undone", stats.undone.get()),
            whole(&metric::WRITE_WAITING, u64::try_from(self.db.waiting()).unwrap_or(u64::MAX)),
            Reading::spread(&metric::BATCH_DURATION, stats.batch.spread()),
            Reading::spread(&metric::COMMIT_DURATION, stats.commit.spread()),
        ];
        for pool in self.db.pools() {
            let count = |number: usize| Number::whole(u64::try_from(number).unwrap_or(u64::MAX));
            for (state, number) in [("in_use", pool.in_use), ("idle", pool.size.saturating_sub(pool.in_use))]
            {
                let labels = [pool.name, state];
                readings.push(Reading::with(&metric::POOL_CONNECTIONS, &labels, count(number)));
            }
            readings.push(Reading::by(&metric::POOL_WAITING, pool.name, count(pool.waiting)));
            readings.push(Reading::spread_by(&metric::POOL_WAIT, pool.name, pool.waits));
        }
        for (kind, made, refused) in self.ledger.stats().events() {
            for (outcome, number) in [("made", made), ("refused", refused)] {
                readings.push(Reading::with(&metric::TRANSFERS, &[kind, outcome], Number::whole(number)));
            }
        }
        readings
    }

    fn of_sign_ins(&self) -> Vec<Reading> {
        let stats = self.identity.stats();
        let (addresses, most) = stats.addresses(self.db.env().now());
        let failures = [
            ("password", &stats.password),
            ("second_factor", &stats.second_factor),
            ("refresh_token", &stats.refresh_token),
            ("device", &stats.device),
            ("access_token", &stats.access_token),
        ];
        let mut readings = vec![
            whole(&metric::SIGN_INS, stats.begun.get()),
            whole(&metric::LOCKOUTS, stats.lockouts.get()),
            whole(&metric::FAILING_ADDRESSES, addresses),
            whole(&metric::WORST_ADDRESS, most),
        ];
        readings.extend(failures.map(|(reason, count)| by(&metric::AUTH_FAILURES, reason, count.get())));
        readings
    }

    fn of_risk(&self) -> Vec<Reading> {
        let stats = self.risk.stats();
        let mut readings = vec![Reading::spread(&metric::FRAUD_DURATION, stats.durations.spread())];
        readings.extend(stats.verdicts().map(|(verdict, number)| by(&metric::FRAUD, verdict.name(), number)));
        readings
    }

    /// Work that waits: jobs, cases, payments, records.
    async fn of_queues(&self) -> Vec<Reading> {
        let now = self.db.env().now();
        let read = self.db.read(move |reader| {
            let jobs = florin_jobs::waiting(reader, now)?;
            let cases = cases::undecided(reader, now)?;
            Ok::<_, DbError>((jobs, cases, florin_payments::unknown(reader)?))
        });
        let found = read.await;
        let mut readings = vec![by(&metric::COMPONENT, "database", u8::from(found.is_ok()))];
        let Ok((jobs, cases, unknown)) = found else { return readings };
        for job in &jobs {
            let waited_us =
                job.oldest_due_at.map_or(0, |at| now.as_microsecond().saturating_sub(at.as_microsecond()));
            readings.push(by(&metric::JOBS_PENDING, &job.kind, job.pending));
            readings.push(by(&metric::JOBS_DEAD, &job.kind, job.dead));
            readings.push(Reading::by(&metric::JOB_AGE, &job.kind, Number::seconds_of_us(waited_us)));
        }
        for case in &cases {
            readings.push(by(&metric::CASES, case.kind.code(), case.open));
            readings.push(by(&metric::CASES_OVERDUE, case.kind.code(), case.overdue));
        }
        readings.push(whole(&metric::PAYMENTS_UNKNOWN, unknown));
        if let Ok(unsealed) = self.audit.unsealed().await {
            readings.push(whole(&metric::AUDIT_UNSEALED, unsealed));
        }
        readings
    }

    async fn of_people(&self) -> Option<Vec<Reading>> {
        let census = self.identity.census().await.ok()?;
        let mut readings = vec![
            whole(&metric::SESSIONS, census.sessions),
            whole(&metric::LOCKED, census.locked),
            whole(&metric::WORST_ACCOUNT, census.worst_account),
        ];
        let groups = [
            ("staff", census.staff_with_factor, census.staff),
            ("customers", census.customers_with_factor, census.customers),
        ];
        for (group, with_factor, all) in groups {
            let ratio = Number::whole(with_factor).over(Number::whole(all));
            readings.extend(ratio.map(|ratio| Reading::by(&metric::MFA_RATIO, group, ratio)));
        }
        Some(readings)
    }

    async fn of_books(&self) -> Option<Vec<Reading>> {
        let ledger = self.ledger.clone();
        let lines = self.db.read(move |reader| ledger.trial_balance(reader, None)).await;
        let lines = lines.map_err(|error: DbError| error).ok()?;
        let mut sums: std::collections::BTreeMap<_, i128> = std::collections::BTreeMap::new();
        for line in lines {
            let sum = sums.entry(line.currency).or_default();
            *sum = sum.saturating_add(line.debits).saturating_sub(line.credits);
        }
        let differ = sums.values().fold(0_i128, |sum, one| sum.saturating_add(one.saturating_abs()));
        let now = self.db.env().now();
        Some(vec![whole(&metric::IMBALANCE, differ), whole(&metric::LEDGER_CHECKED, now.as_second())])
    }

    async fn of_trail(&self, now_us: i64) -> Option<Vec<Reading>> {
        let scope = florin_audit::Scope {
            from_us: Some(now_us.saturating_sub(TRAIL_SPAN_US)),
            records_max: Some(TRAIL_RECORDS_MAX),
            ..florin_audit::Scope::default()
        };
        let report = florin_audit::verify(&self.db, self.audit.trusted(), &scope).await.ok()?;
        let faults = u64::try_from(report.faults.len()).unwrap_or(u64::MAX);
        Some(vec![whole(&metric::AUDIT_FAULTS, faults)])
    }

    /// What files say: the last backup, and the certificate.
    async fn of_files(&self) -> Vec<Reading> {
        let (data, certificate) = (self.data.clone(), self.certificate.clone());
        let read = tokio::task::spawn_blocking(move || {
            let backup = crate::backup::read(&data).ok().and_then(|backups| backups.made);
            let backup = backup.map(|made| whole(&metric::BACKUP, made.at.as_second()));
            let ends = expiry(&certificate).map(|at| whole(&metric::CERTIFICATE, at));
            backup.into_iter().chain(ends).collect()
        });
        read.await.unwrap_or_default()
    }
}

/// When the first certificate of a file ends, in seconds since 1970.
fn expiry(file: &std::path::Path) -> Option<i64> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let certificate = CertificateDer::from_pem_file(file).ok()?;
    let (_, certificate) = x509_parser::parse_x509_certificate(&certificate).ok()?;
    Some(certificate.validity().not_after.timestamp())
}

/// The rules of the configuration. Blocking.
///
/// # Errors
/// [`StartError::System`], which tells all that is wrong with the file.
pub fn rules(config: &Config) -> Result<Rules, StartError> {
    let system = |why: String| StartError::System(format!("monitoring.rules_file: {why}"));
    let usual = Rules::usual().map_err(|faults| system(faults.to_string()))?;
    let file = &config.monitoring.rules_file;
    if file.as_os_str().is_empty() {
        return Ok(usual);
    }
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|error| system(format!("{name}: {error}")))?;
    usual.with(&name, &text).map_err(|faults| system(faults.to_string()))
}

/// What is watched over.
type Watched<'a> = (&'a Ledger, &'a Arc<Identity>, &'a Risk, &'a Audit, &'a Volatile);

/// Readings of all that is watched over, alerts about them, and what sends to channels. Blocking.
pub(crate) fn open(
    config: &Config,
    db: &Db,
    (ledger, identity, risk, audit, volatile): Watched<'_>,
    (letterhead, wake): (&Letterhead, &Arc<Notify>),
) -> Result<(Operations, Alerts, Arc<HttpSender>), StartError> {
    let alerts = alerts(config, db, letterhead, wake)?;
    let sources = Sources {
        data: config.instance.data.clone(),
        certificate: config.server.tls_certificate.clone(),
        db: db.clone(),
        ledger: ledger.clone(),
        identity: Arc::clone(identity),
        risk: risk.clone(),
        audit: audit.clone(),
        volatile: volatile.clone(),
        rare: Rare::default(),
    };
    let sources: Vec<Arc<dyn Gather>> = vec![Arc::new(sources), Arc::new(alerts.channels().clone())];
    Ok((Operations::new(db.env().clone(), sources), alerts, Arc::new(HttpSender::of(config)?)))
}

/// Alerts as the configuration has them. Blocking.
fn alerts(
    config: &Config,
    db: &Db,
    letterhead: &Letterhead,
    wake: &Arc<Notify>,
) -> Result<Alerts, StartError> {
    let settings = AlertsSettings {
        rules: Arc::new(rules(config)?),
        remind_after: Duration::from_secs(u64::from(config.monitoring.remind_minutes).saturating_mul(60)),
    };
    let letters = Arc::new(AlertLetters(letterhead.clone()));
    let channels = Channels::new(channel_settings(&config.monitoring)?, letters, Arc::clone(wake));
    let channels =
        channels.map_err(|error| StartError::System(format!("monitoring.webhook_secret: {error}")))?;
    Ok(Alerts::new(db.clone(), settings, channels))
}

/// Which channels the configuration names.
fn channel_settings(settings: &Monitoring) -> Result<ChannelSettings, StartError> {
    let least = |name: &str, text: &str| {
        text.parse::<Severity>().map_err(|why| StartError::System(format!("monitoring.{name}: {why}")))
    };
    let words = |text: &str| text.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let sms = SmsSettings {
        url: settings.sms_url.clone(),
        account: settings.sms_account.clone(),
        token: settings.sms_token.clone(),
        from: settings.sms_from.clone(),
        to: words(&settings.sms_to),
    };
    let webhook =
        WebhookSettings { url: settings.webhook_url.clone(), secret: settings.webhook_secret.clone() };
    let email = words(&settings.email_to);
    let slack = settings.slack_url.clone();
    let email_least = least("email_severity", &settings.email_severity)?;
    let slack_least = least("slack_severity", &settings.slack_severity)?;
    let sms_least = least("sms_severity", &settings.sms_severity)?;
    let webhook_least = least("webhook_severity", &settings.webhook_severity)?;
    if !sms.to.is_empty() && (sms.account.is_empty() || sms.from.is_empty()) {
        let why = "monitoring.sms_to needs monitoring.sms_account, sms_token and sms_from";
        return Err(StartError::System(why.to_owned()));
    }
    if !sms.account.chars().all(|c| c.is_ascii_alphanumeric()) {
        let why = "monitoring.sms_account: letters and digits alone are possible";
        return Err(StartError::System(why.to_owned()));
    }
    Ok(ChannelSettings {
        email: (!email.is_empty()).then_some((email, email_least)),
        slack: (!slack.expose_secret().is_empty()).then_some((slack, slack_least)),
        sms: (!sms.to.is_empty()).then_some((sms, sms_least)),
        webhook: (!webhook.url.expose_secret().is_empty()).then_some((webhook, webhook_least)),
    })
}

/// Letters about alerts.
struct AlertLetters(Letterhead);

impl Letters for AlertLetters {
    fn write(&self, tx: &mut Tx<'_>, id: Uuid, to: &str, news: &News, at: Timestamp) -> Result<(), DbError> {
        let mut paragraphs: Vec<String> = news.lines.iter().map(|line| line.summary.clone()).collect();
        paragraphs.push(format!("What to do: {}", news.runbook));
        let mail =
            florin_notify::alert_notice(&self.0, Envelope { id, at, to }, &news.headline(), paragraphs);
        florin_notify::post(tx, &mail, at)
    }
}

/// What sends to channels: the client that follows no redirect and uses no proxy.
pub(crate) struct HttpSender(pub(crate) reqwest::Client);

impl HttpSender {
    /// As the configuration has it. Blocking.
    pub(crate) fn of(config: &Config) -> Result<Self, StartError> {
        let file = Some(config.monitoring.ca_file.as_path()).filter(|file| !file.as_os_str().is_empty());
        Ok(Self(crate::http_client(file)?))
    }
}

impl Sender for HttpSender {
    fn send(&self, outgoing: Outgoing) -> Answering<'_> {
        let mut request = self.0.post(outgoing.url.expose_secret()).body(outgoing.body);
        for (name, value) in &outgoing.headers {
            request = request.header(*name, value.expose_secret());
        }
        Box::pin(async move {
            let answer = traced(request).send().await;
            // The address may be a secret, and is left out of what is kept with the job.
            answer.map(|answer| answer.status().as_u16()).map_err(|error| error.without_url().to_string())
        })
    }
}
