//! `florin risk`.

mod database;
mod quality;
mod rules;

use std::io::{BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use florin_risk::engine::money_features;
use florin_risk::rules::Band;
use florin_risk::training::{self, Data, Evaluation, Kept, Split, Splits};
use jiff::civil::Date;
use serde_json::json;

use crate::instance::Instance;
use crate::{Exit, Failure, archive, output};

/// Learn what fraud looks like, and tell how well
#[derive(Args)]
#[command(
    after_help = "Example:\n  florin risk train --from payments.csv.gz --output model.json --html report.html"
)]
pub(super) struct Risk {
    #[command(subcommand)]
    command: RiskCommand,
}

#[derive(Subcommand)]
enum RiskCommand {
    Train(Train),
    Backtest(Backtest),
    Quality(quality::Quality),
    Rules(rules::Rules),
}

/// Learn a model from labelled payments or an instance's own decisions, and judge it on later days
#[derive(Args)]
#[command(
    after_help = "Example:\n  florin risk train --from payments.csv.gz --start 2018-07-25 --output model.json --html report.html\n\n\
                        The file has columns TX_DATETIME, CUSTOMER_ID, TERMINAL_ID, TX_AMOUNT, TX_FRAUD, sorted by time; coordinates of the\n\
                        terminal (TERMINAL_X and TERMINAL_Y, or TERMINAL_LAT and TERMINAL_LON) are used where there are any.\n\n\
                        From an instance's own decisions, kept there as the model that runs in shadow:\n  \
                        florin risk train --from database --train-days 56 --store"
)]
struct Train {
    #[command(flatten)]
    history: History,
    /// Write the model to this new file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Keep the model in the instance as the challenger: it is asked and recorded, and decides nothing
    #[arg(long)]
    store: bool,
    /// From which score on a model of decisions holds money for review, in thousandths
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    review_from: u32,
    /// From which score on it refuses, in thousandths
    #[arg(long, value_name = "N", default_value_t = 900, value_parser = clap::value_parser!(u32).range(1..=1_001))]
    decline_from: u32,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    instance: Instance,
}

/// Judge a model on days that it was not learned from
#[derive(Args)]
#[command(
    after_help = "Example:\n  florin risk backtest --model model.json --from payments.csv.gz --weeks 2"
)]
struct Backtest {
    /// The model
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    #[command(flatten)]
    history: History,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    instance: Instance,
}

/// Which history, and which days of it.
#[derive(Args)]
struct History {
    /// Labelled payments, as CSV; .gz is unpacked, - reads from stdin; `database` for the instance's own decisions
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The first day to learn from [default: such that the last days of the file are judged]
    #[arg(long, value_name = "DAY")]
    start: Option<Date>,
    /// How many days to learn from
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=3_650))]
    train_days: u16,
    /// After how many days it is known whether a payment was fraud
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u16).range(0..=3_650))]
    delay_days: u16,
    /// How many days to judge
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=3_650))]
    test_days: u16,
    /// How often: each time the days to judge later
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=520))]
    weeks: u16,
}

/// How the report is written.
#[derive(Args)]
struct ReportArgs {
    /// Write the report, with its curves, to this new file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl Risk {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        match self.command {
            RiskCommand::Train(train) => train.run(),
            RiskCommand::Backtest(backtest) => backtest.run(),
            RiskCommand::Quality(quality) => quality.run(),
            RiskCommand::Rules(rules) => rules.run(),
        }
    }
}

impl Train {
    /// The model that is kept is that of the first days; the same is done for each later week, to tell how steady it is.
    fn run(self) -> Result<ExitCode, Failure> {
        let model_file = self.output.as_deref().map(NewFile::create).transpose()?;
        let html = self.report.html.as_deref().map(NewFile::create).transpose()?;
        let bands = Band { review: self.review_from, decline: self.decline_from };
        if bands.decline < bands.review {
            return Err(Failure::new(Exit::Usage, "--decline-from is less than --review-from"));
        }
        let (data, splits) = self.history.read(&self.instance)?;
        if self.store && data.features != money_features() {
            let why = "a model of cards decides about nothing in an instance: only one --from database is kept there";
            return Err(Failure::new(Exit::Usage, why));
        }
        let mut kept: Option<Kept> = None;
        let mut found = Vec::new();
        for split in &splits {
            let learned =
                training::learn(&data, split, &training::SETTINGS).map_err(|error| refused(&error))?;
            found.push(training::evaluate(&data, split, &learned));
            kept.get_or_insert(learned);
        }
        let Some(mut kept) = kept else {
            return Err(Failure::new(Exit::Usage, "there is nothing to learn from"));
        };
        kept.bands = Some(bands).filter(|_| data.features == money_features());
        if let Some(file) = model_file {
            file.write(&kept.to_file())?;
        }
        if self.store {
            database::store(&self.instance, &kept, found.first())?;
        }
        report(&kept, &found, html, self.report.json)
    }
}

