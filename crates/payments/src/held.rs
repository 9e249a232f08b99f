//! What is held until somebody looked at it, for whoever decides about it.

use florin_db::{DbError, Reader};
use florin_kernel::{TransferId, UserId};
use florin_ledger::Ledger;
use florin_ledger::rules::HoldState;

use crate::orders;
use crate::risk::Verdict;

/// How the money of a transfer or a payment stands that was held for review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is a payment's, and held.
    HeldPayment,
    /// It is a transfer's, and held.
    HeldTransfer,
    /// It is not held any more, or never was; what became of the hold, where there was one.
    Free(Option<HoldState>),
}

/// A transfer or payment that somebody asks about who decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed {
    /// How its money stands.
    pub standing: Standing,
    /// Whose money it is: of the payer, of either account, of whoever asked for it. None of them decides about it.
    pub parties: Vec<UserId>,
    /// Whose money waits, where that is a customer's.
    pub payer: Option<UserId>,
}

/// How the money of a transfer or payment stands; none where there is none of this identifier.
///
/// # Errors
/// What the database says.
pub fn reviewed(
    ledger: &Ledger,
    reader: &mut Reader<'_>,
    id: TransferId,
) -> Result<Option<Reviewed>, DbError> {
    let order = orders::find(reader, id)?;
    let made = ledger.transfer(reader, id)?;
    if order.is_none() && made.is_none() {
        return Ok(None);
    }
    let payment = crate::payment(reader, id)?.map(|(payment, _)| payment);
    let hold = made.as_ref().and_then(|made| made.hold);
    let standing = match (&order, hold) {
        (Some(order), _) if order.under_review && order.status == orders::Status::Pending => {
            Standing::HeldPayment
        }
        (None, Some(HoldState::Open))
            if payment.as_ref().is_some_and(|payment| payment.decision == Verdict::Review.code()) =>
        {
            Standing::HeldTransfer
        }
        _ => Standing::Free(hold),
    };
    let mut payer = order.as_ref().map(|order| order.user);
    let mut parties: Vec<UserId> = order.iter().map(|order| order.user).collect();
    parties.extend(payment.and_then(|payment| payment.user));
    if let Some(made) = made {
        if payer.is_none() {
            payer = ledger.account(reader, made.transfer.debit)?.and_then(|account| account.owner);
        }
        for account in [made.transfer.debit, made.transfer.credit] {
            parties.extend(ledger.account(reader, account)?.and_then(|account| account.owner));
        }
    }
    parties.sort_unstable();
    parties.dedup();
    Ok(Some(Reviewed { standing, parties, payer }))
}
