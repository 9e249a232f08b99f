//! A bank that does the work of a stream and says in words what came of it.

use florin_db::idempotency::Frozen;
use florin_db::{Db, DbError};
use florin_jobs::outbox;
use florin_kernel::{AccountId, Action, Actor, Currency, Permit, Resource, TransferId};
use florin_ledger::rules::{Code, Event, Flags, Outcome, Overdraft};
use florin_ledger::{Evidence, Ledger, NewAccount, Posting, Report, chart};
use jiff::tz::TimeZone;

use crate::stream::{CROWD, CUSTOMERS, DOLLARS, EUR, Work, account};

#[derive(Clone)]
pub struct Bank {
    pub db: Db,
    pub ledger: Ledger,
}

/// What came of a piece of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was done, and this was answered.
    Done(String),
    /// A unit of work thought better of it.
    ThoughtBetterOfIt,
}

const BETTER: &str = "thought better of it";

impl Bank {
    pub fn serve(db: Db) -> Self {
        let ledger = Ledger::start(&db, TimeZone::UTC).unwrap();
        Self { db, ledger }
    }

    /// Opens the accounts that the stream is about.
    pub async fn open_accounts(&self) {
        let ledger = self.ledger.clone();
        let open = move |tx: &mut florin_db::Tx<'_>| {
            ledger.ensure_internal(tx, chart::CASH, EUR)?;
            for n in CUSTOMERS.into_iter().chain([DOLLARS]).chain(CROWD) {
                ledger.open_account(tx, &customer(n))?;
            }
            Ok(())
        };
        let opened: Result<(), DbError> = self.db.write(permit(Action::OpenAccount), open).await;
        opened.unwrap();
    }

    pub async fn run(&self, work: &Work) -> Result<Answer, DbError> {
        match work.clone() {
            Work::Posting { events, key } => {
                let record = Box::new(|outcomes: &[Outcome], evidence: &mut Evidence| {
                    let at = evidence.now_us;
                    for id in created(outcomes) {
                        let rows = evidence.rows(outbox::statement());
                        outbox::add(rows, "transfer.created", id.uuid(), at);
                    }
                    evidence.answer = Frozen { status: 200, body: words(outcomes).into_bytes() };
                });
                let posted = self.ledger.submit(Posting { events, key, record }).await?;
                Ok(Answer::Done(match posted {
                    florin_ledger::Posted::Now(frozen) => String::from_utf8(frozen.body).unwrap(),
                    florin_ledger::Posted::Replayed(frozen) => {
                        format!("again: {}", String::from_utf8(frozen.body).unwrap())
                    }
                    florin_ledger::Posted::KeyReused => "key reused".to_owned(),
                }))
            }
            Work::Unit { events, thinks_better_of_it } => self.unit(events, thinks_better_of_it).await,
            Work::Change { account, control } => {
                let ledger = self.ledger.clone();
                let change = move |tx: &mut florin_db::Tx<'_>| ledger.change_control(tx, account, control);
                let changed: Result<_, DbError> = self.db.write(permit(Action::ChangeAccount), change).await;
                Ok(Answer::Done(format!("{:?}", changed?)))
            }
        }
    }

    async fn unit(&self, events: Vec<Event>, thinks_better_of_it: bool) -> Result<Answer, DbError> {
        let (ledger, at) = (self.ledger.clone(), self.db.env().now().as_microsecond());
        let unit = move |tx: &mut florin_db::Tx<'_>| {
            let outcomes = ledger.post(tx, &events)?;
            for id in created(&outcomes) {
                outbox::publish(tx, "transfer.created", id.uuid(), at)?;
            }
            if thinks_better_of_it { Err(DbError::Other(BETTER.to_owned())) } else { Ok(words(&outcomes)) }
        };
        match self.db.write(permit(Action::CreateTransfer), unit).await {
            Ok(words) => Ok(Answer::Done(words)),
            Err(DbError::Other(why)) if why == BETTER => Ok(Answer::ThoughtBetterOfIt),
            Err(error) => Err(error),
        }
    }

    /// All accounts with all their entries, in words.
    pub async fn state(&self) -> Vec<String> {
        let ledger = self.ledger.clone();
        let read = self.db.read(move |r| {
            let mut state = Vec::new();
            for view in ledger.accounts(r, 0, 1_000)? {
                let account = &view.account;
                let sums = account.balance;
                state.push(format!(
                    "account {} {sums:?} {:?} {:?}",
                    view.no, account.overdraft, account.ceiling
                ));
                for entry in ledger.entries(r, view.no, account.last_seq, 100_000)? {
                    let moved = &entry.transfer;
                    // Who expires a hold makes the identifier for it.
                    let id = (!moved.flags.has(Flags::EXPIRE)).then_some(moved.id);
                    state.push(format!(
                        "{} {id:?} {} {:?} {} {} {:?} {:?}",
                        entry.version(),
                        moved.at.div_euclid(1_000),
                        moved.flags,
                        moved.amount,
                        moved.effective_date,
                        moved.pending_id,
                        entry.balance()
                    ));
                }
            }
            Ok::<_, DbError>(state)
        });
        read.await.unwrap()
    }

    pub async fn verify(&self) -> Report {
        self.db.read(florin_ledger::verify).await.unwrap()
    }
}

/// The first line in which two states differ.
pub fn difference(one: &[String], other: &[String]) -> Option<(String, String)> {
    let lines = one.len().max(other.len());
    let line = |state: &[String], n: usize| state.get(n).cloned().unwrap_or_default();
    (0..lines).map(|n| (line(one, n), line(other, n))).find(|(one, other)| one != other)
}

/// The transfers that a done piece of work says it created, with their amounts.
pub fn acknowledged(answer: &Answer) -> Vec<(TransferId, i64)> {
    let Answer::Done(words) = answer else { return Vec::new() };
    let mut found = Vec::new();
    for one in words.split(';') {
        if let [_, id, amount] = one.trim().split(' ').collect::<Vec<_>>()[..]
            && let (Ok(id), Ok(amount)) = (id.parse(), amount.parse())
        {
            found.push((TransferId::from_uuid(id), amount));
        }
    }
    found
}

fn words(outcomes: &[Outcome]) -> String {
    let word = |outcome: &Outcome| match &outcome.transfer {
        Some(moved) => format!("{} {} {}", outcome.code.as_str(), moved.id.uuid(), moved.amount),
        None => outcome.code.as_str().to_owned(),
    };
    outcomes.iter().map(word).collect::<Vec<_>>().join("; ")
}

fn created(outcomes: &[Outcome]) -> impl Iterator<Item = TransferId> {
    let made = outcomes.iter().filter(|outcome| outcome.code == Code::Created);
    made.filter_map(|outcome| outcome.transfer.as_ref().map(|transfer| transfer.id))
}

fn permit(action: Action) -> Permit {
    Actor::system("test").permit(action, Resource::kind("account")).unwrap()
}

fn customer(n: u128) -> NewAccount {
    let id: AccountId = account(n);
    NewAccount {
        id,
        owner: None,
        kind: "checking",
        name: format!("Customer {n}"),
        currency: if n == DOLLARS { Currency::USD } else { EUR },
        code: if n == 5 { 1_200 } else { chart::CHECKING },
        overdraft: if n == 3 { Overdraft::Limit(500) } else { Overdraft::None },
        ceiling: (n == 4).then_some(2_000),
    }
}
