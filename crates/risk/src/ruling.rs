//! What was decided about an attempt, why, and everything that is needed to decide it again.

use florin_kernel::Uuid;
use serde::{Deserialize, Serialize};

use crate::features::{Family, Features};

/// What is decided; the later, the graver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Let it through.
    Approve,
    /// Hold it until a person has looked. Of a sign-in: ask for more proof.
    Review,
    /// Refuse it.
    Decline,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 3] = [Self::Approve, Self::Review, Self::Decline];

    /// Its name, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Review => "review",
            Self::Decline => "decline",
        }
    }
}

/// The decision about one attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ruling {
    /// The attempt it is about.
    pub attempt: Uuid,
    /// What is decided.
    pub verdict: Verdict,
    /// From 0, nothing speaks against it, to 1000: the greater of what rules and the model say.
    pub score: u16,
    /// What rules alone say, at most 1000.
    pub rules_score: u16,
    /// What the model says: a calibrated probability of fraud in thousandths.
    pub model_score: Option<u16>,
    /// Why, what weighs most first. Of an attempt that nothing speaks against there are none.
    pub reasons: Vec<Reason>,
    /// Rules that fired and counted, in the order of the rule set.
    pub fired: Vec<Fired>,
    /// Rules that fired in shadow: they counted for nothing.
    pub shadow: Vec<Fired>,
    /// The rules that were asked.
    pub rules: RuleSetName,
    /// The version of the model that was asked, if any answered.
    pub model: Option<String>,
    /// What the model would have said that runs in shadow.
    pub challenger: Option<Challenger>,
    /// What else the decision rests on: lists, snoozes, and what failed.
    pub circumstances: Circumstances,
    /// The features, in the order of [`crate::features::FEATURES`].
    pub features: Features,
    /// Which table of features that is: [`crate::features::FEATURES_VERSION`].
    pub features_version: u32,
}

/// Why an attempt was thought risky.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// What says so.
    pub source: ReasonSource,
    /// The rule's identifier, the feature's name, or the list's dimension.
    pub name: String,
    /// The family of a feature; none of a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<Family>,
    /// How much it adds: of a rule its weight in points of the score, of a feature its Shapley value in the logarithm of
    /// the model's odds, of a list 1000.
    pub contribution: f64,
    /// A sentence for people.
    pub text: String,
}

/// What gives a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonSource {
    /// An entry of a list.
    List,
    /// A rule.
    Rule,
    /// A feature that the model weighed.
    Feature,
    /// Something that failed.
    Degraded,
}

/// A rule that fired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fired {
    /// The rule.
    pub rule: String,
    /// Its version.
    pub version: u32,
    /// What it adds to the score.
    pub weight: u16,
    /// The least verdict that it asks for.
    pub floor: Option<Verdict>,
}

/// Which rule set: its name, and the digest of its text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RuleSetName {
    /// As its author numbers it.
    pub version: String,
    /// SHA-256 of its text, in hexadecimal.
    pub hash: String,
}

/// What a model in shadow says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenger {
    /// Its version.
    pub version: String,
    /// Its calibrated score, 0 to 1000.
    pub score: u16,
}

/// What a decision rests on besides features, rules and models. Recorded, so that it can be decided again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circumstances {
    /// Entries of lists that the attempt met.
    #[serde(default)]
    pub listed: Listed,
    /// Rules that were not asked about this person for the time being.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub snoozed: Vec<String>,
    /// What failed on the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub degraded: Vec<Degraded>,
}

/// What lists say of an attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Entries that block it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<ListHit>,
    /// Entries that allow it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allows: Vec<ListHit>,
}

/// An entry of a list that an attempt met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListHit {
    /// The entry.
    pub entry: Uuid,
    /// What of the attempt it met.
    pub dimension: ListDimension,
    /// Why it is listed.
    pub reason: String,
}

/// What of an attempt can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListDimension {
    /// The person.
    User,
    /// The account.
    Account,
    /// Who is paid.
    Counterparty,
    /// The card.
    Card,
    /// The merchant.
    Merchant,
    /// The terminal.
    Terminal,
    /// The email address.
    Email,
    /// The device.
    Device,
    /// The network address.
    Ip,
    /// The country.
    Country,
}

impl ListDimension {
    /// Every dimension.
    pub const ALL: [Self; 10] = [
        Self::User,
        Self::Account,
        Self::Counterparty,
        Self::Card,
        Self::Merchant,
        Self::Terminal,
        Self::Email,
        Self::Device,
        Self::Ip,
        Self::Country,
    ];

    /// The dimension of this name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.name() == name)
    }

    /// Its name, as in JSON and in rules.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Account => "account",
            Self::Counterparty => "counterparty",
            Self::Card => "card",
            Self::Merchant => "merchant",
            Self::Terminal => "terminal",
            Self::Email => "email",
            Self::Device => "device",
            Self::Ip => "ip",
            Self::Country => "country",
        }
    }
}

/// Something that should have been asked and was not, or gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Degraded {
    /// A model is wanted and there is none.
    ModelMissing,
    /// The model's answer was no number.
    ModelNotFinite,
    /// Time was up before the model: rules alone decided.
    NoTimeForModel,
    /// Time was up before rules: money out is held.
    NoTimeForRules,
    /// The model that runs in shadow gave no number.
    ChallengerNotFinite,
}
