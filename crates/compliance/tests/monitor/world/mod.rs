//! A made-up institution: customers who live their lives, look-alikes of laundering, and schemes that are known.
//!
//! Everything follows from the seed. Ranges are wider than any one bank's: businesses that pay suppliers thousands, rents, gifts,
//! treasuries. `hard` makes schemes smaller, slower and with fewer accounts.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_types,
    reason = "support of tests: what cannot be made fails, and a world that is made up needs no exact sums"
)]

mod look_alikes;
mod random;
mod schemes;
mod traffic;

use std::collections::BTreeSet;

use florin_compliance::evaluate::Scheme;
use florin_compliance::monitor::{AccountFacts, Channel, Kind, Movement, MovementId, Typology};
use florin_kernel::{AccountId, Currency, UserId, Uuid};

pub use look_alikes::LookAlike;
pub use random::Random;

pub const HOUR: i64 = 3_600_000_000;
pub const DAY: i64 = 24 * HOUR;
/// 2024-01-01T00:00:00Z, where every world begins.
pub const BEGIN: i64 = 1_704_067_200_000_000;

/// How large a world is, and how hard its schemes are to see.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub accounts: i64,
    pub days: i64,
    pub hard: bool,
}

/// The world of one seed, as far as it is made.
pub struct World {
    pub random: Random,
    pub size: Size,
    pub movements: Vec<Movement>,
    pub facts: Vec<AccountFacts>,
    pub schemes: Vec<Scheme>,
    pub persons: Vec<AccountId>,
    pub businesses: Vec<AccountId>,
    pub shops: Vec<AccountId>,
    /// Who plays a part already: nobody is in two schemes, or in a scheme and a look-alike.
    taken: BTreeSet<AccountId>,
}

impl World {
    /// A world in which nothing but daily life happens.
    pub fn calm(seed: u64, size: Size) -> Self {
        let mut world = Self {
            random: Random::new(seed),
            size,
            movements: Vec::new(),
            facts: Vec::new(),
            schemes: Vec::new(),
            persons: Vec::new(),
            businesses: Vec::new(),
            shops: Vec::new(),
            taken: BTreeSet::new(),
        };
        for number in 0..size.accounts {
            let kind = match number % 20 {
                0..16 => Kind::Person,
                16..19 => Kind::Business,
                _ => Kind::CashBusiness,
            };
            let opened = BEGIN - world.random.between(100, 3_000) * DAY;
            world.open(kind, opened);
        }
        traffic::daily_life(&mut world);
        world
    }

    /// A world with every look-alike and `each` schemes of every typology.
    pub fn busy(seed: u64, size: Size, each: i64) -> Self {
        let mut world = Self::calm(seed, size);
        for _ in 0..each {
            for look_alike in LookAlike::ALL {
                world.add_look_alike(look_alike);
            }
            for typology in schemes::TYPOLOGIES {
                world.add_scheme(typology);
            }
        }
        world
    }

    /// Adds something innocent that looks like laundering; gives the accounts in it.
    pub fn add_look_alike(&mut self, look_alike: LookAlike) -> Vec<AccountId> {
        look_alikes::add(self, look_alike)
    }

    /// Adds a scheme, and knows it.
    pub fn add_scheme(&mut self, typology: Typology) {
        let accounts = schemes::add(self, typology);
        self.schemes.push(Scheme { typology, accounts: accounts.into_iter().collect() });
    }

    /// Opens an account of a new customer.
    pub fn open(&mut self, kind: Kind, opened_at_us: i64) -> AccountId {
        let customer = UserId::from_uuid(Uuid::from_u128(self.facts.len() as u128 + 1));
        self.open_for(customer, kind, opened_at_us)
    }

    /// Opens one more account of a customer.
    pub fn open_for(&mut self, customer: UserId, kind: Kind, opened_at_us: i64) -> AccountId {
        let account = AccountId::from_uuid(Uuid::from_u128(self.facts.len() as u128 + 1_000_000));
        let income = match kind {
            Kind::Person => self.random.log_normal(350_000, 0.4),
            _ => self.random.log_normal(2_000_000, 0.6),
        };
        let facts =
            AccountFacts { account, customer, kind, country: None, income_minor: Some(income), opened_at_us };
        self.facts.push(facts);
        // Whoever comes after daily life comes for a part.
        if !self.movements.is_empty() {
            self.taken.insert(account);
        }
        match kind {
            Kind::Person => self.persons.push(account),
            Kind::CashBusiness => self.shops.push(account),
            _ => self.businesses.push(account),
        }
        account
    }

    /// Whose an account is.
    pub fn customer(&self, account: AccountId) -> UserId {
        self.facts.iter().find(|facts| facts.account == account).unwrap().customer
    }

    /// Books a movement.
    pub fn book(
        &mut self,
        at_us: i64,
        from: Option<AccountId>,
        to: Option<AccountId>,
        amount_minor: i64,
        channel: Channel,
    ) {
        let id = MovementId::from_uuid(Uuid::from_u128(self.movements.len() as u128 + 1));
        let currency = Currency::USD;
        self.movements.push(Movement { id, at_us, from, to, abroad: None, amount_minor, currency, channel });
    }

    /// Books a transfer between two accounts.
    pub fn transfer(&mut self, at_us: i64, from: AccountId, to: AccountId, amount_minor: i64) {
        self.book(at_us, Some(from), Some(to), amount_minor, Channel::Transfer);
    }

    /// Persons who play no part yet, and who do from now on.
    pub fn people(&mut self, count: i64) -> Vec<AccountId> {
        let free: Vec<AccountId> =
            self.persons.iter().filter(|id| !self.taken.contains(id)).copied().collect();
        let chosen = self.random.several(&free, count);
        self.taken.extend(&chosen);
        chosen
    }

    /// Persons and now and then a business.
    pub fn anybody(&mut self, count: i64) -> Vec<AccountId> {
        let mut chosen = self.people(count);
        let free: Vec<AccountId> =
            self.businesses.iter().filter(|id| !self.taken.contains(id)).copied().collect();
        for one in &mut chosen {
            if self.random.chance(10) && free.len() > 5 {
                let business = self.random.pick(&free);
                if self.taken.insert(business) {
                    *one = business;
                }
            }
        }
        chosen
    }

    /// A moment in office hours, `length` days before the end at the latest.
    pub fn moment(&mut self, length: i64) -> i64 {
        let latest = (self.size.days - length - 1).max(1);
        BEGIN + self.random.between(0, latest) * DAY + self.random.between(8, 18) * HOUR
    }

    /// A moment within `days` days after another.
    pub fn after(&mut self, at_us: i64, days: i64) -> i64 {
        at_us + self.random.between(HOUR, (days * DAY).max(HOUR))
    }
}
