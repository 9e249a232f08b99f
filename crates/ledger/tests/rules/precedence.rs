//! The order of the codes: of all refusals that apply to an event, the first in the table is its outcome.

use std::collections::BTreeSet;

use florin_kernel::{Currency, Uuid};
use florin_ledger::rules::{Account, AmountMode, Code, Event, Flags, Group};
use jiff::ToSpan;

use crate::model::Model;
use crate::poster::Poster;
use crate::world::{
    ALICE, BANK, BOB, CAROL, EUR, LOAN, NOBODY, POOL, RESERVE, TODAY, account_id, accounts, person,
    transfer_id,
};

const OPEN: u128 = 11;
const POSTED: u128 = 12;
const VOIDED: u128 = 13;
const EXPIRED: u128 = 14;
const PLAIN: u128 = 15;
const SUBJECT: u128 = 99;

/// Makes one field of an event another.
type Spoil = fn(&mut Event);

/// A ledger with a little of everything, and the event that is asked of it.
struct Scene {
    poster: Poster,
    model: Model,
    event: Event,
    used: u128,
}

impl Scene {
    fn new(base: fn(&mut Scene)) -> Self {
        let event = Event::transfer(transfer_id(SUBJECT), account_id(ALICE), account_id(CAROL), 20, EUR);
        let mut scene =
            Self { poster: Poster::new(accounts()), model: Model::new(accounts()), event, used: 1_000 };
        for (to, amount) in [(ALICE, 300), (BOB, 300), (CAROL, 50)] {
            scene.before(Event::transfer(transfer_id(0), account_id(BANK), account_id(to), amount, EUR));
        }
        for (id, timeout_s) in [(OPEN, None), (POSTED, None), (VOIDED, None), (EXPIRED, Some(1))] {
            let hold = Event::hold(transfer_id(id), account_id(ALICE), account_id(BOB), 20, EUR);
            scene.run(Event { timeout_s, ..hold });
        }
        scene.run(Event::transfer(transfer_id(PLAIN), account_id(ALICE), account_id(BOB), 20, EUR));
        scene.before(Event::post(transfer_id(0), transfer_id(POSTED), EUR));
        scene.before(Event::void(transfer_id(0), transfer_id(VOIDED), EUR));
        scene.poster.now += 2_000_000;
        base(&mut scene);
        scene
    }

    /// Something that happened earlier, under an identifier of no interest.
    fn before(&mut self, mut event: Event) {
        self.used += 1;
        event.id = transfer_id(self.used);
        self.run(event);
    }

    fn run(&mut self, event: Event) {
        let header = self.poster.header();
        let events = [event];
        let expected = self.model.run(&header, &events);
        let outcomes = self.poster.run(&events);
        assert_eq!(outcomes[0].code, expected[0].0);
    }

    fn terms(&mut self, n: u128, change: fn(&mut Account)) {
        self.poster.change(account_id(n), change);
        change(self.model.accounts.get_mut(&account_id(n)).unwrap());
    }

    fn between(&mut self, debit: u128, credit: u128) {
        self.event.debit = Some(account_id(debit));
        self.event.credit = Some(account_id(credit));
    }
}

/// What an event may be before something is wrong with it.
const BASES: &[fn(&mut Scene)] = &[
    |_| {},
    |scene| scene.event.flags = Flags::PENDING,
    |scene| scene.event = Event::post(transfer_id(SUBJECT), transfer_id(OPEN), EUR),
    |scene| {
        let post = Event::post(transfer_id(SUBJECT), transfer_id(OPEN), EUR);
        scene.event = Event { amount: 5, mode: AmountMode::Exact, ..post };
        scene.between(ALICE, BOB);
    },
    |scene| scene.event = Event::void(transfer_id(SUBJECT), transfer_id(OPEN), EUR),
    |scene| scene.event = Event::expire(transfer_id(SUBJECT), transfer_id(EXPIRED), EUR),
    |scene| scene.event = Event::reversal(transfer_id(SUBJECT), transfer_id(PLAIN), 5, EUR),
    |scene| {
        scene.event.flags = Flags::BALANCING_DEBIT;
        scene.event.mode = AmountMode::UpTo;
    },
];

