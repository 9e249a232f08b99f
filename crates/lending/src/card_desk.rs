//! Cash that a cardholder draws into an account of their own.

use std::sync::Arc;

use florin_db::idempotency::{Answer, Frozen, IdempotencyKey};
use florin_kernel::{AccountId, Action, Actor, LoanId, Money, TransferId};

use crate::card_books::{Draw, DrawKind, Drawn, NotDrawn};
use crate::service::{reach_of, resource_of};
use crate::{Error, Loans};

/// Makes the answer to a draw that is frozen in its commit.
pub type DrawnRendered = Arc<dyn Fn(&Drawn) -> Frozen + Send + Sync>;

impl Loans {
    /// Draws cash on a card into an account of the cardholder's, once.
    ///
    /// # Errors
    /// [`Error::LoanNotFound`], [`Error::NotACard`], [`Error::External`], [`Error::Standing`], [`Error::OverLimit`],
    /// [`Error::AccountNotFound`], [`Error::CurrencyMismatch`], [`Error::Ledger`], [`Error::Denied`].
    #[tracing::instrument(name = "lending.card.draw", skip_all, fields(loan.id = %id))]
    pub async fn draw_cash(
        &self,
        by: &Actor,
        key: IdempotencyKey,
        id: LoanId,
        (to, amount): (AccountId, Money),
        render: DrawnRendered,
    ) -> Result<Answer, Error> {
        let row = self.row_within(by, id).await?;
        let permit = by.permit(Action::DrawOnLoan, resource_of(&row))?;
        self.must_own(row.borrower, to).await?;
        let (loans, reach) = (self.clone(), reach_of(by));
        self.db
            .write_once(permit, key, move |tx| {
                let transfer = TransferId::from_uuid(loans.db.env().new_uuid());
                let draw = Draw { loan: id, transfer, to, amount, kind: DrawKind::Cash, by: reach };
                let drawn = loans.draw(tx, &draw)?.map_err(Error::from)?;
                tx.about(drawn.event.uuid());
                Ok::<_, Error>(render(&drawn))
            })
            .await
    }
}

impl From<NotDrawn> for Error {
    fn from(refused: NotDrawn) -> Self {
        match refused {
            NotDrawn::NotFound => Self::LoanNotFound,
            NotDrawn::NotACard => Self::NotACard,
            NotDrawn::External => Self::External,
            NotDrawn::Standing(status) => Self::Standing(status),
            NotDrawn::Currency(currency) => Self::CurrencyMismatch(currency),
            NotDrawn::Sum => Self::NotRecorded(crate::NotRecorded::Sum),
            NotDrawn::OverLimit { .. } => Self::OverLimit(refused.to_string()),
            NotDrawn::Ledger(code) => Self::Ledger(code),
        }
    }
}
