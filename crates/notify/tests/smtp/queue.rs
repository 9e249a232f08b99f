//! Letters in the queue while the mail server is away, on both engines.

use std::sync::Arc;
use std::time::Duration;

use florin_db::testing::{self, TestDatabase};
use florin_db::{Db, DbError};
use florin_jobs::Workers;
use florin_kernel::{Action, Actor, Env, ManualClock, Resource, Timestamp};
use florin_notify::{Envelope, Mail, Mailer, Security, SendMail, Smtp, post, verify_email};
use tokio::sync::Notify;

use crate::server::{Manners, Server};
use crate::{letterhead, settings};

struct World {
    _database: TestDatabase,
    db: Db,
    clock: Arc<ManualClock>,
    workers: Workers,
}

fn world(database: TestDatabase, port: u16) -> World {
    let (env, clock) = Env::manual(Timestamp::from_second(1_790_000_000).unwrap());
    let db = database.open(&[florin_jobs::MIGRATIONS], env.clone()).unwrap();
    let smtp = Smtp::open(&settings(port, Security::None), letterhead(), env).unwrap();
    let mailer: Arc<dyn Mailer> = Arc::new(smtp);
    let handler = Arc::new(SendMail::new(mailer));
    let workers = Workers::new(db.clone(), vec![handler], vec![], Arc::new(Notify::new()));
    World { _database: database, db, clock, workers }
}

impl World {
    async fn write(&self, to: &str) -> Mail {
        let env = self.db.env();
        let now = env.now();
        let mail =
            verify_email(&letterhead(), Envelope { id: env.new_uuid(), at: now, to }, "Ada", "proof", 24);
        let permit = Actor::system("test").permit(Action::Register, Resource::kind("user")).unwrap();
        let posted = mail.clone();
        self.db.write::<(), DbError, _>(permit, move |tx| post(tx, &posted, now)).await.unwrap();
        mail
    }

    /// Works through `hours`, ten minutes at a time.
    async fn pass(&self, hours: i64) {
        for _ in 0..hours * 6 {
            self.workers.run_due().await.unwrap();
            self.clock.advance_seconds(600);
        }
        self.workers.run_due().await.unwrap();
    }

    /// How many jobs are in this state.
    async fn count(&self, state: &'static str) -> i64 {
        let asked = self.db.read::<_, DbError, _>(move |reader| {
            let row = reader
                .row("SELECT CAST(COUNT(*) AS BIGINT) FROM job WHERE state = $1", &florin_db::params![state]);
            row?.unwrap().get(0)
        });
        asked.await.unwrap()
    }
}

/// A port that nobody listens at.
async fn nobody() -> u16 {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    listener.local_addr().unwrap().port()
}

#[tokio::test]
async fn an_outage_of_days_delays_letters_and_loses_none() {
    for database in testing::databases().unwrap() {
        let away = vec![("greeting", "421 4.3.2 away")];
        let server = Server::start(Manners { answers: away, ..Manners::default() }).await;
        let world = world(database, server.port);
        let first = world.write("ada@example.org").await;
        let second = world.write("bob@example.org").await;

        world.pass(4 * 24).await;
        assert_eq!((world.count("waiting").await, world.count("dead").await), (2, 0));
        assert!(server.letters().is_empty());
        server.behave(Manners::default());
        world.pass(1).await;

        let letters = server.letters();
        assert_eq!(letters.len(), 2, "each arrives, and once");
        for mail in [first, second] {
            assert!(letters.iter().any(|letter| letter.contains(&format!("Message-ID: <{}@", mail.id))));
        }
        assert_eq!(world.count("waiting").await + world.count("dead").await, 0);
    }
}

#[tokio::test]
async fn a_letter_that_was_refused_for_good_is_kept_with_its_cause_and_holds_up_no_other() {
    for database in testing::databases().unwrap() {
        let answers = vec![("RCPT TO:<gone@", "550 5.1.1 <gone@example.org> unknown")];
        let server = Server::start(Manners { answers, ..Manners::default() }).await;
        let world = world(database, server.port);
        world.write("gone@example.org").await;
        world.write("ada@example.org").await;

        world.workers.run_due().await.unwrap();

        let dead = world.db.read(florin_jobs::dead).await.unwrap();
        assert_eq!((dead.len(), dead[0].attempts), (1, 1), "tried once");
        let why = dead[0].last_error.clone().unwrap();
        assert_eq!(
            why,
            "the mail server refused the letter for good: the recipient was answered with 550 5.1.1"
        );
        assert_eq!(server.letters().len(), 1);
        let (seq, now) = (dead[0].seq, world.db.env().now());
        server.behave(Manners::default());
        assert!(world.db.housekeeping(move |tx| florin_jobs::revive(tx, seq, now)).await.unwrap().is_some());
        world.workers.run_due().await.unwrap();
        assert_eq!(server.letters().len(), 2, "and sent when somebody says so");
    }
}

#[tokio::test]
async fn a_letter_is_given_up_after_five_days_and_still_kept() {
    for database in testing::databases().unwrap() {
        let world = world(database, nobody().await);
        world.write("ada@example.org").await;

        world.pass(5 * 24 - 1).await;
        assert_eq!(world.count("waiting").await, 1);
        world.pass(3).await;

        assert_eq!((world.count("waiting").await, world.count("dead").await), (0, 1));
        let why = world.db.read(florin_jobs::dead).await.unwrap()[0].last_error.clone().unwrap();
        assert!(why.contains("unavailable") && !why.contains("ada"), "{why}");
    }
}

#[tokio::test]
async fn many_letters_do_not_each_wait_for_a_server_that_is_silent() {
    for database in testing::databases().unwrap() {
        let server = Server::start(Manners { silent: true, ..Manners::default() }).await;
        let world = world(database, server.port);
        for n in 0..20 {
            world.write(&format!("reader-{n}@example.org")).await;
        }

        let round = tokio::time::timeout(Duration::from_secs(12), world.workers.run_due()).await;

        assert_eq!(round.unwrap().unwrap(), 20, "one waited for five seconds, the others not at all");
        assert_eq!(world.count("waiting").await, 20);
    }
}