/// What may be wrong; any two of them may meet.
const FAULTS: &[fn(&mut Scene)] = &[
    |scene| scene.event.flags = scene.event.flags.with(Flags::POST).with(Flags::VOID),
    |scene| scene.event.flags = scene.event.flags.with(Flags::BALANCING_CREDIT),
    |scene| scene.between(ALICE, ALICE),
    |scene| scene.event.pending_id = None,
    |scene| scene.event.pending_id = Some(transfer_id(OPEN)),
    |scene| scene.event.timeout_s = Some(5),
    |scene| scene.event.amount = 0,
    |scene| scene.event.amount = -1,
    |scene| scene.event.mode = AmountMode::AllPending,
    |scene| scene.event.mode = AmountMode::UpTo,
    |scene| scene.event.effective_date = Some(TODAY.checked_add(1.days()).unwrap()),
    |scene| scene.event.effective_date = Some(TODAY.checked_sub(3_661.days()).unwrap()),
    |scene| scene.event.debit = Some(account_id(NOBODY)),
    |scene| scene.event.credit = Some(account_id(NOBODY)),
    |scene| scene.event.currency = Currency::JPY,
    |scene| scene.event.reach = Some(person(BOB)),
    |scene| scene.event.pending_id = Some(transfer_id(777)),
    |scene| scene.event.pending_id = Some(transfer_id(PLAIN)),
    |scene| scene.event.pending_id = Some(transfer_id(POSTED)),
    |scene| scene.event.pending_id = Some(transfer_id(VOIDED)),
    |scene| scene.event.pending_id = Some(transfer_id(EXPIRED)),
    |scene| scene.event.code = Some(9),
    |scene| scene.event.credit = Some(account_id(POOL)),
    |scene| scene.event.reverses = Some(transfer_id(777)),
    |scene| scene.event.reverses = Some(transfer_id(OPEN)),
    |scene| scene.before(Event::reversal(transfer_id(0), transfer_id(PLAIN), 18, EUR)),
    |scene| scene.terms(ALICE, |account| account.closed = true),
    |scene| scene.terms(BOB, |account| account.closed = true),
    |scene| scene.terms(CAROL, |account| account.closed = true),
    |scene| scene.terms(ALICE, |account| account.frozen_debit = true),
    |scene| scene.terms(BOB, |account| account.frozen_credit = true),
    |scene| scene.terms(CAROL, |account| account.frozen_credit = true),
    |scene| scene.poster.closed_through = Some(TODAY),
    |scene| scene.event.amount = 100_000,
    |scene| scene.event.amount = 190,
    |scene| scene.between(BOB, LOAN),
    |scene| scene.event.timeout_s = Some(u32::MAX),
    |scene| scene.event.policy = Some(Code::VelocityExceeded),
    |scene| scene.event.policy = Some(Code::ApprovalRequired),
    |scene| scene.event.policy = Some(Code::DeclinedByRisk),
    |scene| {
        scene.before(Event::transfer(
            transfer_id(0),
            account_id(BANK),
            account_id(POOL),
            i64::MAX - 9_000,
            EUR,
        ));
    },
    |scene| {
        scene.before(Event::hold(transfer_id(0), account_id(RESERVE), account_id(POOL), i64::MAX / 2, EUR));
    },
    |scene| {
        scene.before(Event::hold(transfer_id(0), account_id(RESERVE), account_id(POOL), i64::MAX / 2, EUR));
    },
    |scene| scene.between(BANK, POOL),
    |scene| scene.between(RESERVE, POOL),
    |scene| {
        scene.event.amount = i64::MAX;
        scene.between(RESERVE, POOL);
    },
    |scene| {
        scene.event.amount = i64::MAX;
        scene.between(BANK, LOAN);
    },
    |scene| {
        scene.event.amount = i64::MAX;
        scene.between(LOAN, POOL);
    },
];

