//! Sets of rules: read from TOML, checked and tried, and never changed after that.

use std::collections::BTreeMap;

use florin_kernel::Currency;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::expression::Expression;
use super::fault::Fault;
use super::program::{Condition, Scene};
use super::trial::{Trial, TrialFault};
use crate::attempt::Kind;
use crate::features;
use crate::ruling::{RuleSetName, Verdict};

/// The band of all rules together.
const OVERALL: &str = "overall";
/// The most rules of a set, and the most points of a rule.
const RULES_MAX: usize = 1_000;
const WEIGHT_MAX: u16 = 1_000;

/// From which sum of weights on attempts are held and refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Held from here on.
    pub review: u32,
    /// Refused from here on; no smaller.
    pub decline: u32,
}

impl Band {
    /// What a score in this band asks for.
    pub const fn verdict(self, score: u32) -> Verdict {
        if score >= self.decline {
            Verdict::Decline
        } else if score >= self.review {
            Verdict::Review
        } else {
            Verdict::Approve
        }
    }
}

/// Whether a rule counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It does.
    #[default]
    Active,
    /// It is asked and recorded, and counts for nothing.
    Shadow,
    /// It is not asked.
    Off,
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its identifier, the same through all versions.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// What it is about, for those who keep it.
    pub description: String,
    /// The pattern of fraud that it looks for; its weights add up with those of the same.
    pub typology: String,
    /// The kinds of attempts that it is asked about.
    pub kinds: Vec<Kind>,
    /// Its condition, as it was written.
    pub when: String,
    /// How many points of the score it adds.
    pub weight: u16,
    /// The least verdict that it asks for.
    pub floor: Option<Verdict>,
    /// Whether it counts.
    pub mode: Mode,
    /// Why, for people; features in braces are told with their values.
    pub reason: String,
    /// Its tests, as they are written beside it.
    pub tests: Vec<serde_json::Value>,
    pub(crate) condition: Condition,
}

impl Rule {
    /// Whether it fires.
    pub(crate) fn fires(&self, kind: Kind, scene: &Scene<'_>) -> bool {
        self.kinds.contains(&kind) && self.condition.holds(scene)
    }
}

/// A set of rules, under the digest of its text.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleSet {
    name: RuleSetName,
    reference: Currency,
    overall: Band,
    bands: BTreeMap<String, Band>,
    rules: Vec<Rule>,
}

