//! Bank accounts elsewhere, in the United States and in Canada.

use std::fmt;

use florin_vault::{AccountNumber, Masked};
use zeroize::Zeroizing;

use super::{CanadianBranch, Fault, HolderName, RoutingNumber, noted};

/// How many digits an account's number has in the United States (Nacha, entry detail, field 5).
const US_DIGITS: std::ops::RangeInclusive<usize> = 4..=17;
/// How many it has in Canada (Payments Canada, Standard 005).
const CA_DIGITS: std::ops::RangeInclusive<usize> = 7..=12;
/// Between bank and account in the sealed text.
const DIVIDER: char = '/';

/// Where a bank account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BankCountry {
    /// The United States.
    Us,
    /// Canada.
    Ca,
}

impl BankCountry {
    /// The code in ISO 3166-1.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Us => "US",
            Self::Ca => "CA",
        }
    }

    /// The country of this code.
    pub fn find(code: &str) -> Option<Self> {
        [Self::Us, Self::Ca].into_iter().find(|country| country.code() == code)
    }
}

/// What kind of account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountType {
    /// For everyday payments.
    Checking,
    /// For savings.
    Savings,
}

impl AccountType {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Savings => "savings",
        }
    }

    /// The type of this name.
    pub fn find(code: &str) -> Option<Self> {
        [Self::Checking, Self::Savings].into_iter().find(|kind| kind.code() == code)
    }
}

/// The bank, or the branch of it, where an account is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BankPlace {
    /// In the United States.
    Us(RoutingNumber),
    /// In Canada.
    Ca(CanadianBranch),
}

impl BankPlace {
    /// The country.
    pub const fn country(&self) -> BankCountry {
        match self {
            Self::Us(_) => BankCountry::Us,
            Self::Ca(_) => BankCountry::Ca,
        }
    }

    /// Nine digits, of which the last four are shown.
    fn electronic(&self) -> String {
        match self {
            Self::Us(routing) => routing.digits().to_owned(),
            Self::Ca(branch) => branch.electronic(),
        }
    }

    fn from_electronic(country: BankCountry, text: &str) -> Option<Self> {
        match country {
            BankCountry::Us => text.parse().ok().map(Self::Us),
            BankCountry::Ca => CanadianBranch::from_electronic(text).ok().map(Self::Ca),
        }
    }
}

/// A bank account elsewhere. It prints as its mask.
#[derive(Clone, PartialEq, Eq)]
pub struct BankAccount {
    /// Where it is.
    pub place: BankPlace,
    /// Its number there.
    pub number: AccountNumber,
    /// What kind of account it is.
    pub kind: AccountType,
    /// Whose it is.
    pub holder: HolderName,
}

impl BankAccount {
    /// The last four digits of its number: `****5678`.
    pub fn masked(&self) -> Masked {
        self.number.masked()
    }

    /// The last four digits of its bank's number.
    pub fn masked_bank(&self) -> Masked {
        Masked::last_four(&self.place.electronic())
    }

    /// Bank and number as they are sealed, and compared.
    pub(crate) fn sealed_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}{DIVIDER}{}", self.place.electronic(), self.number.expose()))
    }

    /// The account of which these are the parts; `None` for what was never one.
    pub(crate) fn from_sealed_text(country: &str, kind: &str, text: &str, holder: &str) -> Option<Self> {
        let (place, number) = text.split_once(DIVIDER)?;
        Some(Self {
            place: BankPlace::from_electronic(BankCountry::find(country)?, place)?,
            number: number.parse().ok()?,
            kind: AccountType::find(kind)?,
            holder: holder.parse().ok()?,
        })
    }
}

impl fmt::Debug for BankAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BankAccount({} {})", self.place.country().code(), self.number)
    }
}

/// A bank account as a client gives it.
#[derive(Default)]
pub struct BankAccountForm {
    /// `US` or `CA`.
    pub country: String,
    /// The routing number, in the United States.
    pub routing_number: Option<String>,
    /// The institution's number, in Canada.
    pub institution_number: Option<String>,
    /// The branch's number, in Canada.
    pub transit_number: Option<String>,
    /// The account's number.
    pub account_number: Zeroizing<String>,
    /// `checking` or `savings`.
    pub account_type: String,
    /// Whose it is.
    pub holder: String,
}

impl BankAccountForm {
    /// The account, when all of it can be.
    ///
    /// # Errors
    /// Every fault.
    pub fn read(&self) -> Result<BankAccount, Vec<Fault>> {
        let mut faults = Vec::new();
        let country = BankCountry::find(&self.country)
            .ok_or_else(|| Fault::new("country", "unknown", "US or CA is wanted"));
        let Some(country) = noted(country, &mut faults) else { return Err(faults) };
        let place = noted(self.place(country), &mut faults);
        let number = noted(self.number(country), &mut faults);
        let kind = AccountType::find(&self.account_type)
            .ok_or_else(|| Fault::new("account_type", "unknown", "checking or savings is wanted"));
        let kind = noted(kind, &mut faults);
        let holder = self.holder.parse().map_err(|why| Fault::new("holder_name", "invalid", why));
        match (place, number, kind, noted(holder, &mut faults)) {
            (Some(place), Some(number), Some(kind), Some(holder)) => {
                Ok(BankAccount { place, number, kind, holder })
            }
            _ => Err(faults),
        }
    }

