//! The engine: what is remembered, asked about each attempt, and what learns from each outcome.
//!
//! 1. [`Engine::assess`], before anything happens: lists, features from windows and habits, rules, models, the verdict.
//! 2. Whoever asked does what the verdict says, and records the [`Ruling`].
//! 3. [`Engine::learn`], after the commit, takes in what became of it.
//!
//! Rules, models, lists and snoozes are swapped as a whole while attempts are assessed; one attempt sees one of each.
//! [`replay`] decides a recorded attempt again, to the same bits.

mod decide;
mod lists;
mod scorer;

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use florin_kernel::Currency;
use serde::{Deserialize, Serialize};

use crate::attempt::{Attempt, Outcome, Token};
use crate::features::Features;
use crate::memory::{Extent, Memory};
use crate::rules::{RuleSet, RuleSetError};
use crate::ruling::{Circumstances, Degraded, Ruling};
use crate::settings::Settings;
use decide::{Case, decide};

pub use lists::{Effect, ListEntry, ListValue, Lists};
pub use scorer::{Calibration, Champion, Models, Scorer, ScorerError, money_features};

/// A rule that is not to be asked about somebody for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snooze {
    /// The rule.
    pub rule: String,
    /// About whom.
    pub user: Token,
    /// Until when, in microseconds since 1970.
    pub until_us: i64,
}

/// How much time a decision may take, as whoever waits for it measures.
pub trait Budget {
    /// Whether it is spent.
    fn is_spent(&self) -> bool;
}

/// No limit.
#[derive(Clone, Copy, Debug)]
pub struct Unlimited;

impl Budget for Unlimited {
    fn is_spent(&self) -> bool {
        false
    }
}

impl<F: Fn() -> bool> Budget for F {
    fn is_spent(&self) -> bool {
        self()
    }
}

/// The engine. Shared between threads as it is.
#[derive(Debug)]
pub struct Engine {
    memory: Memory,
    rules: ArcSwap<RuleSet>,
    models: ArcSwap<Models>,
    lists: ArcSwap<Lists>,
    snoozes: ArcSwap<HashMap<Token, Vec<Snooze>>>,
}

impl Engine {
    /// An engine that remembers nothing yet, with these rules, no model and empty lists.
    ///
    /// # Errors
    /// [`RuleSetError::OtherReference`].
    pub fn new(settings: Settings, rules: RuleSet) -> Result<Self, RuleSetError> {
        same_reference(&settings, &rules)?;
        Ok(Self {
            memory: Memory::new(settings),
            rules: ArcSwap::from_pointee(rules),
            models: ArcSwap::default(),
            lists: ArcSwap::default(),
            snoozes: ArcSwap::default(),
        })
    }

    /// Decides about an attempt, from memory alone. Changes nothing.
    pub fn assess(&self, attempt: &Attempt) -> Ruling {
        self.assess_within(attempt, &Unlimited)
    }

    /// Decides about an attempt within a budget of time. When that is spent before the model, rules alone decide; when it is
    /// spent before rules, the attempt is held.
    pub fn assess_within(&self, attempt: &Attempt, budget: &dyn Budget) -> Ruling {
        let (rules, models) = (self.rules.load(), self.models.load());
        let listed = self.lists.load().meet(attempt);
        let mut facts = self.memory.facts(attempt);
        facts.blocks = u32::try_from(listed.blocks.len()).unwrap_or(u32::MAX);
        facts.allows = u32::try_from(listed.allows.len()).unwrap_or(u32::MAX);
        let features = Features::of(&facts);
        let mut circumstances =
            Circumstances { listed, snoozed: self.snoozed(attempt), degraded: Vec::new() };
        let champion = match &models.champion {
            Champion::None => None,
            Champion::Ready(scorer) => Some(scorer.as_ref()),
            Champion::Missing => {
                circumstances.degraded.push(Degraded::ModelMissing);
                None
            }
        };
        let challenger = models.challenger.as_ref();
        if budget.is_spent() {
            circumstances.degraded.push(Degraded::NoTimeForRules);
        }
        decide(Case { attempt, features, circumstances, rules: &rules, champion, challenger }, budget)
    }

