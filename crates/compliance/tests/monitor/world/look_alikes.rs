//! What looks like laundering and is not.

use florin_compliance::monitor::{Channel, Kind};
use florin_kernel::AccountId;

use super::{BEGIN, DAY, HOUR, World};

/// An innocent thing, named after what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookAlike {
    /// Many pay one person a little: not a fan-in.
    Gifts,
    /// An employer pays everybody extra off pay day: not a fan-out.
    Bonus,
    /// A travel agency that strangers pay thousands all year: not a fan-in.
    Agency,
    /// A studio that pays new freelancers all year: not a fan-out.
    Studio,
    /// A house is bought: one large sum in and out.
    HousePurchase,
    /// A car is sold for cash: one large deposit.
    CarSale,
    /// Three deposits on one day, a little above the limit: reported, not avoided.
    OneDayOfCash,
    /// A restaurant's takings, close to the limit and above it at times.
    Restaurant,
    /// An account asleep for long, paid into, and spent by card.
    Awakening,
    /// One customer's money over three own accounts and back.
    OwnAccounts,
    /// A business that wires on what is wired to it, all year.
    Treasury,
    /// A new customer who is paid and spends by card.
    NewCustomer,
    /// A freelancer paid by wire, who pays bills of half of it.
    Freelancer,
    /// A club whose members pay the same fee each month.
    ClubFees,
}

impl LookAlike {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Gifts,
        Self::Bonus,
        Self::Agency,
        Self::Studio,
        Self::HousePurchase,
        Self::CarSale,
        Self::OneDayOfCash,
        Self::Restaurant,
        Self::Awakening,
        Self::OwnAccounts,
        Self::Treasury,
        Self::NewCustomer,
        Self::Freelancer,
        Self::ClubFees,
    ];
}

/// Adds one; gives the accounts it is about.
pub fn add(world: &mut World, look_alike: LookAlike) -> Vec<AccountId> {
    match look_alike {
        LookAlike::Gifts => gifts(world),
        LookAlike::Bonus => bonus(world),
        LookAlike::Agency => agency(world, true),
        LookAlike::Studio => agency(world, false),
        LookAlike::HousePurchase => house(world),
        LookAlike::CarSale | LookAlike::OneDayOfCash => cash(world, look_alike),
        LookAlike::Restaurant => restaurant(world),
        LookAlike::Awakening => awakening(world),
        LookAlike::OwnAccounts => own_accounts(world),
        LookAlike::Treasury => treasury(world),
        LookAlike::NewCustomer => new_customer(world),
        LookAlike::Freelancer => freelancer(world),
        LookAlike::ClubFees => club(world),
    }
}

fn gifts(world: &mut World) -> Vec<AccountId> {
    let guests = world.random.between(8, 20);
    let all = world.people(guests + 1);
    let start = world.moment(14);
    for guest in &all[1..] {
        let (at, sum) = (world.after(start, 10), world.random.between(2_000, 30_000));
        world.transfer(at, *guest, all[0], sum);
    }
    vec![all[0]]
}

fn bonus(world: &mut World) -> Vec<AccountId> {
    let employer = world.open(Kind::Business, BEGIN - 900 * DAY);
    let staff = world.people(9);
    let at = world.moment(1);
    for person in staff {
        for pay_day in (5..world.size.days).step_by(14) {
            let sum = world.random.between(150_000, 240_000);
            let when = BEGIN + pay_day * DAY + 7 * HOUR + world.random.between(0, HOUR);
            world.transfer(when, employer, person, sum);
        }
        let (when, sum) = (at + world.random.between(0, HOUR), world.random.between(100_000, 500_000));
        world.transfer(when, employer, person, sum);
    }
    vec![employer]
}

/// A business that deals with ever new persons in thousands, all the time.
fn agency(world: &mut World, paid: bool) -> Vec<AccountId> {
    let business = world.open(Kind::Business, BEGIN - 900 * DAY);
    let everybody = world.persons.clone();
    for day in 0..world.size.days {
        for _ in 0..world.random.between(0, 1) {
            let at = BEGIN + day * DAY + world.random.between(8 * HOUR, 18 * HOUR);
            let (person, sum) = (world.random.pick(&everybody), world.random.between(60_000, 300_000));
            let (from, to) = if paid { (person, business) } else { (business, person) };
            world.transfer(at, from, to, sum);
        }
    }
    vec![business]
}

fn house(world: &mut World) -> Vec<AccountId> {
    let buyer = world.people(1);
    let (at, sum) = (world.moment(3), world.random.between(5_000_000, 40_000_000));
    world.book(at, None, Some(buyer[0]), sum, Channel::Wire);
    world.book(at + 20 * HOUR, Some(buyer[0]), None, sum * 98 / 100, Channel::Wire);
    buyer
}

