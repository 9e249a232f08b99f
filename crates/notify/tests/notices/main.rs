//! Notices over both databases.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;

use florin_db::testing::{TestDatabase, databases};
use florin_db::{Db, DbError};
use florin_jobs::Handler as _;
use florin_kernel::{
    Action, Actor, Authority, Denied, Env, ManualClock, Origin, PageRequest, Principal, Resource, Role,
    SessionId, Timestamp, UserId,
};
use florin_notify::{
    Envelope, FactorNotice, ForgetNotices, IdentityNotice, Letterhead, MIGRATIONS, Mail, NoticeError,
    Notices, PaymentLook, Preference, ScheduleEvent, ScheduleNotice, Seen, Topic, Which,
};

/// What only a letter may hold.
const SECRET: &str = "only-in-the-letter";

/// Everybody may do with their own what they like.
struct Own;

impl Authority for Own {
    fn decide(&self, principal: &Principal, action: Action, resource: &Resource) -> Result<(), Denied> {
        let own = principal.person().is_some() && principal.person() == resource.owner;
        if own { Ok(()) } else { Err(Denied::Forbidden { action }) }
    }
}

struct World {
    db: Db,
    env: Env,
    clock: Arc<ManualClock>,
    notices: Notices,
    _database: TestDatabase,
}

fn worlds() -> impl Iterator<Item = World> {
    databases().unwrap().into_iter().map(|database| {
        let (env, clock) = Env::manual("2026-03-02T09:00:00Z".parse::<Timestamp>().unwrap());
        let db = database.open(&[florin_jobs::MIGRATIONS, MIGRATIONS], env.clone()).unwrap();
        World { notices: Notices::new(db.clone()), db, env, clock, _database: database }
    })
}

fn head() -> Letterhead {
    let url = "https://bank.example".parse().unwrap();
    Letterhead::try_new("Ash & Oak", "no-reply@bank.example", url).unwrap()
}

/// A letter of every kind that a person is written.
fn letters(env: &Env) -> Vec<Mail> {
    let head = head();
    let envelope = || Envelope { id: env.new_uuid(), at: env.now(), to: "ada@example.org" };
    let seen = Seen { ip: Some("203.0.113.9"), user_agent: Some("curl/8"), at: env.now() };
    let scheduled = |what| {
        let notice =
            ScheduleNotice { what, description: "Rent", amount: None, due_at: env.now(), zone: "UTC" };
        florin_notify::schedule_notice(&head, envelope(), "Ada", &notice)
    };
    let mut letters = vec![
        florin_notify::verify_email(&head, envelope(), "Ada", SECRET, 24),
        florin_notify::reset_password(&head, envelope(), "Ada", SECRET, 30),
        florin_notify::invitation(&head, envelope(), "Ada", SECRET, 72),
        florin_notify::welcome(&head, envelope(), "Ada"),
        florin_notify::already_registered(&head, envelope(), "Ada"),
        florin_notify::api_key_made(&head, envelope(), "Ada", "export"),
        florin_notify::password_changed(&head, envelope(), "Ada"),
        florin_notify::locked_out(&head, envelope(), "Ada", env.now()),
        florin_notify::new_device(&head, envelope(), "Ada", &seen),
        florin_notify::stolen_token(&head, envelope(), "Ada", &seen),
        florin_notify::session_drifted(&head, envelope(), "Ada", &seen),
        florin_notify::factor_notice(&head, envelope(), "Ada", FactorNotice::On),
        florin_notify::identity_notice(&head, envelope(), "Ada", IdentityNotice::Linked("google")),
        florin_notify::payment_notice(&head, envelope(), "Ada", PaymentLook::Released),
        florin_notify::payment_notice(&head, envelope(), "Ada", PaymentLook::Refused),
    ];
    letters.extend([ScheduleEvent::Upcoming, ScheduleEvent::Made].map(scheduled));
    letters
}

impl World {
    fn somebody(&self) -> (Actor, UserId) {
        let user = UserId::from_uuid(self.env.new_uuid());
        let principal = Principal::User {
            user,
            session: SessionId::from_uuid(self.env.new_uuid()),
            roles: vec![Role::Customer],
            department: None,
            verified: true,
            mfa_due: false,
        };
        (Actor::new(Arc::new(principal), Origin::default(), Arc::new(Own)), user)
    }

    /// Tells somebody something, and whether a letter is sent.
    async fn tell(&self, user: UserId, mail: Mail) -> bool {
        let now = self.env.now();
        let told = self.db.housekeeping(move |tx| florin_notify::tell(tx, user, &mail, now)).await;
        told.unwrap_or_else(|error: DbError| unreachable!("{error}"))
    }

    async fn tell_of_schedules(&self, user: UserId) -> bool {
        self.tell(user, letters(&self.env).pop().unwrap()).await
    }

    async fn titles(&self, by: &Actor, unread_only: bool) -> Vec<String> {
        let page = self.notices.list(by, unread_only, &PageRequest::first()).await.unwrap();
        page.rows.into_iter().map(|notice| notice.title).collect()
    }

    async fn letters_waiting(&self) -> i64 {
        let sql = "SELECT COUNT(*) FROM job WHERE kind = 'mail.send'";
        let found = self.db.read(move |reader| reader.row(sql, &[])?.map_or(Ok(0), |row| row.get(0)));
        found.await.unwrap_or_else(|error: DbError| unreachable!("{error}"))
    }
}

