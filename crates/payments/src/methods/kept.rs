//! Cards that a processor keeps: saved by what the processor knows them by, and what it tells of them.

use florin_db::{DbError, Tx, params};
use florin_kernel::{PaymentMethodId, Permit, Timestamp, UserId};
use florin_vault::Masked;

use super::desk::PaymentMethods;
use super::{KeptCardForm, PaymentMethod, store};
use crate::checks::{Brand, CardExpiry, Fault, HolderName, noted};
use crate::error::{Error, taken};
use crate::ports::CardFacts;
use crate::sealing::Table;

/// How many characters a processor's identifier has at most.
const REFERENCE_MAX: usize = 255;

/// The mask of a card of which the last four digits alone are known: `****4242`.
pub(super) fn masked(digits: &str) -> Masked {
    // A mask shows the last four of eight characters and more.
    let from = digits.len().saturating_sub(4);
    Masked::last_four(&format!("0000{}", digits.get(from..).unwrap_or_default()))
}

/// A card as it is written: what was given, and what its keeper tells.
#[derive(Clone)]
struct Kept {
    processor: &'static str,
    reference: String,
    customer: Option<String>,
    masked: Masked,
    brand: Brand,
    expiry: CardExpiry,
    holder: String,
}

fn is_reference(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=REFERENCE_MAX).contains(&text.len()) && text.bytes().all(fits)
}

impl KeptCardForm {
    fn faults(&self) -> Vec<Fault> {
        let hint = "up to 255 letters, digits, hyphens and underscores are wanted";
        let mut faults = Vec::new();
        if !is_reference(&self.reference) {
            faults.push(Fault::new("reference", "malformed", hint));
        }
        if self.customer.as_deref().is_some_and(|customer| !is_reference(customer)) {
            faults.push(Fault::new("customer", "malformed", hint));
        }
        let holder = self.holder.parse::<HolderName>();
        noted(holder.map_err(|why| Fault::new("holder_name", "invalid", why)), &mut faults);
        faults
    }
}

impl PaymentMethods {
    /// Saves a card that a processor keeps, once the processor said that it does.
    pub(super) async fn save_kept(
        &self,
        permit: Permit,
        (id, user): (PaymentMethodId, UserId),
        form: KeptCardForm,
    ) -> Result<PaymentMethod, Error> {
        let mut faults = form.faults();
        let keeper = self.keepers.iter().find(|keeper| keeper.name() == form.processor);
        let Some(keeper) = keeper.filter(|_| faults.is_empty()) else {
            if keeper.is_none() {
                faults.push(Fault::new("processor", "unknown", "no such processor keeps cards here"));
            }
            return Err(Error::Invalid(faults));
        };
        let told = keeper.describe(&form.reference).await?;
        let told = told.ok_or_else(|| {
            let text = "the processor knows of no such card";
            Error::Invalid(vec![Fault::new("reference", "unknown", text)])
        })?;
        let mut kept = self.checked(keeper.name(), form, &told)?;
        kept.holder = self.sealing.seal(Table::Method, "holder", id.uuid(), &kept.holder)?;
        let this = self.clone();
        let made = self.db.write(permit, move |tx| {
            // Whoever knows another's reference does not come by their card, even after it was forgotten.
            if is_anothers(tx, &kept, user)? {
                return Err(Error::Duplicate("this card"));
            }
            insert(tx, (id, user), &kept, this.db.env().now())?;
            tx.note("kind", &"card");
            tx.note("processor", &kept.processor);
            tx.note("masked", &kept.masked);
            store::lock(tx, id)?.ok_or(Error::MethodNotFound)?.open(&this.sealing)
        });
        made.await.map_err(|error| taken(error, "this card"))
    }

    /// What is written of the card, if it is good and belongs to whom it is said to belong.
    fn checked(&self, processor: &'static str, form: KeptCardForm, told: &CardFacts) -> Result<Kept, Error> {
        let today = self.ledger.business_date(self.db.env().now());
        let mut faults = Vec::new();
        let expiry = CardExpiry::try_new(told.expires_month, told.expires_year);
        let expiry = expiry.and_then(|expiry| expiry.check(today));
        let expiry = noted(expiry.map_err(|why| Fault::new("reference", why.code(), why)), &mut faults);
        if form.customer.is_some() && form.customer != told.customer {
            faults.push(Fault::new("customer", "mismatch", "the processor keeps the card for another"));
        }
        let Some(expiry) = expiry.filter(|_| faults.is_empty()) else { return Err(Error::Invalid(faults)) };
        Ok(Kept {
            processor,
            reference: form.reference,
            customer: told.customer.clone(),
            masked: masked(&told.last_four),
            brand: Brand::find(&told.brand).unwrap_or(Brand::Other),
            expiry,
            holder: form.holder.parse::<HolderName>().map_or(form.holder, |name| name.expose().to_owned()),
        })
    }
}

fn is_anothers(tx: &mut Tx<'_>, kept: &Kept, user: UserId) -> Result<bool, DbError> {
    let row = tx.row(
        "SELECT 1 FROM payment_method WHERE processor = $1 AND processor_reference = $2 AND user_id <> $3 LIMIT 1",
        &params![kept.processor, &kept.reference, user.uuid()],
    )?;
    Ok(row.is_some())
}

fn insert(
    tx: &mut Tx<'_>,
    (id, user): (PaymentMethodId, UserId),
    card: &Kept,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO payment_method (id, user_id, kind, holder, card_masked, brand, expires_year, expires_month, processor,
                                     processor_reference, processor_customer, created_at_us)
         VALUES ($1, $2, 'card', $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &params![
            id.uuid(),
            user.uuid(),
            &card.holder,
            card.masked.as_str(),
            card.brand.code(),
            i64::from(card.expiry.year()),
            i64::from(card.expiry.month()),
            card.processor,
            &card.reference,
            card.customer.clone(),
            now,
        ],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_shows_the_last_four_however_often_it_is_made() {
        assert_eq!(masked("4242").as_str(), "****4242");
        assert_eq!(masked(masked("4242").as_str()).as_str(), "****4242");
    }

    #[test]
    fn a_reference_cannot_leave_its_place_in_a_path() {
        for text in ["", "pm_1/../x", "pm 1", "pm_é", &"a".repeat(256)] {
            assert!(!is_reference(text), "{text}");
        }
        assert!(is_reference("pm_1MqLiJLkdIwHu7ixUEgbFdYF"));
    }
}
