//! Deciding: by somebody else, with a reason, remembered until the entry changes.

use florin_compliance::cases::{CaseQuery, Decision as CaseDecision, Status as CaseStatus};
use florin_compliance::screening::{
    DecideScreening, Decision, Error, Screening, ScreeningId, ScreeningQuery, Status,
};
use florin_kernel::{Action, Actor, PageRequest, UserId};
use florin_screening::Query;

use crate::world::{World, worlds};

const MARTA: &str = "1,person,Marta Kellermann";

impl World {
    /// A list, a customer on it, and the screening that found them.
    async fn found(&self) -> (UserId, ScreeningId) {
        self.load(&[MARTA]).await;
        let user = self.customer("Marta Kellermann").await;
        self.run_jobs().await;
        (user, self.open().await.1[0])
    }

    async fn decide(&self, by: &Actor, id: ScreeningId, decision: Decision) -> Result<Screening, Error> {
        let reason = "The passport is another one.".to_owned();
        self.sanctions.decide(by, id, DecideScreening { decision, reason }).await
    }
}

#[tokio::test]
async fn a_false_match_frees_the_customer_and_closes_the_case() {
    for world in worlds() {
        let (user, id) = world.found().await;
        let by = world.analyst(&[]);

        let decided = world.decide(&by, id, Decision::FalseMatch).await.unwrap();

        assert_eq!((decided.status, decided.decided_by), (Status::Cleared, by.user()));
        assert!(!world.sanctions.blocked().concerns(Some(user), None, None));
        let page = PageRequest::try_new(None, None).unwrap();
        let case = world.cases.list(&by, CaseQuery::default(), &page).await.unwrap().rows.remove(0);
        assert_eq!((case.status, case.decision), (CaseStatus::Closed, Some(CaseDecision::FalseMatch)));
        let again = world.decide(&by, id, Decision::TrueMatch).await;
        assert!(matches!(again, Err(Error::NotOpen(Status::Cleared))));

        // As long as the entry stays as it is, nobody is asked again; then they are.
        world.load(&[MARTA, "2,person,Somebody Else"]).await;
        assert_eq!(world.open().await.1.len(), 0);
        world.load(&["1,person,Marta Kellermann,,,1970-03-05", "2,person,Somebody Else"]).await;
        assert_eq!(world.open().await.1.len(), 1);
        assert!(world.sanctions.blocked().concerns(Some(user), None, None));
        assert_eq!(world.open().await.0, 2, "with a case of its own");
    }
}

#[tokio::test]
async fn what_was_confirmed_is_taken_back_by_somebody_else_alone() {
    for world in worlds() {
        let (user, id) = world.found().await;
        let (one, two) = (world.analyst(&[]), world.analyst(&[]));

        world.decide(&one, id, Decision::TrueMatch).await.unwrap();
        assert!(world.sanctions.blocked().concerns(Some(user), None, None));
        assert!(matches!(world.decide(&one, id, Decision::FalseMatch).await, Err(Error::SamePerson)));
        world.decide(&two, id, Decision::FalseMatch).await.unwrap();

        assert!(world.sanctions.blocked().is_empty());
        let file = world.sanctions.find(&one, id).await.unwrap();
        assert_eq!(file.judgements.len(), 2, "both decisions stay");
    }
}

#[tokio::test]
async fn nobody_decides_about_themselves_or_without_a_reason_or_a_right() {
    for world in worlds() {
        let (user, id) = world.found().await;
        let themselves = world.actor(user, &[]);
        assert!(matches!(
            world.decide(&themselves, id, Decision::FalseMatch).await,
            Err(Error::OwnScreening)
        ));
        let stranger = world.analyst(&[Action::DecideScreening]);
        assert!(matches!(world.decide(&stranger, id, Decision::FalseMatch).await, Err(Error::Denied(_))));
        let silent = DecideScreening { decision: Decision::FalseMatch, reason: "  ".to_owned() };
        let refused = world.sanctions.decide(&world.analyst(&[]), id, silent).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
        let nothing = ScreeningId::from_uuid(world.env.new_uuid());
        let missing = world.decide(&world.analyst(&[]), nothing, Decision::FalseMatch).await;
        assert!(matches!(missing, Err(Error::NotFound)));
        assert_eq!(world.open().await.1, [id], "nothing was changed");
    }
}

#[tokio::test]
async fn two_who_decide_at_once_decide_once() {
    for world in worlds() {
        let (_, id) = world.found().await;
        let (one, two) = (world.analyst(&[]), world.analyst(&[]));

        let (first, second) = tokio::join!(
            world.decide(&one, id, Decision::FalseMatch),
            world.decide(&two, id, Decision::FalseMatch),
        );

        assert!(first.is_ok() != second.is_ok());
        assert_eq!(world.count("SELECT COUNT(*) FROM screening_decision").await, 1);
    }
}

#[tokio::test]
async fn a_name_is_looked_for_and_what_was_found_is_kept_with_its_reasons() {
    for world in worlds() {
        world.load(&[MARTA, "2,person,Yusuf Mahmoud al-Tamimi,,,1965,Iraq,male,A1234567"]).await;
        let by = world.analyst(&[]);
        let query = Query {
            birth: florin_screening::Birth::parse("1965"),
            ..Query::named("Youssef Mahmud Altamimi")
        };

        let file = world.sanctions.screen(&by, query.clone()).await.unwrap();

        assert_eq!((file.screening.status, file.screening.created_by), (Status::Open, by.user()));
        assert_eq!((file.hits.len(), file.hits[0].entry_id.as_str()), (1, "2"));
        assert_eq!(file.query, query);
        let told = florin_compliance::screening::sentences(&file.hits[0].explanation);
        assert!(told.contains(&"the year of birth fits".to_owned()), "{told:?}");
        assert_eq!(world.open().await.0, 0, "no case: nobody's money is concerned");
        assert!(world.sanctions.blocked().is_empty());

        let nobody = world.sanctions.screen(&by, Query::named("Jennifer Lindqvist")).await.unwrap();
        assert_eq!((nobody.screening.status, nobody.hits.len()), (Status::Clear, 0));
        assert!(matches!(world.sanctions.screen(&by, Query::named(" ")).await, Err(Error::Invalid(_))));
        let page = PageRequest::try_new(Some(1), None).unwrap();
        let first = world.sanctions.list(&by, ScreeningQuery::default(), &page).await.unwrap();
        assert_eq!(first.rows[0].id, nobody.screening.id, "the latest first");
        let next = PageRequest::try_new(Some(1), first.next_cursor).unwrap();
        let second = world.sanctions.list(&by, ScreeningQuery::default(), &next).await.unwrap();
        assert_eq!((second.rows[0].id, second.next_cursor), (file.screening.id, None));
    }
}
