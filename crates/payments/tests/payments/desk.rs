//! A lender that knows one figure of a loan: what is owed.

use std::sync::Arc;

use florin_db::{DbError, Migration, Reader, Tx, params};
use florin_jobs::outbox;
use florin_kernel::{Currency, Env, LoanId, Money, TransferId, UserId, Uuid};
use florin_ledger::rules::{Code, Event};
use florin_ledger::{Ledger, chart, internal_account};
use florin_payments::{LoanDesk, LoanOwed, LoanReceipt, LoanReceived, LoanRefused, PayableLoan};

pub static LOANS: &[Migration] = &[Migration::new(
    "test_0001_loan",
    "CREATE TABLE test_loan (
        id {uuid} PRIMARY KEY, owner {uuid} NOT NULL, owed BIGINT NOT NULL, is_open {bool} NOT NULL
     ) {strict};
     CREATE TABLE test_receipt (payment {uuid} PRIMARY KEY, loan {uuid} NOT NULL, amount BIGINT NOT NULL) {strict};",
)];

pub struct Desk {
    pub ledger: Ledger,
    pub env: Env,
}

impl Desk {
    fn moves(&self, tx: &mut Tx<'_>, event: &Event, payment: TransferId) -> Result<Code, DbError> {
        let event = Event { group: Some(payment.uuid()), fresh: true, ..event.clone() };
        let outcome = self.ledger.post(tx, std::slice::from_ref(&event))?.remove(0).code;
        if outcome == Code::Created {
            outbox::publish(tx, "transfer.created", event.id.uuid(), self.env.now().as_microsecond())?;
        }
        Ok(outcome)
    }
}

fn refused(code: &'static str, text: &str) -> LoanRefused {
    LoanRefused { code, text: text.to_owned() }
}

fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

impl LoanDesk for Desk {
    fn find(
        &self,
        reader: &mut Reader<'_>,
        loan: LoanId,
        reach: Option<UserId>,
    ) -> Result<Option<PayableLoan>, DbError> {
        let row = reader.row("SELECT owner, is_open FROM test_loan WHERE id = $1", &params![loan.uuid()])?;
        let Some(row) = row else { return Ok(None) };
        let owner = UserId::from_uuid(row.get(0)?);
        let found =
            PayableLoan { currency: Currency::EUR, owner, kind: "personal".to_owned(), open: row.get(1)? };
        Ok(Some(found).filter(|found| reach.is_none_or(|reach| reach == found.owner)))
    }

    /// A quarter of what is owed is an instalment.
    fn owed(&self, reader: &mut Reader<'_>, loan: LoanId) -> Result<Option<LoanOwed>, DbError> {
        let row = reader.row("SELECT owed, is_open FROM test_loan WHERE id = $1", &params![loan.uuid()])?;
        let Some(row) = row else { return Ok(None) };
        let (owed, open): (i64, bool) = (row.get(0)?, row.get(1)?);
        Ok(open.then(|| LoanOwed { instalment: euros(owed / 4), payoff: euros(owed) }))
    }

    fn hold(&self, tx: &mut Tx<'_>, loan: LoanId) -> Result<(), DbError> {
        tx.row("SELECT owed FROM test_loan WHERE id = $1 FOR UPDATE", &params![loan.uuid()]).map(drop)
    }

    fn receive(
        &self,
        tx: &mut Tx<'_>,
        receipt: &LoanReceipt,
    ) -> Result<Result<LoanReceived, LoanRefused>, DbError> {
        const LOCK: &str = "SELECT owed, is_open FROM test_loan WHERE id = $1 FOR UPDATE";
        let Some(row) = tx.row(LOCK, &params![receipt.loan.uuid()])? else {
            return Ok(Err(refused("not_found", "there is no such loan")));
        };
        let (owed, open): (i64, bool) = (row.get(0)?, row.get(1)?);
        if !open {
            return Ok(Err(refused("loan_closed", "the loan is closed")));
        }
        if receipt.amount.minor() > owed {
            return Ok(Err(refused("above_payoff", "so much is not owed")));
        }
        let to = self.ledger.ensure_internal(tx, chart::LOAN_PRINCIPAL, Currency::EUR)?;
        let id = TransferId::from_uuid(self.env.new_uuid());
        let event = Event::transfer(id, receipt.from, to, receipt.amount.minor(), Currency::EUR);
        let event = Event { reach: receipt.by, ..event };
        if self.moves(tx, &event, receipt.payment)? != Code::Created {
            return Ok(Err(refused("insufficient_funds", "the money is not there")));
        }
        tx.execute(
            "UPDATE test_loan SET owed = owed - $2 WHERE id = $1",
            &params![receipt.loan.uuid(), receipt.amount.minor()],
        )?;
        tx.execute(
            "INSERT INTO test_receipt (payment, loan, amount) VALUES ($1, $2, $3)",
            &params![receipt.payment.uuid(), receipt.loan.uuid(), receipt.amount.minor()],
        )?;
        let (principal, nothing) = (receipt.amount, euros(0));
        Ok(Ok(LoanReceived {
            fees: nothing,
            interest: nothing,
            principal,
            escrow: nothing,
            held: nothing,
            loan: Arc::new(owed - receipt.amount.minor()),
        }))
    }

    fn give_back(
        &self,
        tx: &mut Tx<'_>,
        payment: TransferId,
        to: florin_kernel::AccountId,
    ) -> Result<Result<(), LoanRefused>, DbError> {
        let row =
            tx.row("SELECT loan, amount FROM test_receipt WHERE payment = $1", &params![payment.uuid()])?;
        let Some(row) = row else { return Ok(Err(refused("not_found", "nothing came by this payment"))) };
        let (loan, amount): (Uuid, i64) = (row.get(0)?, row.get(1)?);
        let from = internal_account(chart::LOAN_PRINCIPAL, Currency::EUR);
        let id = TransferId::from_uuid(self.env.new_uuid());
        let event = Event::transfer(id, from, to, amount, Currency::EUR);
        assert_eq!(self.moves(tx, &event, payment)?, Code::Created);
        tx.execute("UPDATE test_loan SET owed = owed + $2 WHERE id = $1", &params![loan, amount])?;
        tx.execute("DELETE FROM test_receipt WHERE payment = $1", &params![payment.uuid()])?;
        Ok(Ok(()))
    }
}
