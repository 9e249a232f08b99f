//! `florin audit verify|anchor|prove|export|seal|retention`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use florin_audit::{
    Anchor, Audit as Trail, Document, Error, Filter, Format, Keys, PublicKey, Report, Scope, Trusted, moment,
};
use florin_db::Db;
use florin_kernel::{Actor, Uuid};
use serde_json::json;

use crate::instance::{self, Instance};
use crate::{Exit, Failure, output};

/// Look at the audit trail: verify it, prove what it says, read it out
#[derive(Args)]
#[command(after_help = "Example:\n  florin audit verify")]
pub(super) struct Audit {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Subcommand)]
enum AuditCommand {
    Verify(Verify),
    Anchor(AnchorCommand),
    Prove(Prove),
    Export(Export),
    Seal(Seal),
    Retention(Retention),
}

impl Audit {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        match self.command {
            AuditCommand::Verify(verify) => verify.run(),
            AuditCommand::Anchor(anchor) => anchor.run(),
            AuditCommand::Prove(prove) => prove.run(),
            AuditCommand::Export(export) => export.run(),
            AuditCommand::Seal(seal) => seal.run(),
            AuditCommand::Retention(retention) => retention.run(),
        }
    }
}

/// Reckon the whole trail anew and name what is not what was sealed; or check a proof, without a database. Ends with 1 when
/// something is wrong
#[derive(Args)]
#[command(
    after_help = "Example:\n  florin audit verify --anchor /mnt/elsewhere/anchors\n  florin audit verify --proof proof.json --key 8d1f…"
)]
struct Verify {
    /// Only records of seals that reach to this instant (RFC 3339) or date, or beyond
    #[arg(long, value_name = "TIME", value_parser = |text: &str| moment(text, false))]
    from: Option<i64>,
    /// Only records of seals that begin before this instant, or before the end of this date
    #[arg(long, value_name = "TIME", value_parser = |text: &str| moment(text, true))]
    to: Option<i64>,
    /// A file of anchors, as `florin audit anchor` prints them: the trail must still contain each
    #[arg(long, value_name = "FILE")]
    anchor: Option<PathBuf>,
    /// A proof to check instead of a trail; no database is needed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "to"])]
    proof: Option<PathBuf>,
    /// A public key that counts, 32 bytes in hexadecimal; may be given several times [default: those of the instance]
    #[arg(long = "key", value_name = "HEX", value_parser = |text: &str| text.parse::<PublicKey>())]
    keys: Vec<PublicKey>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    instance: Instance,
}

impl Verify {
    fn run(self) -> Result<ExitCode, Failure> {
        let anchors = self.anchor.as_deref().map(read_anchors).transpose()?.unwrap_or_default();
        match &self.proof {
            Some(proof) => self.check_proof(proof, &anchors),
            None => self.check_trail(anchors),
        }
    }

