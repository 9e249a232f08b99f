//! The receipt of a payment.

use florin_documents::{Error as NoDocument, Institution, Party, PaymentReceipt};
use florin_kernel::{Amount, Date, Money};
use florin_lending::Settled;
use florin_payments::{PaymentOrder, Source, Status, Target};

use super::{statement, words};
use crate::DocumentError;

/// What the receipt names beside the payment itself.
pub(super) struct Named {
    /// Who paid.
    pub(super) payer: Party,
    /// From where, masked.
    pub(super) paid_from: String,
    /// To whom.
    pub(super) payee: String,
}

/// Whether there is a receipt of such a payment: its money went.
pub(super) const fn is_given_of(status: Status) -> bool {
    matches!(status, Status::Completed | Status::Refunded)
}

pub(super) fn receipt(
    order: &PaymentOrder,
    settled: Option<&Settled>,
    named: Named,
    institution: Institution,
    paid_on: Date,
) -> Result<PaymentReceipt, DocumentError> {
    // What is held is in no part, so that a payment of which something is held is told without them.
    let whole = settled
        .filter(|settled| settled.allocation.held_minor == 0 && settled.allocation.recovered_minor == 0);
    let left = settled.and_then(|settled| settled.loan.balances).map(|balances| {
        let owed = Money::new(balances.owed.principal, order.amount.currency());
        ("Principal owed today".to_owned(), owed)
    });
    let kind = match (order.target, order.source) {
        (Target::Loan(_), _) => "Loan payment",
        (Target::Payee(..), _) => "Bill payment",
        (Target::Account, Source::Account(_)) => "Transfer",
        (Target::Account, Source::Method(_)) => "Deposit",
    };
    Ok(PaymentReceipt {
        institution,
        payer: named.payer,
        reference: order.id.to_string(),
        kind: kind.to_owned(),
        payee: named.payee,
        paid_from: named.paid_from,
        description: order.description.clone().unwrap_or_default(),
        amount: Amount::new(order.amount).map_err(NoDocument::from)?,
        fee: order.fee,
        paid_on,
        booked_at: order.completed_at.unwrap_or(order.created_at),
        status: if order.status == Status::Refunded { "Refunded" } else { "Completed" }.to_owned(),
        allocation: whole
            .map(|settled| statement::parts(settled.allocation.settled, order.amount.currency())),
        remaining: left,
    })
}

/// `Personal loan ****1A2B3C`.
pub(super) fn loan_named(settled: &Settled) -> String {
    format!("{} {}", words::product(settled.loan.kind), words::number(&settled.loan))
}
