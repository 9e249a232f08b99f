//! Consents over both databases.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::sync::Arc;

use florin_compliance::consents::{
    ConsentState, Consents, Error, MIGRATIONS, People, Purposes, RecordConsent, Standing,
};
use florin_db::idempotency::{Answer, Frozen, IdempotencyKey};
use florin_db::testing::{TestDatabase, databases};
use florin_db::{Db, DbError, Reader, Tx};
use florin_kernel::{
    Action, Actor, Authority, Denied, Env, ManualClock, Origin, Principal, Resource, Role, SessionId,
    Timestamp, UserId, Uuid,
};

/// Everybody but the nil identifier.
struct Everybody;

impl People for Everybody {
    fn is_known(&self, _: &mut Reader<'_>, user: UserId) -> Result<bool, DbError> {
        Ok(!user.uuid().is_nil())
    }

    fn lock(&self, _: &mut Tx<'_>, user: UserId) -> Result<bool, DbError> {
        Ok(!user.uuid().is_nil())
    }
}

/// Their own to everybody; others' to staff.
struct House;

impl Authority for House {
    fn decide(&self, principal: &Principal, action: Action, resource: &Resource) -> Result<(), Denied> {
        let Principal::User { user, roles, .. } = principal else { return Err(Denied::Unauthenticated) };
        let staff = roles.iter().any(|role| role.is_staff());
        if resource.owner == Some(*user) || staff { Ok(()) } else { Err(Denied::Forbidden { action }) }
    }
}

struct World {
    db: Db,
    env: Env,
    clock: Arc<ManualClock>,
    consents: Consents,
    _database: TestDatabase,
}

fn purposes(version: u32, text: &str) -> Purposes {
    let offers = format!(
        "[[purpose]]\ncode = \"offers\"\ntitle = \"Offers\"\nversion = {version}\ntext = \"{text}\"\n"
    );
    let terms = "[[purpose]]\ncode = \"terms\"\ntitle = \"Terms\"\nversion = 1\nrequired = true\ntext = \"The terms.\"\n";
    Purposes::parse(&(offers + terms)).unwrap()
}

fn worlds() -> impl Iterator<Item = World> {
    databases().unwrap().into_iter().map(|database| {
        let (env, clock) = Env::manual("2026-03-02T09:00:00Z".parse::<Timestamp>().unwrap());
        let db = database.open(&[florin_jobs::MIGRATIONS, MIGRATIONS], env.clone()).unwrap();
        let consents = Consents::new(db.clone(), Arc::new(Everybody), purposes(1, "Write to me."));
        World { db, env, clock, consents, _database: database }
    })
}

impl World {
    fn somebody(&self, role: Role) -> (Actor, UserId) {
        let user = UserId::from_uuid(self.env.new_uuid());
        let principal = Principal::User {
            user,
            session: SessionId::from_uuid(self.env.new_uuid()),
            roles: vec![role],
            department: None,
            verified: true,
            mfa_due: false,
        };
        let origin = Origin {
            ip: Some("203.0.113.7".parse().unwrap()),
            user_agent: Some("Firefox/131.0".into()),
            ..Origin::default()
        };
        (Actor::new(Arc::new(principal), origin, Arc::new(House)), user)
    }

    async fn say(&self, by: &Actor, key: &str, request: RecordConsent) -> Result<Answer, Error> {
        let principal = by.user().map_or(Uuid::nil(), UserId::uuid);
        let key = IdempotencyKey::new(principal, "test", key, format!("{request:?}").as_bytes());
        self.consents.record(by, key, request, Arc::new(rendered)).await
    }

    async fn state(&self, by: &Actor) -> ConsentState {
        self.consents.file(by, None).await.unwrap().standings[0].state()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let found = self.db.read(move |reader| reader.row(sql, &[])?.map_or(Ok(0), |row| row.get(0)));
        found.await.unwrap_or_else(|error: DbError| unreachable!("{error}"))
    }
}

fn rendered(standing: &Standing) -> Frozen {
    Frozen { status: 200, body: standing.state().code().as_bytes().to_vec() }
}

fn offers(given: bool) -> RecordConsent {
    RecordConsent { purpose: "offers".to_owned(), given, user: None, reason: None }
}

#[tokio::test]
async fn what_is_said_is_kept_in_order_and_the_newest_counts() {
    for world in worlds() {
        let (ada, user) = world.somebody(Role::Customer);
        assert_eq!(world.state(&ada).await, ConsentState::Unanswered);

        for (n, given) in [true, true, false, false, true].into_iter().enumerate() {
            world.clock.advance_seconds(60);
            let answer = world.say(&ada, &format!("k{n}"), offers(given)).await.unwrap();
            let told = if given { "given" } else { "withdrawn" };
            assert_eq!(answer, Answer::Now(Frozen { status: 200, body: told.as_bytes().to_vec() }));
        }

        let file = world.consents.file(&ada, None).await.unwrap();
        let said: Vec<(i64, bool)> = file.history.iter().map(|record| (record.n, record.given)).collect();
        assert_eq!(said, [(3, true), (2, false), (1, true)], "what was said already adds nothing");
        let latest = file.standings[0].latest.clone().unwrap();
        assert_eq!((latest.user, latest.recorded_by, latest.reason), (user, user, None));
        assert_eq!(latest.ip.as_deref(), Some("203.0.113.7"));
        assert_eq!(latest.user_agent.as_deref(), Some("Firefox/131.0"));
        assert_eq!((latest.text.as_str(), latest.sha256.len()), ("Write to me.", 64));
        assert_eq!(world.count("SELECT COUNT(*) FROM compliance_consent_text").await, 1);
        let audited = "SELECT COUNT(*) FROM audit_record WHERE action = 'consent.record'";
        assert_eq!(world.count(audited).await, 5);
    }
}