    fn check_trail(&self, anchors: Vec<Anchor>) -> Result<ExitCode, Failure> {
        let config = self.instance.config()?;
        let trusted = if self.keys.is_empty() {
            Keys::trusted_in(&florin_app::audit_keys(&config)).map_err(Error::from)?
        } else {
            Trusted::of(self.keys.iter().cloned())
        };
        if trusted.is_empty() {
            let dir = florin_app::audit_keys(&config);
            let why = format!(
                "there is no key of the audit trail in {}: give its public half with --key",
                dir.display()
            );
            return Err(Failure::new(Exit::Refused, why));
        }
        let db = instance::open_existing(&config)?;
        let scope = Scope { from_us: self.from, to_us: self.to, anchors, records_max: None };
        let report = instance::runtime()?.block_on(florin_audit::verify(&db, &trusted, &scope));
        db.close();
        let report = report?;
        if self.json {
            let mut value = serde_json::to_value(&report).unwrap_or_default();
            if let Some(fields) = value.as_object_mut() {
                fields.insert("valid".to_owned(), json!(report.is_intact()));
            }
            output::json(&value)?;
        } else {
            tell(&report)?;
        }
        Ok(if report.is_intact() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Checks a proof against the keys that were given, or those of the anchors; by itself where there are none.
    fn check_proof(&self, file: &Path, anchors: &[Anchor]) -> Result<ExitCode, Failure> {
        let text = read(file)?;
        let given = self.keys.iter().cloned().chain(anchors.iter().filter_map(Anchor::key));
        let trusted = Trusted::of(given);
        let checked = Document::read(&text).and_then(|document| {
            document.check(Some(&trusted).filter(|trusted| !trusted.is_empty()))?;
            Ok(document)
        });
        let document = match checked {
            Ok(document) => document,
            Err(why) => {
                if self.json {
                    output::json(&json!({ "valid": false, "why": why.to_string() }))?;
                }
                tell!("it proves nothing: {why}");
                return Ok(ExitCode::FAILURE);
            }
        };
        let what = proved(&document);
        let key = document.seal().key_id;
        if self.json {
            output::json(
                &json!({ "valid": true, "proves": what, "key": key.to_string(), "key_was_given": !trusted.is_empty() }),
            )?;
        }
        tell!("it proves that {what}");
        if trusted.is_empty() {
            tell!(
                "the key in it is {key}: whether that is the institution's, only you can tell (or --key, --anchor)"
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What a document that stands proves, in words.
fn proved(document: &Document) -> String {
    match document {
        Document::Anchor(anchor) => format!("seal {} was signed", anchor.seal.number),
        Document::Inclusion(proof) => {
            let record = &proof.record;
            let (seq, id, action, seal) = (record.seq, record.id(), &record.action, proof.seal.number);
            format!("record {seq} ({id}, {action} at {}) is in seal {seal}", record.at())
        }
        Document::Consistency(proof) => {
            format!(
                "the log at seal {} is a beginning of the log at seal {}",
                proof.first.number, proof.second.number
            )
        }
    }
}

fn tell(report: &Report) -> Result<(), Failure> {
    for fault in &report.faults {
        output::line(&fault.text)?;
    }
    for removed in &report.removed {
        let (first, last) = removed.seqs;
        tell!(
            "{} records ({first} to {last}) were removed at {}, when their time was over",
            removed.records,
            removed.at
        );
    }
    if report.fault_count > report.faults.len() as u64 {
        tell!("only the first {} of {} faults are named", report.faults.len(), report.fault_count);
    }
    let verdict =
        if report.is_intact() { "the trail is what was sealed" } else { "the trail is not what was sealed" };
    let Report { records, seals, unsealed, .. } = report;
    tell!("{verdict}: {records} records, {seals} seals, {unsealed} records not sealed yet");
    Ok(())
}

fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| Failure::from(error).during(file.display()))
}

fn read_anchors(file: &Path) -> Result<Vec<Anchor>, Failure> {
    let text = read(file)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let anchors: Result<Vec<Anchor>, _> = lines.map(Anchor::from_line).collect();
    let anchors = anchors.map_err(|error| Failure::of(Exit::Failed, &error).during(file.display()))?;
    if anchors.is_empty() {
        return Err(Failure::new(Exit::Usage, format!("{} holds no anchor", file.display())));
    }
    Ok(anchors)
}

/// The trail of an instance that is there, and its database.
fn open(instance: &Instance) -> Result<(Trail, Db), Failure> {
    let config = instance.config()?;
    let db = instance::open_existing(&config)?;
    Ok((florin_app::audit(&config, &db)?, db))
}

/// Print the newest seal as one line, to be kept elsewhere; or the proof that the trail grew from one that was kept
#[derive(Args)]
#[command(after_help = "Example:\n  florin audit anchor >> /mnt/elsewhere/anchors")]
struct AnchorCommand {
    /// A file whose last line is an anchor: print the proof that the log then is a beginning of the log now
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
    #[command(flatten)]
    instance: Instance,
}

impl AnchorCommand {
    fn run(self) -> Result<ExitCode, Failure> {
        let since = self.since.as_deref().map(read_anchors).transpose()?;
        let (trail, db) = open(&self.instance)?;
        let printed = instance::runtime()?.block_on(print_anchor(&trail, since));
        db.close();
        printed.map(|()| ExitCode::SUCCESS)
    }
}

async fn print_anchor(trail: &Trail, since: Option<Vec<Anchor>>) -> Result<(), Failure> {
    if let Some(last) = since.and_then(|mut anchors| anchors.pop()) {
        let proof = trail.consistency(&last.seal).await?;
        return output::json(&serde_json::to_value(proof).unwrap_or_default());
    }
    match trail.anchor().await? {
        Some(anchor) => output::line(&anchor.to_line()),
        None => {
            Err(Failure::new(Exit::Failed, "nothing is sealed yet; `florin audit seal` seals what waits"))
        }
    }
}

/// Print the proof that a record is sealed; it is checked without a database
#[derive(Args)]
#[command(after_help = "Example:\n  florin audit prove 019aa6f0-9c00-7000-8000-000000000007 > proof.json")]
struct Prove {
    /// The record's identifier
    record: Uuid,
    #[command(flatten)]
    instance: Instance,
}

impl Prove {
    fn run(self) -> Result<ExitCode, Failure> {
        let (trail, db) = open(&self.instance)?;
        let proof = instance::runtime()?.block_on(trail.proof(&Actor::system("prove"), self.record));
        db.close();
        output::json(&serde_json::to_value(proof?).unwrap_or_default())?;
        Ok(ExitCode::SUCCESS)
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FileFormat {
    Jsonl,
    Csv,
}

/// Write records to stdout, newest first; that they were read is recorded
#[derive(Args)]
#[command(
    after_help = "Example:\n  florin audit export --format csv --action session.login --from 2026-01-01 > logins.csv"
)]
struct Export {
    /// How they are written
    #[arg(long, value_enum, default_value = "jsonl")]
    format: FileFormat,
    /// At or after this instant (RFC 3339), or from the beginning of this date in UTC
    #[arg(long, value_name = "TIME", value_parser = |text: &str| moment(text, false))]
    from: Option<i64>,
    /// Before this instant, or until the end of this date
    #[arg(long, value_name = "TIME", value_parser = |text: &str| moment(text, true))]
    to: Option<i64>,
    /// Of this person
    #[arg(long, value_name = "ID")]
    user: Option<Uuid>,
    /// Of this action, by its code
    #[arg(long, value_name = "CODE")]
    action: Option<String>,
    /// About this one
    #[arg(long, value_name = "ID")]
    resource: Option<Uuid>,
    /// Only what failed
    #[arg(long)]
    failed: bool,
    #[command(flatten)]
    instance: Instance,
}

impl Export {
    fn run(self) -> Result<ExitCode, Failure> {
        let format = match self.format {
            FileFormat::Jsonl => Format::JsonLines,
            FileFormat::Csv => Format::Csv,
        };
        let filter = Filter {
            user_id: self.user,
            action: self.action,
            resource_id: self.resource,
            resource_kind: None,
            succeeded: self.failed.then_some(false),
            from_us: self.from,
            to_us: self.to,
        };
        let (trail, db) = open(&self.instance)?;
        let written = instance::runtime()?.block_on(export(&trail, &filter, format));
        db.close();
        written.map(|()| ExitCode::SUCCESS)
    }
}

async fn export(trail: &Trail, filter: &Filter, format: Format) -> Result<(), Failure> {
    let mut before = Some(trail.export(&Actor::system("export"), filter).await?);
    output::data(format.heading())?;
    while let Some(last) = before {
        let found = trail.next_of(filter, last).await?;
        let mut lines = String::new();
        for record in &found.records {
            format.write(record, &mut lines);
        }
        output::data(&lines)?;
        before = found.next_before;
    }
    Ok(())
}

/// Seal what waits, now; a server does it by itself
#[derive(Args)]
#[command(after_help = "Example:\n  florin audit seal && florin audit anchor")]
struct Seal {
    #[command(flatten)]
    instance: Instance,
}

impl Seal {
    fn run(self) -> Result<ExitCode, Failure> {
        let (trail, db) = open(&self.instance)?;
        let run = instance::runtime()?.block_on(trail.seal());
        db.close();
        let run = run?;
        tell!("{} records sealed by {} seals", run.records, run.seals);
        Ok(ExitCode::SUCCESS)
    }
}

/// Tell which records' time is over, and remove them where that is asked for; a server does it once a day
#[derive(Args)]
#[command(after_help = "Example:\n  florin audit retention\n  florin audit retention --remove")]
struct Retention {
    /// Remove them, leaving a signed stub
    #[arg(long)]
    remove: bool,
    #[command(flatten)]
    instance: Instance,
}

impl Retention {
    fn run(self) -> Result<ExitCode, Failure> {
        let (trail, db) = open(&self.instance)?;
        let runtime = instance::runtime()?;
        let (done, what) = if self.remove {
            (runtime.block_on(trail.remove_old()), "were removed")
        } else {
            (runtime.block_on(trail.removable()), "would be removed")
        };
        db.close();
        let done = done?;
        let days = trail.settings().retention_days;
        tell!(
            "{} records of {} seals {what}; records are kept for {days} days (0 is for ever)",
            done.records,
            done.seals
        );
        Ok(ExitCode::SUCCESS)
    }
}
