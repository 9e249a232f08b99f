//! Looking for people: when they become known, when lists change, and not again for what was decided.

use florin_compliance::screening::{Person, Subject};
use florin_kernel::{PayeeId, UserId};
use florin_screening::Query;

use crate::world::worlds;

const MARTA: &str = "1,person,Marta Kellermann";

#[tokio::test]
async fn who_becomes_known_is_looked_for() {
    for world in worlds() {
        world.load(&[MARTA]).await;
        let listed = world.customer("Marta Kelerman").await;
        let other = world.customer("Jennifer Lindqvist").await;
        world.run_jobs().await;

        let (cases, open) = world.open().await;
        assert_eq!((cases, open.len()), (1, 1));
        let blocked = world.sanctions.blocked();
        assert!(blocked.concerns(Some(listed), None, None));
        assert!(!blocked.concerns(Some(other), None, None));
        let account = florin_kernel::AccountId::from_uuid(listed.uuid());
        assert!(blocked.concerns(None, Some(account), None), "whoever moves it");
        assert_eq!(world.count("SELECT COUNT(*) FROM screening WHERE status = 'clear'").await, 1);

        let second = world.second();
        assert!(second.blocked().is_empty());
        second.refresh_blocked().await.unwrap();
        assert_eq!(second.blocked(), blocked, "another process learns of it");
        let plain = world.count("SELECT COUNT(*) FROM screening WHERE query LIKE '%Kelerman%'").await;
        assert_eq!(plain, 0, "what was looked for is sealed");
    }
}

#[tokio::test]
async fn everybody_is_looked_for_when_a_list_is_loaded() {
    for world in worlds() {
        for number in 0..150 {
            world.customer(&format!("Nobody Special{number}")).await;
        }
        let listed = world.customer("Marta Kellermann").await;
        let payee = PayeeId::from_uuid(world.env.new_uuid());
        let owner = world.customer("Ada Example").await;
        let query = Query::named("Kellermann Marta");
        world.know(Person { subject: Subject::payee(payee.uuid()), user: Some(owner), query }).await;
        world.run_jobs().await;
        assert_eq!(world.open().await.0, 0, "there is no list");

        world.load(&[MARTA, "2,organisation,Amberline Trading"]).await;

        assert_eq!(world.open().await.1.len(), 2);
        assert!(world.sanctions.blocked().concerns(Some(listed), None, None));
        assert!(world.sanctions.blocked().concerns(None, None, Some(payee)));
        assert!(!world.sanctions.blocked().concerns(Some(owner), None, None), "only whom they pay is meant");
        let screened = "SELECT COUNT(*) FROM screening_subject WHERE seq = 1";
        assert_eq!(world.count(screened).await, 153, "that each was looked for is known");

        world.load(&[MARTA, "2,organisation,Amberline Trading Ltd"]).await;
        assert_eq!(world.open().await.1.len(), 2, "what did not change is not asked again");
        assert_eq!(world.count("SELECT passed FROM sanctions_state").await, 2);
    }
}

#[tokio::test]
async fn who_is_called_something_else_is_looked_for_again() {
    for world in worlds() {
        world.load(&[MARTA]).await;
        let user = world.customer("Jennifer Lindqvist").await;
        world.run_jobs().await;
        assert_eq!(world.open().await.0, 0);

        let renamed =
            |name| Person { subject: Subject::customer(user), user: Some(user), query: Query::named(name) };
        world.know(renamed("Marta Kellermann")).await;
        world.run_jobs().await;
        assert_eq!(world.open().await.1.len(), 1);

        world.know(renamed("Jennifer Lindqvist")).await;
        world.run_jobs().await;
        assert!(world.sanctions.blocked().concerns(Some(user), None, None), "another name frees nobody");
    }
}

#[tokio::test]
async fn a_job_that_runs_twice_opens_one_screening() {
    for world in worlds() {
        world.load(&[MARTA]).await;
        let user = world.customer("Marta Kellermann").await;
        let person = Person {
            subject: Subject::customer(user),
            user: Some(user),
            query: Query::named("Marta Kellermann"),
        };
        world.know(person).await;
        world.run_jobs().await;

        assert_eq!(world.open().await, (1, world.open().await.1));
        assert_eq!(world.count("SELECT COUNT(*) FROM screening").await, 1);
    }
}

#[tokio::test]
async fn a_payee_is_looked_for_in_the_unit_that_saves_it() {
    for world in worlds() {
        world.load(&[MARTA]).await;
        let (payee, owner) = (world.env.new_uuid(), UserId::from_uuid(world.env.new_uuid()));
        let sought = Person {
            subject: Subject::payee(payee),
            user: Some(owner),
            query: Query::named("Marta Kellermann"),
        };
        let look = world.sanctions.look(sought.clone());
        let (sanctions, written) = (world.sanctions.clone(), look.clone());
        world.db.housekeeping(move |tx| sanctions.keep_look(tx, &written)).await.unwrap();
        world.sanctions.look_kept(&look);
        assert!(world.sanctions.blocked().concerns(None, None, Some(PayeeId::from_uuid(payee))));
        assert_eq!(world.open().await.1.len(), 1);

        // A process whose lists are older has a job look once more.
        let stale = world.second();
        let other = Person { subject: Subject::payee(world.env.new_uuid()), ..sought };
        let look = stale.look(other.clone());
        world.db.housekeeping(move |tx| stale.keep_look(tx, &look)).await.unwrap();
        world.know(other).await;
        world.run_jobs().await;
        assert_eq!(world.open().await.1.len(), 2);
    }
}