    /// Takes in what became of an attempt: once, by its identifier, within [`crate::windows::RETENTION_DAYS`]. The order in
    /// which attempts are learned does not matter. A held attempt that was let through later is learned again as approved: its
    /// money is counted once, and its payee, device and country are known from then on.
    ///
    /// True if it was counted now, false if it was before or is too old.
    pub fn learn(&self, attempt: &Attempt, outcome: Outcome) -> bool {
        self.memory.learn(attempt, outcome)
    }

    /// The features of an attempt as they are now; for training, and for looking at.
    pub fn features(&self, attempt: &Attempt) -> Features {
        let listed = self.lists.load().meet(attempt);
        let mut facts = self.memory.facts(attempt);
        facts.blocks = u32::try_from(listed.blocks.len()).unwrap_or(u32::MAX);
        facts.allows = u32::try_from(listed.allows.len()).unwrap_or(u32::MAX);
        Features::of(&facts)
    }

    /// The rules in use.
    pub fn rules(&self) -> Arc<RuleSet> {
        self.rules.load_full()
    }

    /// Uses other rules from now on.
    ///
    /// # Errors
    /// [`RuleSetError::OtherReference`]; the rules in use stay.
    pub fn use_rules(&self, rules: RuleSet) -> Result<(), RuleSetError> {
        same_reference(self.memory.settings(), &rules)?;
        self.rules.store(Arc::new(rules));
        Ok(())
    }

    /// The currency that amounts are compared in.
    pub fn reference(&self) -> Currency {
        self.memory.settings().rates.reference()
    }

    /// The models in use.
    pub fn models(&self) -> Arc<Models> {
        self.models.load_full()
    }

    /// Uses other models from now on.
    pub fn use_models(&self, models: Models) {
        self.models.store(Arc::new(models));
    }

    /// The lists in use.
    pub fn lists(&self) -> Arc<Lists> {
        self.lists.load_full()
    }

    /// Uses other lists from now on.
    pub fn use_lists(&self, lists: Lists) {
        self.lists.store(Arc::new(lists));
    }

    /// Snoozes these rules from now on, and no others.
    pub fn use_snoozes(&self, snoozes: Vec<Snooze>) {
        let mut of_users: HashMap<Token, Vec<Snooze>> = HashMap::new();
        for snooze in snoozes {
            of_users.entry(snooze.user).or_default().push(snooze);
        }
        self.snoozes.store(Arc::new(of_users));
    }

    /// How much is remembered.
    pub fn extent(&self) -> Extent {
        self.memory.extent()
    }

    fn snoozed(&self, attempt: &Attempt) -> Vec<String> {
        let snoozes = self.snoozes.load();
        let own = attempt.user.and_then(|user| snoozes.get(&user));
        let asleep = own.into_iter().flatten().filter(|snooze| attempt.at_us < snooze.until_us);
        asleep.map(|snooze| snooze.rule.clone()).collect()
    }
}

fn same_reference(settings: &Settings, rules: &RuleSet) -> Result<(), RuleSetError> {
    let (engine, rules) = (settings.rates.reference(), rules.reference());
    if engine == rules { Ok(()) } else { Err(RuleSetError::OtherReference { rules, engine }) }
}

/// Decides about a recorded attempt: with the rules and models of then it is the recorded ruling, bit for bit; with others
/// it is what they would have said.
pub fn replay(
    attempt: &Attempt,
    features: &Features,
    circumstances: &Circumstances,
    rules: &RuleSet,
    models: &Models,
) -> Ruling {
    let champion = match &models.champion {
        Champion::Ready(scorer) => Some(scorer.as_ref()),
        Champion::None | Champion::Missing => None,
    };
    let (features, circumstances) = (features.clone(), circumstances.clone());
    let case =
        Case { attempt, features, circumstances, rules, champion, challenger: models.challenger.as_ref() };
    decide(case, &Unlimited)
}
