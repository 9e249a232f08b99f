//! Payments of loans: money that payments bring, and lending takes in.

use std::sync::Arc;

use florin_db::{DbError, Reader, Tx};
use florin_kernel::{AccountId, LoanId, Money, TransferId, UserId};
use florin_lending::{Loans, NotReceived, Receipt};
use florin_payments::{LoanDesk, LoanOwed, LoanReceipt, LoanReceived, LoanRefused, PayableLoan};

/// The loans of lending, as payments know them.
pub(crate) struct LoansOfLending(pub(crate) Loans);

impl LoanDesk for LoansOfLending {
    fn find(
        &self,
        reader: &mut Reader<'_>,
        loan: LoanId,
        reach: Option<UserId>,
    ) -> Result<Option<PayableLoan>, DbError> {
        let Some(found) = self.0.payable(reader, loan, reach)? else { return Ok(None) };
        // What was offered and not taken yet is nobody's to pay.
        Ok(found.borrower.map(|owner| PayableLoan {
            currency: found.currency,
            owner,
            kind: found.kind.code().to_owned(),
            open: found.takes_payments,
        }))
    }

    fn owed(&self, reader: &mut Reader<'_>, loan: LoanId) -> Result<Option<LoanOwed>, DbError> {
        let owed = self.0.owed(reader, loan)?;
        Ok(owed.map(|owed| LoanOwed {
            instalment: Money::new(owed.instalment_minor, owed.currency),
            payoff: Money::new(owed.payoff_minor, owed.currency),
        }))
    }

    fn hold(&self, tx: &mut Tx<'_>, loan: LoanId) -> Result<(), DbError> {
        self.0.hold(tx, loan)
    }

    fn receive(
        &self,
        tx: &mut Tx<'_>,
        receipt: &LoanReceipt,
    ) -> Result<Result<LoanReceived, LoanRefused>, DbError> {
        let taken = Receipt {
            loan: receipt.loan,
            payment: receipt.payment,
            from: receipt.from,
            amount: receipt.amount,
            on: receipt.on,
            principal_only: receipt.principal_only,
            by: receipt.by,
        };
        let received = match self.0.receive(tx, &taken)? {
            Ok(received) => received,
            Err(refused) => return Ok(Err(refusal(&refused))),
        };
        let (allocation, currency) = (received.allocation, received.loan.currency);
        let (settled, money) = (allocation.settled, |minor| Money::new(minor, currency));
        Ok(Ok(LoanReceived {
            fees: money(settled.fee.saturating_add(settled.penalty)),
            interest: money(settled.interest),
            principal: money(settled.principal.saturating_add(allocation.recovered_minor)),
            escrow: money(settled.escrow),
            held: money(allocation.held_minor),
            loan: Arc::new(received.loan),
        }))
    }

    fn give_back(
        &self,
        tx: &mut Tx<'_>,
        payment: TransferId,
        to: AccountId,
    ) -> Result<Result<(), LoanRefused>, DbError> {
        Ok(self.0.give_back(tx, payment, to)?.map(drop).map_err(|refused| refusal(&refused)))
    }
}

fn refusal(refused: &NotReceived) -> LoanRefused {
    let code = match refused {
        NotReceived::NotFound | NotReceived::UnknownPayment => "not_found",
        NotReceived::Currency(_) => "currency_mismatch",
        NotReceived::Standing(_) | NotReceived::Card | NotReceived::Day | NotReceived::NotRecorded(_) => {
            "loan_refused"
        }
        NotReceived::Ledger(code) => code.as_str(),
    };
    LoanRefused { code, text: refused.to_string() }
}
