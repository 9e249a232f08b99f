//! What is filled in of a customer, and what of it cannot be taken.

use std::fmt;

use florin_kernel::Date;

use crate::address::AddressForm;
use crate::ports::People;
use crate::{Address, BirthDate, Error, Fault, Phone, TaxId, TaxIdKind};

/// A customer as staff fill them in.
#[derive(Clone, Default)]
pub struct NewCustomer {
    /// What they are called.
    pub full_name: String,
    /// Where mail reaches them.
    pub email: String,
    /// Their telephone, in the form of E.164.
    pub phone: String,
    /// The day of birth, as 1990-05-17.
    pub date_of_birth: String,
    /// Their Social Security Number, if they have one.
    pub ssn: Option<String>,
    /// Their Social Insurance Number, if they have one; not both.
    pub sin: Option<String>,
    /// Where they live.
    pub address: AddressForm,
}

/// What to change of a customer; `None` leaves it.
#[derive(Clone, Default)]
pub struct ChangeCustomer {
    /// Another name.
    pub full_name: Option<String>,
    /// Another telephone.
    pub phone: Option<String>,
    /// Another day of birth.
    pub date_of_birth: Option<String>,
    /// A Social Security Number in the place of the number that there is, or none.
    pub ssn: Option<Option<String>>,
    /// A Social Insurance Number in the place of the number that there is, or none.
    pub sin: Option<Option<String>>,
    /// Another address, whole.
    pub address: Option<AddressForm>,
}

/// What a customer's record is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Details {
    pub phone: Phone,
    pub date_of_birth: BirthDate,
    pub tax_id: Option<TaxId>,
    pub address: Address,
}

/// What becomes of the tax number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum NumberChange {
    /// It stays.
    #[default]
    Keep,
    /// It is taken away.
    Remove,
    /// It is this one.
    Set(TaxId),
}

impl NumberChange {
    fn over(&self, before: Option<&TaxId>) -> Option<TaxId> {
        match self {
            Self::Keep => before.cloned(),
            Self::Remove => None,
            Self::Set(number) => Some(number.clone()),
        }
    }
}

/// A change whose fields can each be taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    pub full_name: Option<String>,
    pub phone: Option<Phone>,
    pub date_of_birth: Option<BirthDate>,
    pub tax_id: NumberChange,
    pub address: Option<Address>,
}

impl NewCustomer {
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub(crate) fn check(&self, people: &dyn People, today: Date) -> Result<Details, Error> {
        let mut faults = Vec::new();
        faults.extend(people.fault_of_name(&self.full_name).map(|why| Fault::invalid("full_name", why)));
        faults.extend(people.fault_of_email(&self.email).map(|why| Fault::invalid("email", why)));
        let changes = ChangeCustomer {
            full_name: None,
            phone: Some(self.phone.clone()),
            date_of_birth: Some(self.date_of_birth.clone()),
            ssn: self.ssn.clone().map(Some),
            sin: self.sin.clone().map(Some),
            address: Some(self.address.clone()),
        };
        match (changes.check(people, today), faults.is_empty()) {
            (Ok(changes), true) => changes.complete(),
            (Err(Error::Invalid(more)), _) => {
                faults.extend(more);
                Err(Error::Invalid(faults))
            }
            (Err(error), _) => Err(error),
            (Ok(_), false) => Err(Error::Invalid(faults)),
        }
    }
}

impl ChangeCustomer {
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub(crate) fn check(&self, people: &dyn People, today: Date) -> Result<Changes, Error> {
        let mut faults = Vec::new();
        if let Some(name) = &self.full_name {
            faults.extend(people.fault_of_name(name).map(|why| Fault::invalid("full_name", why)));
        }
        let phone = self.phone.as_deref().map(|text| Phone::parse(text).ok_or(PHONE));
        let born = self.date_of_birth.as_deref().map(|text| BirthDate::parse(text, today).ok_or(BIRTH_DATE));
        let tax_id = self.tax_id();
        let address = self.address.as_ref().map(AddressForm::check);
        let mut told = |(field, why): (&'static str, &'static str)| faults.push(Fault::invalid(field, why));
        let phone = phone.and_then(|read| read.map_err(&mut told).ok());
        let date_of_birth = born.and_then(|read| read.map_err(&mut told).ok());
        let tax_id = tax_id.map_err(|fault| faults.push(fault)).unwrap_or_default();
        let address = address.and_then(|read| read.map_err(|more| faults.extend(more)).ok());
        let full_name = self.full_name.clone();
        if faults.is_empty() {
            Ok(Changes { full_name, phone, date_of_birth, tax_id, address })
        } else {
            Err(Error::Invalid(faults))
        }
    }

