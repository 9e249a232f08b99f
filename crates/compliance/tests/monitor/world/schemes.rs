//! Schemes, each with ranges of its own; hard ones are smaller, slower, and of fewer accounts.

use florin_compliance::monitor::{Channel, Kind, Typology};
use florin_kernel::AccountId;

use super::{BEGIN, DAY, HOUR, World};

/// Typologies that a world has schemes of.
pub const TYPOLOGIES: [Typology; 13] = [
    Typology::Stack,
    Typology::Bipartite,
    Typology::ScatterGather,
    Typology::Smurfing,
    Typology::GatherScatter,
    Typology::RoundTrip,
    Typology::MuleNewAccount,
    Typology::FunnelAccount,
    Typology::DormantReactivation,
    Typology::RapidMovement,
    Typology::Structuring,
    Typology::FanIn,
    Typology::FanOut,
];

/// Adds one; gives its accounts.
pub fn add(world: &mut World, typology: Typology) -> Vec<AccountId> {
    match typology {
        Typology::Stack => layers(world, 3),
        Typology::Bipartite => layers(world, 2),
        Typology::ScatterGather => scatter_gather(world),
        Typology::Smurfing => smurfing(world),
        Typology::GatherScatter => gather_scatter(world),
        Typology::RoundTrip => round_trip(world),
        Typology::MuleNewAccount => mule(world),
        Typology::FunnelAccount => funnel(world),
        Typology::DormantReactivation => dormant(world),
        Typology::RapidMovement => rapid(world),
        Typology::Structuring => structuring(world),
        Typology::FanIn => fan(world, true),
        Typology::FanOut => fan(world, false),
        Typology::HighRiskGeography => Vec::new(),
    }
}

/// A number of a range whose lower end is for hard worlds alone.
fn ranged(world: &mut World, hard: i64, least: i64, most: i64) -> i64 {
    let from = if world.size.hard { hard } else { least };
    world.random.between(from, most)
}

/// A span of days that is longer in hard worlds.
fn lasting(world: &World, days: i64) -> i64 {
    if world.size.hard { days * 3 / 2 } else { days }
}

fn out_channel(world: &mut World) -> Channel {
    world.random.pick(&[Channel::Wire, Channel::Wire, Channel::Crypto, Channel::Cash])
}

fn layers(world: &mut World, depth: i64) -> Vec<AccountId> {
    let mut sides: Vec<Vec<AccountId>> = Vec::new();
    for _ in 0..depth {
        let wide = if depth == 2 { ranged(world, 3, 3, 4) } else { ranged(world, 2, 2, 4) };
        sides.push(world.anybody(wide));
    }
    let each = lasting(world, 5);
    let mut start = world.moment(depth * each + 2);
    for pair in sides.windows(2) {
        for payer in &pair[0] {
            for payee in &pair[1] {
                // A hard one leaves a path out now and then.
                if world.size.hard && pair[0].len() + pair[1].len() > 5 && world.random.chance(10) {
                    continue;
                }
                let (at, sum) = (world.after(start, each), ranged(world, 110_000, 150_000, 600_000));
                world.transfer(at, *payer, *payee, sum);
            }
        }
        start += each * DAY;
    }
    sides.concat()
}

fn scatter_gather(world: &mut World) -> Vec<AccountId> {
    let middles = ranged(world, 3, 4, 9);
    let all = world.anybody(middles + 2);
    let days = lasting(world, 5);
    let start = world.moment(2 * days + 2);
    for middle in &all[2..] {
        let (at, sum) = (world.after(start, days), ranged(world, 150_000, 220_000, 2_000_000));
        world.transfer(at, all[0], *middle, sum);
        let (later, kept) = (world.after(at, days), world.random.share(sum, 85, 99));
        world.transfer(later, *middle, all[1], kept);
    }
    all
}

fn smurfing(world: &mut World) -> Vec<AccountId> {
    let smurfs = ranged(world, 4, 4, 9);
    let all = world.people(smurfs + 1);
    let days = lasting(world, 5);
    let start = world.moment(days + 5);
    for smurf in &all[1..] {
        let (at, sum) = (world.after(start, days), ranged(world, 150_000, 250_000, 950_000));
        world.book(at, None, Some(*smurf), sum, Channel::Cash);
        let (later, kept) = (world.after(at, 2), world.random.share(sum, 88, 98));
        world.transfer(later, *smurf, all[0], kept);
    }
    all
}

fn gather_scatter(world: &mut World) -> Vec<AccountId> {
    let (sources, sinks) = (ranged(world, 4, 4, 7), ranged(world, 4, 4, 7));
    let all = world.anybody(sources + sinks + 1);
    let days = lasting(world, 5);
    let start = world.moment(2 * days + 2);
    let (senders, receivers) = all[1..].split_at(usize::try_from(sources).unwrap());
    let mut came = 0;
    for payer in senders {
        let (at, sum) = (world.after(start, days), ranged(world, 120_000, 200_000, 900_000));
        world.transfer(at, *payer, all[0], sum);
        came += sum;
    }
    for payee in receivers {
        let at = world.after(start + days * DAY, days);
        let sum = world.random.share(came / sinks, 80, 98);
        world.transfer(at, all[0], *payee, sum);
    }
    all
}

