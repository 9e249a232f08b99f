//! Whether two requests with one identifier are the same request.

use std::sync::Arc;

use florin_kernel::{Date, Uuid};

use super::codes::Code;
use super::types::{AmountMode, Event, Fingerprint, Known, Transfer};

/// How an identifier that is known answers an event.
pub(super) enum Answer {
    /// The same transfer exists.
    Exists(Arc<Transfer>),
    /// The identifier is not to be had.
    Refused(Code),
}

/// The answer to an event whose identifier was used before.
pub(super) fn answer(event: &Event, known: &Known) -> Answer {
    match known {
        Known::Created(transfer) => answer_created(event, transfer),
        Known::Refused { code, fingerprint } if *fingerprint == Fingerprint::of(event) => {
            Answer::Refused(*code)
        }
        Known::Refused { .. } => Answer::Refused(Code::IdAlreadyFailed),
    }
}

/// The answer to an event whose identifier is that of `transfer`.
pub(super) fn answer_created(event: &Event, transfer: &Arc<Transfer>) -> Answer {
    match difference(event, transfer) {
        None => Answer::Exists(Arc::clone(transfer)),
        Some(code) => Answer::Refused(code),
    }
}

/// The first field in which the event differs; what it leaves out to be taken from a hold does not.
fn difference(event: &Event, transfer: &Transfer) -> Option<Code> {
    let amount =
        (event.amount, event.mode, event.currency) == (transfer.asked, transfer.mode, transfer.currency);
    if event.flags != transfer.flags {
        Some(Code::ExistsWithDifferentFlags)
    } else if event.pending_id != transfer.pending_id {
        Some(Code::ExistsWithDifferentPendingId)
    } else if event.timeout_s != transfer.timeout_s {
        Some(Code::ExistsWithDifferentTimeout)
    } else if event.debit.is_some_and(|debit| debit != transfer.debit) {
        Some(Code::ExistsWithDifferentDebitAccount)
    } else if event.credit.is_some_and(|credit| credit != transfer.credit) {
        Some(Code::ExistsWithDifferentCreditAccount)
    } else if !amount {
        Some(Code::ExistsWithDifferentAmount)
    } else if event.code.is_some_and(|code| code != transfer.code) {
        Some(Code::ExistsWithDifferentCode)
    } else if event.effective_date != transfer.asked_date {
        Some(Code::ExistsWithDifferentEffectiveDate)
    } else if event.group != transfer.group {
        Some(Code::ExistsWithDifferentGroup)
    } else if event.reverses != transfer.reverses {
        Some(Code::ExistsWithDifferentReverses)
    } else {
        None
    }
}

impl Fingerprint {
    /// The digest of everything that an event asks for; its identifier and who asks are not part of it.
    pub fn of(event: &Event) -> Self {
        Digest::START
            .number(u64::from(event.flags.bits()))
            .uuid(event.pending_id.map(florin_kernel::TransferId::uuid))
            .optional(event.timeout_s.map(u64::from))
            .uuid(event.debit.map(florin_kernel::AccountId::uuid))
            .uuid(event.credit.map(florin_kernel::AccountId::uuid))
            .number(event.amount.cast_unsigned())
            .number(u64::from(event.currency.numeric()))
            .number(match event.mode {
                AmountMode::Exact => 0,
                AmountMode::UpTo => 1,
                AmountMode::AllPending => 2,
            })
            .optional(event.code.map(u64::from))
            .date(event.effective_date)
            .uuid(event.group)
            .uuid(event.reverses.map(florin_kernel::TransferId::uuid))
            .finish()
    }
}

/// FNV-1a over 64 bits: enough to tell a resent request from another, and no secret hangs on it.
struct Digest(u64);

impl Digest {
    const START: Self = Self(0xcbf2_9ce4_8422_2325);
    const PRIME: u64 = 0x0100_0000_01b3;

    fn bytes(self, bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(self.0, |state, byte| (state ^ u64::from(*byte)).wrapping_mul(Self::PRIME)))
    }

    fn number(self, number: u64) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    fn optional(self, number: Option<u64>) -> Self {
        match number {
            Some(number) => self.bytes(&[1]).number(number),
            None => self.bytes(&[0]),
        }
    }

    fn uuid(self, uuid: Option<Uuid>) -> Self {
        match uuid {
            Some(uuid) => self.bytes(&[1]).bytes(uuid.as_bytes()),
            None => self.bytes(&[0]),
        }
    }

    fn date(self, date: Option<Date>) -> Self {
        match date {
            Some(date) => self
                .bytes(&[1])
                .bytes(&date.year().to_le_bytes())
                .bytes(&date.month().to_le_bytes())
                .bytes(&date.day().to_le_bytes()),
            None => self.bytes(&[0]),
        }
    }

    fn finish(self) -> Fingerprint {
        Fingerprint(self.0.cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use florin_kernel::{AccountId, Currency, TransferId};

    use super::*;

    #[test]
    fn a_fingerprint_never_changes_between_releases() {
        let account = |n| AccountId::from_uuid(Uuid::from_u128(n));
        let id = TransferId::from_uuid(Uuid::from_u128(7));
        let event = Event::transfer(id, account(1), account(2), 500, Currency::EUR);

        assert_eq!(Fingerprint::of(&event), Fingerprint(-6_905_604_890_718_633_792));
        assert_eq!(Fingerprint::of(&Event { fresh: true, ..event.clone() }), Fingerprint::of(&event));
        assert_ne!(
            Fingerprint::of(&Event { group: Some(Uuid::nil()), ..event.clone() }),
            Fingerprint::of(&event)
        );
        assert_ne!(Fingerprint::of(&Event { amount: 501, ..event.clone() }), Fingerprint::of(&event));
    }
}
