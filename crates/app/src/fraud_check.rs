//! What the engine would say of money that is not moved.

use std::net::IpAddr;
use std::time::Instant;

use florin_kernel::{AccountId, Action, Actor, Amount, Money, PayeeId, Resource, TransferId, UserId};
use florin_payments::{Accounts, Asked, Assessment, Moving};
use florin_risk::service::{Decided, Risk};
use florin_risk::{Country, Kind, Place, Token};

use crate::risk::attempt_of;

/// A transaction to be judged.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// What kind it is.
    pub kind: Kind,
    /// The account that it would come from.
    pub from: AccountId,
    /// The account that it would go to.
    pub to: Option<AccountId>,
    /// The payee that it would go to.
    pub payee: Option<PayeeId>,
    /// How much.
    pub amount: Asked,
    /// Where it comes from, where that is not the request itself; staff and machines alone may say so.
    pub from_where: Whereabouts,
    /// The merchant, the terminal and the card, of a payment by card.
    pub card: CardPayment,
}

/// Where a transaction comes from.
#[derive(Clone, Debug, Default)]
pub struct Whereabouts {
    /// The address.
    pub ip: Option<IpAddr>,
    /// What the device says it is.
    pub device: Option<String>,
    /// The country.
    pub country: Option<Country>,
    /// The place.
    pub place: Option<Place>,
}

/// What belongs to a payment by card.
#[derive(Clone, Debug, Default)]
pub struct CardPayment {
    /// The card.
    pub card: Option<String>,
    /// The merchant.
    pub merchant: Option<String>,
    /// The terminal.
    pub terminal: Option<String>,
}

/// What the engine says, and how long it took.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The decision, which is written nowhere.
    pub decided: Decided,
    /// In microseconds.
    pub elapsed_us: u64,
}

/// Judges transactions that nobody makes.
#[derive(Clone)]
pub struct FraudCheck {
    risk: Risk,
    accounts: Accounts,
}

impl FraudCheck {
    pub(crate) fn new(risk: Risk, accounts: Accounts) -> Self {
        Self { risk, accounts }
    }

    /// What the engine would say of a transaction now. Nothing is written, and nothing learned.
    ///
    /// # Errors
    /// What [`Accounts::find`] says of an account that is not within the actor's reach; an amount that cannot be used.
    pub async fn check(
        &self,
        by: &Actor,
        transaction: Transaction,
    ) -> Result<Checked, florin_payments::Error> {
        let account = self.accounts.find(by, transaction.from).await?;
        let about = Resource::kind("transfer");
        let about = account.owner.map_or(about, |owner: UserId| about.owned_by(owner));
        by.permit(Action::CheckRisk, about)?;
        let amount: Money = transaction.amount.in_currency(account.currency)?;
        Amount::new(amount)?;
        let available = account.account.available().map(|left| i64::try_from(left).unwrap_or(i64::MAX));
        let env = self.risk.env();
        let mut attempt = attempt_of(&Assessment {
            id: TransferId::from_uuid(env.new_uuid()),
            moving: moving_of(transaction.kind),
            at: env.now(),
            user: account.owner,
            from: Some(transaction.from),
            to: transaction.to,
            payee: transaction.payee,
            amount,
            available,
            origin: by.origin(),
        });
        attempt.kind = transaction.kind;
        let Whereabouts { ip, device, country, place } = transaction.from_where;
        // The device and address of whoever asks on behalf of somebody say nothing of them.
        if by.is_staff() {
            (attempt.ip, attempt.device, attempt.country) = (None, None, None);
        }
        attempt.ip = ip.or(attempt.ip);
        attempt.device = device.map(|device| Token::of_device(&device)).or(attempt.device);
        attempt.country = country.or(attempt.country);
        attempt.place = place;
        let CardPayment { card, merchant, terminal } = transaction.card;
        attempt.card = card.map(|card| Token::digest("card", card.as_bytes()));
        attempt.merchant = merchant.map(|merchant| Token::of_merchant(&merchant));
        attempt.terminal = terminal.map(|terminal| Token::of_terminal(&terminal));
        let began = Instant::now();
        let decided = self.risk.assess(attempt);
        let elapsed_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        Ok(Checked { decided, elapsed_us })
    }
}

const fn moving_of(kind: Kind) -> Moving {
    match kind {
        Kind::Transfer | Kind::Login => Moving::Transfer,
        Kind::Payment | Kind::CardAuthorization => Moving::Payment,
        Kind::Withdrawal => Moving::Withdrawal,
        Kind::Deposit => Moving::Deposit,
    }
}
