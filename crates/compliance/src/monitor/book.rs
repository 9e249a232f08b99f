//! A book: movements in order, accounts by number, what is usual marked.

use florin_kernel::{AccountId, Currency, Money, UserId};
use foldhash::{HashMap, HashMapExt};
use thiserror::Error;

use super::usual::{self, Mark};
use super::window::day;
use super::{AccountFacts, Channel, Country, Kind, Movement, MovementId, Settings, SettingsError};

/// The number that stands for the outside.
pub(super) const OUTSIDE: u32 = u32::MAX;

/// Why a book was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BookError {
    /// The settings make no sense.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A movement of nothing, or of less.
    #[error("movement {0} moves nothing")]
    NotPositive(MovementId),
    /// A movement between no accounts of the institution.
    #[error("movement {0} is between nobody and nobody")]
    Nowhere(MovementId),
    /// Two movements of one identifier.
    #[error("movement {0} stands in the book twice")]
    Twice(MovementId),
    /// Two sets of facts about one account.
    #[error("account {0} is described twice")]
    DescribedTwice(AccountId),
    /// More than the four thousand million that numbers are for.
    #[error("there are too many movements or accounts for one book")]
    TooLarge,
}

/// A movement with numbers in the place of identifiers, its sum in the monitor's currency.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Move {
    /// Its place in the order of time; [`Book::id`] knows its identifier.
    pub number: u32,
    pub from: u32,
    pub to: u32,
    pub at: i64,
    pub amount: i64,
    pub channel: Option<Channel>,
    /// Whether the amount stands out among the payee's peers and its own past.
    pub salient: bool,
    /// Where the other side is, where it is known.
    pub abroad: Option<Country>,
}

impl Move {
    /// Whether it goes by a way that is final: cash, wire, virtual assets.
    pub fn is_final(&self) -> bool {
        self.channel.is_some_and(Channel::is_final)
    }

    /// Whether it is notes and coins.
    pub fn is_cash(&self) -> bool {
        self.channel == Some(Channel::Cash)
    }
}

/// One account: what is known of it, and its movements that may mean something, each in the order of time.
#[derive(Debug)]
pub(super) struct Account {
    pub number: u32,
    pub id: AccountId,
    pub customer: u32,
    pub kind: Kind,
    pub income: Option<i64>,
    pub opened: Option<i64>,
    /// Plain and salient transfers from other customers' accounts.
    pub ins: Vec<Move>,
    /// Plain and salient transfers to other customers' accounts.
    pub outs: Vec<Move>,
    /// Cash paid in.
    pub cash_in: Vec<Move>,
    /// From outside, neither cash nor by card.
    pub outside_in: Vec<Move>,
    /// To outside, cash included, not by card.
    pub outside_out: Vec<Move>,
    /// The days on which its holder used it, from 1970, each once.
    pub days: Vec<i64>,
}

/// Movements and accounts, ready to be watched.
#[derive(Debug)]
pub struct Book {
    pub(super) settings: Settings,
    pub(super) accounts: Vec<Account>,
    pub(super) moves: Vec<Move>,
    pub(super) high_risk: Vec<Country>,
    /// Numbers of the accounts of each customer.
    pub(super) customers: Vec<Vec<u32>>,
    ids: Vec<MovementId>,
    currency: Currency,
}

impl Book {
    /// Orders movements and facts, whatever their order is, and tells what is usual.
    ///
    /// An account without facts is of an unknown kind, and its own customer. What is wrong with the input is refused.
    pub fn try_new(
        movements: &[Movement],
        facts: &[AccountFacts],
        settings: Settings,
    ) -> Result<Self, BookError> {
        settings.check()?;
        let currency = Currency::parse(&settings.currency)
            .map_err(|_| SettingsError::UnknownCode(settings.currency.clone(), "currency"))?;
        let mut register = Register::of(facts)?;
        let (mut moves, ids) = ordered(movements, &mut register, &settings, currency)?;
        let Register { mut accounts, customers, .. } = register;

        let marks = usual::marks(&moves, &accounts, &settings.usual);
        for (each, mark) in moves.iter_mut().zip(&marks) {
            each.salient = *mark == Mark::Salient;
        }
        for (each, mark) in moves.iter().zip(&marks) {
            enter(&mut accounts, each, *mark, settings.through.awake_minor);
        }
        let high_risk = settings.high_risk_countries.iter().filter_map(|code| Country::parse(code)).collect();
        Ok(Self { settings, accounts, moves, high_risk, customers, ids, currency })
    }

    /// The account of a number.
    pub(super) fn account(&self, number: u32) -> Option<&Account> {
        self.accounts.get(usize::try_from(number).ok()?)
    }

    /// The identifier of a movement.
    pub(super) fn id(&self, each: &Move) -> Option<MovementId> {
        self.ids.get(usize::try_from(each.number).ok()?).copied()
    }

    /// A sum in the monitor's currency.
    pub(super) fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }

    /// The same for people to read: `1,234.56 EUR`.
    pub(super) fn told(&self, minor: i64) -> String {
        format!("{} {}", self.money(minor).grouped(), self.currency)
    }

    /// From the first movement to the last, in microseconds.
    pub(super) fn observed(&self) -> i64 {
        match (self.moves.first(), self.moves.last()) {
            (Some(first), Some(last)) => last.at.saturating_sub(first.at),
            _ => 0,
        }
    }
}

/// Accounts and customers as they get their numbers.
struct Register {
    accounts: Vec<Account>,
    numbers: HashMap<AccountId, u32>,
    customers: Vec<Vec<u32>>,
}

