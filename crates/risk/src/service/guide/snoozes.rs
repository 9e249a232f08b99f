//! Rules that are not asked about somebody for a time.

use florin_kernel::{Action, Actor, Fault, Resource, Timestamp, UserId};

use super::error::text;
use super::{GuideError, NOTE_CHARS_MAX, Part, count_up, rule_store};
use crate::service::Risk;

/// The longest time that a rule is snoozed for, in seconds: ninety days.
const SECONDS_MAX: i64 = 90 * 86_400;

/// A snooze that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSnooze {
    /// About whom the rule is not to be asked.
    pub user: UserId,
    /// Until when.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
}

/// A snooze as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSnooze {
    /// The rule.
    pub rule: String,
    /// About whom it is not asked.
    pub user: UserId,
    /// Until when.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
}

impl Risk {
    /// Lets a rule rest for somebody; what was said of the same before is forgotten.
    ///
    /// # Errors
    /// [`GuideError::NotFound`] where no rule in use is called so; [`GuideError::Invalid`], [`GuideError::Denied`].
    #[tracing::instrument(name = "risk.rules.snooze", skip_all, fields(risk.rule = rule))]
    pub async fn snooze(&self, by: &Actor, rule: &str, new: NewSnooze) -> Result<KeptSnooze, GuideError> {
        let permit = by.permit(Action::ChangeRiskRules, Resource::kind("risk_rule"))?;
        if !self.engine().rules().rules().iter().any(|one| one.id == rule) {
            return Err(GuideError::NotFound("rule"));
        }
        let (env, person, now) = (self.db().env().clone(), by.user(), self.db().env().now());
        let mut faults = Vec::new();
        let seconds = new.until.as_second().saturating_sub(now.as_second());
        if new.until <= now || seconds > SECONDS_MAX {
            faults.push(Fault::invalid("until", "an instant within the next ninety days is wanted"));
        }
        if person == Some(new.user) {
            faults.push(Fault::invalid("user_id", "somebody else has to decide this about you"));
        }
        let reason = text("reason", &new.reason, NOTE_CHARS_MAX).map_err(|fault| faults.push(fault));
        let Some(reason) = reason.ok().filter(|_| faults.is_empty()) else {
            return Err(GuideError::Invalid(faults));
        };
        let snooze = KeptSnooze {
            rule: rule.to_owned(),
            user: new.user,
            until: new.until,
            reason,
            created_by: person,
            created_at: now,
        };
        let kept = self
            .db()
            .write(permit, move |tx| {
                count_up(tx, Part::Snoozes)?;
                let kept = KeptSnooze { created_at: env.now(), ..snooze.clone() };
                rule_store::put_snooze(tx, &kept)?;
                tx.about(kept.user.uuid());
                tx.note("rule", &kept.rule);
                tx.note("until", &kept.until);
                Ok::<_, GuideError>(kept)
            })
            .await?;
        self.take_in().await;
        Ok(kept)
    }

    /// Has a rule asked about somebody again.
    ///
    /// # Errors
    /// [`GuideError::NotFound`] where it does not rest; [`GuideError::Denied`].
    #[tracing::instrument(name = "risk.rules.wake", skip_all, fields(risk.rule = rule))]
    pub async fn end_snooze(&self, by: &Actor, rule: &str, user: UserId) -> Result<(), GuideError> {
        let permit = by.permit(Action::ChangeRiskRules, Resource::kind("risk_rule"))?;
        let (env, rule) = (self.db().env().clone(), rule.to_owned());
        self.db()
            .write(permit, move |tx| {
                count_up(tx, Part::Snoozes)?;
                if !rule_store::end_snooze(tx, &rule, user, env.now())? {
                    return Err(GuideError::NotFound("snooze"));
                }
                tx.about(user.uuid());
                tx.note("rule", &rule);
                Ok(())
            })
            .await?;
        self.take_in().await;
        Ok(())
    }
}
