//! Sets of rules, as people keep them: texts that never change, of which one is active.

use florin_db::{DbError, Tx};
use florin_kernel::{Action, Actor, Fault, Permit, Resource, Timestamp, UserId, Uuid};

use super::error::text as checked_text;
use super::{GuideError, KeptSnooze, NOTE_CHARS_MAX, Part, count_up, rule_store};
use crate::rules::{RuleSet, RuleSetError, RuleSetFault};
use crate::ruling::RuleSetName;
use crate::service::Risk;

/// The most bytes of a set's text.
const TEXT_BYTES_MAX: usize = 512 * 1024;
/// How many drafts are shown, the newest.
const DRAFTS: i64 = 50;

/// How far a set has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleStatus {
    /// It was written, and is not used.
    Draft,
    /// It decides.
    Active,
    /// It did.
    Retired,
}

impl RuleStatus {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Retired => "retired",
        }
    }
}

/// A set as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRuleSet {
    /// The hexadecimal SHA-256 of its text.
    pub hash: String,
    /// As its author numbers it.
    pub version: String,
    /// The text, in TOML.
    pub text: String,
    /// What its author says about it.
    pub note: Option<String>,
    /// Who wrote it; the program itself is nobody.
    pub author: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
    /// How far it has come.
    pub status: RuleStatus,
    /// Who activated it last.
    pub activated_by: Option<UserId>,
    /// When.
    pub activated_at: Option<Timestamp>,
}

/// All about rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleBook {
    /// The set that is in use; it is another than the active one where a file takes its place, or where that is broken.
    pub in_use: RuleSetName,
    /// The active one.
    pub active: Option<KeptRuleSet>,
    /// Those that wait, the newest first.
    pub drafts: Vec<KeptRuleSet>,
    /// Which rules are not asked about whom.
    pub snoozes: Vec<KeptSnooze>,
}

/// A set that was made the active one in a unit of work, to be used once that is durable.
#[derive(Debug)]
pub struct RuleChange {
    set: RuleSet,
    risk: Risk,
}

impl RuleChange {
    /// The commit is durable: the set decides from now on, unless a file takes its place.
    pub fn settled(self) {
        self.risk.use_stored_rules(self.set);
    }
}

impl Risk {
    /// The sets that matter now, and what is snoozed.
    ///
    /// # Errors
    /// [`GuideError::Denied`], or what the database says.
    pub async fn rule_book(&self, by: &Actor) -> Result<RuleBook, GuideError> {
        by.permit(Action::ReadRiskRules, Resource::kind("risk_rule"))?;
        let (in_use, now) = (self.engine().rules().name().clone(), self.db().env().now());
        self.db()
            .read(move |r| {
                Ok(RuleBook {
                    in_use: in_use.clone(),
                    active: rule_store::active(r)?,
                    drafts: rule_store::drafts(r, DRAFTS)?,
                    snoozes: rule_store::snoozes(r, now)?,
                })
            })
            .await
    }

    /// The set of this hash.
    ///
    /// # Errors
    /// [`GuideError::NotFound`], [`GuideError::Denied`].
    pub async fn rule_set(&self, by: &Actor, hash: &str) -> Result<KeptRuleSet, GuideError> {
        by.permit(Action::ReadRiskRules, Resource::kind("risk_rule"))?;
        let hash = hash.to_owned();
        self.db().read(move |r| rule_store::find(r, &hash)?.ok_or(GuideError::NotFound("set of rules"))).await
    }

    /// Keeps a set as a draft, if it can be used; one of the same text is the same set.
    ///
    /// # Errors
    /// [`GuideError::Rules`] with the place and a sentence; [`GuideError::Invalid`], [`GuideError::Denied`].
    #[tracing::instrument(name = "risk.rules.draft", skip_all)]
    pub async fn draft_rules(
        &self,
        by: &Actor,
        text: String,
        note: Option<&str>,
    ) -> Result<KeptRuleSet, GuideError> {
        let permit = by.permit(Action::ChangeRiskRules, Resource::kind("risk_rule"))?;
        let note = note.map(|note| checked_text("note", note, NOTE_CHARS_MAX)).transpose();
        let note = note.map_err(|fault| GuideError::Invalid(vec![fault]))?;
        let set = self.usable(&text)?;
        let (env, person) = (self.db().env().clone(), by.user());
        self.db()
            .write(permit, move |tx| {
                let new = rule_store::keep(tx, (&set, &text), note.as_deref(), person, env.now())?;
                tx.about(subject_of(&set.name().hash));
                tx.note("hash", &set.name().hash);
                tx.note("new", &new);
                let kept = rule_store::find(&mut tx.reader(), &set.name().hash)?;
                kept.ok_or(GuideError::NotFound("set of rules"))
            })
            .await
    }

