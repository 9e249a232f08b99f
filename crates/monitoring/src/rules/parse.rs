//! Reading rules, and telling all that is wrong with them at once.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::{Bound, Measure, Rule, Selector, Severity};
use crate::{Kind, Metric, Number, Unit};

/// The longest time that a measure may look back, in seconds.
const SPAN_MAX_SECONDS: u64 = 3_600;
/// How many rules a file may have.
const RULES_MAX: usize = 500;

/// Something wrong with a file of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// All that is wrong with a file of rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Faults(pub Vec<Fault>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<Spanned<toml::Table>>,
}

/// A rule as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    severity: Option<String>,
    value: Option<String>,
    rate: Option<Windowed>,
    increase: Option<Windowed>,
    ratio: Option<Ratio>,
    share: Option<Share>,
    quantile: Option<Quantile>,
    age: Option<String>,
    until: Option<String>,
    above: Option<Number>,
    below: Option<Number>,
    clear: Option<Number>,
    #[serde(default, rename = "for")]
    lasts: Option<String>,
    #[serde(default)]
    by: Vec<String>,
    summary: Option<String>,
    runbook: Option<String>,
    #[serde(default = "yes")]
    enabled: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Windowed {
    of: String,
    over: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ratio {
    of: String,
    to: String,
    over: String,
    #[serde(default)]
    at_least: Number,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Share {
    of: String,
    to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Quantile {
    of: String,
    q: Number,
    over: String,
    #[serde(default)]
    at_least: Number,
}

/// Lays the rules of a text over others.
pub(super) fn overlay(mut rules: Vec<Rule>, file: &str, text: &str) -> Result<Vec<Rule>, Faults> {
    let fault = |at: usize, what: String| Fault { file: file.to_owned(), line: line_of(text, at), what };
    let parsed: File = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        Faults(vec![fault(at, error.message().to_owned())])
    })?;
    let (mut faults, mut seen) = (Vec::new(), Vec::new());
    if parsed.rule.len() > RULES_MAX {
        faults.push(fault(0, format!("there are more than {RULES_MAX} rules")));
    }
    for written in parsed.rule {
        let at = written.span().start;
        match read(written.into_inner()) {
            Ok((name, _)) if seen.contains(&name) => {
                faults.push(fault(at, format!("there are two rules `{name}`")));
            }
            Ok((name, rule)) => {
                lay(&mut rules, &name, rule);
                seen.push(name);
            }
            Err(wrong) => faults.extend(wrong.into_iter().map(|what| fault(at, what))),
        }
    }
    if faults.is_empty() { Ok(rules) } else { Err(Faults(faults)) }
}

/// Puts a rule in the place of that of the same name, or at the end; takes it away where there is none.
fn lay(rules: &mut Vec<Rule>, name: &str, rule: Option<Rule>) {
    let place = rules.iter().position(|known| known.name == name);
    match (place, rule) {
        (Some(place), Some(rule)) => {
            if let Some(known) = rules.get_mut(place) {
                *known = rule;
            }
        }
        (Some(place), None) => {
            rules.remove(place);
        }
        (None, Some(rule)) => rules.push(rule),
        (None, None) => {}
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count().saturating_add(1)
}

/// A rule and its name, or all that is wrong with it; a rule that is not enabled is none.
fn read(table: toml::Table) -> Result<(String, Option<Rule>), Vec<String>> {
    let named = table.get("name").and_then(toml::Value::as_str).unwrap_or("without a name").to_owned();
    let about = |what: String| format!("rule `{named}`: {what}");
    let written: Written =
        table.try_into().map_err(|error: toml::de::Error| vec![about(error.message().to_owned())])?;
    let mut wrong = Vec::new();
    if !is_name(&written.name) {
        wrong.push("a name is of small letters, digits and hyphens, at most 60".to_owned());
    }
    if !written.enabled {
        return if wrong.is_empty() {
            Ok((written.name, None))
        } else {
            Err(wrong.into_iter().map(about).collect())
        };
    }
    let rule = assemble(&written, &mut wrong);
    match rule {
        Some(rule) if wrong.is_empty() => Ok((written.name, Some(rule))),
        _ => Err(wrong.into_iter().map(about).collect()),
    }
}

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=60).contains(&name.len()) && name.chars().all(plain)
}

