//! The real poster over a disk and in a process that fail: whatever happens, and whenever,
//!
//! - what was answered is there afterwards;
//! - of what was not answered all is there or nothing is, and nothing is unless the commit had been made;
//! - nothing that failed leaves a trace: a twin that was only ever given what was committed gives the same
//!   answers and has the same entries.
//!
//! Every seed is one story, the same in every run. `FLORIN_SIMULATION_SEEDS` sets how many there are.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a simulation that cannot go on fails")]

#[path = "../shared/bank.rs"]
mod bank;
#[path = "../shared/chance.rs"]
mod chance;
mod disk;
#[path = "../shared/stream.rs"]
mod stream;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use florin_db::{Access, Db, DbError, Options};
use florin_kernel::{Env, ManualClock, Timestamp, TransferId};
use futures_util::future::join_all;

use crate::bank::{Answer, Bank, acknowledged, difference};
use crate::disk::{Disk, Mishap};
use crate::stream::{Stream, Work};

const SEEDS: u64 = 240;
const ROUNDS: u64 = 10;
const WORKERS: u64 = 4;

#[test]
fn nothing_answered_is_lost_and_nothing_else_is_half_done() {
    let seeds = std::env::var("FLORIN_SIMULATION_SEEDS").map_or(SEEDS, |text| text.parse().unwrap());
    let mut met: HashMap<&'static str, u64> = HashMap::new();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| {
                scope.spawn(move || {
                    (0..seeds).filter(|seed| seed % WORKERS == worker).flat_map(run).collect::<Vec<_>>()
                })
            })
            .collect();
        for what in workers.into_iter().flat_map(|worker| worker.join().unwrap()) {
            *met.entry(what).or_default() += 1;
        }
    });

    if seeds >= SEEDS {
        for what in
            ["committed", "failed", "gone before its commit", "gone after its commit", "unit failed alone"]
        {
            assert!(met.get(what).is_some_and(|times| *times >= 20), "{what} is simulated often: {met:?}");
        }
    }
}

fn run(seed: u64) -> Vec<&'static str> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut story = Story::begin(seed).await;
        for _ in 0..ROUNDS {
            story.round().await;
        }
        story.end().await
    })
}

/// A bank that things happen to, and its twin that they do not happen to.
struct Story {
    seed: u64,
    stream: Stream,
    directory: tempfile::TempDir,
    lives: u32,
    disk: Arc<Disk>,
    bank: Bank,
    twin: Bank,
    env: Env,
    clocks: [Arc<ManualClock>; 2],
    answered: HashMap<TransferId, i64>,
    unanswered: Vec<Work>,
    met: Vec<&'static str>,
}

impl Story {
    async fn begin(seed: u64) -> Self {
        let start = Timestamp::from_second(1_790_000_000).unwrap();
        let ((env, clock), (twin_env, twin_clock)) = (Env::manual(start), Env::manual(start));
        let memory = PathBuf::from("/dev/shm");
        let directory =
            if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let (disk, bank) = open(&directory, 0, &env);
        let twin_file = directory.path().join("twin.db").display().to_string();
        let twin = Bank::serve(open_db(&Options::new(twin_file, Access::Serve), &twin_env));
        let mut stream = Stream::new(seed);
        let funding = stream.funding();
        for bank in [&bank, &twin] {
            bank.open_accounts().await;
            bank.run(&funding).await.unwrap();
        }
        let clocks = [clock, twin_clock];
        Self {
            seed,
            stream,
            directory,
            lives: 0,
            disk,
            bank,
            twin,
            env,
            clocks,
            answered: HashMap::new(),
            unanswered: Vec::new(),
            met: Vec::new(),
        }
    }

    /// Some time passes, some work comes at once, and perhaps something goes wrong with it.
    async fn round(&mut self) {
        let seconds = self.stream.chance.pick(&[0, 0, 1, 7, 3_600, 86_400]);
        self.clocks.iter().for_each(|clock| clock.advance_seconds(seconds));
        let works = self.work();
        let mishap = self.mishap();

        let answers = self.submit(&works, mishap).await;

        let gone = self.disk.gone();
        let fared = |answer: &Result<Answer, DbError>| matches!(answer, Ok(Answer::Done(_)));
        let committed = gone.map_or_else(|| answers.iter().any(fared), |gone| gone.durable);
        self.note(mishap, gone.map(|gone| gone.durable), &answers, committed);
        if gone.is_some() {
            assert!(
                !answers.iter().any(fared),
                "{}: nobody is answered by who is gone: {answers:?}",
                self.tag(mishap)
            );
            self.rise_again();
        }
        if committed {
            self.tell_twin(&works, &answers, mishap).await;
        }
        if gone.is_some() {
            // Who has come back lets holds expire that are due, and so does the twin.
            for bank in [&self.bank, &self.twin] {
                bank.ledger.tick().await.unwrap();
            }
        }
        for (work, answer) in works.into_iter().zip(answers) {
            match answer {
                Ok(answer) => self.answered.extend(acknowledged(&answer)),
                Err(_) => self.unanswered.push(work),
            }
        }
        if mishap != Mishap::None {
            self.check(mishap).await;
        }
    }

    /// New work, and often what was not answered before, sent again.
    fn work(&mut self) -> Vec<Work> {
        let mut works: Vec<Work> = (0..=self.stream.chance.below(7)).map(|_| self.stream.work()).collect();
        for mut again in std::mem::take(&mut self.unanswered) {
            if self.stream.chance.once_in(2) {
                again.events_mut().iter_mut().for_each(|event| event.fresh = false);
                works.push(again);
            }
        }
        works
    }

