//! How long a decision takes with a million accounts warm, how much memory they take, and how long a rebuild does.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark may fail loudly, and prints its figures"
)]
#![expect(clippy::disallowed_types, reason = "scores are no money")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use florin_kernel::{Currency, Uuid};
use florin_risk::engine::{Calibration, Champion, Engine, Models, Scorer};
use florin_risk::features::FEATURES;
use florin_risk::learn::{Settings as Growing, Table, train};
use florin_risk::rules::{Band, RuleSet, starter};
use florin_risk::{Attempt, Country, Kind, Outcome, Place, Settings, Token, Verdict};
use hdrhistogram::Histogram;

const ACCOUNTS: u64 = 1_000_000;
/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Attempts of each account within ninety days.
const EACH: u64 = 12;
const DAY_US: i64 = 86_400_000_000;
const NOW_US: i64 = 1_773_057_600_000_000;

/// A stream of numbers, the same in every run (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }
}

fn token(what: u64, n: u64) -> Token {
    let mut numbers = Numbers(what << 48 ^ n);
    Token::from_bits(u128::from(numbers.next(u64::MAX)) << 64 | u128::from(numbers.next(u64::MAX)))
}

/// An attempt of an account: mostly its card at some merchant, else a transfer to one of four payees, else a sign-in; from its
/// own two devices, and three networks of which the neighbours use one.
fn attempt(number: u64, account: u64, at_us: i64, numbers: &mut Numbers) -> Attempt {
    let kind = match numbers.next(20) {
        0..=11 => Kind::CardAuthorization,
        12..=16 => Kind::Transfer,
        _ => Kind::Login,
    };
    let minor = 5_00 + i64::try_from(numbers.next(12_000)).expect("small");
    let mut made = Attempt::new(Uuid::from_u128(token(1, number).bits()), kind, at_us, minor, Currency::USD);
    made.user = Some(token(2, account));
    made.device = Some(token(3, account * 2 + u64::from(numbers.next(8) == 0)));
    let network = match numbers.next(10) {
        0 => numbers.next(20_000) + 0x5000_0000,
        1..=3 => account / 4 + 0x2000_0000,
        _ => account + 0x1000_0000,
    };
    made.ip = Some(std::net::Ipv4Addr::from_bits(u32::try_from(network).expect("small")).into());
    made.country = Country::parse("CA").ok();
    let degrees =
        |from: i32, numbers: &mut Numbers| from + i32::try_from(numbers.next(100_000)).expect("small");
    made.place = Some(Place {
        latitude_udeg: degrees(43_600_000, numbers),
        longitude_udeg: degrees(-79_400_000, numbers),
    });
    match kind {
        Kind::Login => {
            made.amount_minor = 0;
            made.email = Some(token(4, account));
            return made;
        }
        Kind::CardAuthorization => {
            made.card = Some(token(5, account));
            let merchant = numbers.next(50_000).min(numbers.next(50_000));
            made.merchant = Some(token(6, merchant));
            made.terminal = Some(token(7, merchant * 3 + numbers.next(3)));
        }
        _ => made.counterparty = Some(token(8, numbers.next(4) * 77_777 + account)),
    }
    made.account = Some(token(8, account));
    made.available_minor = Some(minor + i64::try_from(numbers.next(500_000)).expect("small"));
    made.account_opened_at_us = Some(NOW_US - 400 * DAY_US);
    made.user_known_since_us = Some(NOW_US - 400 * DAY_US);
    made
}

/// A hundred trees, four deep, over forty features.
fn scorer() -> Scorer {
    let mut numbers = Numbers(3);
    let features: Vec<&str> = FEATURES.iter().step_by(5).map(|feature| feature.name).collect();
    let rows = 5_000;
    let columns: Vec<Vec<f64>> = features
        .iter()
        .map(|_| (0..rows).map(|_| u32::try_from(numbers.next(1_000)).map_or(0.0, f64::from)).collect())
        .collect();
    let answers = (0..rows).map(|_| numbers.next(50) == 0).collect();
    let names = features.into_iter().map(str::to_owned).collect();
    let table = Table::new(names, columns, answers).expect("an even table");
    let model = train(&table, &Growing { trees: 100, depth: 4, ..Growing::default() });
    Scorer::new("bench".into(), model, Calibration::default(), Band { review: 600, decline: 950 })
        .expect("a model of features")
}

