//! What monitoring says: suspected schemes.

use std::fmt;

use florin_kernel::{AccountId, Money};

use super::MovementId;

/// A known way to launder. In the order of how much a name says: earlier ones name a shape that contains later ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Typology {
    /// Layers of accounts, each paying the next one criss-cross.
    Stack,
    /// A group of payers that pays a group of payees criss-cross.
    Bipartite,
    /// One source pays many, who all pass it on to one sink.
    ScatterGather,
    /// Several people pay in cash and pass it on to one collector.
    Smurfing,
    /// Many pay a hub, which pays many others.
    GatherScatter,
    /// Money comes back to where it started, over others.
    RoundTrip,
    /// An account just opened passes on what others pay it.
    MuleNewAccount,
    /// Cash is paid in many times, and leaves daily.
    FunnelAccount,
    /// An account asleep for long wakes up to pass large sums on.
    DormantReactivation,
    /// Money comes in and leaves within hours, again and again.
    RapidMovement,
    /// Cash is paid in under the limit of reports, in pieces.
    Structuring,
    /// Many pay one account that they never paid before.
    FanIn,
    /// One account pays many that it never paid before.
    FanOut,
    /// Large sums to or from countries that call for it.
    HighRiskGeography,
}

impl Typology {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Stack,
        Self::Bipartite,
        Self::ScatterGather,
        Self::Smurfing,
        Self::GatherScatter,
        Self::RoundTrip,
        Self::MuleNewAccount,
        Self::FunnelAccount,
        Self::DormantReactivation,
        Self::RapidMovement,
        Self::Structuring,
        Self::FanIn,
        Self::FanOut,
        Self::HighRiskGeography,
    ];

    /// Its name in data and reports, in snake case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stack => "stack",
            Self::Bipartite => "bipartite",
            Self::ScatterGather => "scatter_gather",
            Self::Smurfing => "smurfing",
            Self::GatherScatter => "gather_scatter",
            Self::RoundTrip => "round_trip",
            Self::MuleNewAccount => "mule_new_account",
            Self::FunnelAccount => "funnel_account",
            Self::DormantReactivation => "dormant_reactivation",
            Self::RapidMovement => "rapid_movement",
            Self::Structuring => "structuring",
            Self::FanIn => "fan_in",
            Self::FanOut => "fan_out",
            Self::HighRiskGeography => "high_risk_geography",
        }
    }

    /// The typology of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|typology| typology.name() == name)
    }
}

impl fmt::Display for Typology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What an account does in a scheme. The first of a finding's accounts is whom it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The account that the finding is about.
    Main,
    /// Money starts here.
    Source,
    /// Money passes through here.
    Middle,
    /// Money ends here.
    Sink,
}

/// An account of a finding, and its part in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Named {
    /// The account.
    pub account: AccountId,
    /// Its part.
    pub role: Role,
}

/// A suspected scheme.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The name that fits best.
    pub typology: Typology,
    /// Other names that fit the same movements.
    pub also: Vec<Typology>,
    /// Who is in it, the most important first; no account twice.
    pub accounts: Vec<Named>,
    /// The evidence: movements in the order of time.
    pub movements: Vec<MovementId>,
    /// When the first of them was, in microseconds since 1970.
    pub first_at_us: i64,
    /// When the last of them was, in microseconds since 1970.
    pub last_at_us: i64,
    /// How much was laundered, as far as it shows: money that passes several hands counts once. In the monitor's currency.
    pub amount: Money,
    /// Between 0 and 1: how far beyond the least of its typology it is. For ordering; not a probability.
    pub score: f64,
    /// What was seen, in a sentence for people. Names no person and no account.
    pub explanation: String,
}

impl Finding {
    /// What stays the same when the same scheme is found again: its name, whom it is about, its first movement.
    ///
    /// Good as the reference of a case, so that each night's pass does not open it anew.
    pub fn reference(&self) -> String {
        let main = self.accounts.first().map_or_else(String::new, |named| named.account.to_string());
        let first = self.movements.first().map_or_else(String::new, ToString::to_string);
        format!("{}:{main}:{first}", self.typology)
    }
}