    fn mishap(&mut self) -> Mishap {
        let chance = &mut self.stream.chance;
        match chance.below(20) {
            0..=4 => Mishap::None,
            5..=8 => Mishap::Fails { at: 1 + chance.below(120) },
            9 => Mishap::CommitFails,
            10 | 11 => Mishap::Full,
            12 => Mishap::Slow,
            13 | 14 => Mishap::Gone { at: 1 + chance.below(120) },
            15 => Mishap::GoneBeforeCommit,
            16 | 17 => Mishap::GoneAfterCommit,
            _ => Mishap::TornCommit { thousandths: chance.below(1_000) },
        }
    }

    /// Submits all of it for one transaction.
    async fn submit(&self, works: &[Work], mishap: Mishap) -> Vec<Result<Answer, DbError>> {
        self.disk.gather(mishap);
        let mut answers = std::pin::pin!(join_all(works.iter().map(|work| self.bank.run(work))));
        assert!(futures_util::poll!(answers.as_mut()).is_pending());
        self.disk.go();
        let answers = answers.await;
        self.disk.no_more_mishaps();
        answers
    }

    fn note(
        &mut self,
        mishap: Mishap,
        durable: Option<bool>,
        answers: &[Result<Answer, DbError>],
        committed: bool,
    ) {
        self.met.push(match (durable, committed) {
            (Some(true), _) => "gone after its commit",
            (Some(false), _) => "gone before its commit",
            (None, true) => "committed",
            (None, false) => "failed",
        });
        if durable.is_none() && committed && answers.iter().any(Result::is_err) {
            let fault = matches!(mishap, Mishap::Fails { .. } | Mishap::Full);
            assert!(fault, "{}: {answers:?}", self.tag(mishap));
            self.met.push("unit failed alone");
        }
    }

    /// Begins again from the files as they were.
    fn rise_again(&mut self) {
        self.bank.db.close();
        self.lives += 1;
        (self.disk, self.bank) = open(&self.directory, self.lives, &self.env);
    }

    /// Gives the twin what was committed, and compares what is answered.
    async fn tell_twin(&self, works: &[Work], answers: &[Result<Answer, DbError>], mishap: Mishap) {
        let gone = answers.iter().all(|answer| !matches!(answer, Ok(Answer::Done(_))));
        let kept = |(work, answer): (&Work, &Result<Answer, DbError>)| {
            let undone = matches!(work, Work::Unit { thinks_better_of_it: true, .. });
            (!undone && (gone || answer.is_ok())).then(|| (work.clone(), answer.as_ref().ok().cloned()))
        };
        // Units come first in a transaction, and then the poster's batch.
        let (units, postings): (Vec<_>, Vec<_>) = works
            .iter()
            .zip(answers)
            .filter_map(kept)
            .partition(|(work, _)| !matches!(work, Work::Posting { .. }));
        let tag = self.tag(mishap);
        for (unit, answer) in units {
            same(&tag, answer.as_ref(), &self.twin.run(&unit).await.unwrap());
        }
        let given = join_all(postings.iter().map(|(work, _)| self.twin.run(work))).await;
        for ((_, answer), given) in postings.into_iter().zip(given) {
            same(&tag, answer.as_ref(), &given.unwrap());
        }
    }

    async fn check(&self, mishap: Mishap) {
        let tag = self.tag(mishap);
        assert_eq!(self.bank.verify().await.problems, Vec::<String>::new(), "{tag}");
        for (id, amount) in &self.answered {
            assert_eq!(self.amount_of(*id).await, Some(*amount), "{tag}: {id:?} was answered");
        }
        let (state, twins) = (self.bank.state().await, self.twin.state().await);
        assert_eq!(difference(&state, &twins), None, "{tag}");
    }

    /// The amount of a transfer, if there is such a transfer.
    async fn amount_of(&self, id: TransferId) -> Option<i64> {
        let ledger = self.bank.ledger.clone();
        let found = self.bank.db.read(move |r| ledger.transfer(r, id)).await.unwrap();
        found.map(|view| view.transfer.amount)
    }

    async fn end(mut self) -> Vec<&'static str> {
        self.check(Mishap::None).await;
        std::mem::take(&mut self.met)
    }

    fn tag(&self, mishap: Mishap) -> String {
        format!("seed {}, round {}, {mishap:?}", self.seed, self.met.len())
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        // A writer that still waits for work would never end.
        self.disk.go();
        self.bank.db.close();
    }
}

fn same(tag: &str, answer: Option<&Answer>, given: &Answer) {
    if let Some(answer) = answer {
        assert_eq!(answer, given, "{tag}: left is what was answered, right is what the twin answers");
    }
}

/// Opens the files of this life; those of the next are made of them when the process is gone.
fn open(directory: &tempfile::TempDir, life: u32, env: &Env) -> (Arc<Disk>, Bank) {
    let file = |life: u32| directory.path().join(life.to_string()).join("florin.db");
    std::fs::create_dir_all(file(life).parent().unwrap()).unwrap();
    let disk = Arc::new(Disk::new(file(life), file(life + 1)));
    let options = Options::new(file(life).display().to_string(), Access::Serve);
    let db = open_db(&options.with_faults(disk.clone()), env);
    (disk, Bank::serve(db))
}

fn open_db(options: &Options, env: &Env) -> Db {
    Db::open(options, &[florin_jobs::MIGRATIONS, florin_ledger::MIGRATIONS], env.clone()).unwrap()
}
