//! Lists of transfers: all of them for staff, and for a customer those of their own accounts.

use florin_db::{DbError, Reader};
use florin_kernel::{Action, Actor, Page, PageError, PageRequest, TransferId, UserId};
use florin_ledger::{Ledger, TransferView};

use crate::error::Error;
use crate::transfers::{Transfers, own_or_any, reach_of};
use crate::{Payment, payment};

/// How many accounts of one person a list looks into.
const ACCOUNTS_MAX: usize = 1_000;

/// A place in a list of transfers: when, and which of those made at once.
type Place = (i64, i64);

/// A transfer with what is recorded around it.
pub type Listed = (TransferView, Option<Payment>);

impl Transfers {
    /// Transfers, latest first: all for staff, those of one's own accounts for a customer.
    ///
    /// # Errors
    /// [`Error::Denied`], or what the database says.
    pub async fn list(
        &self,
        by: &Actor,
        page: &PageRequest,
    ) -> Result<Result<Page<Listed>, PageError>, Error> {
        by.permit(Action::ReadTransfer, own_or_any(by, "transfer"))?;
        let before = match page.cursor().map(place) {
            None => (i64::MAX, i64::MAX),
            Some(Some(before)) => before,
            Some(None) => return Ok(Err(PageError::Cursor)),
        };
        let (ledger, limit, reach) = (self.ledger.clone(), page.limit().saturating_add(1), reach_of(by));
        let found = self.db.read(move |r| {
            let ids = match reach {
                Some(owner) => of_person(&ledger, r, owner, before, limit)?,
                None => {
                    ledger.latest_transfers(r, before.1, limit)?.iter().map(|transfer| transfer.id).collect()
                }
            };
            let mut listed = Vec::with_capacity(ids.len());
            for id in ids {
                if let Some(view) = ledger.transfer(r, id)? {
                    listed.push((view, payment(r, id)?.map(|(payment, _)| payment)));
                }
            }
            Ok(listed)
        });
        let found = found.await.map_err(|error: DbError| error)?;
        Ok(Ok(page.page(found, |(view, _)| format!("{}.{}", view.transfer.at, view.transfer.seq))))
    }
}

fn place(cursor: &str) -> Option<Place> {
    let (at, seq) = cursor.split_once('.')?;
    Some((at.parse().ok()?, seq.parse().ok()?))
}

fn of_person(
    ledger: &Ledger,
    reader: &mut Reader<'_>,
    owner: UserId,
    before: Place,
    limit: usize,
) -> Result<Vec<TransferId>, DbError> {
    let mut found = Vec::new();
    for account in ledger.accounts_of(reader, owner, 0, ACCOUNTS_MAX)? {
        for entry in ledger.entries_before(reader, &account, before, limit)? {
            found.push(((entry.transfer.at, entry.transfer.seq), entry.transfer.id));
        }
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    // A transfer between two of one's own accounts is in both their lists.
    found.dedup();
    found.truncate(limit);
    Ok(found.into_iter().map(|(_, id)| id).collect())
}
