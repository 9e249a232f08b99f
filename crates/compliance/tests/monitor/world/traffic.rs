//! Daily life: wages, rents, shopping, friends, suppliers, tills.

use florin_compliance::monitor::Channel;
use florin_kernel::AccountId;

use super::{BEGIN, DAY, HOUR, World};

/// What happens anyway.
pub fn daily_life(world: &mut World) {
    let employers: Vec<AccountId> = world.businesses.iter().chain(&world.shops).copied().collect();
    for person in world.persons.clone() {
        wages(world, person, &employers);
        rent(world, person);
        spending(world, person);
    }
    for business in employers {
        trade(world, business);
    }
    for shop in world.shops.clone() {
        till(world, shop);
    }
}

fn wages(world: &mut World, person: AccountId, employers: &[AccountId]) {
    let wage = world.random.log_normal(190_000, 0.25);
    let every = if world.random.chance(70) { 14 } else { 30 };
    let employer = world.random.chance(75).then(|| world.random.pick(employers));
    let first = employer
        .map_or_else(|| world.random.between(0, every - 1), |id| i64::from(id.uuid().as_bytes()[15]) % every);
    let mut day = first;
    // Some begin or leave in between.
    let from = if world.random.chance(5) { world.random.between(0, world.size.days) } else { 0 };
    while day < world.size.days {
        let at = BEGIN + day * DAY + 7 * HOUR + world.random.between(0, HOUR);
        let sum = world.random.share(wage, 85, 115);
        match employer {
            Some(employer) if day >= from => world.transfer(at, employer, person, sum),
            None => world.book(at, None, Some(person), sum, Channel::Ach),
            _ => {}
        }
        day += every;
    }
}

fn rent(world: &mut World, person: AccountId) {
    if !world.random.chance(30) {
        return;
    }
    // One in a hundred persons lets flats.
    let hosts: Vec<AccountId> = world.persons.iter().copied().step_by(100).collect();
    let host = world.random.pick(&hosts);
    let sum = world.random.between(70_000, 250_000);
    let first = world.random.between(0, 5);
    for month in 0..=world.size.days / 30 {
        let at = BEGIN + (month * 30 + first) * DAY + 9 * HOUR + world.random.between(0, HOUR);
        if host != person && month * 30 + first < world.size.days {
            world.transfer(at, person, host, sum);
        }
    }
}

fn spending(world: &mut World, person: AccountId) {
    let friends = world.random.several(&world.persons.clone(), 5);
    let shops: Vec<AccountId> = world.businesses.iter().chain(&world.shops).copied().collect();
    for day in 0..world.size.days {
        let at = BEGIN + day * DAY + world.random.between(8 * HOUR, 22 * HOUR);
        match world.random.between(1, 1_000) {
            1..=350 => {
                let sum = world.random.log_normal(3_000, 0.9);
                world.book(at, Some(person), None, sum, Channel::Card);
            }
            351..=500 => {
                let (shop, sum) = (world.random.pick(&shops), world.random.log_normal(6_800, 0.72));
                world.transfer(at, person, shop, sum);
            }
            501..=530 => {
                let (friend, sum) = (world.random.pick(&friends), world.random.log_normal(8_700, 1.0));
                if friend != person {
                    world.transfer(at, person, friend, sum);
                }
            }
            531..=555 => {
                let sum = world.random.between(2, 24) * 2_000;
                world.book(at, Some(person), None, sum, Channel::Cash);
            }
            556..=562 => {
                let sum = world.random.log_normal(35_500, 0.9).min(900_000);
                world.book(at, None, Some(person), sum, Channel::Cash);
            }
            _ => {}
        }
    }
}

fn trade(world: &mut World, business: AccountId) {
    let scale = world.random.log_normal(200_000, 0.4);
    let others = world.businesses.clone();
    let suppliers = world.random.several(&others, 4);
    for day in 0..world.size.days {
        let at = BEGIN + day * DAY + world.random.between(8 * HOUR, 18 * HOUR);
        match world.random.between(1, 100) {
            1..=10 => {
                let sum = world.random.log_normal(scale, 0.8);
                world.book(at, None, Some(business), sum, Channel::Ach);
            }
            11..=18 => {
                let sum = world.random.log_normal(scale, 0.8);
                world.book(at, Some(business), None, sum, Channel::Ach);
            }
            19..=22 => {
                let (supplier, sum) =
                    (world.random.pick(&suppliers), world.random.log_normal(scale / 2, 0.6));
                if supplier != business {
                    world.transfer(at, business, supplier, sum);
                }
            }
            _ => {}
        }
    }
}

fn till(world: &mut World, shop: AccountId) {
    // Some tills are close to the limit by nature.
    let usual = world.random.pick(&[150_000, 400_000, 700_000, 900_000, 1_200_000]);
    for day in 0..world.size.days {
        if world.random.chance(75) {
            let sum = world.random.log_normal(usual, 0.25);
            let at = BEGIN + day * DAY + 18 * HOUR + world.random.between(0, HOUR);
            world.book(at, None, Some(shop), sum, Channel::Cash);
        }
    }
}
