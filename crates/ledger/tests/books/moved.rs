//! What moved within a range of time.

use florin_db::DbError;
use florin_kernel::{AccountId, Action, Actor, Currency, Resource, Timestamp, TransferId, UserId};
use florin_ledger::rules::{Code, Event, Overdraft};
use florin_ledger::{Moved, NewAccount, chart};

use crate::support::{World, worlds};

impl World {
    /// An account of a customer's.
    async fn owned(&self) -> AccountId {
        let id = AccountId::from_uuid(self.db.env().new_uuid());
        let new = NewAccount {
            id,
            owner: Some(UserId::from_uuid(id.uuid())),
            kind: "checking",
            name: "Checking".to_owned(),
            currency: Currency::EUR,
            code: chart::CHECKING,
            overdraft: Overdraft::Unlimited,
            ceiling: None,
        };
        let permit = Actor::system("test").permit(Action::OpenAccount, Resource::kind("account")).unwrap();
        let ledger = self.ledger.clone();
        let opened = self.db.write(permit, move |tx| ledger.open_account(tx, &new)).await;
        opened.unwrap_or_else(|error: DbError| panic!("{error}"));
        id
    }

    /// All that moved in a range, read `limit` at a time.
    async fn moved(&self, from: Timestamp, to: Timestamp, limit: u32) -> Vec<Moved> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let ledger = self.ledger.clone();
            let page = self.db.read(move |reader| ledger.moved(reader, from, to, after, limit)).await;
            let page: Vec<Moved> = page.unwrap_or_else(|error: DbError| panic!("{error}"));
            let full = page.len() == usize::try_from(limit).unwrap();
            after = page.last().map(|last| last.seq);
            all.extend(page);
            if !full {
                return all;
            }
        }
    }

    async fn made(&self, event: Event) -> TransferId {
        let id = event.id;
        assert_eq!(self.post(event).await, Code::Created);
        id
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_is_what_was_booked_in_it_whatever_the_pages() {
    for world in worlds() {
        let (ann, bob) = (world.owned().await, world.owned().await);
        let mut made = Vec::new();
        for amount in 1..=40 {
            let at = world.db.env().now();
            made.push((at, world.made(world.event(ann, bob, amount)).await));
            world.clock.advance_seconds(60);
        }

        for (from, to) in [(0, 40), (0, 0), (7, 31), (39, 40), (40, 40)] {
            let at = |minute: usize| made.get(minute).map_or_else(|| world.db.env().now(), |(at, _)| *at);
            let wanted: Vec<TransferId> = made[from..to].iter().map(|(_, id)| *id).collect();
            for limit in [1, 7, 100] {
                let found = world.moved(at(from), at(to), limit).await;
                let found: Vec<TransferId> = found.iter().map(|moved| moved.id).collect();
                assert_eq!(found, wanted, "{from}..{to} by {limit}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_and_what_was_given_back_moved_nothing() {
    for world in worlds() {
        let (ann, bob) = (world.owned().await, world.owned().await);
        let cash = world.internal(chart::CASH, Currency::EUR).await;
        let fees = world.internal(chart::FEE_INCOME, Currency::EUR).await;
        let start = world.db.env().now();
        let paid_in = world.made(world.event(cash, ann, 100)).await;
        world.made(world.event(cash, fees, 5)).await;
        let hold = |amount| Event::hold(world.id(), ann, bob, amount, Currency::EUR);
        let (posted, voided) = (hold(40), hold(30));
        for event in [&posted, &voided] {
            world.made(event.clone()).await;
        }
        let post = world.made(Event::post(world.id(), posted.id, Currency::EUR)).await;
        world.made(Event::void(world.id(), voided.id, Currency::EUR)).await;
        let whole = world.made(world.event(ann, bob, 20)).await;
        let part = world.made(world.event(ann, bob, 25)).await;
        for (original, amount) in [(whole, 20), (part, 10)] {
            world.made(Event::reversal(world.id(), original, amount, Currency::EUR)).await;
        }
        world.clock.advance_seconds(1);

        let found = world.moved(start, world.db.env().now(), 3).await;

        let told: Vec<(TransferId, i64)> = found.iter().map(|moved| (moved.id, moved.amount)).collect();
        assert_eq!(told, [(paid_in, 100), (post, 40), (whole, 0), (part, 15)]);
        let first = &found[0];
        assert_eq!((first.debit.code, first.debit.owner), (chart::CASH, None));
        assert_eq!((first.credit.account, first.credit.owner), (ann, Some(UserId::from_uuid(ann.uuid()))));
    }
}
