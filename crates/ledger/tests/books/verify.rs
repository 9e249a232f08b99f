//! Checking the books finds everything that is wrong, and nothing that is not.

use florin_db::{DbError, Engine, Tx};
use florin_kernel::Currency;
use florin_ledger::rules::{Code, Event};

use crate::support::{World, worlds};

#[tokio::test(flavor = "multi_thread")]
async fn books_in_which_everything_has_happened_are_clean() {
    for world in worlds() {
        world.busy().await;

        let report = world.verify().await;

        assert_eq!(report.problems, Vec::<String>::new());
        assert_eq!(report.accounts, 5);
        let latest = world.db.read(|r| r.row("SELECT COUNT(*) FROM ledger_transfer", &[])).await.unwrap();
        assert_eq!(report.transfers, latest.unwrap().get::<u64>(0).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn books_are_clean_while_they_are_written() {
    for world in worlds() {
        let accounts = world.funded([1_000; 200]).await;
        let writer = world.clone();
        let writing = tokio::spawn(async move {
            for n in 0..600_usize {
                let (from, to) = (accounts[n % 200], accounts[(n * 7 + 1) % 200]);
                if from != to {
                    writer.transfer(from, to, 1).await;
                }
                if n % 100 == 99 {
                    writer.clock.advance_seconds(86_400);
                }
            }
        });

        let mut looks = 0;
        while !writing.is_finished() || looks == 0 {
            assert_eq!(world.verify().await.problems, Vec::<String>::new());
            looks += 1;
        }

        writing.await.unwrap();
        assert_eq!(world.verify().await.problems, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn books_of_two_processes_are_clean_though_their_numbers_interleave() {
    let Some(world) = worlds().into_iter().find(|world| world.db.engine() == Engine::Postgres) else {
        return; // FLORIN_TEST_ENGINES=sqlite left PostgreSQL out in so many words
    };
    let [ann, bob] = world.funded([10_000, 0]).await;
    let other = world.second();
    for n in 0..200 {
        let world = if n % 3 == 0 { &world } else { &other };
        assert_eq!(world.transfer(ann, bob, 1).await, Code::Created);
    }
    let hold = Event::hold(world.id(), ann, bob, 5, Currency::EUR);
    assert_eq!(world.post(hold.clone()).await, Code::Created);
    assert_eq!(other.post(Event::post(other.id(), hold.id, Currency::EUR)).await, Code::Created);

    let report = world.verify().await;

    assert_eq!(report.problems, Vec::<String>::new());
    let order = "SELECT COUNT(*) FROM ledger_transfer t JOIN ledger_transfer p ON p.seq = t.debit_prev WHERE p.seq > t.seq";
    let back = world.db.read(move |r| r.row(order, &[])).await.unwrap().unwrap();
    assert!(back.get::<i64>(0).unwrap() > 0, "some entry has a smaller number than the one before it");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_corruption_is_found_and_named() {
    for world in worlds() {
        world.busy().await;
        world.settle().await;
        world.behind_its_back(&[DISARM, KEEP]).await;
        for Corruption { what, sql, said } in CORRUPTIONS {
            world.behind_its_back(&[both(sql)]).await;

            let problems = world.verify().await.problems;

            let engine = world.db.engine().name();
            assert!(problems.iter().any(|problem| problem.contains(said)), "{engine}: {what}: {problems:#?}");
            world.behind_its_back(&[RESTORE]).await;
            assert_eq!(
                world.verify().await.problems,
                Vec::<String>::new(),
                "{engine}: restored after: {what}"
            );
        }
    }
}

/// Statements for SQLite, and for PostgreSQL.
type Words = (&'static [&'static str], &'static [&'static str]);

const fn both(sql: &'static [&'static str]) -> Words {
    (sql, sql)
}

/// Takes away what keeps the tables from being changed.
const DISARM: Words = (
    &[
        "DROP TRIGGER ledger_transfer_never_updated",
        "DROP TRIGGER ledger_transfer_never_deleted",
        "DROP TRIGGER ledger_account_never_deleted",
        "DROP TRIGGER outbox_event_never_deleted",
    ],
    &[
        "DROP TRIGGER ledger_transfer_append_only ON ledger_transfer",
        "DROP TRIGGER ledger_account_append_only ON ledger_account",
        "DROP TRIGGER outbox_event_append_only ON outbox_event",
    ],
);
const KEEP: Words = both(&[
    "CREATE TABLE kept_account AS SELECT * FROM ledger_account",
    "CREATE TABLE kept_balance AS SELECT * FROM ledger_balance",
    "CREATE TABLE kept_transfer AS SELECT * FROM ledger_transfer",
    "CREATE TABLE kept_hold AS SELECT * FROM ledger_hold",
    "CREATE TABLE kept_burned AS SELECT * FROM ledger_burned",
    "CREATE TABLE kept_day AS SELECT * FROM ledger_day",
    "CREATE TABLE kept_mark AS SELECT * FROM ledger_mark",
    "CREATE TABLE kept_event AS SELECT * FROM outbox_event",
]);
const RESTORE: Words = both(&[
    "DELETE FROM ledger_balance",
    "DELETE FROM ledger_account",
    "DELETE FROM ledger_transfer",
    "DELETE FROM ledger_hold",
    "DELETE FROM ledger_burned",
    "DELETE FROM ledger_day",
    "DELETE FROM ledger_mark",
    "DELETE FROM outbox_event",
    "INSERT INTO ledger_account SELECT * FROM kept_account",
    "INSERT INTO ledger_balance SELECT * FROM kept_balance",
    "INSERT INTO ledger_transfer SELECT * FROM kept_transfer",
    "INSERT INTO ledger_hold SELECT * FROM kept_hold",
    "INSERT INTO ledger_burned SELECT * FROM kept_burned",
    "INSERT INTO ledger_day SELECT * FROM kept_day",
    "INSERT INTO ledger_mark SELECT * FROM kept_mark",
    "INSERT INTO outbox_event SELECT * FROM kept_event",
]);

impl World {
    async fn behind_its_back(&self, scripts: &[Words]) {
        for (sqlite, postgres) in scripts.iter().copied() {
            let sql = if self.db.engine() == Engine::Sqlite { sqlite } else { postgres };
            let run = |tx: &mut Tx<'_>| sql.iter().try_for_each(|one| tx.execute(one, &[]).map(|_| ()));
            let done: Result<(), DbError> = self.db.housekeeping(run).await;
            done.unwrap_or_else(|error| panic!("{error} in {sql:?}"));
        }
    }
}

/// What is done to the books behind their back, and what must be said of it.
struct Corruption {
    what: &'static str,
    sql: &'static [&'static str],
    said: &'static str,
}

const fn corruption(what: &'static str, sql: &'static [&'static str], said: &'static str) -> Corruption {
    Corruption { what, sql, said }
}

const CORRUPTIONS: &[Corruption] = &[
    corruption(
        "an amount is changed",
        &[
            "UPDATE ledger_transfer SET amount = amount + 1 WHERE seq = (SELECT MAX(seq) - 60 FROM ledger_transfer WHERE flags = 0)",
        ],
        "do not follow from those before it",
    ),
    corruption(
        "a transfer disappears",
        &["DELETE FROM ledger_transfer WHERE debit_version = 40"],
        "are missing",
    ),
    corruption(
        "the latest transfer disappears",
        &["DELETE FROM ledger_transfer WHERE seq = (SELECT MAX(seq) FROM ledger_transfer)"],
        "which there is not",
    ),
    corruption(
        "an entry is renumbered",
        &["UPDATE ledger_transfer SET credit_version = credit_version - 1 WHERE credit_version = 70"],
        "repeats entry 69",
    ),
    corruption(
        "an entry names another before it",
        &["UPDATE ledger_transfer SET debit_prev = debit_prev - 1 WHERE debit_version = 50"],
        "does not name the entry before it",
    ),
    corruption(
        "a transfer is made earlier than the one before it",
        &["UPDATE ledger_transfer SET at_us = at_us - 1000000 WHERE debit_version = 50"],
        "is not later than the entry before it",
    ),
    corruption(
        "the sums after an entry are changed, both sides alike",
        &["UPDATE ledger_transfer SET debit_debits_posted = debit_debits_posted + 1, \
            credit_credits_posted = credit_credits_posted + 1 WHERE debit_version = 50"],
        "do not follow from those before it",
    ),
    corruption(
        "a transfer changes its currency",
        &["UPDATE ledger_transfer SET currency = 'USD' WHERE debit_version = 50"],
        "an account has another currency",
    ),
    corruption(
        "a transfer gets flags that mean nothing",
        &["UPDATE ledger_transfer SET flags = 4096 WHERE debit_version = 50"],
        "cannot be read: no flags are 4096",
    ),
    corruption(
        "the middle of a chain disappears",
        &[
            "DELETE FROM ledger_transfer WHERE flags = 1 AND seq = (SELECT MAX(seq) FROM ledger_transfer WHERE flags = 1)",
        ],
        "the rest of its chain is missing",
    ),
    corruption(
        "a balance is changed",
        &["UPDATE ledger_balance SET credits_posted = credits_posted + 100 WHERE account_no = 2"],
        "account 2: the row's credits_posted is not what its transfers came to",
    ),
    corruption(
        "money appears on one account",
        &["UPDATE ledger_balance SET credits_posted = credits_posted + 100 WHERE account_no = 2"],
        "EUR: posted debits are not posted credits",
    ),
    corruption(
        "reserved money appears on one account",
        &["UPDATE ledger_balance SET debits_pending = debits_pending + 100 WHERE account_no = 2"],
        "EUR: pending debits are not pending credits",
    ),
    corruption(
        "a version is changed",
        &["UPDATE ledger_balance SET version = version + 1 WHERE account_no = 1"],
        "account 1: the row's version is not",
    ),
    corruption(
        "the head of a chain of entries is changed",
        &["UPDATE ledger_balance SET last_seq = last_seq + 1 WHERE account_no = 1"],
        "account 1: the row's last_seq is not",
    ),
    corruption(
        "the time of the last entry is changed",
        &["UPDATE ledger_balance SET last_at_us = last_at_us + 1 WHERE account_no = 1"],
        "account 1: the row's last_at_us is not",
    ),
    corruption(
        "a balance disappears",
        &["DELETE FROM ledger_balance WHERE account_no = 3"],
        "account 3 has no row of balances",
    ),
    corruption(
        "an account with money is closed",
        &["UPDATE ledger_balance SET closed = NOT closed WHERE account_no = 2"],
        "account 2 is closed and not empty",
    ),
    corruption(
        "the running day is changed",
        &["UPDATE ledger_balance SET day_debits = day_debits + 1 WHERE account_no = 1"],
        "account 1: the sums by value date",
    ),
    corruption(
        "an ended day is changed",
        &["UPDATE ledger_day SET debits = debits + 1 WHERE account_no = 1"],
        "account 1: the sums by value date",
    ),
    corruption(
        "a day's sums move to another day",
        &["UPDATE ledger_day SET day = day - 1 WHERE account_no = 1"],
        "account 1: the sums by value date",
    ),
    corruption(
        "a signpost disappears",
        &["DELETE FROM ledger_mark WHERE account_no = 1 AND version = 64"],
        "signposts",
    ),
    corruption(
        "a signpost is turned",
        &["UPDATE ledger_mark SET seq = seq + 1 WHERE account_no = 1 AND version = 64"],
        "the signpost of entry 64 leads elsewhere",
    ),
    corruption(
        "a hold's row disappears",
        &["DELETE FROM ledger_hold WHERE state = 'open'"],
        "there is no row of this hold",
    ),
    corruption(
        "a resolved hold is opened again",
        &["UPDATE ledger_hold SET state = 'open', resolved_by = NULL WHERE state = 'voided'"],
        "the hold's row has another state",
    ),
    corruption(
        "an open hold is called posted",
        &["UPDATE ledger_hold SET state = 'posted' WHERE state = 'open'"],
        "its state is not what a transfer made of it",
    ),
    corruption(
        "a hold is resolved by another transfer",
        &["UPDATE ledger_hold SET resolved_by = 1 WHERE state = 'posted'"],
        "resolved by another transfer",
    ),
    corruption(
        "an open hold reserves more",
        &["UPDATE ledger_hold SET amount = amount + 1 WHERE state = 'open'"],
        "its open holds are not what is pending",
    ),
    corruption(
        "a hold changes its accounts",
        &["UPDATE ledger_hold SET debit_no = credit_no, credit_no = debit_no WHERE state = 'expired'"],
        "it is not what its transfer made",
    ),
    corruption(
        "a hold expired before its time",
        &[
            "UPDATE ledger_transfer SET expires_at_us = expires_at_us + 999999999999 WHERE expires_at_us IS NOT NULL",
        ],
        "the hold expired before its time",
    ),
    corruption(
        "more is reversed than was moved",
        &["UPDATE ledger_transfer SET amount = amount + 600 WHERE reverses IS NOT NULL AND amount = 1500"],
        "more was reversed than",
    ),
    corruption(
        "a reversal reverses another transfer",
        &[
            "UPDATE ledger_transfer SET reverses = (SELECT id FROM ledger_hold WHERE state = 'open') WHERE reverses IS NOT NULL",
        ],
        "what it reverses is no transfer between its accounts",
    ),
    corruption(
        "a transfer's identifier had been refused",
        &["UPDATE ledger_burned SET id = (SELECT id FROM ledger_transfer WHERE debit_version = 50)"],
        "had been used up by a refusal",
    ),
    corruption(
        "an outbox event disappears",
        &["DELETE FROM outbox_event WHERE seq = 50"],
        "has 0 outbox events and should have one",
    ),
    corruption(
        "an outbox event is there twice",
        &[
            "INSERT INTO outbox_event (topic, subject, at_us) SELECT topic, subject, at_us FROM outbox_event WHERE seq = 50",
        ],
        "has 2 outbox events and should have one",
    ),
    corruption(
        "an outbox event tells of nothing",
        &[
            "INSERT INTO outbox_event (topic, subject, at_us) SELECT 'deposit.created', id, 0 FROM ledger_account WHERE no = 1",
        ],
        "which there is not",
    ),
    corruption(
        "an account disappears",
        &["DELETE FROM ledger_balance WHERE account_no = 3", "DELETE FROM ledger_account WHERE no = 3"],
        "account 3 has entries, holds or sums and does not exist",
    ),
];