#[tokio::test]
async fn whatever_is_told_is_kept_without_links_and_secrets() {
    for world in worlds() {
        let (ada, user) = world.somebody();
        let letters = letters(&world.env);
        let count = letters.len();
        for mail in letters {
            assert!(world.tell(user, mail).await, "whoever never said otherwise is sent letters");
        }

        let page = PageRequest::try_new(Some(100), None).unwrap();
        let kept = world.notices.list(&ada, false, &page).await.unwrap().rows;

        assert_eq!(kept.len(), count);
        assert_eq!(world.letters_waiting().await, i64::try_from(count).unwrap());
        for notice in kept {
            assert!(!notice.text.is_empty() && notice.read_at.is_none(), "{notice:?}");
            for leak in [SECRET, "://", "token="] {
                assert!(!notice.text.contains(leak) && !notice.title.contains(leak), "{notice:?}");
            }
            assert!(!notice.text.trim_end().ends_with(':'), "{notice:?} ends with what is not there");
        }
    }
}

#[tokio::test]
async fn notices_are_read_one_by_one_as_seen_and_all_and_by_nobody_else() {
    for world in worlds() {
        let ((ada, user), (eve, _)) = (world.somebody(), world.somebody());
        let mut letters = letters(&world.env);
        letters.truncate(4);
        for mail in letters {
            world.tell(user, mail).await;
        }
        let first = PageRequest::try_new(Some(3), None).unwrap();
        let page = world.notices.list(&ada, false, &first).await.unwrap();
        let rest = PageRequest::try_new(Some(3), page.next_cursor.clone()).unwrap();
        let oldest = world.notices.list(&ada, false, &rest).await.unwrap();
        assert_eq!((page.rows.len(), oldest.rows.len(), oldest.next_cursor), (3, 1, None));
        assert_eq!(page.rows[0].kind, "welcome", "the newest is first");

        let newest = page.rows[0].id;
        assert_eq!(world.notices.mark(&eve, Which::These(vec![newest])).await.unwrap(), 0);
        assert_eq!(world.notices.mark(&eve, Which::All).await.unwrap(), 0);
        assert_eq!(world.titles(&eve, false).await, [""; 0]);
        assert_eq!(world.notices.unread(&ada).await.unwrap(), 4);
        assert_eq!(world.notices.mark(&ada, Which::These(vec![newest, newest])).await.unwrap(), 1);
        assert_eq!(world.titles(&ada, true).await.len(), 3);
        assert_eq!(world.notices.mark(&ada, Which::Through(page.rows[2].id)).await.unwrap(), 2);
        assert_eq!(world.titles(&ada, true).await, [page.rows[1].title.clone()]);
        assert_eq!(world.notices.mark(&ada, Which::All).await.unwrap(), 1);
        assert_eq!(world.notices.unread(&ada).await.unwrap(), 0);
        assert_eq!(world.titles(&ada, false).await.len(), 4);

        let many = Which::These(vec![newest; 101]);
        assert!(matches!(world.notices.mark(&ada, many).await, Err(NoticeError::Invalid(_))));
        let nobody = world.notices.unread(&Actor::system("test")).await;
        assert!(matches!(nobody, Err(NoticeError::Denied(_))));
    }
}

#[tokio::test]
async fn a_letter_that_is_not_wanted_is_kept_and_not_sent() {
    for world in worlds() {
        let ((ada, user), (_, other)) = (world.somebody(), world.somebody());
        let wanted = |topic, mail| vec![Preference { topic, mail }];

        world.notices.prefer(&ada, wanted(Topic::ScheduledPayments, false)).await.unwrap();
        assert!(!world.tell_of_schedules(user).await && world.tell_of_schedules(other).await);
        assert_eq!((world.notices.unread(&ada).await.unwrap(), world.letters_waiting().await), (1, 1));
        let security = world.notices.prefer(&ada, wanted(Topic::Security, false)).await;
        assert!(matches!(security, Err(NoticeError::Invalid(faults)) if faults[0].field == "security"));
        assert!(world.tell(user, letters(&world.env).remove(3)).await, "safety is always sent");
        let told = world.notices.preferences(&ada).await.unwrap();
        assert_eq!(told.iter().map(|one| one.mail).collect::<Vec<_>>(), [true, true, false]);

        world.notices.prefer(&ada, wanted(Topic::ScheduledPayments, true)).await.unwrap();
        assert!(world.tell_of_schedules(user).await);
    }
}

#[tokio::test]
async fn what_is_told_in_a_unit_that_is_undone_was_never_told() {
    for world in worlds() {
        let (ada, user) = world.somebody();
        let (mail, now) = (letters(&world.env).remove(0), world.env.now());

        let undone = world.db.housekeeping::<(), DbError, _>(move |tx| {
            florin_notify::tell(tx, user, &mail, now)?;
            Err(DbError::Other("undone".to_owned()))
        });

        assert!(undone.await.is_err());
        assert_eq!((world.notices.unread(&ada).await.unwrap(), world.letters_waiting().await), (0, 0));
    }
}

#[tokio::test]
async fn old_notices_are_forgotten_and_younger_ones_are_not() {
    for world in worlds() {
        let (ada, user) = world.somebody();
        world.tell_of_schedules(user).await;
        world.clock.advance_seconds(10 * 86_400);
        world.tell_of_schedules(user).await;
        let job = |days| ForgetNotices::new(world.env.clone(), world.notices.clone(), days);

        for (days, left) in [(0, 2), (30, 2), (5, 1), (5, 1)] {
            job(days).run("").await.unwrap();
            assert_eq!(world.notices.unread(&ada).await.unwrap(), left, "kept for {days} days");
        }
    }
}
