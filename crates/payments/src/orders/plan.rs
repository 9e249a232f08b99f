//! What a request for a payment comes to, before anything is written.

use florin_db::{DbError, Reader, Tx};
use florin_kernel::{
    AccountId, Actor, Amount, Currency, LoanId, Money, PayeeId, PaymentMethodId, TransferId, UserId,
};
use florin_ledger::{AccountView, chart, internal_account};

use super::Payments;
use super::legs::Path;
use super::record::{Carrier, Source, Target};
use crate::checks::BankCountry;
use crate::error::Error;
use crate::methods::{self, StoredMethod};
use crate::order::Asked;
use crate::payees;
use crate::ports::LoanRefused;
use crate::rail::{Flow, MeansKind, Wanted};
use crate::transfers::reach_of;

/// Where the money is to come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// An account of the payer's.
    Account(AccountId),
    /// A saved bank account or card.
    Method(PaymentMethodId),
}

/// Where it is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// A payee of the payer's.
    Payee(PayeeId),
    /// An account here.
    Account(AccountId),
    /// A loan; with a kind, of that kind alone.
    Loan {
        /// Which one.
        loan: LoanId,
        /// The kind that it must be of.
        kind: Option<String>,
        /// Whether the principal alone is to be lowered.
        principal_only: bool,
    },
}

/// A payment to make.
#[derive(Clone, Debug)]
pub struct CreatePayment {
    /// Where the money comes from.
    pub from: From,
    /// Where it goes.
    pub to: To,
    /// How much; a figure alone is in the currency of what it is paid to.
    pub amount: Asked,
    /// What the payer writes.
    pub description: Option<String>,
}

/// A request, resolved: who, what, between which accounts, carried by what.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) id: TransferId,
    pub(crate) user: UserId,
    pub(crate) created_by: Option<UserId>,
    pub(crate) reach: Option<UserId>,
    pub(crate) source: Source,
    pub(crate) target: Target,
    pub(crate) principal_only: bool,
    pub(crate) amount: Money,
    pub(crate) fee: Money,
    pub(crate) carrier: Carrier,
    /// Between these accounts the amount is moved or reserved.
    pub(crate) debit: AccountId,
    pub(crate) credit: AccountId,
    pub(crate) credited: Option<AccountId>,
    pub(crate) method_masked: Option<String>,
    pub(crate) processor: Option<&'static str>,
    /// What could be taken out of the account that pays.
    pub(crate) available: Option<i64>,
    pub(crate) description: Option<String>,
}

/// Where the money comes from, as it was found.
enum Giver {
    Account(Box<AccountView>),
    Method(Box<StoredMethod>),
}

impl Giver {
    fn owner(&self) -> Option<UserId> {
        match self {
            Self::Account(view) => view.owner,
            Self::Method(method) => Some(method.user),
        }
    }
}

/// Where it goes, as it was found.
struct Taker {
    target: Target,
    /// The account here that is credited, or the line of the institution's own.
    account: Result<AccountId, u16>,
    /// The currency, where that is settled.
    currency: Option<Currency>,
    /// The mask of a bank account elsewhere.
    outside: Option<(String, BankCountry)>,
    principal_only: bool,
}

/// Which payment it is, whose, and who asks for it.
#[derive(Clone, Copy)]
struct Whose {
    id: TransferId,
    user: UserId,
    created_by: Option<UserId>,
}

/// What is asked for, in the one currency that both ends have.
fn amount_between(giver: &Giver, taker: &Taker, asked: &Asked) -> Result<Money, Error> {
    let currency = match (giver, taker.currency) {
        (_, Some(currency)) => currency,
        (Giver::Account(view), None) => view.currency,
        (Giver::Method(_), None) => return Err(Error::Unsupported),
    };
    let amount = asked.in_currency(currency)?;
    Amount::new(amount)?;
    if amount.currency() != currency {
        return Err(Error::CurrencyMismatch { account: currency, given: amount.currency() });
    }
    match giver {
        Giver::Account(view) if view.currency != currency => {
            Err(Error::CurrencyMismatch { account: view.currency, given: currency })
        }
        Giver::Account(_) | Giver::Method(_) => Ok(amount),
    }
}

impl Plan {
    pub(super) fn principal(&self) -> Path {
        let (amount, currency) = (self.amount.minor(), self.amount.currency());
        Path { debit: self.debit, credit: self.credit, amount, currency }
    }