    fn tax_id(&self) -> Result<NumberChange, Fault> {
        let read = |kind: TaxIdKind, text: &str| {
            TaxId::parse(kind, text).ok_or_else(|| Fault::invalid(kind.code(), kind.wanted()))
        };
        match (&self.ssn, &self.sin) {
            (Some(Some(_)), Some(Some(_))) => Err(Fault::new(
                "sin",
                "conflicting",
                "a Social Security or a Social Insurance Number is wanted, not both",
            )),
            (Some(Some(text)), _) => read(TaxIdKind::Ssn, text).map(NumberChange::Set),
            (_, Some(Some(text))) => read(TaxIdKind::Sin, text).map(NumberChange::Set),
            (Some(None), _) | (_, Some(None)) => Ok(NumberChange::Remove),
            (None, None) => Ok(NumberChange::Keep),
        }
    }
}

impl Changes {
    /// The record that these changes make where there is none.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every field that is missing.
    pub(crate) fn complete(&self) -> Result<Details, Error> {
        if let (Some(phone), Some(date_of_birth), Some(address)) =
            (&self.phone, self.date_of_birth, &self.address)
        {
            let (phone, tax_id, address) = (phone.clone(), self.tax_id.over(None), address.clone());
            return Ok(Details { phone, date_of_birth, tax_id, address });
        }
        let missing = [
            (self.phone.is_none(), "phone"),
            (self.date_of_birth.is_none(), "date_of_birth"),
            (self.address.is_none(), "address"),
        ];
        let missing = missing.into_iter().filter(|(missing, _)| *missing);
        Err(Error::Invalid(missing.map(|(_, field)| Fault::missing(field)).collect()))
    }

    /// The record after these changes.
    pub(crate) fn over(&self, before: &Details) -> Details {
        Details {
            phone: self.phone.clone().unwrap_or_else(|| before.phone.clone()),
            date_of_birth: self.date_of_birth.unwrap_or(before.date_of_birth),
            tax_id: self.tax_id.over(before.tax_id.as_ref()),
            address: self.address.clone().unwrap_or_else(|| before.address.clone()),
        }
    }
}

/// A field by its name: whether two records have the same of it, and the mask that the audit trail has.
type Field = (&'static str, fn(&Details, &Details) -> bool, fn(&Details) -> String);

impl Details {
    /// Every field.
    pub(crate) const FIELDS: [Field; 4] = [
        ("phone", |a, b| a.phone == b.phone, |details| details.phone.masked()),
        (
            "date_of_birth",
            |a, b| a.date_of_birth == b.date_of_birth,
            |details| details.date_of_birth.masked(),
        ),
        (
            "tax_id",
            |a, b| a.tax_id == b.tax_id,
            |details| details.tax_id.as_ref().map_or_else(|| "none".to_owned(), TaxId::masked),
        ),
        ("address", |a, b| a.address == b.address, |details| format!("*** {}", details.address.country)),
    ];
}

const PHONE: (&str, &str) =
    ("phone", "a phone number such as +14155550123 is wanted: a plus sign and 8 to 15 digits");
const BIRTH_DATE: (&str, &str) =
    ("date_of_birth", "a day such as 1990-05-17 is wanted, within the last 125 years and not to come");

impl fmt::Debug for NewCustomer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewCustomer(…)")
    }
}

impl fmt::Debug for ChangeCustomer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChangeCustomer(…)")
    }
}
