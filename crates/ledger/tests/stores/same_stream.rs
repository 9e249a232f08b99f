//! The same stream through both stores.

use florin_db::testing;
use florin_kernel::{Env, Timestamp};

use crate::bank::{Answer, Bank, difference};
use crate::stream::Stream;

const SEEDS: u64 = 6;
const WORKS: u64 = 120;

#[tokio::test]
async fn the_same_stream_has_the_same_outcomes_in_both_stores() {
    for seed in 0..SEEDS {
        let mut told: Option<(Vec<Answer>, Vec<String>)> = None;
        for database in testing::databases().unwrap() {
            let (env, clock) = Env::manual(Timestamp::from_second(1_790_000_000).unwrap());
            let db = database.open(&[florin_jobs::MIGRATIONS, florin_ledger::MIGRATIONS], env).unwrap();
            let bank = Bank::serve(db);
            bank.open_accounts().await;
            let mut stream = Stream::new(seed);
            let mut answers = vec![bank.run(&stream.funding()).await.unwrap()];
            for _ in 0..WORKS {
                clock.advance_seconds(stream.chance.pick(&[0, 0, 0, 2, 60, 90_000]));
                answers.push(bank.run(&stream.work()).await.unwrap());
            }

            let state = bank.state().await;

            assert_eq!(bank.verify().await.problems, Vec::<String>::new(), "seed {seed}");
            let engine = bank.db.engine().name();
            match &told {
                None => told = Some((answers, state)),
                Some((others, other_state)) => {
                    for (n, (answer, other)) in answers.iter().zip(others).enumerate() {
                        assert_eq!(answer, other, "seed {seed}, work {n}: left is {engine}");
                    }
                    assert_eq!(difference(&state, other_state), None, "seed {seed}: first is {engine}");
                }
            }
        }
        let (answers, _) = told.unwrap();
        assert!(answers.len() > usize::try_from(WORKS).unwrap());
    }
}