/// Notes what is wrong and goes on, so that all is told at once.
fn noted<T>(result: Result<T, String>, wrong: &mut Vec<String>) -> Option<T> {
    result.map_err(|what| wrong.push(what)).ok()
}

fn assemble(written: &Written, wrong: &mut Vec<String>) -> Option<Rule> {
    let severity = match &written.severity {
        Some(severity) => noted(severity.parse::<Severity>(), wrong),
        None => noted(Err("there is no severity".to_owned()), wrong),
    };
    let measure = noted(measure(written), wrong);
    let bounds = noted(bounds(written), wrong);
    let lasts = noted(written.lasts.as_deref().map_or(Ok(Duration::ZERO), duration), wrong);
    let by = measure.as_ref().and_then(|measure| noted(instances(measure, &written.by), wrong));
    let text = |text: &Option<String>, name: &str| match text {
        Some(text) if !text.is_empty() && text.len() <= 500 && !text.chars().any(char::is_control) => {
            Ok(text.clone())
        }
        Some(_) => Err(format!("{name} is one line of at most 500 bytes")),
        None => Err(format!("there is no {name}")),
    };
    let summary = noted(text(&written.summary, "summary"), wrong);
    let runbook = noted(text(&written.runbook, "runbook"), wrong);
    let (bound, clear) = bounds?;
    Some(Rule {
        name: written.name.clone(),
        severity: severity?,
        measure: measure?,
        bound,
        clear,
        lasts: lasts?,
        by: by?,
        summary: summary?,
        runbook: runbook?,
    })
}

fn bounds(written: &Written) -> Result<(Bound, Bound), String> {
    match (written.above, written.below, written.clear) {
        (Some(_), Some(_), _) | (None, None, _) => Err("one of above and below is wanted".to_owned()),
        (Some(above), None, Some(clear)) if clear > above => {
            Err("clear is above the bound, so that the alert would never be one".to_owned())
        }
        (None, Some(below), Some(clear)) if clear < below => {
            Err("clear is below the bound, so that the alert would never be one".to_owned())
        }
        (Some(above), None, clear) => Ok((Bound::Above(above), Bound::Above(clear.unwrap_or(above)))),
        (None, Some(below), clear) => Ok((Bound::Below(below), Bound::Below(clear.unwrap_or(below)))),
    }
}

fn measure(written: &Written) -> Result<Measure, String> {
    let mut found: Vec<Result<Measure, String>> = Vec::new();
    if let Some(of) = &written.value {
        found.push(numbers(of).map(Measure::Value));
    }
    if let Some(Windowed { of, over }) = &written.rate {
        found.push(counter(of).and_then(|of| Ok(Measure::Rate(of, span(over)?))));
    }
    if let Some(Windowed { of, over }) = &written.increase {
        found.push(counter(of).and_then(|of| Ok(Measure::Increase(of, span(over)?))));
    }
    if let Some(Ratio { of, to, over, at_least: least }) = &written.ratio {
        let ratio =
            || Ok(Measure::Ratio { of: counter(of)?, to: counter(to)?, over: span(over)?, least: *least });
        found.push(ratio());
    }
    if let Some(Share { of, to }) = &written.share {
        let share = || Ok(Measure::Share { of: numbers(of)?, to: numbers(to)? });
        found.push(share());
    }
    if let Some(written) = &written.quantile {
        found.push(quantile(written));
    }
    if let Some(of) = &written.age {
        found.push(time(of).map(Measure::Age));
    }
    if let Some(of) = &written.until {
        found.push(time(of).map(Measure::Until));
    }
    let (only, more) = (found.pop(), found.pop());
    match (only, more) {
        (Some(measure), None) => measure,
        _ => Err("one of value, rate, increase, ratio, share, quantile, age and until is wanted".to_owned()),
    }
}

