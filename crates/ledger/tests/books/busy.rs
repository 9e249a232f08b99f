//! A world where everything that the books know has happened at least once.

use florin_db::Engine;
use florin_kernel::{AccountId, Currency, Date};
use florin_ledger::rules::{AmountMode, Code, Event, Flags};
use florin_ledger::{Control, Report};

use crate::support::World;

impl World {
    /// Transfers, chains, holds of every end, reversals, back-dated entries, refusals and a closed account.
    pub async fn busy(&self) {
        let [ann, bob, cat, dora] = self.funded([1_000_00, 500_00, 0, 0]).await;
        for amount in 1..=150 {
            assert_eq!(self.transfer(ann, bob, amount).await, Code::Created);
        }
        self.chain(&[(ann, cat, 10_00), (cat, bob, 4_00), (bob, ann, 1_00)]).await;

        let hold =
            |amount| Event { timeout_s: Some(60), ..Event::hold(self.id(), ann, cat, amount, Currency::EUR) };
        let [posted, part, voided, expired, open] = [5_00, 4_00, 3_00, 2_00, 1_00].map(hold);
        for event in [&posted, &part, &voided, &expired] {
            assert_eq!(self.post(event.clone()).await, Code::Created);
        }
        let open = Event { timeout_s: None, ..open };
        assert_eq!(self.post(open).await, Code::Created);
        assert_eq!(self.post(Event::post(self.id(), posted.id, Currency::EUR)).await, Code::Created);
        let some =
            Event { amount: 1_50, mode: AmountMode::Exact, ..Event::post(self.id(), part.id, Currency::EUR) };
        assert_eq!(self.post(some).await, Code::Created);
        assert_eq!(self.post(Event::void(self.id(), voided.id, Currency::EUR)).await, Code::Created);
        self.clock.advance_seconds(86_400);
        self.ledger.tick().await.unwrap();

        let moved = self.event(ann, bob, 60_00);
        assert_eq!(self.post(moved.clone()).await, Code::Created);
        for amount in [40_00, 15_00] {
            let back = Event::reversal(self.id(), moved.id, amount, Currency::EUR);
            assert_eq!(self.post(back).await, Code::Created);
        }
        let back_dated = Event { effective_date: Some(self.yesterday()), ..self.event(bob, cat, 7_00) };
        assert_eq!(self.post(back_dated).await, Code::Created);
        let refused = Event { fresh: false, ..self.event(cat, ann, 9_000_00) };
        assert_eq!(self.post(refused).await, Code::InsufficientFunds);
        self.control(dora, Control::Close).await.unwrap();
    }

    async fn chain(&self, legs: &[(AccountId, AccountId, i64)]) {
        let mut events: Vec<Event> =
            legs.iter().map(|(from, to, amount)| self.event(*from, *to, *amount)).collect();
        let last = events.len() - 1;
        for event in &mut events[..last] {
            event.flags = Flags::LINKED;
        }
        self.submit(None, events).await.unwrap();
    }

    pub fn today(&self) -> Date {
        self.ledger.business_date(self.db.env().now())
    }

    pub fn yesterday(&self) -> Date {
        self.today().yesterday().unwrap()
    }

    pub async fn verify(&self) -> Report {
        self.db.read(florin_ledger::verify).await.unwrap()
    }

    /// Waits until the rows of balances lag behind no more.
    pub async fn settle(&self) {
        const BEHIND: &str = "SELECT p.seq - (SELECT COALESCE(MAX(seq), 0) FROM ledger_transfer) \
            FROM ledger_progress p WHERE p.name = 'balances_include'";
        while self.db.engine() == Engine::Sqlite {
            let behind = self.db.read(|r| r.row(BEHIND, &[])).await.unwrap().unwrap();
            if behind.get::<i64>(0).unwrap() == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }
}