    /// The charge, on top of the amount; none where nothing is charged.
    pub(super) fn charge(&self) -> Option<Path> {
        let (amount, currency) = (self.fee.minor(), self.fee.currency());
        let credit = internal_account(chart::FEE_INCOME, currency);
        (amount > 0).then_some(Path { debit: self.debit, credit, amount, currency })
    }

    /// The lines of the institution's own accounts that the payment touches.
    pub(crate) fn lines(&self) -> Vec<u16> {
        let lines = [
            chart::CLEARING,
            chart::DUE_FROM_PROCESSORS,
            chart::DUE_TO_BILLERS,
            chart::SUSPENSE,
            chart::FEE_INCOME,
            chart::PROCESSING_EXPENSE,
        ];
        let currency = self.amount.currency();
        let wanted = |line: &u16| {
            let account = internal_account(*line, currency);
            let processed = matches!(self.carrier, Carrier::Rail(..));
            self.debit == account
                || self.credit == account
                || (*line == chart::FEE_INCOME && self.fee.minor() > 0)
                || (processed && matches!(*line, chart::PROCESSING_EXPENSE | chart::SUSPENSE))
        };
        lines.into_iter().filter(wanted).collect()
    }

    /// Whether it goes from an account into a loan, which allocates it in a posting of its own.
    pub(crate) fn is_loan_by_account(&self) -> bool {
        matches!((self.carrier, self.target), (Carrier::Internal, Target::Loan(_)))
    }

    /// Whether what it stands on is still there; it stays until the unit ends.
    pub(crate) fn still_stands(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        if let Source::Method(method) = self.source
            && !methods::is_there(tx, method)?
        {
            return Err(Error::MethodNotFound);
        }
        if let Target::Payee(payee, _) = self.target
            && !payees::is_payable(tx, payee)?
        {
            return Err(Error::PayeeNotFound);
        }
        Ok(())
    }
}

impl Payments {
    /// Resolves a request within the actor's reach.
    pub(super) async fn plan(&self, by: &Actor, request: CreatePayment) -> Result<Plan, Error> {
        let (this, reach, created_by) = (self.clone(), reach_of(by), by.user());
        let id = TransferId::from_uuid(self.db.env().new_uuid());
        self.db.read(move |r| this.plan_in(r, id, created_by, reach, &request)).await
    }

    /// Resolves a request within `reach`, as the payment of this identifier.
    pub(crate) fn plan_in(
        &self,
        r: &mut Reader<'_>,
        id: TransferId,
        created_by: Option<UserId>,
        reach: Option<UserId>,
        request: &CreatePayment,
    ) -> Result<Plan, Error> {
        let giver = self.giver(r, request.from, reach)?;
        let user = giver.owner();
        let taker = self.taker(r, request.to.clone(), user)?;
        let user = user.ok_or(Error::CustomerNotFound)?;
        let amount = amount_between(&giver, &taker, &request.amount)?;
        let whose = Whose { id, user, created_by };
        self.planned(whose, &giver, &taker, amount, request.description.clone())
    }

    fn planned(
        &self,
        whose: Whose,
        giver: &Giver,
        taker: &Taker,
        amount: Money,
        description: Option<String>,
    ) -> Result<Plan, Error> {
        let currency = amount.currency();
        let (source, carrier, masked) = match (giver, &taker.outside) {
            (Giver::Account(view), None) => (Source::Account(view.id), Carrier::Internal, None),
            (Giver::Account(view), Some((masked, _))) => {
                let carrier = Carrier::Rail(Flow::Out, MeansKind::BankAccount);
                (Source::Account(view.id), carrier, Some(masked.clone()))
            }
            (Giver::Method(method), None) => {
                let masked = method.means(&self.sealing)?.masked().into_string();
                (Source::Method(method.id), Carrier::Rail(Flow::In, method.kind), Some(masked))
            }
            // From elsewhere to elsewhere: nothing of it would pass through here.
            (Giver::Method(_), Some(_)) => return Err(Error::Unsupported),
        };
        if let Giver::Method(method) = giver
            && method
                .expiry()?
                .is_some_and(|expiry| expiry.is_over(self.ledger.business_date(self.db.env().now())))
        {
            return Err(Error::CardExpired);
        }
        let processor = match carrier {
            Carrier::Internal => None,
            Carrier::Rail(flow, means) => {
                let (kept_by, country) = match giver {
                    Giver::Method(method) => (method.kept_by.as_deref(), method.bank_country()),
                    Giver::Account(_) => (None, taker.outside.as_ref().map(|(_, country)| *country)),
                };
                let wanted = Wanted { flow, means, kept_by, country, currency };
                Some(self.rails.find(&wanted).ok_or(Error::Unsupported)?.name())
            }
        };
        let debit = match source {
            Source::Account(account) => account,
            Source::Method(_) => internal_account(chart::DUE_FROM_PROCESSORS, currency),
        };
        Ok(Plan {
            id: whose.id,
            user: whose.user,
            created_by: whose.created_by,
            reach: matches!(source, Source::Account(_)).then_some(whose.user),
            source,
            target: taker.target,
            principal_only: taker.principal_only,
            amount,
            fee: self.fees.of(carrier, amount),
            carrier,
            debit,
            credit: taker.account.unwrap_or_else(|line| internal_account(line, currency)),
            credited: taker.account.ok(),
            method_masked: masked,
            processor,
            available: match giver {
                Giver::Account(view) => crate::transfers::available_of(view),
                Giver::Method(_) => None,
            },
            description,
        })
    }

