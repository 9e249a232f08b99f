//! What the institution hands out: documents made of what the domains know, a few at once.

use std::time::Duration;

use florin_documents::{
    AccountKind, AccountStatement, Basis, Direction, Document, Entry, Error as NoDocument, Format,
    Institution, Paper, Party, Period, Rendered, render, render_on,
};
use florin_kernel::{AccountId, Actor, Amount, Date, Env, UserId};
use florin_ledger::Ledger;
use florin_lending::Error as LendingError;
use florin_parties::{Address, Customers, Error as PartiesError};
use florin_payments::{Accounts, Activity, Booked, Error as PaymentsError, masked_number};
use jiff::tz::TimeZone;
use thiserror::Error;

use crate::StartError;
use crate::config::Config;
use crate::workshop::{NotDone, Workshop};

/// The longest period of a statement, in days: a year with something to spare.
pub const PERIOD_DAYS_MAX: i32 = 400;
/// The most entries of a statement.
pub const ENTRIES_MAX: usize = 50_000;
/// The most entries of a statement that is printed: a thousand pages are for nobody.
pub const PRINTED_MAX: usize = 10_000;

/// Documents. Clones share the places at which they are made.
#[derive(Clone)]
pub struct Documents {
    accounts: Accounts,
    customers: Customers,
    ledger: Ledger,
    env: Env,
    zone: TimeZone,
    institution: Institution,
    paper: Option<Paper>,
    workshop: Workshop,
}

