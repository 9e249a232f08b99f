//! The running proof that every unit debited was credited.

use florin_kernel::Currency;

use super::broken::Broken;
use super::types::Accumulators;

/// Debits less credits of everything that a batch changed, per currency; all zero whenever a batch rests.
#[derive(Debug, Default)]
pub(super) struct Nets(Vec<Net>);

#[derive(Debug)]
struct Net {
    currency: Currency,
    posted: i128,
    pending: i128,
}

impl Nets {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Notes that an account's sums went from `before` to `after`.
    pub(super) fn moved(
        &mut self,
        currency: Currency,
        before: &Accumulators,
        after: &Accumulators,
    ) -> Result<(), Broken> {
        let posted =
            net(after.debits_posted, after.credits_posted, before.debits_posted, before.credits_posted);
        let pending =
            net(after.debits_pending, after.credits_pending, before.debits_pending, before.credits_pending);
        if !self.0.iter().any(|net| net.currency == currency) {
            self.0.push(Net { currency, posted: 0, pending: 0 });
        }
        let net = self.0.iter_mut().find(|net| net.currency == currency).ok_or(Broken::WorkingSet)?;
        net.posted = net.posted.checked_add(posted).ok_or(Broken::Conservation(currency))?;
        net.pending = net.pending.checked_add(pending).ok_or(Broken::Conservation(currency))?;
        Ok(())
    }

    /// That nothing was made or lost.
    pub(super) fn check(&self) -> Result<(), Broken> {
        match self.0.iter().find(|net| net.posted != 0 || net.pending != 0) {
            Some(net) => Err(Broken::Conservation(net.currency)),
            None => Ok(()),
        }
    }
}

/// Four 64-bit terms cannot overflow 128 bits.
fn net(debits: i64, credits: i64, debits_before: i64, credits_before: i64) -> i128 {
    let grown = |after: i64, before: i64| i128::from(after).saturating_sub(i128::from(before));
    grown(debits, debits_before).saturating_sub(grown(credits, credits_before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_debited_and_never_credited_is_found() {
        let (zero, one) =
            (Accumulators::default(), Accumulators { debits_posted: 1, ..Accumulators::default() });
        let mut nets = Nets::default();

        nets.moved(Currency::EUR, &zero, &one).unwrap();
        assert_eq!(nets.check(), Err(Broken::Conservation(Currency::EUR)));

        nets.moved(Currency::EUR, &one, &zero).unwrap();
        assert_eq!(nets.check(), Ok(()));
    }
}