#[test]
fn of_all_refusals_that_apply_the_first_in_the_table_stands() {
    let mut won = BTreeSet::new();
    let mut pairs = BTreeSet::new();
    for base in BASES {
        for (place, first) in FAULTS.iter().enumerate() {
            for second in &FAULTS[place..] {
                let mut scene = Scene::new(*base);
                first(&mut scene);
                second(&mut scene);
                let event = scene.event.clone();
                let applying = scene.model.refusals(&scene.poster.header(), &event);
                let expected = applying.iter().min().copied().unwrap_or(Code::Created);

                let outcome = scene.poster.run(std::slice::from_ref(&event));

                assert_eq!(outcome[0].code, expected, "{applying:?} for {event:#?}");
                won.insert(expected);
                pairs.extend(applying.iter().filter(|code| **code != expected).map(|code| (expected, *code)));
            }
        }
    }

    let inner = |code: &&Code| !matches!(code.group(), Group::Batch | Group::Id | Group::Done);
    let never: Vec<_> = Code::ALL.iter().filter(inner).filter(|code| !won.contains(code)).collect();
    assert!(never.is_empty(), "nothing was refused with {never:?}");
    assert!(pairs.len() > 350, "only {} pairs met", pairs.len());
}

#[test]
fn each_field_that_differs_has_its_code_and_the_earlier_field_stands() {
    let faults: &[(Code, Spoil)] = &[
        (Code::ExistsWithDifferentFlags, |event| event.flags = Flags::PENDING),
        (Code::ExistsWithDifferentPendingId, |event| event.pending_id = Some(transfer_id(OPEN))),
        (Code::ExistsWithDifferentTimeout, |event| event.timeout_s = Some(7)),
        (Code::ExistsWithDifferentDebitAccount, |event| event.debit = Some(account_id(NOBODY))),
        (Code::ExistsWithDifferentCreditAccount, |event| event.credit = Some(account_id(NOBODY))),
        (Code::ExistsWithDifferentAmount, |event| event.amount = -1),
        (Code::ExistsWithDifferentCode, |event| event.code = Some(9)),
        (Code::ExistsWithDifferentEffectiveDate, |event| event.effective_date = Some(TODAY)),
        (Code::ExistsWithDifferentGroup, |event| event.group = Some(Uuid::from_u128(9))),
        (Code::ExistsWithDifferentReverses, |event| event.reverses = Some(transfer_id(777))),
    ];
    let mut scene = Scene::new(|_| {});
    let event = scene.event.clone();
    scene.run(event.clone());
    scene.terms(ALICE, |account| account.closed = true);
    assert_eq!(scene.poster.run(std::slice::from_ref(&event))[0].code, Code::Exists);
    for (place, (code, first)) in faults.iter().enumerate() {
        for (_, second) in &faults[place..] {
            let mut changed = event.clone();
            first(&mut changed);
            second(&mut changed);

            assert_eq!(scene.model.known(&changed), Some(*code));
            assert_eq!(scene.poster.run(&[changed])[0].code, *code);
        }
    }
}

#[test]
fn a_wrong_shape_is_told_before_anything_else() {
    let mut scene = Scene::new(|_| {});
    let created = scene.event.clone();
    scene.run(created.clone());
    let linked = Event { flags: Flags::LINKED, amount: -1, ..created };
    let codes = |scene: &mut Scene, events: &[Event]| -> Vec<Code> {
        scene.poster.run(events).iter().map(|outcome| outcome.code).collect()
    };

    let open = codes(&mut scene, &vec![linked.clone(); 300]);
    assert_eq!(open[299], Code::ChainOpen);
    assert!(open[..299].iter().all(|code| *code == Code::LinkedFailed));

    let mut long = vec![linked.clone(); 256];
    long.push(Event { flags: Flags::NONE, ..linked.clone() });
    let long = codes(&mut scene, &long);
    assert_eq!(long[0], Code::ChainTooLong);
    assert!(long[1..].iter().all(|code| *code == Code::LinkedFailed));

    let large = codes(&mut scene, &vec![linked; 8_193]);
    assert!(large.iter().all(|code| *code == Code::BatchTooLarge));
}
