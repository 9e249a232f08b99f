//! Looking for customers' accounts, for staff.

use florin_kernel::{AccountId, Action, Actor, Resource, UserId};
use florin_ledger::AccountView;

use crate::accounts::Accounts;
use crate::checks::Fault;
use crate::error::Error;

/// How many accounts a search finds at most.
const FOUND_MAX: usize = 50;
/// How many people an email leads to at most.
const PEOPLE_MAX: usize = 10;
/// How long a search may be, in characters.
const TERM_MAX: usize = 254;
/// How many last digits of a number are looked at.
const DIGITS: std::ops::RangeInclusive<usize> = 1..=12;

/// What a search is for.
enum Sought {
    /// An account, or all of a person: both are identifiers.
    Identifier(florin_kernel::Uuid),
    /// Numbers that leave this rest by this modulus.
    Ending { modulus: i64, rest: i64 },
    /// The accounts of those whose email begins so.
    Email(String),
}

impl Sought {
    fn of(term: &str) -> Option<Self> {
        let term = term.trim();
        if term.chars().count() > TERM_MAX {
            return None;
        }
        if let Ok(id) = term.parse::<AccountId>() {
            return Some(Self::Identifier(id.uuid()));
        }
        if term.contains('@') {
            return Some(Self::Email(term.to_owned()));
        }
        let digits = term.trim_start_matches('*');
        let usable = DIGITS.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let count = u32::try_from(digits.len()).ok().filter(|_| usable)?;
        Some(Self::Ending { modulus: 10_i64.checked_pow(count)?, rest: digits.parse().ok()? })
    }
}

impl Accounts {
    /// Customers' accounts by their identifier or the last digits of their number, or by their owner's identifier or
    /// email; fifty at most, in the order they were opened.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Invalid`] for what is none of these, or what the database says.
    pub async fn search(&self, by: &Actor, term: &str) -> Result<Vec<AccountView>, Error> {
        by.permit(Action::ReadAccount, Resource::kind("account"))?;
        let hint = "an identifier, an email, or up to 12 last digits of a number are wanted";
        let sought = Sought::of(term);
        let sought =
            sought.ok_or_else(|| Error::Invalid(vec![Fault::new("search_term", "malformed", hint)]))?;
        let (ledger, customers) = (self.ledger.clone(), self.customers.clone());
        self.db
            .read(move |r| {
                let people = match sought {
                    Sought::Ending { modulus, rest } => {
                        return Ok(ledger.accounts_ending_in(r, modulus, rest, FOUND_MAX)?);
                    }
                    Sought::Identifier(id) => {
                        let account = ledger.account(r, AccountId::from_uuid(id))?;
                        if let Some(account) = account.filter(|account| account.owner.is_some()) {
                            return Ok(vec![account]);
                        }
                        vec![UserId::from_uuid(id)]
                    }
                    Sought::Email(email) => customers.by_email(r, &email, PEOPLE_MAX)?,
                };
                let mut found = Vec::new();
                for person in people {
                    found.extend(ledger.accounts_of(r, person, 0, FOUND_MAX)?);
                }
                found.sort_by_key(|account| account.no);
                found.truncate(FOUND_MAX);
                Ok::<_, Error>(found)
            })
            .await
    }
}