    fn place(&self, country: BankCountry) -> Result<BankPlace, Fault> {
        let wanted = |field| Fault::new(field, "required", "it is wanted in this country");
        let foreign = |field| Fault::new(field, "unknown", "there is no such number in this country");
        match country {
            BankCountry::Us if self.institution_number.is_some() => Err(foreign("institution_number")),
            BankCountry::Us if self.transit_number.is_some() => Err(foreign("transit_number")),
            BankCountry::Us => {
                let text = self.routing_number.as_deref().ok_or_else(|| wanted("routing_number"))?;
                let routing: Result<RoutingNumber, _> = text.parse();
                routing.map(BankPlace::Us).map_err(|why| Fault::new("routing_number", why.code(), why))
            }
            BankCountry::Ca if self.routing_number.is_some() => Err(foreign("routing_number")),
            BankCountry::Ca => {
                let institution =
                    self.institution_number.as_deref().ok_or_else(|| wanted("institution_number"))?;
                let transit = self.transit_number.as_deref().ok_or_else(|| wanted("transit_number"))?;
                let branch = CanadianBranch::try_new(institution, transit);
                branch.map(BankPlace::Ca).map_err(|why| Fault::new(why.field(), "malformed", why))
            }
        }
    }

    fn number(&self, country: BankCountry) -> Result<AccountNumber, Fault> {
        let (digits, hint) = match country {
            BankCountry::Us => (US_DIGITS, "an account number in the United States has 4 to 17 digits"),
            BankCountry::Ca => (CA_DIGITS, "an account number in Canada has 7 to 12 digits"),
        };
        let number: Result<AccountNumber, _> = self.account_number.parse();
        let usable = |number: &AccountNumber| {
            let text = number.expose();
            digits.contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_digit())
                && text.bytes().any(|byte| byte != b'0')
        };
        number.ok().filter(usable).ok_or_else(|| Fault::new("account_number", "malformed", hint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn us(routing: &str, number: &str) -> BankAccountForm {
        BankAccountForm {
            country: "US".to_owned(),
            routing_number: Some(routing.to_owned()),
            account_number: Zeroizing::new(number.to_owned()),
            account_type: "checking".to_owned(),
            holder: "Ada Example".to_owned(),
            ..Default::default()
        }
    }

    fn faults(form: &BankAccountForm) -> Vec<(&'static str, &'static str)> {
        let found = form.read().expect_err("it was taken");
        found.into_iter().map(|fault| (fault.field, fault.code)).collect()
    }

    #[test]
    fn an_account_reads_back_from_what_is_sealed_and_prints_its_end_alone() {
        let account = us("021000021", "12345 678").read().unwrap();
        let text = account.sealed_text();

        assert_eq!(&**text, "021000021/12345678");
        assert_eq!(
            BankAccount::from_sealed_text("US", "checking", &text, "Ada Example"),
            Some(account.clone())
        );
        assert_eq!(BankAccount::from_sealed_text("DE", "checking", &text, "Ada Example"), None);
        assert_eq!(format!("{account:?} {}", account.masked_bank()), "BankAccount(US ****5678) ****0021");
    }

    #[test]
    fn every_fault_is_told_and_none_repeats_a_number() {
        let mut form = us("021000022", "123");
        form.account_type = "current".to_owned();
        form.holder = "?".to_owned();
        assert_eq!(
            faults(&form),
            [
                ("routing_number", "check_digit"),
                ("account_number", "malformed"),
                ("account_type", "unknown"),
                ("holder_name", "invalid"),
            ]
        );
        assert!(form.read().unwrap_err().iter().all(|fault| !fault.message.contains("021000022")));
        assert_eq!(faults(&us("021000021", "000000")), [("account_number", "malformed")]);
        assert_eq!(faults(&us("021000021", "GB82WEST")), [("account_number", "malformed")]);
        assert_eq!(
            faults(&BankAccountForm { country: "DE".to_owned(), ..us("", "1") }),
            [("country", "unknown")]
        );
        let canadian = BankAccountForm { country: "CA".to_owned(), ..us("021000021", "1234567") };
        assert_eq!(faults(&canadian), [("routing_number", "unknown")]);
        let canadian = BankAccountForm { routing_number: None, ..canadian };
        assert_eq!(faults(&canadian), [("institution_number", "required")]);
        let canadian = BankAccountForm {
            institution_number: Some("001".to_owned()),
            transit_number: Some("01234".to_owned()),
            ..canadian
        };
        assert_eq!(canadian.read().unwrap().masked_bank().as_str(), "****1234");
        let short = BankAccountForm { account_number: Zeroizing::new("123456".to_owned()), ..canadian };
        assert_eq!(faults(&short), [("account_number", "malformed")]);
    }
}