fn cash(world: &mut World, look_alike: LookAlike) -> Vec<AccountId> {
    let person = world.people(1);
    let at = world.moment(2).div_euclid(DAY) * DAY + 9 * HOUR;
    let sums = match look_alike {
        LookAlike::CarSale => vec![world.random.between(500_000, 2_500_000)],
        _ => vec![333_334; 3],
    };
    for (hours, sum) in (0..).zip(sums) {
        world.book(at + hours * 2 * HOUR, None, Some(person[0]), sum, Channel::Cash);
    }
    person
}

fn restaurant(world: &mut World) -> Vec<AccountId> {
    let shop = world.open(Kind::CashBusiness, BEGIN - 900 * DAY);
    for day in 0..world.size.days {
        let sum = world.random.log_normal(880_000, 0.12);
        world.book(BEGIN + day * DAY + 20 * HOUR, None, Some(shop), sum, Channel::Cash);
    }
    vec![shop]
}

fn awakening(world: &mut World) -> Vec<AccountId> {
    let sleeper = world.open(Kind::Person, BEGIN - 1_500 * DAY);
    let start = BEGIN + world.size.days / 2 * DAY;
    let sum = world.random.between(500_000, 2_000_000);
    world.book(start, None, Some(sleeper), sum, Channel::Wire);
    world.book(start + 8 * DAY, None, Some(sleeper), sum / 2, Channel::Wire);
    for day in 0..20 {
        let spent = world.random.log_normal(9_000, 0.8);
        world.book(start + day * DAY + 3 * HOUR, Some(sleeper), None, spent, Channel::Card);
    }
    vec![sleeper]
}

fn own_accounts(world: &mut World) -> Vec<AccountId> {
    let first = world.people(1)[0];
    let customer = world.customer(first);
    let opened = BEGIN - 500 * DAY;
    let (second, third) =
        (world.open_for(customer, Kind::Person, opened), world.open_for(customer, Kind::Person, opened));
    for _ in 0..3 {
        let (at, sum) = (world.moment(4), world.random.between(300_000, 2_000_000));
        world.transfer(at, first, second, sum);
        world.transfer(at + 20 * HOUR, second, third, sum);
        world.transfer(at + 40 * HOUR, third, first, sum);
    }
    vec![first, second, third]
}

fn treasury(world: &mut World) -> Vec<AccountId> {
    let business = world.open(Kind::Business, BEGIN - 900 * DAY);
    for day in (0..world.size.days - 3).step_by(3) {
        let (at, sum) = (BEGIN + day * DAY + 10 * HOUR, world.random.between(500_000, 3_000_000));
        let out = world.random.share(sum, 85, 99);
        world.book(at, None, Some(business), sum, Channel::Wire);
        world.book(at + 26 * HOUR, Some(business), None, out, Channel::Wire);
    }
    vec![business]
}

fn new_customer(world: &mut World) -> Vec<AccountId> {
    let start = world.moment(30);
    let person = world.open(Kind::Person, start - 3 * DAY);
    let parents = world.people(2);
    for (day, sum) in [(0, 150_000), (5, 90_000), (12, 210_000)] {
        world.transfer(start + day * DAY, parents[0], person, sum);
        world.transfer(start + day * DAY + HOUR, parents[1], person, sum / 2);
    }
    for day in 0..25 {
        let spent = world.random.log_normal(6_000, 0.8);
        world.book(start + day * DAY + 3 * HOUR, Some(person), None, spent, Channel::Card);
    }
    vec![person]
}

fn freelancer(world: &mut World) -> Vec<AccountId> {
    let person = world.people(1);
    for day in (3..world.size.days - 6).step_by(15) {
        let (at, sum) = (BEGIN + day * DAY + 10 * HOUR, world.random.between(300_000, 800_000));
        world.book(at, None, Some(person[0]), sum, Channel::Wire);
        for bill in 1..5 {
            let share = world.random.share(sum, 8, 15);
            world.book(at + bill * DAY, Some(person[0]), None, share, Channel::Ach);
        }
    }
    person
}

fn club(world: &mut World) -> Vec<AccountId> {
    let all = world.people(16);
    for month in 0..world.size.days / 30 {
        for member in &all[1..] {
            let at = BEGIN + month * 30 * DAY + world.random.between(8 * HOUR, 100 * HOUR);
            world.transfer(at, *member, all[0], 12_500);
        }
    }
    vec![all[0]]
}
