//! Enterprises that send bills.

use florin_kernel::{AccountId, BillerId, Currency, Timestamp};
use florin_vault::luhn;

use crate::checks::Fault;

/// The longest that a reference may be made.
const REFERENCE_MAX: u32 = 34;
/// The longest name, in characters.
const NAME_MAX: usize = 100;

/// What a customer's number with a biller is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceRule {
    /// Letters and digits.
    Any,
    /// Digits.
    Digits,
    /// Digits, the last of which is a check digit (ISO/IEC 7812-1, annex B).
    Luhn,
}

impl ReferenceRule {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Digits => "digits",
            Self::Luhn => "luhn",
        }
    }

    /// The rule of this name.
    pub fn find(code: &str) -> Option<Self> {
        [Self::Any, Self::Digits, Self::Luhn].into_iter().find(|rule| rule.code() == code)
    }
}

/// An enterprise that all customers can pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Biller {
    /// Its identifier.
    pub id: BillerId,
    /// What it is called.
    pub name: String,
    /// What it is paid for: `utilities`, `telecom`.
    pub category: String,
    /// The currency of its bills.
    pub currency: Currency,
    /// Its account here; without one it is owed what is paid until it is settled with.
    pub account: Option<AccountId>,
    /// How many characters its customers' numbers have.
    pub reference_length: (u32, u32),
    /// What they are made of.
    pub reference_rule: ReferenceRule,
    /// Whether it takes payments.
    pub active: bool,
    /// From 1; one more with each change.
    pub version: i64,
    /// When it was made known.
    pub created_at: Timestamp,
}

impl Biller {
    /// A customer's number with this biller, without blanks and hyphens and in upper case.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn reference(&self, text: &str) -> Result<zeroize::Zeroizing<String>, Fault> {
        let fault = |code, why: &str| Fault::new("reference", code, why);
        let kept = text.chars().filter(|c| *c != ' ' && *c != '-').map(|c| c.to_ascii_uppercase());
        let reference = zeroize::Zeroizing::new(kept.collect::<String>());
        let (min, max) = self.reference_length;
        let count = u32::try_from(reference.chars().count()).unwrap_or(u32::MAX);
        if !(min..=max).contains(&count) {
            return Err(fault("length", "the biller's numbers are shorter or longer than that"));
        }
        let digits = || reference.bytes().all(|byte| byte.is_ascii_digit());
        match self.reference_rule {
            ReferenceRule::Any if !reference.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                Err(fault("malformed", "the biller's numbers are letters and digits"))
            }
            ReferenceRule::Digits | ReferenceRule::Luhn if !digits() => {
                Err(fault("malformed", "the biller's numbers are digits"))
            }
            ReferenceRule::Luhn if !luhn::passes(&reference) => {
                Err(fault("check_digit", "the check digit of the number is wrong"))
            }
            _ => Ok(reference),
        }
    }
}

/// A biller to make known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBiller {
    /// What it is called.
    pub name: String,
    /// What it is paid for.
    pub category: String,
    /// The currency of its bills.
    pub currency: Currency,
    /// Its account here, if it has one.
    pub account: Option<AccountId>,
    /// How many characters its customers' numbers have.
    pub reference_length: (u32, u32),
    /// What they are made of.
    pub reference_rule: ReferenceRule,
}

impl NewBiller {
    pub(crate) fn check(&self) -> Result<(), Vec<Fault>> {
        let mut faults = Vec::new();
        faults.extend(fault_of_text("name", &self.name, NAME_MAX));
        faults.extend(fault_of_text("category", &self.category, 40));
        let (min, max) = self.reference_length;
        if min == 0 || min > max || max > REFERENCE_MAX {
            faults.push(Fault::new("reference_max", "out_of_range", "1 to 34 characters are possible"));
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}

/// What is to be changed of a biller; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BillerChange {
    /// The version that was read.
    pub version: i64,
    /// What it is called.
    pub name: Option<String>,
    /// What it is paid for.
    pub category: Option<String>,
    /// Whether it takes payments.
    pub active: Option<bool>,
}

impl BillerChange {
    pub(crate) fn check(&self) -> Result<(), Vec<Fault>> {
        let name = self.name.as_deref().and_then(|name| fault_of_text("name", name, NAME_MAX));
        let category = self.category.as_deref().and_then(|text| fault_of_text("category", text, 40));
        let faults: Vec<Fault> = name.into_iter().chain(category).collect();
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}

/// What is wrong with a short text that people read.
pub(crate) fn fault_of_text(field: &'static str, text: &str, chars_max: usize) -> Option<Fault> {
    let count = text.chars().count();
    let usable =
        (1..=chars_max).contains(&count) && !text.chars().any(char::is_control) && text.trim() == text;
    (!usable).then(|| {
        let hint = format!("1 to {chars_max} characters are wanted, without blanks at the ends");
        Fault::new(field, "invalid", hint)
    })
}

#[cfg(test)]
mod tests {
    use florin_kernel::Uuid;

    use super::*;

    fn biller(rule: ReferenceRule) -> Biller {
        Biller {
            id: BillerId::from_uuid(Uuid::nil()),
            name: "City Water".to_owned(),
            category: "utilities".to_owned(),
            currency: Currency::USD,
            account: None,
            reference_length: (8, 12),
            reference_rule: rule,
            active: true,
            version: 1,
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn references_are_what_the_biller_gives_out() {
        let read = |rule, text: &str| biller(rule).reference(text).map(|reference| reference.to_string());
        let code = |rule, text: &str| read(rule, text).map_err(|fault| fault.code);

        assert_eq!(read(ReferenceRule::Any, "ab-12 34 56"), Ok("AB123456".to_owned()));
        assert_eq!(code(ReferenceRule::Any, "1234567"), Err("length"));
        assert_eq!(code(ReferenceRule::Any, "1234567_"), Err("malformed"));
        assert_eq!(code(ReferenceRule::Digits, "1234567A"), Err("malformed"));
        assert_eq!(code(ReferenceRule::Luhn, "79927398713"), Ok("79927398713".to_owned()));
        assert_eq!(code(ReferenceRule::Luhn, "79927398710"), Err("check_digit"));
    }
}