fn quantile(written: &Quantile) -> Result<Measure, String> {
    let of = selector(&written.of)?;
    if of.metric.kind != Kind::Histogram {
        return Err(format!("{} is no histogram", of.metric.name));
    }
    let per_mille = u32::try_from(written.q.as_micro().div_euclid(1_000)).unwrap_or(0);
    if !(1..=999).contains(&per_mille) {
        return Err("q is between 0 and 1, such as \"0.95\"".to_owned());
    }
    Ok(Measure::Quantile { of, per_mille, over: span(&written.over)?, least: written.at_least })
}

fn counter(text: &str) -> Result<Selector, String> {
    let selector = selector(text)?;
    match selector.metric.kind {
        Kind::Counter => Ok(selector),
        _ => Err(format!("{} is no counter", selector.metric.name)),
    }
}

fn numbers(text: &str) -> Result<Selector, String> {
    let selector = selector(text)?;
    match selector.metric.kind {
        Kind::Counter | Kind::Gauge => Ok(selector),
        Kind::Histogram | Kind::Info => Err(format!("{} says no number", selector.metric.name)),
    }
}

fn time(text: &str) -> Result<Selector, String> {
    let selector = selector(text)?;
    match selector.metric.unit {
        Unit::Timestamp => Ok(selector),
        _ => Err(format!("{} is no time", selector.metric.name)),
    }
}

/// `name` or `name{label="value", …}`.
fn selector(text: &str) -> Result<Selector, String> {
    let (name, rest) = text.split_once('{').map_or((text, None), |(name, rest)| (name, Some(rest)));
    let metric = Metric::find(name.trim()).ok_or_else(|| format!("there is no metric `{}`", name.trim()))?;
    let mut labels = Vec::new();
    if let Some(rest) = rest {
        let inside = rest.trim_end().strip_suffix('}').ok_or_else(|| format!("`{text}` lacks a bracket"))?;
        for pair in inside.split(',').filter(|pair| !pair.trim().is_empty()) {
            let wrong = || format!("`{}` is not label=\"value\"", pair.trim());
            let (label, value) = pair.split_once('=').ok_or_else(wrong)?;
            let value = value.trim().strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            labels.push((known_label(metric, label.trim())?, value.ok_or_else(wrong)?.to_owned()));
        }
    }
    Ok(Selector { metric, labels })
}

fn known_label(metric: &'static Metric, label: &str) -> Result<&'static str, String> {
    let known = metric.labels.iter().find(|known| **known == label && metric.has_label(label));
    known.copied().ok_or_else(|| format!("{} has no label `{label}` that rules can see", metric.name))
}

/// The labels that tell instances apart; all metrics of the measure have them.
fn instances(measure: &Measure, by: &[String]) -> Result<Vec<&'static str>, String> {
    let mut labels = Vec::new();
    for label in by {
        let mut known = "";
        for selector in measure.selectors() {
            known = known_label(selector.metric, label)?;
        }
        labels.push(known);
    }
    Ok(labels)
}

fn span(text: &str) -> Result<Duration, String> {
    let span = duration(text)?;
    if span.is_zero() || span.as_secs() > SPAN_MAX_SECONDS {
        return Err(format!("`{text}`: over is at most an hour, and more than nothing"));
    }
    Ok(span)
}