/// What is wrong with a set of rules.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RuleSetError {
    /// Not TOML, a key that is not known, a value of the wrong kind.
    #[error("the rules cannot be read: {0}")]
    Text(String),
    /// The reference currency is none.
    #[error("the reference currency `{0}` is not known")]
    Reference(String),
    /// The reference currency is not that of the engine.
    #[error("the rules compare amounts in {rules}, and amounts are kept in {engine}")]
    OtherReference {
        /// Of the rules.
        rules: Currency,
        /// Of the engine.
        engine: Currency,
    },
    /// There is no band for a typology, or none for all.
    #[error("there is no band `{0}`: a typology has one, and so have all together under `overall`")]
    NoBand(String),
    /// A band whose thresholds are in the wrong order, or zero.
    #[error("band `{0}` declines before it reviews, or reviews at zero")]
    Band(String),
    /// Two rules of the same identifier.
    #[error("there are two rules `{0}`")]
    Twice(String),
    /// More rules than there may be.
    #[error("a set has at most {RULES_MAX} rules")]
    TooMany,
    /// A field of a rule.
    #[error("rule `{rule}`: {message}")]
    Rule {
        /// The rule.
        rule: String,
        /// What is wrong.
        message: String,
    },
    /// A condition.
    #[error("rule `{rule}`, {fault}")]
    Condition {
        /// The rule.
        rule: String,
        /// What is wrong, and where in the condition.
        fault: Fault,
    },
    /// A test that does not pass.
    #[error("rule `{rule}`, test {number}: {message}")]
    Test {
        /// The rule.
        rule: String,
        /// Which of its tests, from one.
        number: usize,
        /// What happened.
        message: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetText {
    version: String,
    reference: String,
    bands: BTreeMap<String, Band>,
    #[serde(default, rename = "rule")]
    rules: Vec<RuleText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    id: String,
    version: u32,
    description: String,
    typology: String,
    kinds: Vec<Kind>,
    when: String,
    #[serde(default)]
    weight: u16,
    #[serde(default)]
    verdict: Floor,
    #[serde(default)]
    mode: Mode,
    reason: String,
    #[serde(default, rename = "test")]
    tests: Vec<Trial>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Floor {
    #[default]
    None,
    Review,
    Decline,
}

impl RuleSet {
    /// Reads a set of rules, checks every condition and runs every test.
    ///
    /// # Errors
    /// [`RuleSetError`]: the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, RuleSetError> {
        let set: SetText = toml::from_str(text).map_err(|error| RuleSetError::Text(error.to_string()))?;
        let reference =
            Currency::parse(&set.reference).map_err(|_| RuleSetError::Reference(set.reference))?;
        let mut bands = set.bands;
        if let Some((name, _)) = bands.iter().find(|(_, band)| band.review == 0 || band.decline < band.review)
        {
            return Err(RuleSetError::Band(name.clone()));
        }
        let overall = bands.remove(OVERALL).ok_or_else(|| RuleSetError::NoBand(OVERALL.to_owned()))?;
        if set.rules.len() > RULES_MAX {
            return Err(RuleSetError::TooMany);
        }
        let mut rules: Vec<Rule> = Vec::with_capacity(set.rules.len());
        for text in set.rules {
            if rules.iter().any(|rule| rule.id == text.id) {
                return Err(RuleSetError::Twice(text.id));
            }
            if !bands.contains_key(&text.typology) {
                return Err(RuleSetError::NoBand(text.typology));
            }
            rules.push(text.load(reference)?);
        }
        let name = RuleSetName { version: set.version, hash: hash(text) };
        Ok(Self { name, reference, overall, bands, rules })
    }

    /// Rules that say nothing.
    ///
    /// # Errors
    /// [`RuleSetError`], which is never: such a set is sound in every currency.
    pub fn silent(reference: Currency) -> Result<Self, RuleSetError> {
        Self::parse(&format!(
            "version = \"silent\"\nreference = \"{}\"\n[bands]\noverall = {{ review = 1000, decline = 1000 }}\n",
            reference.code()
        ))
    }

    /// Its version and the SHA-256 of its text.
    pub const fn name(&self) -> &RuleSetName {
        &self.name
    }

    /// The currency that amounts are compared in.
    pub const fn reference(&self) -> Currency {
        self.reference
    }

    /// Its rules, in their order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What weights ask for that were added up by typology and over all.
    pub(crate) fn verdict(&self, fired: &[&Rule]) -> Verdict {
        let sum = |of: &dyn Fn(&Rule) -> bool| -> u32 {
            fired.iter().filter(|rule| of(rule)).map(|rule| u32::from(rule.weight)).sum()
        };
        let by_typology = fired.iter().filter_map(|one| {
            let band = self.bands.get(&one.typology)?;
            Some(band.verdict(sum(&|rule| rule.typology == one.typology)))
        });
        by_typology.max().unwrap_or(Verdict::Approve).max(self.overall.verdict(sum(&|_| true)))
    }
}

/// Why a text is no set, and where, if its form is what is wrong with it.
pub(super) fn unreadable(text: &str) -> Option<(String, Option<std::ops::Range<usize>>)> {
    let error = toml::from_str::<SetText>(text).err()?;
    Some((error.message().to_owned(), error.span()))
}

fn hash(text: &str) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    Sha256::digest(text).iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

impl RuleText {
    fn load(self, reference: Currency) -> Result<Rule, RuleSetError> {
        let wrong = |message: &str| RuleSetError::Rule { rule: self.id.clone(), message: message.to_owned() };
        let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        if self.id.is_empty() || self.id.len() > 64 || !self.id.bytes().all(plain) {
            return Err(wrong("an identifier is made of small letters, digits and hyphens"));
        }
        if self.kinds.is_empty() {
            return Err(wrong("it names no kinds of attempts"));
        }
        if self.weight > WEIGHT_MAX {
            return Err(wrong("a weight is at most 1000"));
        }
        let at_fault = |fault| RuleSetError::Condition { rule: self.id.clone(), fault };
        let expression = Expression::parse(&self.when).map_err(at_fault)?;
        let condition = Condition::compile(&expression, reference).map_err(at_fault)?;
        check_reason(&self.reason).map_err(|message| wrong(&message))?;
        if !self.tests.iter().any(|test| test.fires) {
            return Err(wrong("it has no test in which it fires"));
        }
        let floor = match self.verdict {
            Floor::None => None,
            Floor::Review => Some(Verdict::Review),
            Floor::Decline => Some(Verdict::Decline),
        };
        let rule = Rule {
            id: self.id.clone(),
            version: self.version,
            description: self.description,
            typology: self.typology,
            kinds: self.kinds,
            when: self.when,
            weight: self.weight,
            floor,
            mode: self.mode,
            reason: self.reason,
            // Tests are made of texts and numbers, all of which JSON has.
            tests: self.tests.iter().map(|test| serde_json::to_value(test).unwrap_or_default()).collect(),
            condition,
        };
        for (test, number) in self.tests.iter().zip(1..) {
            test.run(&rule, reference).map_err(|TrialFault(message)| RuleSetError::Test {
                rule: rule.id.clone(),
                number,
                message,
            })?;
        }
        Ok(rule)
    }
}

/// Features in the braces of a reason are known ones.
fn check_reason(reason: &str) -> Result<(), String> {
    if reason.trim().is_empty() {
        return Err("it gives no reason".to_owned());
    }
    for part in reason.split('{').skip(1) {
        let name = part.split_once('}').map(|(name, _)| name).ok_or("a brace is not closed in its reason")?;
        if features::find(name).is_none() {
            return Err(format!("its reason names a feature `{name}` that there is not"));
        }
    }
    Ok(())
}
