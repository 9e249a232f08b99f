//! `florin sanctions evaluate`.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use flate2::read::MultiGzDecoder;
use florin_screening::evaluate::{cases, pairs};
use florin_screening::lists::{OfacFiles, UnNames, read_bis, read_ofac, read_un};
use florin_screening::{Entry, Kind, List, Screener};

use crate::{Exit, Failure, output};

/// Print how well names are told apart and found, on a folder of lists and labelled cases
#[derive(Args)]
#[command(
    after_help = "Example:\n  florin sanctions evaluate screening-data\n\nThe folder holds name_pairs_dev.csv, screening_dev.csv, \
                        un_consolidated_2026-02-27.xml.gz, ofac_{sdn,alt,add}_2021-08.csv.gz,\nofac_cons_{prim,alt,add}.csv.gz and \
                        bis_denied_persons_2022.txt.gz. With --wrong what was answered wrongly is printed as well."
)]
pub(super) struct Evaluate {
    /// The folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Print the pairs and cases that were answered wrongly
    #[arg(long)]
    wrong: bool,
}

/// The lists of the folder.
struct Lists {
    un: Vec<Entry>,
    sdn: Vec<Entry>,
    others: Vec<Entry>,
}

impl Evaluate {
    /// Of this folder.
    pub(super) const fn of(folder: PathBuf) -> Self {
        Self { folder, wrong: false }
    }

    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        self.pairs()?;
        let lists = Lists::read(&self.folder)?;
        let (un, sdn, others) = (lists.un.len(), lists.sdn.len(), lists.others.len());
        output::line(&format!("read: {un} of the UN, {sdn} of the SDN list, {others} of other lists"))?;
        self.cases(lists)?;
        Ok(ExitCode::SUCCESS)
    }

    fn pairs(&self) -> Result<(), Failure> {
        let file = open(&self.folder, "name_pairs_dev.csv")?;
        let read = pairs::read_pairs(file).map_err(|error| Failure::of(Exit::Usage, &error))?;
        let report = pairs::evaluate(&read, 0.70);
        output::line(&report.to_string())?;
        for scored in report.wrong.iter().filter(|_| self.wrong) {
            let pair = &scored.pair;
            let (score, label) = (scored.score, if pair.same { "same" } else { "other" });
            output::line(&format!("{score:.3} {label} {} {} | {}", pair.quality, pair.left, pair.right))?;
        }
        Ok(())
    }

    fn cases(&self, mut lists: Lists) -> Result<(), Failure> {
        let file = open(&self.folder, "screening_dev.csv")?;
        let asked = cases::read_cases(file).map_err(|error| Failure::of(Exit::Usage, &error))?;
        let all = [lists.un.clone(), lists.sdn.clone(), lists.others].concat();
        let everybody = Screener::new(all);
        let times = cases::times(&asked, &everybody);
        let at =
            |share: usize| times.get(times.len().saturating_mul(share) / 1_000).copied().unwrap_or_default();
        output::line(&format!(
            "{} entries, {} names: p50 {:?}, p99 {:?}, p99.9 {:?}",
            everybody.len(),
            everybody.names(),
            at(500),
            at(990),
            at(999)
        ))?;
        lists.sdn.retain(|entry| matches!(entry.kind, Kind::Person | Kind::Organisation));
        let report = cases::evaluate(&asked, &cases::Lists { un: lists.un, ofac: lists.sdn });
        output::line(&report.to_string())?;
        if self.wrong {
            print_wrong(&report)?;
        }
        Ok(())
    }
}

impl Lists {
    fn read(folder: &Path) -> Result<Self, Failure> {
        let ofac = |list: &List, names: [&str; 3]| {
            let [primary, alternates, addresses] = names;
            let files = OfacFiles {
                primary: open(folder, primary)?,
                alternates: open(folder, alternates)?,
                addresses: open(folder, addresses)?,
            };
            read_ofac(list, files).map_err(|error| Failure::of(Exit::Refused, &error))
        };
        let un = read_un(open(folder, "un_consolidated_2026-02-27.xml.gz")?, UnNames::WithoutOriginalScript);
        let sdn = ["ofac_sdn_2021-08.csv.gz", "ofac_alt_2021-08.csv.gz", "ofac_add_2021-08.csv.gz"];
        let other = ["ofac_cons_prim.csv.gz", "ofac_cons_alt.csv.gz", "ofac_cons_add.csv.gz"];
        let denied = read_bis(open(folder, "bis_denied_persons_2022.txt.gz")?);
        let mut others = ofac(&List::OfacConsolidated, other)?;
        others.extend(denied.map_err(|error| Failure::of(Exit::Refused, &error))?);
        Ok(Self {
            un: un.map_err(|error| Failure::of(Exit::Refused, &error))?,
            sdn: ofac(&List::OfacSdn, sdn)?,
            others,
        })
    }
}

fn print_wrong(report: &cases::Report) -> Result<(), Failure> {
    let [_, one, _] = report.thresholds;
    for found in &report.found {
        let case = &found.case;
        let negative = case.expected.is_empty();
        if negative && found.best >= one - 0.02 || !negative && found.right < one {
            let sign = if negative { "-" } else { "+" };
            output::line(&format!(
                "{sign} {} [{}] {} right {:.3} best {:.3} {}",
                case.set, case.note, case.query.name, found.right, found.best, found.best_name
            ))?;
        }
    }
    Ok(())
}

/// A file of the folder, unpacked where its name says that it is packed.
fn open(folder: &Path, name: &str) -> Result<Box<dyn Read>, Failure> {
    let path = folder.join(name);
    let file = File::open(&path).map_err(|error| Failure::from(error).during(path.display()))?;
    Ok(if path.extension().is_some_and(|extension| extension == "gz") {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    })
}