    fn giver(&self, r: &mut Reader<'_>, from: From, reach: Option<UserId>) -> Result<Giver, Error> {
        let within = |owner: Option<UserId>| reach.is_none() || owner == reach;
        match from {
            From::Account(id) => {
                let found = self.ledger.account(r, id)?;
                let found = found.filter(|view| view.owner.is_some() && within(view.owner));
                found.map(|view| Giver::Account(Box::new(view))).ok_or(Error::AccountNotFound(id))
            }
            From::Method(id) => {
                let found = methods::find(r, id)?.filter(|method| within(Some(method.user)));
                found.map(|method| Giver::Method(Box::new(method))).ok_or(Error::MethodNotFound)
            }
        }
    }

    /// Whom the owner of the money may pay: payees and loans of their own, and any account of a customer's.
    fn taker(&self, r: &mut Reader<'_>, to: To, owner: Option<UserId>) -> Result<Taker, Error> {
        let blank = |target, account, currency| Taker {
            target,
            account,
            currency,
            outside: None,
            principal_only: false,
        };
        match to {
            To::Account(id) => {
                let view = self.customers_account(r, id)?;
                Ok(blank(Target::Account, Ok(id), Some(view.currency)))
            }
            To::Loan { loan, kind, principal_only } => {
                let found = self.loans.find(r, loan, owner)?;
                let found = found.filter(|found| kind.is_none_or(|kind| kind == found.kind));
                let found = found.filter(|found| Some(found.owner) == owner).ok_or(Error::LoanNotFound)?;
                if !found.open {
                    let text = "the loan takes no payments any more".to_owned();
                    return Err(Error::LoanRefused(LoanRefused { code: "loan_refused", text }));
                }
                let taker = blank(Target::Loan(loan), Err(chart::SUSPENSE), Some(found.currency));
                Ok(Taker { principal_only, ..taker })
            }
            To::Payee(id) => {
                let payee = payees::find_payee(r, id)?.filter(|payee| Some(payee.user) == owner);
                let payee = payee.ok_or(Error::PayeeNotFound)?;
                let target = Target::Payee(id, payee.biller);
                if let Some(biller) = payee.biller {
                    let found = payees::find_biller(r, biller)?.filter(|biller| biller.active);
                    let found = found.ok_or(Error::BillerNotFound)?;
                    let account = found.account.ok_or(chart::DUE_TO_BILLERS);
                    return Ok(blank(target, account, Some(found.currency)));
                }
                if let Some(account) = payee.account {
                    let view = self.customers_account(r, account)?;
                    return Ok(blank(target, Ok(account), Some(view.currency)));
                }
                let elsewhere = payee.bank(&self.sealing)?.ok_or(Error::PayeeNotFound)?;
                let outside = Some((elsewhere.masked().into_string(), elsewhere.place.country()));
                Ok(Taker { outside, ..blank(target, Err(chart::CLEARING), None) })
            }
        }
    }

    fn customers_account(&self, r: &mut Reader<'_>, id: AccountId) -> Result<AccountView, Error> {
        let found: Result<_, DbError> = self.ledger.account(r, id);
        found?.filter(|view| view.owner.is_some()).ok_or(Error::AccountNotFound(id))
    }
}
