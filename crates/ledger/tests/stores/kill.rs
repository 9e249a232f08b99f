//! A serving process is killed again and again, and nothing that it answered is lost.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use florin_db::testing::{self, TestDatabase};
use florin_db::{Access, Db, DbError, Options};
use florin_kernel::{Env, TransferId};

use crate::bank::{Bank, acknowledged};
use crate::chance::Chance;
use crate::stream::Stream;

const ROUNDS: u64 = 10;
const TASKS: u64 = 12;
/// Names the database to the process that is to be killed.
const DATABASE: &str = "FLORIN_KILL_DATABASE";
const ROUND: &str = "FLORIN_KILL_ROUND";

#[test]
fn what_was_answered_outlives_the_process_that_is_killed() {
    for database in testing::databases().unwrap() {
        prepare(&database);
        let mut chance = Chance::new(9);
        let mut answered: HashMap<TransferId, i64> = HashMap::new();
        for round in 0..ROUNDS {
            let before = answered.len();
            let life = Duration::from_millis(chance.below(250));
            answered.extend(serve_until_killed(&database, round, life));

            let engine = database.engine.name();
            assert!(answered.len() > before, "{engine}: nothing was answered in round {round}");
            check(&database, &answered, &format!("{engine}, round {round}"));
        }
    }
}

/// The process that is killed: it does work in many tasks at once and says what was answered. Without
/// a database to serve it does nothing.
#[test]
fn serves_until_it_is_killed() {
    let (Ok(url), Ok(round)) = (std::env::var(DATABASE), std::env::var(ROUND)) else { return };
    let round: u64 = round.parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let bank = Bank::serve(open(&Options::new(url, Access::Serve)));
        for task in 0..TASKS {
            let (bank, mut stream) = (bank.clone(), Stream::new(1 + round * TASKS + task));
            tokio::spawn(async move {
                loop {
                    // A conflict that lasted is the caller's to try again, which this one does not.
                    let Ok(answer) = bank.run(&stream.work()).await else { continue };
                    let mut lines = Vec::new();
                    for (id, amount) in acknowledged(&answer) {
                        writeln!(lines, "answered {} {amount}", id.uuid()).unwrap();
                    }
                    std::io::stdout().write_all(&lines).unwrap();
                }
            });
        }
        std::future::pending::<()>().await;
    });
}

fn open(options: &Options) -> Db {
    Db::open(options, &[florin_jobs::MIGRATIONS, florin_ledger::MIGRATIONS], Env::system()).unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

fn prepare(database: &TestDatabase) {
    let bank = Bank::serve(open(&database.options));
    runtime().block_on(async {
        bank.open_accounts().await;
        bank.run(&Stream::new(0).funding()).await.unwrap();
    });
    bank.db.close();
}

/// Lets a process serve for a while after its first answer, kills it, and gives what it had answered.
fn serve_until_killed(database: &TestDatabase, round: u64, life: Duration) -> Vec<(TransferId, i64)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::serves_until_it_is_killed", "--nocapture"])
        .env(DATABASE, &database.options.url)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut answered = Vec::new();
    while answered.is_empty() {
        assert!(read_answer(&mut output, &mut answered), "it ended by itself");
    }
    let killer = std::thread::spawn(move || kill_after(child, life));
    while read_answer(&mut output, &mut answered) {}
    killer.join().unwrap();
    answered
}

fn kill_after(mut child: Child, life: Duration) {
    std::thread::sleep(life);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Reads one line; false at the end. A line that was cut off by the end says nothing.
fn read_answer(output: &mut impl BufRead, answered: &mut Vec<(TransferId, i64)>) -> bool {
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    if let Some(words) = line.strip_suffix('\n')
        && let ["answered", id, amount] = words.split(' ').collect::<Vec<_>>()[..]
    {
        answered.push((TransferId::from_uuid(id.parse().unwrap()), amount.parse().unwrap()));
    }
    !line.is_empty()
}

fn check(database: &TestDatabase, answered: &HashMap<TransferId, i64>, tag: &str) {
    let bank = Bank::serve(open(&database.options));
    runtime().block_on(async {
        let found = transfers(&bank).await;
        for (id, amount) in answered {
            assert_eq!(found.get(id), Some(amount), "{tag}: {id:?} was answered");
        }
        assert_eq!(bank.verify().await.problems, Vec::<String>::new(), "{tag}");
    });
    bank.db.close();
}

/// All transfers there are, with their amounts.
async fn transfers(bank: &Bank) -> HashMap<TransferId, i64> {
    let ledger = bank.ledger.clone();
    let read = bank.db.read(move |r| {
        let mut found = HashMap::new();
        let mut before = i64::MAX;
        loop {
            let page = ledger.latest_transfers(r, before, 1_000)?;
            let Some(last) = page.last() else { return Ok::<_, DbError>(found) };
            before = last.seq;
            found.extend(page.iter().map(|transfer| (transfer.id, transfer.amount)));
        }
    });
    read.await.unwrap()
}