#[tokio::test]
async fn a_request_that_is_late_does_not_undo_what_was_said_since() {
    for world in worlds() {
        let (ada, _) = world.somebody(Role::Customer);
        world.say(&ada, "first", offers(true)).await.unwrap();
        world.say(&ada, "second", offers(false)).await.unwrap();

        let again = world.say(&ada, "first", offers(true)).await.unwrap();

        assert!(matches!(again, Answer::Replayed(frozen) if frozen.body == b"given"));
        assert_eq!(world.state(&ada).await, ConsentState::Withdrawn);
        let other = world.say(&ada, "first", offers(false)).await.unwrap();
        assert_eq!(other, Answer::KeyReused);
    }
}

#[tokio::test]
async fn a_new_text_is_told_as_such_and_the_old_one_is_kept() {
    for mut world in worlds() {
        let (ada, user) = world.somebody(Role::Customer);
        world.say(&ada, "first", offers(true)).await.unwrap();

        world.consents =
            Consents::new(world.db.clone(), Arc::new(Everybody), purposes(2, "Write to me and my cat."));
        assert_eq!(world.state(&ada).await, ConsentState::GivenToOlder);
        let file = world.consents.file(&ada, None).await.unwrap();
        assert_eq!(file.standings[0].latest.clone().unwrap().text, "Write to me.");
        let consents = world.consents.clone();
        let given = world.db.read(move |reader| consents.is_given(reader, user, "offers")).await.unwrap();
        assert!(given, "what was given to an older text is given");
        world.say(&ada, "second", offers(true)).await.unwrap();

        assert_eq!(world.state(&ada).await, ConsentState::Given);
        let history = world.consents.file(&ada, None).await.unwrap().history;
        let versions: Vec<u32> = history.iter().map(|record| record.version).collect();
        assert_eq!(versions, [2, 1]);
    }
}

#[tokio::test]
async fn staff_record_with_a_reason_and_nobody_else_for_another() {
    for world in worlds() {
        let (ada, user) = world.somebody(Role::Customer);
        let (teller, clerk) = world.somebody(Role::Teller);
        let (eve, _) = world.somebody(Role::Customer);
        let paper = |reason: Option<&str>| RecordConsent {
            user: Some(user),
            reason: reason.map(str::to_owned),
            ..offers(true)
        };

        let without = world.say(&teller, "1", paper(Some(" "))).await;
        assert!(matches!(without, Err(Error::Invalid(faults)) if faults[0].field == "reason"));
        world.say(&teller, "2", paper(Some("Form of 2 March, folder 7"))).await.unwrap();
        assert!(matches!(world.say(&eve, "3", paper(Some("I say so"))).await, Err(Error::NotFound)));
        assert!(matches!(world.consents.file(&eve, Some(user)).await, Err(Error::NotFound)));
        let own = RecordConsent { reason: Some("I like it".to_owned()), ..offers(true) };
        assert!(matches!(world.say(&ada, "4", own).await, Err(Error::Invalid(_))));
        let nobody = RecordConsent { user: Some(UserId::from_uuid(Uuid::nil())), ..paper(Some("paper")) };
        assert!(matches!(world.say(&teller, "5", nobody).await, Err(Error::NotFound)));

        let file = world.consents.file(&teller, Some(user)).await.unwrap();
        let latest = file.standings[0].latest.clone().unwrap();
        assert_eq!((latest.recorded_by, latest.ip, latest.user_agent), (clerk, None, None));
        assert_eq!(latest.reason.as_deref(), Some("Form of 2 March, folder 7"));
    }
}

#[tokio::test]
async fn what_the_service_needs_is_not_withdrawn_and_what_nobody_asks_is_not_recorded() {
    for world in worlds() {
        let (ada, _) = world.somebody(Role::Customer);
        let terms = |given| RecordConsent { purpose: "terms".to_owned(), ..offers(given) };

        world.say(&ada, "1", terms(true)).await.unwrap();
        assert!(matches!(world.say(&ada, "2", terms(false)).await, Err(Error::Required)));
        let unknown = RecordConsent { purpose: "Terms".to_owned(), ..offers(true) };
        let refused = world.say(&ada, "3", unknown).await;

        assert!(matches!(refused, Err(Error::Invalid(faults)) if faults[0].code == "unknown"));
        assert!(matches!(world.consents.file(&Actor::system("test"), None).await, Err(Error::Denied(_))));
    }
}

#[tokio::test]
async fn records_and_texts_are_never_changed() {
    for world in worlds() {
        let (ada, _) = world.somebody(Role::Customer);
        world.say(&ada, "1", offers(true)).await.unwrap();

        for sql in [
            "UPDATE compliance_consent SET given = given",
            "DELETE FROM compliance_consent",
            "UPDATE compliance_consent_text SET text = 'other'",
            "DELETE FROM compliance_consent_text",
        ] {
            let changed = world.db.housekeeping(move |tx| tx.execute(sql, &[])).await;
            assert!(changed.is_err_and(|error: DbError| error.to_string().contains("append-only")), "{sql}");
        }
    }
}
