//! What lending asks of others, fulfilled; and what two must agree on before it is done to a loan.

use std::sync::Arc;

use florin_access::{Afterwards, Approvals, Held, HeldCommand};
use florin_db::{Db, DbError, Reader, Tx};
use florin_identity::{Email, Identity};
use florin_kernel::{Action, Actor, LoanId, Resource, Timestamp, UserId};
use florin_ledger::Ledger;
use florin_lending::{
    Borrowers, BuiltInScore, Error as LendingError, Loans, Products, Rescheduling, Rules, TaxNumber, Weighty,
};
use florin_parties::{Phone, TaxId, TaxIdKind};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::config::Config;
use crate::{Change, StartError};

/// The kinds of held commands about loans.
const RESCHEDULE: &str = "loan.reschedule";
const WRITE_OFF: &str = "loan.write_off";
/// How many people are looked at whose email begins alike.
const ALIKE_MAX: usize = 20;

/// The customers of identity, and the numbers of parties.
struct KnownBorrowers(Arc<Identity>);

impl Borrowers for KnownBorrowers {
    fn fault_of_email(&self, email: &str) -> Option<String> {
        email.parse::<Email>().err().map(|error| error.to_string())
    }

    fn phone(&self, text: &str) -> Option<Zeroizing<String>> {
        Phone::parse(text).map(|phone| Zeroizing::new(phone.expose().to_owned()))
    }

    fn tax_number(&self, kind: TaxNumber, text: &str) -> Option<Zeroizing<String>> {
        let kind = match kind {
            TaxNumber::Ssn => TaxIdKind::Ssn,
            TaxNumber::Sin => TaxIdKind::Sin,
        };
        TaxId::parse(kind, text).map(|number| Zeroizing::new(number.expose().to_owned()))
    }

    fn by_email(&self, reader: &mut Reader<'_>, email: &str) -> Result<Option<UserId>, DbError> {
        let Ok(email) = email.parse::<Email>() else { return Ok(None) };
        for user in Identity::find_customers(reader, email.as_str(), ALIKE_MAX)? {
            let person = Identity::find_person(reader, user)?;
            if person.is_some_and(|person| person.profile.email.as_str().eq_ignore_ascii_case(email.as_str()))
            {
                return Ok(Some(user));
            }
        }
        Ok(None)
    }

    fn is_known(&self, tx: &mut Tx<'_>, user: UserId) -> Result<bool, DbError> {
        self.0.is_known(tx, user)
    }
}

/// The institution's lending, of the products that the configuration names. Blocking.
///
/// # Errors
/// [`StartError`], which names the file of products and what is wrong with it.
pub(crate) fn open(
    config: &Config,
    db: &Db,
    ledger: &Ledger,
    identity: &Arc<Identity>,
    vault: &florin_vault::Keyring,
) -> Result<Loans, StartError> {
    let rules = Rules {
        creditor: config.instance.name.clone(),
        creditor_address: config.lending.creditor_address.clone(),
        agency: config.lending.agency.clone(),
        four_eyes: config.access.four_eyes,
        offer_days: config.lending.offer_days,
    };
    let (borrowers, score) = (Arc::new(KnownBorrowers(Arc::clone(identity))), Arc::new(BuiltInScore));
    let products = Arc::new(products(config)?);
    Ok(Loans::new(db.clone(), ledger.clone(), products, vault.clone(), borrowers, score, rules))
}

fn products(config: &Config) -> Result<Products, StartError> {
    let file = &config.lending.products;
    let invalid = |error: &dyn std::fmt::Display| {
        StartError::System(format!("lending.products: {}: {error}", file.display()))
    };
    if file.as_os_str().is_empty() {
        return Products::shipped().map_err(|error| invalid(&error));
    }
    let text = std::fs::read_to_string(file).map_err(|error| invalid(&error))?;
    Products::parse(&text).map_err(|error| invalid(&error))
}

/// Where two agree on what becomes of a loan. Clones share it.
#[derive(Clone)]
pub struct LoanDesk {
    db: Db,
    loans: Loans,
    approvals: Approvals,
    four_eyes: bool,
}

impl LoanDesk {
    pub(crate) fn new(db: Db, loans: Loans, approvals: Approvals, four_eyes: bool) -> Self {
        Self { db, loans, approvals, four_eyes }
    }