/// A whole number with its unit: `90s`, `5m`, `2h`, `7d`.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time such as 90s, 5m, 2h or 7d");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1_u64,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let number: u64 = text.strip_suffix(unit).and_then(|number| number.parse().ok()).ok_or_else(wrong)?;
    number.checked_mul(seconds).filter(|all| *all <= 366 * 86_400).map(Duration::from_secs).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::super::Rules;
    use super::*;

    fn wrong(text: &str) -> Vec<String> {
        let Err(Faults(faults)) = Rules::parse("own.toml", text) else { panic!("{text} is read") };
        faults.iter().map(ToString::to_string).collect()
    }

    const GOOD: &str = "[[rule]]\nname = \"queue\"\nseverity = \"warning\"\nvalue = 'florin_jobs_dead{queue=\"mail.send\"}'\nabove = 0\nsummary = \"{value} dead\"\nrunbook = \"docs\"\n";

    #[test]
    fn a_rule_says_what_is_measured_and_when_it_is_broken() {
        let rules = Rules::parse("own.toml", GOOD).unwrap();

        let rule = rules.find("queue").unwrap();
        assert_eq!(rule.bound, Bound::Above(Number::ZERO));
        assert_eq!(rule.tell("", Number::whole(3)), "3 dead");
        let Measure::Value(of) = &rule.measure else { panic!("{rule:?}") };
        assert_eq!((of.metric.name, of.labels.len()), ("florin_jobs_dead", 1));
    }

    #[test]
    fn all_that_is_wrong_is_told_with_its_place() {
        let text = format!(
            "{GOOD}\n[[rule]]\nname = \"Bad Name\"\nseverity = \"loud\"\nvalue = \"florin_nothing\"\nfor = \"soon\"\nsummary = \"s\"\nrunbook = \"r\"\n\n[[rule]]\nname = \"other\"\nrat = 1\n"
        );

        let found = wrong(&text);

        assert_eq!(found.len(), 6, "{found:#?}");
        assert!(
            found[0].starts_with("own.toml:9: rule `Bad Name`: a name is of small letters"),
            "{found:#?}"
        );
        for (part, what) in [
            (1, "`loud` is none of critical"),
            (2, "there is no metric `florin_nothing`"),
            (3, "one of above and below"),
            (4, "`soon` is no time"),
            (5, "own.toml:17: rule `other`"),
        ] {
            assert!(found[part].contains(what), "{what}: {found:#?}");
        }
        assert!(wrong("[[rule]\n")[0].starts_with("own.toml:1: "));
    }

    #[test]
    fn a_measure_fits_its_metric() {
        let with = |line: &str| {
            wrong(&format!(
                "[[rule]]\nname = \"x\"\nseverity = \"info\"\nabove = 1\nsummary = \"s\"\nrunbook = \"r\"\n{line}\n"
            ))
        };
        for (line, what) in [
            ("rate = { of = 'florin_jobs_dead', over = '5m' }", "is no counter"),
            ("rate = { of = 'florin_transfers', over = '2h' }", "at most an hour"),
            ("value = 'florin_fraud_decision_duration_seconds'", "says no number"),
            ("quantile = { of = 'florin_transfers', q = '0.9', over = '5m' }", "is no histogram"),
            (
                "quantile = { of = 'florin_fraud_decision_duration_seconds', q = 1, over = '5m' }",
                "between 0 and 1",
            ),
            ("age = 'florin_jobs_dead'", "is no time"),
            ("value = 'florin_http_requests{route=\"/x\"}'", "no label `route` that rules can see"),
            ("value = 'florin_jobs_dead'\nby = ['kind']", "no label `kind`"),
            ("value = 'florin_jobs_dead{queue=x}'", "is not label"),
            ("value = 'florin_jobs_dead{queue=\"x\"'", "lacks a bracket"),
            ("value = 'florin_jobs_dead'\nage = 'florin_jobs_dead'", "one of value, rate"),
            ("value = 'florin_jobs_dead'\nclear = 2", "never be one"),
            ("value = 'florin_jobs_dead'\nabove = 0.5", "duplicate"),
        ] {
            let found = with(line);
            assert!(found.iter().any(|fault| fault.contains(what)), "{line}: {found:?}");
        }
    }

    #[test]
    fn a_file_of_ones_own_is_laid_over_the_usual_rules() {
        let usual = Rules::usual().unwrap();
        let count = usual.len();

        let own = usual
            .with("own.toml", &format!("{GOOD}\n[[rule]]\nname = \"jobs-dead\"\nenabled = false\n"))
            .unwrap();

        assert_eq!(own.len(), count);
        assert!(own.find("jobs-dead").is_none() && own.find("queue").is_some());
        assert_eq!(wrong(&format!("{GOOD}{GOOD}")), ["own.toml:8: there are two rules `queue`"]);
    }
}
