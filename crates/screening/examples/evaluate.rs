//! Measures screening against labelled cases and prints the tables.
//!
//! `cargo run --release -p florin-screening --example evaluate -- DIR [wrong]`; DIR holds the lists and cases by their
//! names. With `wrong`, the pairs and cases that were answered wrongly are printed as well.
#![expect(clippy::print_stdout, reason = "it is what the program is for")]

use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use florin_screening::evaluate::{cases, pairs};
use florin_screening::lists::{OfacFiles, UnNames, read_bis, read_ofac, read_un};
use florin_screening::{Kind, List, Screener};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().ok_or("usage: evaluate DIR [wrong]")?;
    let directory = Path::new(&directory);
    let wrong = arguments.next().is_some();

    let report =
        pairs::evaluate(&pairs::read_pairs(File::open(directory.join("name_pairs_dev.csv"))?)?, 0.70);
    println!("{report}");
    if wrong {
        for scored in &report.wrong {
            let pair = &scored.pair;
            println!("{:.3} {} {} {} | {}", scored.score, pair.same, pair.quality, pair.left, pair.right);
        }
    }

    let un =
        read_un(unpacked(directory, "un_consolidated_2026-02-27.xml.gz")?, UnNames::WithoutOriginalScript)?;
    let files = |primary, alternates, addresses| -> Result<_, std::io::Error> {
        Ok(OfacFiles {
            primary: unpacked(directory, primary)?,
            alternates: unpacked(directory, alternates)?,
            addresses: unpacked(directory, addresses)?,
        })
    };
    let sdn = files("ofac_sdn_2021-08.csv.gz", "ofac_alt_2021-08.csv.gz", "ofac_add_2021-08.csv.gz")?;
    let mut ofac = read_ofac(&List::OfacSdn, sdn)?;
    let other = files("ofac_cons_prim.csv.gz", "ofac_cons_alt.csv.gz", "ofac_cons_add.csv.gz")?;
    let other = read_ofac(&List::OfacConsolidated, other)?;
    let denied = read_bis(unpacked(directory, "bis_denied_persons_2022.txt.gz")?)?;
    println!(
        "read: {} UN, {} SDN, {} other of the Treasury, {} denied",
        un.len(),
        ofac.len(),
        other.len(),
        denied.len()
    );
    let everybody = Screener::new([un.clone(), ofac.clone(), other, denied].concat());
    ofac.retain(|entry| matches!(entry.kind, Kind::Person | Kind::Organisation));

    let asked = cases::read_cases(File::open(directory.join("screening_dev.csv"))?)?;
    let times = cases::times(&asked, &everybody);
    let at = |share: usize| times.get(times.len() * share / 1000).copied().unwrap_or_default();
    println!(
        "{} entries, {} names: p50 {:?}, p99 {:?}, p99.9 {:?}",
        everybody.len(),
        everybody.names(),
        at(500),
        at(990),
        at(999)
    );
    let report = cases::evaluate(&asked, &cases::Lists { un, ofac });
    println!("{report}");
    if wrong {
        print_wrong(&report);
    }
    Ok(())
}

fn print_wrong(report: &cases::Report) {
    let [_, one, _] = report.thresholds;
    for found in &report.found {
        let case = &found.case;
        let negative = case.expected.is_empty();
        if negative && found.best >= one - 0.02 || !negative && found.right < one {
            println!(
                "{} {} [{}] {} right {:.3} best {:.3} {}",
                if negative { "-" } else { "+" },
                case.set,
                case.note,
                case.query.name,
                found.right,
                found.best,
                found.best_name
            );
        }
    }
}

fn unpacked(directory: &Path, name: &str) -> Result<impl Read, std::io::Error> {
    Ok(GzDecoder::new(File::open(directory.join(name))?))
}
