//! Whether a finding is one that is known.
//!
//! The range slides from night to night, so that a scheme loses its first movements, gains others, and may come to look like a
//! more specific typology. What stays is whom it is about, and most of what was seen.

use foldhash::{HashSet, HashSetExt};

use super::Alert;
use crate::monitor::{Finding, MovementId, Named, Role};

/// The alert that a finding is, of those that there are: the one that has most movements in common with it, if
///
/// - at least half of the fewer movements of the two are the same, whatever either is called; or
/// - both have the same name and are about the same account or some of the same ones, and neither had ended when the other began.
pub fn known(finding: &Finding, alerts: &[Alert]) -> Option<usize> {
    let mut theirs: HashSet<MovementId> = HashSet::with_capacity(finding.movements.len());
    theirs.extend(finding.movements.iter().copied());
    let likely = alerts.iter().enumerate().filter_map(|(place, alert)| {
        let shared = alert.movements.iter().filter(|movement| theirs.contains(movement)).count();
        let fewer = theirs.len().min(alert.movements.len());
        let same = shared > 0 && shared.saturating_mul(2) >= fewer;
        (same || goes_on(finding, alert)).then_some((shared, place))
    });
    // Of several that fit equally well the first counts.
    likely.max_by_key(|(shared, place)| (*shared, std::cmp::Reverse(*place))).map(|(_, place)| place)
}

/// Whether both are of one name, about the same, and of one time.
fn goes_on(finding: &Finding, alert: &Alert) -> bool {
    // The first account is whom it is about, whatever it does; of some typologies there are others as important.
    let mut about =
        finding.accounts.iter().enumerate().filter(|(place, named)| *place == 0 || named.role == Role::Main);
    let theirs = |named: &Named| alert.accounts.iter().any(|there| there == named);
    finding.typology == alert.typology
        && about.any(|(_, named)| theirs(named))
        && finding.first_at_us <= alert.last_at.as_microsecond()
        && finding.last_at_us >= alert.first_at.as_microsecond()
}

#[cfg(test)]
mod tests {
    use florin_kernel::{AccountId, Currency, Money, Timestamp, Uuid};

    use super::*;
    use crate::alerts::{AlertId, AlertStatus, RunId};
    use crate::cases::CaseId;
    use crate::monitor::Typology;

    const DAY_US: i64 = 86_400_000_000;

    fn finding(typology: Typology, about: u128, days: std::ops::Range<i64>) -> Finding {
        let movements =
            days.clone().map(|day| MovementId::from_uuid(Uuid::from_u128(day.unsigned_abs().into())));
        Finding {
            typology,
            also: Vec::new(),
            accounts: vec![Named { account: AccountId::from_uuid(Uuid::from_u128(about)), role: Role::Main }],
            movements: movements.collect(),
            first_at_us: days.start * DAY_US,
            last_at_us: (days.end - 1) * DAY_US,
            amount: Money::new(1, Currency::USD),
            score: 0.5,
            explanation: "seen".to_owned(),
        }
    }

    fn alert(finding: &Finding) -> Alert {
        let at = |us| Timestamp::from_microsecond(us).unwrap();
        Alert {
            id: AlertId::from_uuid(Uuid::nil()),
            typology: finding.typology,
            also: Vec::new(),
            reference: finding.reference(),
            first_at: at(finding.first_at_us),
            last_at: at(finding.last_at_us),
            amount: finding.amount,
            score: 500,
            explanation: finding.explanation.clone(),
            accounts: finding.accounts.clone(),
            movements: finding.movements.clone(),
            movement_count: 1,
            case: CaseId::from_uuid(Uuid::nil()),
            status: AlertStatus::Open,
            run: RunId::from_uuid(Uuid::nil()),
            created_at: at(0),
            changed_at: at(0),
        }
    }

    #[test]
    fn a_scheme_is_known_though_it_lost_its_beginning_and_went_on() {
        let before = alert(&finding(Typology::FanIn, 1, 0..10));

        let later = finding(Typology::FanIn, 1, 8..20);

        assert_ne!(later.reference(), before.reference);
        assert_eq!(known(&later, &[before]), Some(0));
    }

    #[test]
    fn the_same_movements_under_another_name_are_the_same_scheme() {
        let before = alert(&finding(Typology::Structuring, 1, 0..10));

        assert_eq!(known(&finding(Typology::FunnelAccount, 2, 4..14), &[before]), Some(0));
    }

    #[test]
    fn another_scheme_is_not_known() {
        let before = alert(&finding(Typology::FanIn, 1, 0..10));

        for other in [
            finding(Typology::FanIn, 1, 30..40),
            finding(Typology::FanIn, 2, 9..20),
            finding(Typology::RapidMovement, 1, 9..20),
        ] {
            assert_eq!(known(&other, std::slice::from_ref(&before)), None, "{}", other.reference());
        }
    }

    #[test]
    fn of_several_the_one_that_shares_most_is_meant() {
        let alerts = [alert(&finding(Typology::FanIn, 1, 0..10)), alert(&finding(Typology::FanIn, 1, 8..20))];

        assert_eq!(known(&finding(Typology::FanIn, 1, 9..21), &alerts), Some(1));
    }
}
