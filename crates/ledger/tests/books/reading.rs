//! Readers and the poster at the same time.

use florin_db::DbError;
use florin_kernel::AccountId;
use florin_ledger::rules::Code;

use crate::support::{World, worlds};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_sees_whatever_was_answered_before_and_all_entries_of_what_it_sees() {
    for world in worlds() {
        let accounts = world.funded([1_000; 160]).await;

        let mut tasks = Vec::new();
        for pair in accounts.chunks(2).map(|pair| [pair[0], pair[1]]) {
            tasks.push(tokio::spawn(there_and_back(world.clone(), pair)));
        }

        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(world.verify().await.problems, Vec::<String>::new());
    }
}

/// Moves money between two accounts that nobody else touches, and looks at one after each answer.
async fn there_and_back(world: World, [ann, bob]: [AccountId; 2]) {
    for turn in 0..40_i64 {
        let (from, to) = if turn % 2 == 0 { (ann, bob) } else { (bob, ann) };
        assert_eq!(world.transfer(from, to, 1).await, Code::Created);

        // The deposit was the first entry.
        let entries = turn + 2;
        assert_eq!(world.look(ann).await, (entries, entries), "listed, and all its entries are there");
        let view = world.balance(ann).await;
        assert_eq!(view, if turn % 2 == 0 { 999 } else { 1_000 });
    }
}

impl World {
    /// The version of an account in the list of all, and how many entries it has in the same snapshot.
    async fn look(&self, id: AccountId) -> (i64, i64) {
        let ledger = self.ledger.clone();
        let looked = self.db.read(move |r| {
            let all = ledger.accounts(r, 0, 1_000)?;
            let view = all.into_iter().find(|view| view.id == id).unwrap();
            let entries = ledger.entries(r, view.no, view.account.last_seq, 1_000)?;
            Ok::<_, DbError>((view.account.version, i64::try_from(entries.len()).unwrap()))
        });
        looked.await.unwrap()
    }
}
