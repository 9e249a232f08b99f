//! The trial balance balances, by any date, and is what the accounts say.

use florin_kernel::{AccountId, Currency, Date};
use florin_ledger::rules::{Code, Event};
use florin_ledger::{TrialLine, chart};

use crate::support::{World, worlds};

#[tokio::test(flavor = "multi_thread")]
async fn debits_are_credits_now_and_by_every_value_date() {
    for world in worlds() {
        world.busy().await;
        let (first, last) = (world.yesterday(), world.today());

        for as_of in [None, Some(first.yesterday().unwrap()), Some(first), Some(last)] {
            let lines = world.trial_balance(as_of).await;

            let debits: i128 = lines.iter().map(|line| line.debits).sum();
            let credits: i128 = lines.iter().map(|line| line.credits).sum();
            assert_eq!(debits, credits, "{as_of:?}");
        }
        assert_eq!(world.trial_balance(Some(last)).await, world.trial_balance(None).await);
        let before = world.trial_balance(Some(first.yesterday().unwrap())).await;
        assert!(before.iter().all(|line| line.debits == 0), "nothing has an earlier value date: {before:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_back_dated_entry_counts_on_its_value_date() {
    for world in worlds() {
        let [ann, bob] = world.funded([100_00, 0]).await;
        let monday = world.today();
        world.clock.advance_seconds(86_400);
        assert_eq!(world.transfer(ann, bob, 30_00).await, Code::Created);
        let back_dated = Event { effective_date: Some(monday), ..world.event(ann, bob, 5_00) };
        assert_eq!(world.post(back_dated).await, Code::Created);

        let on_monday = [(chart::CASH, 100_00, 0), (chart::CHECKING, 5_00, 105_00)];
        let on_tuesday = [(chart::CASH, 100_00, 0), (chart::CHECKING, 35_00, 135_00)];

        assert_eq!(codes(&world.trial_balance(Some(monday)).await), on_monday);
        assert_eq!(codes(&world.trial_balance(Some(world.today())).await), on_tuesday);
        assert_eq!(codes(&world.trial_balance(None).await), on_tuesday);
        world.settle().await;
        assert_eq!(codes(&world.trial_balance(Some(monday)).await), on_monday, "the rows have caught up");
        assert_eq!(codes(&world.trial_balance(None).await), on_tuesday);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_lag_behind_nothing_however_many_accounts_changed() {
    for world in worlds() {
        let accounts = world.funded([7; 150]).await;
        world.clock.advance_seconds(86_400);
        let pair = |n: usize| -> (AccountId, AccountId) { (accounts[n], accounts[n + 1]) };
        let mut tasks = Vec::new();
        for n in 0..149 {
            let (world, (from, to)) = (world.clone(), pair(n));
            tasks.push(tokio::spawn(async move { world.transfer(from, to, 2).await }));
        }
        for task in tasks {
            assert_eq!(task.await.unwrap(), Code::Created);
        }

        let first_day = [(chart::CASH, 1_050, 0), (chart::CHECKING, 0, 1_050)];
        let now = [(chart::CASH, 1_050, 0), (chart::CHECKING, 298, 1_348)];

        assert_eq!(codes(&world.trial_balance(Some(world.yesterday())).await), first_day);
        assert_eq!(codes(&world.trial_balance(None).await), now);
        assert_eq!(codes(&world.trial_balance(Some(world.today())).await), now);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_come_by_currency_and_then_by_code() {
    for world in worlds() {
        world.funded([1_00]).await;
        world.internal(chart::SAVINGS, Currency::USD).await;
        world.internal(chart::CASH, Currency::CAD).await;

        let lines = world.trial_balance(None).await;

        let order: Vec<(Currency, u16)> = lines.iter().map(|line| (line.currency, line.code)).collect();
        let expected = [
            (Currency::CAD, chart::CASH),
            (Currency::EUR, chart::CASH),
            (Currency::EUR, chart::CHECKING),
            (Currency::USD, chart::SAVINGS),
        ];
        assert_eq!(order, expected);
        assert_eq!((lines[1].name, lines[1].class), ("Cash", chart::Class::Asset));
    }
}

fn codes(lines: &[TrialLine]) -> Vec<(u16, i128, i128)> {
    lines.iter().map(|line| (line.code, line.debits, line.credits)).collect()
}

impl World {
    async fn trial_balance(&self, as_of: Option<Date>) -> Vec<TrialLine> {
        let ledger = self.ledger.clone();
        self.db.read(move |r| ledger.trial_balance(r, as_of)).await.unwrap()
    }
}