    /// Agrees on other instalments or expects nothing more of a loan, or asks a second person to.
    ///
    /// # Errors
    /// [`LendingError`].
    pub async fn decide(
        &self,
        by: &Actor,
        id: LoanId,
        what: Weighty,
        note: Option<String>,
    ) -> Result<Change, LendingError> {
        let permit = self.loans.may(by, id, what).await?;
        let (env, loans, approvals) = (self.db.env().clone(), self.loans.clone(), self.approvals.clone());
        let asked_by = by.user().filter(|_| self.four_eyes);
        let user = by.user();
        self.db
            .write(permit, move |tx| {
                if let Some(asked_by) = asked_by {
                    let borrower = loans.payable(&mut tx.reader(), id, None)?.and_then(|loan| loan.borrower);
                    let held = held(id, what, (asked_by, borrower), note.as_deref());
                    return Ok(Change::Held(approvals.hold(tx, &held, asked_by, env.now())?));
                }
                loans.carry_out(tx, id, what, user, note.clone())??;
                Ok::<_, LendingError>(Change::Made)
            })
            .await
    }
}

fn held(
    id: LoanId,
    what: Weighty,
    (asked_by, borrower): (UserId, Option<UserId>),
    note: Option<&str>,
) -> Held {
    let (kind, mut payload) = match what {
        Weighty::Reschedule(how) => (
            RESCHEDULE,
            json!({
                "instalments": how.instalments,
                "first_due_date": how.first_due_on.to_string(),
                "capitalize": how.capitalize,
            }),
        ),
        Weighty::WriteOff => (WRITE_OFF, json!({})),
    };
    if let Some(fields) = payload.as_object_mut() {
        fields.insert("asked_by".to_owned(), asked_by.to_string().into());
        fields.insert("borrower".to_owned(), borrower.map(|borrower| borrower.to_string()).into());
        fields.insert("note".to_owned(), note.into());
    }
    Held { kind: kind.to_owned(), subject: id.uuid(), payload }
}

/// Does one kind of these once a second person agreed.
struct HeldLoan {
    kind: &'static str,
    action: Action,
    loans: Loans,
}

/// The commands about loans that can be held.
pub(crate) fn commands(loans: &Loans) -> [Arc<dyn HeldCommand>; 2] {
    let command = |kind, action| Arc::new(HeldLoan { kind, action, loans: loans.clone() });
    [command(RESCHEDULE, Action::RescheduleLoan), command(WRITE_OFF, Action::WriteOffLoan)]
}

/// The loan is the borrower's, who is never the second person, whatever else they are.
fn resource_of(held: &Held) -> Resource {
    let borrower = held.payload.get("borrower").and_then(Value::as_str);
    let loan = Resource::one("loan", held.subject);
    match borrower.and_then(|id| id.parse::<UserId>().ok()) {
        Some(borrower) => loan.owned_by(borrower),
        None => loan,
    }
}

impl HeldCommand for HeldLoan {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn action(&self) -> Action {
        self.action
    }

    fn resource(&self, held: &Held) -> Resource {
        resource_of(held)
    }

    fn carry_out(
        &self,
        tx: &mut Tx<'_>,
        held: &Held,
        _: Timestamp,
    ) -> Result<Result<Afterwards, String>, DbError> {
        let Some(what) = what_of(self.kind, &held.payload) else {
            return Ok(Err("the request does not say what is to be done".to_owned()));
        };
        let text = |name: &str| held.payload.get(name).and_then(Value::as_str);
        let asked_by = text("asked_by").and_then(|text| text.parse().ok());
        let note = text("note").map(str::to_owned);
        let done = self.loans.carry_out(tx, LoanId::from_uuid(held.subject), what, asked_by, note)?;
        tx.about(held.subject);
        Ok(done.map(|_| Box::new(|| ()) as Afterwards).map_err(|refused| refused.to_string()))
    }
}

fn what_of(kind: &str, payload: &Value) -> Option<Weighty> {
    if kind == WRITE_OFF {
        return Some(Weighty::WriteOff);
    }
    Some(Weighty::Reschedule(Rescheduling {
        instalments: u16::try_from(payload.get("instalments")?.as_u64()?).ok()?,
        first_due_on: payload.get("first_due_date")?.as_str()?.parse().ok()?,
        capitalize: payload.get("capitalize")?.as_bool()?,
    }))
}

#[cfg(test)]
mod tests {
    use florin_kernel::Uuid;

    use super::*;

    #[test]
    fn what_is_held_about_a_loan_is_its_borrowers_so_that_they_do_not_decide_about_it() {
        let (officer, borrower) =
            (UserId::from_uuid(Uuid::from_u128(1)), UserId::from_uuid(Uuid::from_u128(2)));
        let loan = LoanId::from_uuid(Uuid::from_u128(3));

        let held = held(loan, Weighty::WriteOff, (officer, Some(borrower)), None);

        assert_eq!(resource_of(&held).owner, Some(borrower));
        assert_eq!(what_of(&held.kind, &held.payload), Some(Weighty::WriteOff));
    }
}
