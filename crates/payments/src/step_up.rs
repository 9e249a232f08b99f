//! Above which amount a transfer asks for a fresh factor.

use florin_kernel::{Actor, Currency, Denied, Money, Timestamp};

/// The limit, the same for all, in major units of each currency; without one nothing asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct StepUpLimit {
    major: Option<i64>,
}

impl StepUpLimit {
    /// So many major units pass without.
    pub(crate) fn above(major: i64) -> Self {
        Self { major: Some(major) }
    }

    /// Whether `by` may move these amounts at once: what they come to in each currency counts, so that nothing is won
    /// by dividing a transfer.
    ///
    /// # Errors
    /// [`Denied::StepUpRequired`].
    pub(crate) fn check(
        self,
        by: &Actor,
        amounts: impl IntoIterator<Item = Money>,
        now: Timestamp,
    ) -> Result<(), Denied> {
        let Some(major) = self.major else { return Ok(()) };
        let mut totals: Vec<(Currency, i128)> = Vec::new();
        for amount in amounts {
            let minor = i128::from(amount.minor());
            match totals.iter_mut().find(|(currency, _)| *currency == amount.currency()) {
                Some((_, total)) => *total = total.saturating_add(minor),
                None => totals.push((amount.currency(), minor)),
            }
        }
        let above = totals.into_iter().any(|(currency, total)| {
            total > i128::from(major).saturating_mul(currency.minor_per_major().into())
        });
        if above { by.must_have_stepped_up(now) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use florin_kernel::{Action, Authority, Origin, Principal, Proved, Resource};

    use super::*;

    struct Anything;

    impl Authority for Anything {
        fn decide(&self, _: &Principal, _: Action, _: &Resource) -> Result<(), Denied> {
            Ok(())
        }
    }

    fn eur(minor: i64) -> Money {
        Money::new(minor, Currency::EUR)
    }

    #[test]
    fn what_is_moved_at_once_is_counted_by_currency_against_the_limit() {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let actor = || Actor::new(Arc::new(Principal::Anonymous), Origin::default(), Arc::new(Anything));
        let fresh = actor().having_proved(Proved { stepped_up_at: Some(now), ..Proved::default() });
        let limit = StepUpLimit::above(1_000);
        let jpy = |minor| Money::new(minor, Currency::JPY);

        for (amounts, asks) in [
            (vec![eur(100_000)], false),
            (vec![eur(100_001)], true),
            (vec![eur(60_000), eur(40_001)], true),
            (vec![eur(100_000), jpy(1_000)], false),
            (vec![jpy(1_001)], true),
            (vec![eur(i64::MAX), eur(i64::MAX)], true),
            (vec![], false),
        ] {
            let answer = limit.check(&actor(), amounts.clone(), now);
            assert_eq!(answer.is_err(), asks, "{amounts:?}");
            assert_eq!(limit.check(&fresh, amounts.clone(), now), Ok(()));
            assert_eq!(StepUpLimit::default().check(&actor(), amounts, now), Ok(()));
        }
    }
}