impl Backtest {
    fn run(self) -> Result<ExitCode, Failure> {
        let html = self.report.html.as_deref().map(NewFile::create).transpose()?;
        let at =
            |error: &dyn std::error::Error| Failure::of(Exit::Refused, error).during(self.model.display());
        let text = std::fs::read_to_string(&self.model).map_err(|error| at(&error))?;
        let kept = Kept::from_file(&text).map_err(|error| at(&error))?;
        let (data, splits) = self.history.read(&self.instance)?;
        if data.features != kept.features || data.names != kept.model.names() {
            let why = format!(
                "the model asks about features {}, and the data has {}",
                kept.features, data.features
            );
            return Err(Failure::new(Exit::Refused, why));
        }
        if splits.first().is_some_and(|split| split.test_start() < kept.provenance.last_day) {
            tell!("florin: some of the days that are judged are days that the model was learned from");
        }
        let found: Vec<Evaluation> =
            splits.iter().map(|split| training::evaluate(&data, split, &kept)).collect();
        report(&kept, &found, html, self.report.json)
    }
}

impl History {
    fn read(&self, instance: &Instance) -> Result<(Data, Vec<Split>), Failure> {
        // Which days there are is known when the file was read; features are kept of all that may be needed.
        let wanted = |day: Date| self.start.is_none_or(|start| day >= start);
        let at = |failure: Failure| failure.during(self.from.display());
        let data = if self.from == Path::new(database::NAME) {
            database::read(instance, self)?
        } else {
            training::read_cards(open(&self.from).map_err(at)?, wanted)
                .map_err(|error| at(Failure::of(Exit::Usage, &error)))?
        };
        let splits = Splits {
            start: self.start,
            train_days: self.train_days,
            delay_days: self.delay_days,
            test_days: self.test_days,
            folds: self.weeks,
        };
        let splits = splits.of(&data).map_err(|error| refused(&error))?;
        Ok((data, splits))
    }
}

fn refused(error: &dyn std::error::Error) -> Failure {
    Failure::of(Exit::Usage, error)
}

/// A file, unpacked where its name says that it is packed; `-` is stdin.
pub(crate) fn open(path: &Path) -> Result<Box<dyn Read>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin()));
    }
    let file = BufReader::new(std::fs::File::open(path)?);
    let packed = path.extension().is_some_and(|extension| extension == "gz");
    Ok(if packed { Box::new(flate2::read::MultiGzDecoder::new(file)) } else { Box::new(file) })
}

/// A file that is made before the work, since that it cannot be is better known then; it is gone again unless it was written.
struct NewFile<'a> {
    path: &'a Path,
    file: std::fs::File,
    written: bool,
}

impl<'a> NewFile<'a> {
    fn create(path: &'a Path) -> Result<Self, Failure> {
        let file =
            archive::create_private(path).map_err(|error| Failure::from(error).during(path.display()))?;
        Ok(Self { path, file, written: false })
    }

    fn write(mut self, text: &str) -> Result<(), Failure> {
        self.file
            .write_all(text.as_bytes())
            .map_err(|error| Failure::from(error).during(self.path.display()))?;
        self.written = true;
        Ok(())
    }
}

impl Drop for NewFile<'_> {
    fn drop(&mut self) {
        if !self.written {
            let _ = std::fs::remove_file(self.path);
        }
    }
}

fn report(
    kept: &Kept,
    found: &[Evaluation],
    html: Option<NewFile<'_>>,
    as_json: bool,
) -> Result<ExitCode, Failure> {
    if let Some(file) = html {
        file.write(&training::page(kept, found))?;
    }
    if as_json {
        output::json(
            &json!({ "model": kept.version(), "provenance": kept.provenance, "evaluations": found }),
        )?;
    } else {
        if let Some(first) = found.first() {
            output::data(&training::text(kept, first))?;
        }
        if found.len() > 1 {
            output::data(&format!("\n{}", training::summary(found)))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