/// Why there is no document.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// What payments refuse.
    #[error(transparent)]
    Payments(#[from] PaymentsError),
    /// What lending refuses.
    #[error(transparent)]
    Lending(#[from] LendingError),
    /// There is no such document of it: no payment went, nothing was refused.
    #[error("there is no such document: {0}")]
    NoSuch(&'static str),
    /// What parties refuse.
    #[error(transparent)]
    Parties(#[from] PartiesError),
    /// Figures that contradict each other, or a format that the document has not.
    #[error(transparent)]
    Document(#[from] NoDocument),
    /// The period ends before it begins.
    #[error("the period ends before it begins")]
    Backwards,
    /// The period is longer than a statement may be.
    #[error("a period of at most {PERIOD_DAYS_MAX} days is wanted")]
    TooLong,
    /// The period is not over, or has not begun.
    #[error("the period ends after today")]
    Future,
    /// More documents are asked for than can be made in time.
    #[error("more documents are asked for than can be made in time")]
    Busy,
    /// Making it ended early.
    #[error("making the document ended early")]
    Broken,
}

impl Documents {
    /// Documents of the institution that the configuration describes.
    ///
    /// # Errors
    /// [`StartError::System`] for a paper that there is not.
    pub(crate) fn new(
        config: &Config,
        (accounts, customers): (&Accounts, &Customers),
        ledger: &Ledger,
        env: &Env,
        zone: &TimeZone,
    ) -> Result<Self, StartError> {
        let instance = &config.instance;
        let lines = instance.address.split(';').map(str::trim).filter(|line| !line.is_empty());
        let paper = match instance.paper.as_str() {
            "" => None,
            paper => Some(paper.parse().map_err(|_| {
                StartError::System(format!("instance.paper: {paper}: a4, letter or nothing is wanted"))
            })?),
        };
        let institution = Institution {
            name: instance.name.clone(),
            address: lines.map(str::to_owned).collect(),
            bank_id: instance.bank_id.clone(),
        };
        Ok(Self {
            accounts: accounts.clone(),
            customers: customers.clone(),
            ledger: ledger.clone(),
            env: env.clone(),
            zone: zone.clone(),
            institution,
            paper,
            workshop: Workshop::new(
                config.server.documents_max,
                Duration::from_millis(config.server.queue_timeout_ms.into()),
            ),
        })
    }

    /// Who issues them.
    pub fn institution(&self) -> &Institution {
        &self.institution
    }

    /// The document in a format, made beside the threads that serve requests.
    ///
    /// # Errors
    /// [`DocumentError::Document`], [`DocumentError::Busy`].
    pub async fn make(&self, document: Document, format: Format) -> Result<Rendered, DocumentError> {
        let paper = self.paper;
        let work = move || match paper {
            Some(paper) => render_on(&document, format, paper),
            None => render(&document, format),
        };
        match self.workshop.within(work).await {
            Ok(made) => Ok(made?),
            Err(NotDone::Busy) => Err(DocumentError::Busy),
            Err(NotDone::Broken) => Err(DocumentError::Broken),
        }
    }

    /// The statement of an account from the first day to the last: of this month so far where no days are given.
    ///
    /// # Errors
    /// [`DocumentError`].
    #[tracing::instrument(name = "app.documents.account_statement", skip_all, fields(account.id = %id, %format))]
    pub async fn account_statement(
        &self,
        by: &Actor,
        id: AccountId,
        (from, to): (Option<Date>, Option<Date>),
        format: Format,
    ) -> Result<Rendered, DocumentError> {
        let period = self.period(from, to)?;
        let most = if format == Format::Pdf { PRINTED_MAX } else { ENTRIES_MAX };
        let begin = self.midnight(period.from())?;
        let end = self.midnight(period.to().tomorrow().map_err(|_| DocumentError::Future)?)?;
        let activity = self.accounts.activity(by, id, (begin, end), most).await?;
        let holder = match activity.account.owner {
            Some(owner) => self.holder(by, owner).await?,
            None => Party { name: self.institution.name.clone(), address: Vec::new() },
        };
        let statement = self.statement(activity, holder, period)?;
        self.make(Document::AccountStatement(Box::new(statement)), format).await
    }

    pub(crate) fn period(&self, from: Option<Date>, to: Option<Date>) -> Result<Period, DocumentError> {
        let today = self.ledger.business_date(self.env.now());
        let to = to.unwrap_or(today);
        let period = Period::new(from.unwrap_or_else(|| to.first_of_month()), to);
        let period = period.map_err(|_| DocumentError::Backwards)?;
        if period.to() > today {
            return Err(DocumentError::Future);
        }
        let days = (period.to() - period.from()).get_days();
        if days >= PERIOD_DAYS_MAX { Err(DocumentError::TooLong) } else { Ok(period) }
    }

    /// The business day of a moment.
    pub(crate) fn day_of(&self, at: florin_kernel::Timestamp) -> Date {
        self.ledger.business_date(at)
    }

    /// When a day begins where the institution is.
    fn midnight(&self, day: Date) -> Result<florin_kernel::Timestamp, DocumentError> {
        let begun = day.to_zoned(self.zone.clone()).map_err(|_| DocumentError::Future)?;
        Ok(begun.timestamp())
    }

    /// Name and address of a person, as far as whoever asks may know them.
    ///
    /// # Errors
    /// [`DocumentError::Parties`] when the database fails.
    pub async fn holder(&self, by: &Actor, person: UserId) -> Result<Party, DocumentError> {
        match self.customers.find(by, person).await {
            Ok(customer) => {
                let address = customer.address.as_ref().map(lines).unwrap_or_default();
                Ok(Party { name: customer.full_name, address })
            }
            Err(PartiesError::Denied(_) | PartiesError::CustomerNotFound) => {
                Ok(Party { name: "Account holder on file".to_owned(), address: Vec::new() })
            }
            Err(error) => Err(error.into()),
        }
    }

    fn statement(
        &self,
        activity: Activity,
        holder: Party,
        period: Period,
    ) -> Result<AccountStatement, DocumentError> {
        let entry = |booked: Booked| -> Result<Entry, DocumentError> {
            Ok(Entry {
                id: booked.transfer.to_string(),
                booked_on: self.ledger.business_date(booked.at),
                value_on: booked.value_on,
                counterparty: Some(other_side(&booked)),
                direction: if booked.is_credit { Direction::Credit } else { Direction::Debit },
                amount: Amount::new(booked.amount).map_err(NoDocument::from)?,
                balance: booked.balance,
                description: described(booked),
            })
        };
        let account = activity.account;
        Ok(AccountStatement {
            institution: self.institution.clone(),
            holder,
            number: masked_number(account.no),
            account_key: account.id.uuid().simple().to_string(),
            kind: match account.kind.as_str() {
                "checking" => AccountKind::Checking,
                "savings" => AccountKind::Savings,
                _ => AccountKind::Internal,
            },
            period,
            basis: Basis::Booking,
            drawn_at: self.env.now(),
            opening: activity.opening,
            closing: activity.closing,
            entries: activity.booked.into_iter().map(entry).collect::<Result<_, _>>()?,
        })
    }
}

/// An address as lines of an envelope.
fn lines(address: &Address) -> Vec<String> {
    let part = |text: &Option<String>| text.clone().unwrap_or_default();
    let town = format!("{}, {} {}", address.city, part(&address.region), part(&address.postal_code));
    let town = town.trim_end_matches([' ', ',']).replace(",  ", ", ");
    let all = [address.line1.clone(), part(&address.line2), town, address.country.clone()];
    all.into_iter().filter(|line| !line.trim().is_empty()).collect()
}

/// What an entry was for: what the payer wrote, or else what kind of payment it was.
fn described(booked: Booked) -> String {
    let written = booked.description.filter(|text| !text.trim().is_empty());
    written.unwrap_or_else(|| {
        let named = match (booked.kind.as_deref(), booked.is_credit) {
            (Some("deposit"), _) => "Cash deposit",
            (Some("withdrawal"), _) => "Cash withdrawal",
            (Some("reversal"), _) => "Reversal",
            (Some(_), true) => "Transfer received",
            (Some(_), false) => "Transfer sent",
            (None, _) => "Booking",
        };
        named.to_owned()
    })
}

/// Who is on the other side: the counter, or an account by the last digits of its number.
fn other_side(booked: &Booked) -> String {
    match booked.kind.as_deref() {
        Some("deposit" | "withdrawal") => "Counter".to_owned(),
        _ => format!("Account {}", masked_number(booked.other_no)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_lines_of_an_envelope() {
        let full = Address {
            line1: "48 Juniper Lane".into(),
            line2: None,
            city: "Portland".into(),
            region: Some("OR".into()),
            postal_code: Some("97201".into()),
            country: "US".into(),
        };
        assert_eq!(lines(&full), ["48 Juniper Lane", "Portland, OR 97201", "US"]);
        let bare = Address { region: None, postal_code: None, ..full.clone() };
        assert_eq!(lines(&bare), ["48 Juniper Lane", "Portland", "US"]);
        let coded = Address { region: None, line2: Some("Flat 2".into()), ..full };
        assert_eq!(lines(&coded), ["48 Juniper Lane", "Flat 2", "Portland, 97201", "US"]);
    }
}