fn engine() -> Engine {
    let rules = RuleSet::parse(&starter(Currency::USD)).expect("the starter rules load");
    let engine = Engine::new(Settings::new(Currency::USD), rules).expect("the same currency");
    engine.use_models(Models { champion: Champion::Ready(Box::new(scorer())), challenger: None });
    engine
}

/// The history of the bench, in the order of time: `each` attempts of every account within ninety days.
fn history(each: u64, (part, parts): (u64, u64), mut learn: impl FnMut(&Attempt)) {
    let all = ACCOUNTS * each;
    let step = 89 * DAY_US / i64::try_from(all).expect("small");
    let mut numbers = Numbers(11 + part);
    for number in (part..all).step_by(usize::try_from(parts).expect("small")) {
        let account = numbers.next(ACCOUNTS / parts) * parts + part;
        let at_us = NOW_US - 89 * DAY_US + i64::try_from(number).expect("small") * step;
        learn(&attempt(number, account, at_us, &mut numbers));
    }
}

fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    status.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4_096
}

fn rebuild() {
    let mut attempts = Vec::new();
    history(1, (0, 1), |attempt| attempts.push(attempt.clone()));
    let one = engine();
    let start = Instant::now();
    for attempt in &attempts {
        one.learn(attempt, Outcome::Approved);
    }
    println!("rebuild of {} attempts: {:.2?} on one thread", attempts.len(), start.elapsed());
    let two = engine();
    let start = Instant::now();
    std::thread::scope(|scope| {
        for half in attempts.chunks(attempts.len().div_ceil(2)) {
            let two = &two;
            scope.spawn(move || {
                for attempt in half {
                    two.learn(attempt, Outcome::Approved);
                }
            });
        }
    });
    println!("rebuild of {} attempts: {:.2?} on two threads", attempts.len(), start.elapsed());
}

fn decide(criterion: &mut Criterion) {
    let before = resident_bytes();
    let engine = engine();
    let start = Instant::now();
    std::thread::scope(|scope| {
        for part in 0..2 {
            let engine = &engine;
            scope.spawn(move || {
                history(EACH, (part, 2), |attempt| {
                    engine.learn(attempt, Outcome::Approved);
                });
            });
        }
    });
    println!("{} attempts of {ACCOUNTS} accounts learned in {:.1?}", ACCOUNTS * EACH, start.elapsed());
    let extent = engine.extent();
    println!("keys: {:?}", extent.keys);
    println!("memory: {} MB counted, {} MB resident", extent.bytes >> 20, (resident_bytes() - before) >> 20);

    let mut numbers = Numbers(99);
    let mut times = Histogram::<u64>::new(3).expect("three digits");
    let mut verdicts = [0_u64; 3];
    for number in 0..300_000_u64 {
        let account = numbers.next(ACCOUNTS);
        let made = attempt(u64::MAX - number, account, NOW_US, &mut numbers);
        let start = Instant::now();
        let ruling = black_box(engine.assess(black_box(&made)));
        times.record(u64::try_from(start.elapsed().as_nanos()).expect("short")).expect("any time");
        let verdict = match ruling.verdict {
            Verdict::Approve => &mut verdicts[0],
            Verdict::Review => &mut verdicts[1],
            Verdict::Decline => &mut verdicts[2],
        };
        *verdict += 1;
    }
    for quantile in [0.5, 0.9, 0.99, 0.999, 1.0] {
        println!(
            "assess p{}: {:.1?}",
            quantile * 100.0,
            Duration::from_nanos(times.value_at_quantile(quantile))
        );
    }
    let start = Instant::now();
    let made = attempt(8, 5, NOW_US, &mut numbers);
    let (scorer, features) = (scorer(), engine.features(&made));
    println!("a model learned in {:.1?}", start.elapsed());
    let start = Instant::now();
    for _ in 0..1_000 {
        black_box(scorer.contributions(black_box(&features)));
    }
    println!("Shapley values of a hundred trees: {:.1?}", start.elapsed() / 1_000);
    println!("a vector takes {} bytes", features.to_bytes().len());
    println!("approved, held, declined: {verdicts:?}");
    criterion.bench_function("assess", |bench| {
        bench.iter_batched(
            || attempt(7, numbers.next(ACCOUNTS), NOW_US, &mut numbers),
            |made| engine.assess(&made),
            criterion::BatchSize::SmallInput,
        );
    });
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args().sample_size(20);
    decide(&mut criterion);
    criterion.final_summary();
    rebuild();
}
