//! Rails: how money reaches the world outside, and comes from it.
//!
//! A rail is given an [`Instruction`] with an identifier, and is idempotent by it: the same instruction submitted again
//! is the same payment. What it cannot tell it says to be [`Submitted::Unknown`]; that is never a failure, and the
//! instruction is never submitted under another identifier.

pub mod simulator;
mod webhook;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use florin_kernel::{Currency, Money, TransferId};
use florin_vault::{CardToken, Masked};

use crate::checks::{BankAccount, BankCountry, Brand};

pub use webhook::{About, Happened, Headers, ProcessorEvent, WebhookReceiver, WebhookRefused};

/// Which way money goes, as the institution sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// From a customer's bank account or card elsewhere.
    In,
    /// To a bank account elsewhere.
    Out,
}

/// What is paid with, or to, elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeansKind {
    /// A bank account.
    BankAccount,
    /// A card.
    Card,
    /// A card that the processor of this name keeps, and no other can charge.
    Kept(&'static str),
}

impl MeansKind {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::BankAccount => "bank_account",
            Self::Card | Self::Kept(_) => "card",
        }
    }
}

/// A card that a processor keeps: its number was never here.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptCard {
    /// The processor that keeps it, and alone can charge it.
    pub processor: String,
    /// What the processor knows it by.
    pub reference: String,
    /// What the processor knows its holder by, if it knows them.
    pub customer: Option<String>,
    /// Its last four digits.
    pub masked: Masked,
    /// Its network.
    pub brand: Brand,
}

/// The bank account or card elsewhere. It prints as its mask.
#[derive(Clone)]
pub enum Means {
    /// A bank account.
    Bank(BankAccount),
    /// A card, which the token vault keeps.
    Card {
        /// What stands for it.
        token: CardToken,
        /// Its first six and last four digits.
        masked: Masked,
        /// Its network.
        brand: Brand,
    },
    /// A card that a processor keeps.
    Kept(KeptCard),
}

impl Means {
    /// A bank account or a card, whoever keeps it.
    pub const fn kind(&self) -> MeansKind {
        match self {
            Self::Bank(_) => MeansKind::BankAccount,
            Self::Card { .. } | Self::Kept(_) => MeansKind::Card,
        }
    }

    /// What may be shown of it.
    pub fn masked(&self) -> Masked {
        match self {
            Self::Bank(account) => account.masked(),
            Self::Card { masked, .. } | Self::Kept(KeptCard { masked, .. }) => masked.clone(),
        }
    }
}

impl fmt::Debug for Means {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Means({})", self.masked())
    }
}

/// The payment that a refund gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// Its identifier here.
    pub id: TransferId,
    /// Its identifier at the processor.
    pub processor_id: Option<String>,
}

/// What a rail is to do.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// The identifier, by which the rail is idempotent: the payment's, or the refund's.
    pub id: TransferId,
    /// Which way the money goes.
    pub flow: Flow,
    /// How much.
    pub amount: Money,
    /// With what, or to what.
    pub means: Means,
    /// The processor's identifier, once it gave one.
    pub processor_id: Option<String>,
    /// The payment to give back, for a refund.
    pub refund_of: Option<Original>,
}

/// What a processor said of an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// It went through.
    Succeeded {
        /// The processor's identifier.
        processor_id: String,
        /// What the processor charges the institution.
        fee: Option<Money>,
    },
    /// It is under way; a webhook, or a look, tells what became of it.
    Processing {
        /// The processor's identifier.
        processor_id: String,
    },
    /// It did not go through, and will not.
    Declined {
        /// A stable code of the processor's.
        code: String,
        /// The same for people.
        text: String,
    },
    /// Nobody can tell yet: the connection broke, no answer came in time.
    Unknown {
        /// Why, for the history; it holds no secrets.
        why: String,
    },
}

/// What became of a request to stop an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recalled {
    /// It will not go through any more.
    Stopped,
    /// It went through already, or cannot be stopped.
    TooLate,
}

/// What a rail will answer.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A way to the world outside. Each call may be made again with the same instruction.
pub trait Rail: Send + Sync {
    /// The stable name of the processor, as payments and the paths of webhooks have it.
    fn name(&self) -> &'static str;

    /// Whether it takes money that way, with such means, in such a currency.
    fn carries(&self, flow: Flow, means: MeansKind, currency: Currency) -> bool;

    /// Whether it reaches bank accounts in this country; those of all where a rail says nothing else.
    fn reaches(&self, _: BankCountry) -> bool {
        true
    }

    /// Pays.
    fn submit<'a>(&'a self, instruction: &'a Instruction) -> Answer<'a, Submitted>;

    /// Tells what became of an instruction, a refund among them.
    fn look_up<'a>(&'a self, instruction: &'a Instruction) -> Answer<'a, Submitted>;

    /// Gives a payment back, whole or in part.
    fn refund<'a>(&'a self, instruction: &'a Instruction) -> Answer<'a, Submitted>;

    /// Stops an instruction that two people said did not go through.
    fn cancel<'a>(&'a self, instruction: &'a Instruction) -> Answer<'a, Recalled>;
}

/// What a rail is looked for that carries it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// Which way the money goes.
    pub(crate) flow: Flow,
    /// With what, or to what.
    pub(crate) means: MeansKind,
    /// Which processor keeps the card, if one does.
    pub(crate) kept_by: Option<&'a str>,
    /// Where the bank account is, if it is one.
    pub(crate) country: Option<BankCountry>,
    /// In which currency.
    pub(crate) currency: Currency,
}

/// The rails of an installation; the first that carries a payment takes it.
#[derive(Clone, Default)]
pub struct Rails(Arc<[Arc<dyn Rail>]>);

impl Rails {
    /// These rails, in the order of preference.
    pub fn new(rails: Vec<Arc<dyn Rail>>) -> Self {
        Self(rails.into())
    }

    /// The rail that takes such a payment.
    pub(crate) fn find(&self, wanted: &Wanted<'_>) -> Option<&Arc<dyn Rail>> {
        self.0.iter().find(|rail| {
            let means = match wanted.kept_by {
                Some(keeper) if keeper == rail.name() => MeansKind::Kept(rail.name()),
                Some(_) => return false,
                None => wanted.means,
            };
            rail.carries(wanted.flow, means, wanted.currency)
                && wanted.country.is_none_or(|country| rail.reaches(country))
        })
    }

    /// The rail of this name.
    pub(crate) fn named(&self, name: &str) -> Option<Arc<dyn Rail>> {
        self.0.iter().find(|rail| rail.name() == name).cloned()
    }
}