fn round_trip(world: &mut World) -> Vec<AccountId> {
    let hops = world.random.between(3, 8);
    let all = world.anybody(hops);
    let pause = lasting(world, 2);
    let mut at = world.moment(hops * pause + 2);
    let mut sum = ranged(world, 200_000, 500_000, 3_500_000);
    for (place, from) in all.iter().enumerate() {
        let to = all[(place + 1) % all.len()];
        world.transfer(at, *from, to, sum);
        let least = if world.size.hard { 88 } else { 94 };
        sum = world.random.share(sum, least, 99);
        at = world.after(at, pause);
    }
    all
}

fn mule(world: &mut World) -> Vec<AccountId> {
    let start = world.moment(14);
    let opened = start - world.random.between(1, 12) * DAY;
    let account = world.open(Kind::Person, opened);
    let victims = ranged(world, 3, 4, 7);
    let mut at = start;
    for victim in world.anybody(victims) {
        let sum = ranged(world, 50_000, 80_000, 350_000);
        world.transfer(at, victim, account, sum);
        let hours = ranged(world, 1, 1, 30);
        let (kept, channel) = (world.random.share(sum, 85, 99), out_channel(world));
        world.book(at + hours * HOUR, Some(account), None, kept, channel);
        at = world.after(at + DAY, 1);
    }
    vec![account]
}

fn funnel(world: &mut World) -> Vec<AccountId> {
    let all = world.people(1);
    let days = ranged(world, 5, 6, 13);
    let start = world.moment(days + 2).div_euclid(DAY) * DAY;
    for day in 0..days {
        let mut came = 0;
        for _ in 0..world.random.between(1, 3) {
            let (hour, sum) = (world.random.between(8, 19), ranged(world, 90_000, 150_000, 650_000));
            world.book(start + day * DAY + hour * HOUR, None, Some(all[0]), sum, Channel::Cash);
            came += sum;
        }
        let (kept, channel) = (world.random.share(came, 60, 98), out_channel(world));
        world.book(start + day * DAY + 22 * HOUR, Some(all[0]), None, kept, channel);
    }
    all
}

/// Sums in from outside that leave within hours.
fn passing(world: &mut World, account: AccountId, start: i64, times: i64, least: i64, most: i64) {
    let mut at = start;
    for _ in 0..times {
        let sum = world.random.between(least, most);
        let channel = world.random.pick(&[Channel::Wire, Channel::Wire, Channel::Ach]);
        world.book(at, None, Some(account), sum, channel);
        let hours = ranged(world, 2, 2, 30);
        let (kept, channel) = (world.random.share(sum, 82, 99), out_channel(world));
        if world.size.hard && world.random.chance(30) {
            world.book(at + hours * HOUR, Some(account), None, kept / 2, channel);
            world.book(at + hours * HOUR + HOUR, Some(account), None, kept / 2, channel);
        } else {
            world.book(at + hours * HOUR, Some(account), None, kept, channel);
        }
        at = world.after(at + DAY, 2);
    }
}

fn dormant(world: &mut World) -> Vec<AccountId> {
    let account = world.open(Kind::Person, BEGIN - 1_200 * DAY);
    let times = ranged(world, 2, 3, 6);
    let start = BEGIN + world.random.between(35, world.size.days - 20) * DAY + 9 * HOUR;
    let least = if world.size.hard { 250_000 } else { 480_000 };
    passing(world, account, start, times, least, 1_500_000);
    vec![account]
}

fn rapid(world: &mut World) -> Vec<AccountId> {
    let all = world.people(1);
    let times = ranged(world, 3, 3, 6);
    let start = world.moment(22);
    let least = if world.size.hard { 350_000 } else { 500_000 };
    passing(world, all[0], start, times, least, 3_000_000);
    all
}

fn structuring(world: &mut World) -> Vec<AccountId> {
    let mut all = world.people(1);
    if world.random.chance(30) {
        let customer = world.customer(all[0]);
        all.push(world.open_for(customer, Kind::Person, BEGIN - 700 * DAY));
    }
    let days = lasting(world, 9);
    let start = world.moment(days + 1);
    for deposit in 0..ranged(world, 4, 4, 8) {
        let (at, sum) = (world.after(start, days), ranged(world, 350_000, 530_000, 995_000));
        let account = all[usize::try_from(deposit).unwrap() % all.len()];
        world.book(at, None, Some(account), sum, Channel::Cash);
    }
    all
}

fn fan(world: &mut World, gathers: bool) -> Vec<AccountId> {
    let others = ranged(world, 6, 7, 15);
    let all = world.anybody(others + 1);
    let days = lasting(world, 11);
    let start = world.moment(days + 6);
    let mut sums = 0;
    for other in &all[1..] {
        let (at, sum) = (world.after(start, days), ranged(world, 100_000, 120_000, 480_000));
        let (from, to) = if gathers { (*other, all[0]) } else { (all[0], *other) };
        world.transfer(at, from, to, sum);
        sums += sum;
    }
    if gathers {
        let sum = sums * 9 / 10;
        world.book(start + (days + 3) * DAY, Some(all[0]), None, sum, Channel::Wire);
    } else {
        world.book(start - HOUR, None, Some(all[0]), sums * 11 / 10, Channel::Wire);
    }
    all
}
