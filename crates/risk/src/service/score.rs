//! How much there is to fear from somebody, or for them.

use florin_kernel::{Action, Actor, Resource, Timestamp, UserId};
use jiff::SignedDuration;

use super::{Error, EventFilter, Risk, labels, reads};
use crate::ruling::Verdict;

/// Over how many days.
const DAYS: i64 = 90;
/// After how many days a decision weighs half.
const HALF_LIFE_DAYS: i64 = 14;
/// How many decisions are looked at, the latest.
const LATEST: i64 = 50;
/// What each fraud that is known adds.
const FRAUD: u32 = 250;

/// How much there is to fear, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Below 300.
    Low,
    /// From 300.
    Medium,
    /// From 600.
    High,
    /// From 850.
    Critical,
}

impl Level {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    const fn of(score: u32) -> Self {
        match score {
            850.. => Self::Critical,
            600.. => Self::High,
            300.. => Self::Medium,
            _ => Self::Low,
        }
    }
}

/// How much there is to fear from somebody, or for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RiskScore {
    /// About whom.
    pub user: UserId,
    /// From 0 to 1000: the highest score of a decision of ninety days, which weighs half after a fortnight, and 250 for each
    /// fraud that is known of those days.
    pub score: u16,
    /// The same in a word.
    pub level: Level,
    /// What was held or refused of ninety days, fifty at most.
    pub doubted: u64,
    /// The frauds that are known of those days.
    pub frauds: u64,
    /// What weighed most in those decisions, the most frequent first.
    pub reasons: Vec<String>,
    /// When that was so.
    pub at: Timestamp,
}

impl Risk {
    /// How much there is to fear from somebody, or for them.
    ///
    /// # Errors
    /// [`Error::Denied`], or what the database says.
    pub async fn score(&self, by: &Actor, user: UserId) -> Result<RiskScore, Error> {
        by.permit(Action::ReadRisk, Resource::one("user", user.uuid()).owned_by(user))?;
        let at = self.db().env().now();
        let since = at.checked_sub(SignedDuration::from_hours(DAYS * 24)).unwrap_or(Timestamp::UNIX_EPOCH);
        let filter = EventFilter { user: Some(user), verdict: None };
        let (decisions, frauds) = self
            .db()
            .read(move |r| {
                Ok::<_, Error>((reads::list(r, filter, None, LATEST)?, labels::frauds_of(r, user, since)?))
            })
            .await?;
        let mut worst = 0_u32;
        let mut doubted = 0_u64;
        let mut names: Vec<(String, u32)> = Vec::new();
        for one in decisions.iter().filter(|one| one.attempt.at_us >= since.as_microsecond()) {
            // What was looked at and found to be in order speaks against nobody.
            if one.released == Some(true) || one.verdict == Verdict::Approve {
                continue;
            }
            doubted = doubted.saturating_add(1);
            worst =
                worst.max(faded(u32::from(one.score), at.as_microsecond().saturating_sub(one.attempt.at_us)));
            for reason in &one.reasons {
                match names.iter_mut().find(|(name, _)| name == reason) {
                    Some((_, count)) => *count = count.saturating_add(1),
                    None => names.push((reason.clone(), 1)),
                }
            }
        }
        names.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let known = u32::try_from(frauds).unwrap_or(u32::MAX).saturating_mul(FRAUD);
        let score = worst.saturating_add(known).min(1_000);
        Ok(RiskScore {
            user,
            score: u16::try_from(score).unwrap_or(1_000),
            level: Level::of(score),
            doubted,
            frauds,
            reasons: names.into_iter().take(6).map(|(name, _)| name).collect(),
            at,
        })
    }
}

/// A score after some time, in microseconds: half after each half-life, straight lines between.
fn faded(score: u32, age_us: i64) -> u32 {
    let half_life = HALF_LIFE_DAYS * 86_400_000_000;
    let age = age_us.max(0);
    let halves = u32::try_from(age.checked_div(half_life).unwrap_or(0)).unwrap_or(u32::MAX);
    let now = u64::from(score.checked_shr(halves).unwrap_or(0));
    let rest = u64::try_from(age.checked_rem(half_life).unwrap_or(0)).unwrap_or(0);
    let half_life = u64::try_from(half_life).unwrap_or(1);
    let lost = now.saturating_mul(rest).checked_div(half_life.saturating_mul(2)).unwrap_or(0);
    u32::try_from(now.saturating_sub(lost)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_weighs_half_after_a_fortnight() {
        let day = 86_400_000_000;
        assert_eq!([0, 7, 14, 28, 1_000].map(|days| faded(800, days * day)), [800, 600, 400, 200, 0]);
        assert_eq!(faded(800, -1), 800);
    }

    #[test]
    fn levels_begin_where_they_say() {
        assert_eq!(
            [0, 299, 300, 600, 850].map(Level::of),
            [Level::Low, Level::Low, Level::Medium, Level::High, Level::Critical]
        );
    }
}