    /// Whether this may be activated by whom, and which set it takes the place of.
    ///
    /// # Errors
    /// [`GuideError::NotFound`]; [`GuideError::Conflict`] where it is active; [`GuideError::Rules`] where it cannot be used by
    /// this program; [`GuideError::Denied`].
    pub async fn may_activate_rules(
        &self,
        by: &Actor,
        hash: &str,
    ) -> Result<(Permit, Option<String>), GuideError> {
        let permit = by.permit(Action::ChangeRiskRules, Resource::kind("risk_rule"))?;
        let hash = hash.to_owned();
        let (kept, active) = self
            .db()
            .read(move |r| {
                let kept = rule_store::find(r, &hash)?.ok_or(GuideError::NotFound("set of rules"))?;
                Ok::<_, GuideError>((kept, rule_store::active(r)?.map(|active| active.hash)))
            })
            .await?;
        not_active(&kept)?;
        self.usable(&kept.text)?;
        Ok((permit, active))
    }

    /// Makes a set the active one in a unit of work, if the active one is still `replaces`.
    ///
    /// # Errors
    /// As [`Risk::may_activate_rules`], and [`GuideError::Conflict`] where another was activated meanwhile.
    pub fn activate_rules_in(
        &self,
        tx: &mut Tx<'_>,
        hash: &str,
        replaces: Option<&str>,
        by: Option<UserId>,
    ) -> Result<RuleChange, GuideError> {
        count_up(tx, Part::Rules)?;
        let kept = rule_store::find(&mut tx.reader(), hash)?.ok_or(GuideError::NotFound("set of rules"))?;
        not_active(&kept)?;
        let active = rule_store::active(&mut tx.reader())?.map(|active| active.hash);
        if active.as_deref() != replaces {
            return Err(GuideError::Conflict(
                "another set was activated since this was asked for".to_owned(),
            ));
        }
        let set = self.usable(&kept.text)?;
        rule_store::activate(tx, hash, by, self.db().env().now())?;
        tx.about(subject_of(hash));
        let before = replaces.as_ref().map(|hash| hash as &dyn std::fmt::Display);
        tx.note_change("hash", before, Some(&hash));
        Ok(RuleChange { set, risk: self.clone() })
    }

    /// Keeps the set that the program comes with as the first active one, where there is none.
    ///
    /// # Errors
    /// What the database says; [`GuideError::Rules`] where it does not fit the settings.
    pub async fn store_first_rules(&self, text: String) -> Result<(), GuideError> {
        if self.db().read(|r| rule_store::active(r).map_err(GuideError::from)).await?.is_some() {
            return Ok(());
        }
        let permit = Actor::system("risk").permit(Action::ChangeRiskRules, Resource::kind("risk_rule"))?;
        let set = self.usable(&text)?;
        let env = self.db().env().clone();
        self.db()
            .write(permit, move |tx| {
                count_up(tx, Part::Rules)?;
                if rule_store::active(&mut tx.reader())?.is_none() {
                    let note = Some("what the program comes with");
                    rule_store::keep(tx, (&set, &text), note, None, env.now())?;
                    rule_store::activate(tx, &set.name().hash, None, env.now())?;
                    tx.note("hash", &set.name().hash);
                }
                Ok(())
            })
            .await
    }

    /// Keeps the text of a set that is in use from elsewhere, so that its decisions can be made again.
    pub(super) async fn keep_for_replay(&self, set: RuleSet, text: String) -> Result<(), GuideError> {
        let hash = set.name().hash.clone();
        if self.db().read(move |r| rule_store::find(r, &hash).map_err(GuideError::from)).await?.is_some() {
            return Ok(());
        }
        let permit = Actor::system("risk").permit(Action::ChangeRiskRules, Resource::kind("risk_rule"))?;
        let env = self.db().env().clone();
        self.db()
            .write(permit, move |tx| {
                rule_store::keep(tx, (&set, &text), Some("used from a file"), None, env.now())?;
                tx.note("hash", &set.name().hash);
                Ok::<_, DbError>(())
            })
            .await?;
        Ok(())
    }

    /// A set of this text that fits the settings.
    pub(super) fn usable(&self, text: &str) -> Result<RuleSet, GuideError> {
        if text.len() > TEXT_BYTES_MAX {
            let message = format!("at most {TEXT_BYTES_MAX} bytes are taken");
            return Err(GuideError::Invalid(vec![Fault::new("toml", "too_long", message)]));
        }
        let set = RuleSet::check(text).map_err(GuideError::Rules)?;
        let (rules, engine) = (set.reference(), self.engine().reference());
        if rules != engine {
            let message = RuleSetError::OtherReference { rules, engine }.to_string();
            return Err(GuideError::Rules(RuleSetFault { at: None, message }));
        }
        Ok(set)
    }
}

fn not_active(kept: &KeptRuleSet) -> Result<(), GuideError> {
    if kept.status == RuleStatus::Active {
        return Err(GuideError::Conflict("the set is active already".to_owned()));
    }
    Ok(())
}

/// What stands for a text that has a hash where an identifier is wanted: the first half of that.
pub(super) fn subject_of(hash: &str) -> Uuid {
    hash.get(..32).and_then(|half| u128::from_str_radix(half, 16).ok()).map_or(Uuid::nil(), Uuid::from_u128)
}

impl RuleBook {
    /// What stands for a set where an identifier is wanted.
    pub fn subject(hash: &str) -> Uuid {
        subject_of(hash)
    }
}
