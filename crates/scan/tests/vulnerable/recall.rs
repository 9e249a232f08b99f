//! How many of the seeded faults are found, and what is said of what is right.

use std::collections::BTreeMap;
use std::time::Duration;

use florin_scan::{Account, Options, Report};
use secrecy::SecretString;

use crate::server::{PEOPLE, Style, World, serve};
use crate::sites::{SITES, SOUND, scanned};
use crate::{decoys, faults};

/// A scan as both people, quick to wait.
pub fn options(url: &str) -> Options {
    let account = |at: usize| {
        let (email, password) = PEOPLE[at];
        Some(Account { email: email.to_owned(), password: SecretString::from(password) })
    };
    Options {
        user: account(0),
        other: account(1),
        budget: 30_000,
        delay: Duration::from_millis(200),
        retry_after_max: Duration::from_secs(2),
        seed: Some(7),
        ..Options::new(url)
    }
}

/// What was found where there is something, what was not, and what was said where there is nothing.
#[derive(Default)]
struct Score {
    found: Vec<String>,
    missed: Vec<String>,
    false_alarms: Vec<String>,
}

impl Score {
    fn big(&mut self, report: &Report) {
        let all: Vec<(&str, &str)> = faults().iter().map(|one| (one.id, one.rule)).collect();
        for (id, rule) in &all {
            let prefix = format!("/f/{id}/");
            let hit = report.findings.iter().any(|one| one.rule.id == *rule && one.path.starts_with(&prefix));
            if hit { &mut self.found } else { &mut self.missed }.push(format!("{id} ({rule})"));
        }
        for one in &report.findings {
            let seeded = |(id, rule): &&(&str, &str)| {
                one.path.starts_with(&format!("/f/{id}/")) && one.rule.id == *rule
            };
            // A cookie belongs to the site and not to the path that set it first.
            if !all.iter().any(|fault| seeded(&fault)) {
                self.false_alarms.push(format!(
                    "{} {} {} {:?}: {}",
                    one.rule.id, one.method, one.path, one.parameter, one.detail
                ));
            }
        }
    }

    fn small(&mut self, rule: &str, report: &Report) {
        for one in &report.findings {
            if one.rule.id != rule {
                self.false_alarms
                    .push(format!("{} on the site with {rule}: {} {}", one.rule.id, one.path, one.detail));
            }
        }
        let hit = report.findings.iter().any(|one| one.rule.id == rule);
        if hit { &mut self.found } else { &mut self.missed }.push(rule.to_owned());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nearly_all_seeded_faults_are_found_and_nothing_else_is() {
    let mut seeded = faults();
    seeded.extend(decoys::decoys());
    let twins = seeded.len();
    let address = serve(World::new(seeded, Style::default())).await;
    let mut score = Score::default();

    // The small sites wait more than they work.
    let small: Vec<_> = SITES.iter().map(|site| (site.rule, tokio::spawn(scanned(site.style)))).collect();
    let sound: Vec<_> = SOUND.iter().map(|style| tokio::spawn(scanned(*style))).collect();
    let report = florin_scan::scan(options(&format!("http://{address}"))).await.unwrap();
    score.big(&report);
    for (rule, report) in small {
        score.small(rule, &report.await.unwrap());
    }
    for report in sound {
        let report = report.await.unwrap();
        score.false_alarms.extend(
            report.findings.iter().map(|one| format!("{} on a sound site: {}", one.rule.id, one.detail)),
        );
    }

    assert!(report.incomplete.is_none(), "{:?}", report.incomplete);
    let all = score.found.len() + score.missed.len();
    assert!(all >= 40 && twins >= 40, "{all} faults, {twins} twins");
    eprintln!(
        "{} of {all} faults found by {} requests in {:?}, {} twins, {} false alarms; missed: {:?}",
        score.found.len(),
        report.requests,
        report.elapsed,
        twins,
        score.false_alarms.len(),
        score.missed
    );
    assert!(score.false_alarms.is_empty(), "false alarms: {:#?}", score.false_alarms);
    assert!(score.found.len() * 100 >= all * 95, "missed: {:#?}", score.missed);
}

#[test]
fn every_rule_has_a_seeded_fault() {
    let mut seeded: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in faults().iter().map(|one| one.rule).chain(SITES.iter().map(|site| site.rule)) {
        *seeded.entry(rule).or_default() += 1;
    }
    // These have tests of their own: TLS needs another server, and plain HTTP and HSTS another address.
    let apart = ["tls-missing", "tls-certificate", "tls-old-version", "header-hsts-missing"];

    for rule in florin_scan::rules() {
        assert!(seeded.contains_key(rule.id) || apart.contains(&rule.id), "{}", rule.id);
    }
    for rule in seeded.keys() {
        assert!(florin_scan::rules().iter().any(|known| known.id == *rule), "{rule}");
    }
}