impl Register {
    fn of(facts: &[AccountFacts]) -> Result<Self, BookError> {
        let mut sorted: Vec<&AccountFacts> = facts.iter().collect();
        sorted.sort_by_key(|fact| fact.account);
        let mut register = Self {
            accounts: Vec::new(),
            numbers: HashMap::with_capacity(facts.len()),
            customers: Vec::new(),
        };
        let mut customers: HashMap<UserId, u32> = HashMap::new();
        for fact in sorted {
            if register.numbers.contains_key(&fact.account) {
                return Err(BookError::DescribedTwice(fact.account));
            }
            let next = u32::try_from(register.customers.len()).map_err(|_| BookError::TooLarge)?;
            let customer = *customers.entry(fact.customer).or_insert(next);
            register.add(fact.account, customer, Some(fact))?;
        }
        Ok(register)
    }

    fn add(&mut self, id: AccountId, customer: u32, facts: Option<&AccountFacts>) -> Result<u32, BookError> {
        let number = u32::try_from(self.accounts.len()).map_err(|_| BookError::TooLarge)?;
        if number == OUTSIDE {
            return Err(BookError::TooLarge);
        }
        let place = usize::try_from(customer).map_err(|_| BookError::TooLarge)?;
        if place >= self.customers.len() {
            self.customers.resize_with(place + 1, Vec::new);
        }
        if let Some(theirs) = self.customers.get_mut(place) {
            theirs.push(number);
        }
        self.numbers.insert(id, number);
        self.accounts.push(Account {
            number,
            id,
            customer,
            kind: facts.map_or(Kind::Unknown, |facts| facts.kind),
            income: facts.and_then(|facts| facts.income_minor),
            opened: facts.map(|facts| facts.opened_at_us),
            ins: Vec::new(),
            outs: Vec::new(),
            cash_in: Vec::new(),
            outside_in: Vec::new(),
            outside_out: Vec::new(),
            days: Vec::new(),
        });
        Ok(number)
    }

    fn number(&mut self, id: Option<AccountId>) -> Result<u32, BookError> {
        let Some(id) = id else { return Ok(OUTSIDE) };
        if let Some(number) = self.numbers.get(&id) {
            return Ok(*number);
        }
        let customer = u32::try_from(self.customers.len()).map_err(|_| BookError::TooLarge)?;
        self.add(id, customer, None)
    }
}

/// The movements in the order of time and then of identifiers, with their identifiers.
fn ordered(
    movements: &[Movement],
    register: &mut Register,
    settings: &Settings,
    currency: Currency,
) -> Result<(Vec<Move>, Vec<MovementId>), BookError> {
    u32::try_from(movements.len()).map_err(|_| BookError::TooLarge)?;
    let mut sorted: Vec<&Movement> = movements.iter().collect();
    sorted.sort_unstable_by_key(|movement| movement.id);
    if let Some(pair) = sorted.windows(2).find(|pair| matches!(pair, [a, b] if a.id == b.id)) {
        return Err(pair.first().map_or(BookError::TooLarge, |first| BookError::Twice(first.id)));
    }
    sorted.sort_by_key(|movement| movement.at_us);

    let mut moves = Vec::with_capacity(sorted.len());
    let mut ids = Vec::with_capacity(sorted.len());
    for (number, movement) in (0..).zip(sorted) {
        if movement.amount_minor <= 0 {
            return Err(BookError::NotPositive(movement.id));
        }
        if movement.from.is_none() && movement.to.is_none() {
            return Err(BookError::Nowhere(movement.id));
        }
        moves.push(Move {
            number,
            from: register.number(movement.from)?,
            to: register.number(movement.to)?,
            at: movement.at_us,
            amount: valued(movement, settings, currency),
            channel: Some(movement.channel),
            salient: false,
            abroad: movement.abroad,
        });
        ids.push(movement.id);
    }
    Ok((moves, ids))
}

/// What a movement is worth in the monitor's currency, rounded down, one minor unit at least.
fn valued(movement: &Movement, settings: &Settings, currency: Currency) -> i64 {
    if movement.currency == currency {
        return movement.amount_minor;
    }
    let rate = settings.rates_millionths.get(movement.currency.code()).copied().unwrap_or(1_000_000);
    let worth = i128::from(movement.amount_minor).saturating_mul(i128::from(rate)) / 1_000_000;
    i64::try_from(worth).unwrap_or(i64::MAX).max(1)
}

/// Notes a movement at both its accounts. Sums below `awake_minor` show no use, but by card.
fn enter(accounts: &mut [Account], each: &Move, mark: Mark, awake_minor: i64) {
    let inside = each.from != OUTSIDE && each.to != OUTSIDE;
    let by_card = each.channel == Some(Channel::Card);
    for (number, arrives) in [(each.from, false), (each.to, true)] {
        let Some(account) = usize::try_from(number).ok().and_then(|number| accounts.get_mut(number)) else {
            continue;
        };
        let today = day(each.at);
        if (by_card || each.amount >= awake_minor) && account.days.last() != Some(&today) {
            account.days.push(today);
        }
        match (inside, arrives) {
            (true, true) if mark != Mark::Usual => account.ins.push(*each),
            (true, false) if mark != Mark::Usual => account.outs.push(*each),
            (false, true) if each.is_cash() => account.cash_in.push(*each),
            (false, true) if !by_card => account.outside_in.push(*each),
            (false, false) if !by_card => account.outside_out.push(*each),
            _ => {}
        }
    }
}
