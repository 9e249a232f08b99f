//! Opening: once for a reference, whichever way.

use florin_compliance::cases::{
    CaseKind, CaseQuery, Deadlines, Decision, Error, OpenCase, Opening, Priority, Status, Verdict,
};
use florin_db::DbError;
use florin_kernel::{Actor, PageRequest};

use crate::world::{World, piece, wanted, worlds};

#[tokio::test]
async fn a_case_is_opened_once_for_its_reference() {
    for world in worlds() {
        let (analyst, _) = world.analyst(&[]);

        let first = world.cases.open(&analyst, wanted(CaseKind::Aml, "fan_in:1")).await.unwrap();
        let again =
            OpenCase { evidence: vec![piece("transfer", "t-1")], ..wanted(CaseKind::Aml, "fan_in:1") };
        let second = world.cases.open(&analyst, again).await.unwrap();
        let other = world.cases.open(&analyst, wanted(CaseKind::Fraud, "fan_in:1")).await.unwrap();

        assert_eq!(first, second);
        assert_ne!(first.id, other.id);
        assert_eq!(first.title, "Seven deposits below the limit");
        let file = world.cases.find(&analyst, first.id).await.unwrap();
        let kinds: Vec<&str> = file.evidence.iter().map(|kept| kept.evidence.kind.as_str()).collect();
        assert_eq!(kinds, ["finding", "transfer"]);
        let events = "SELECT COUNT(*) FROM outbox_event WHERE topic = 'case.opened'";
        assert_eq!(world.count(events).await, 2);
    }
}

#[tokio::test]
async fn rows_of_another_commit_open_cases_with_their_evidence() {
    for world in worlds() {
        let (analyst, _) = world.analyst(&[]);
        let earlier = world.cases.open(&analyst, wanted(CaseKind::Fraud, "decision:1")).await.unwrap();
        let mut opening = Opening::new();
        for reference in ["decision:1", "decision:2", "decision:2", "decision:3"] {
            let case = OpenCase {
                evidence: vec![piece("decision", "d"), piece("transfer", "t")],
                ..wanted(CaseKind::Fraud, reference)
            };
            opening.add(&world.env, Deadlines::default(), None, &case).unwrap();
        }

        let bulks = opening.into_bulks();
        let written =
            world.db.housekeeping(move |tx| bulks.iter().try_for_each(|bulk| tx.bulk(bulk.clone())));
        written.await.unwrap_or_else(|error: DbError| panic!("{error}"));

        assert_eq!(world.count("SELECT COUNT(*) FROM compliance_case").await, 3);
        assert_eq!(world.count("SELECT COUNT(*) FROM compliance_case_evidence").await, 7);
        assert_eq!(world.cases.find(&analyst, earlier.id).await.unwrap().case, earlier);
        let told = "SELECT COUNT(*) FROM outbox_event WHERE topic = 'case.opened'";
        assert_eq!(world.count(told).await, 3, "of each case that there is, once");
        let of_nothing =
            "SELECT COUNT(*) FROM outbox_event WHERE subject NOT IN (SELECT id FROM compliance_case)";
        assert_eq!(world.count(of_nothing).await, 0);
    }
}

#[tokio::test]
async fn the_work_list_begins_with_what_is_due_first() {
    for world in worlds() {
        let (analyst, _) = world.analyst(&[]);
        for (kind, reference) in
            [(CaseKind::Aml, "a"), (CaseKind::Fraud, "b"), (CaseKind::Fraud, "c"), (CaseKind::Screening, "d")]
        {
            world.cases.open(&analyst, wanted(kind, reference)).await.unwrap();
            world.clock.advance_seconds(60);
        }

        let mut listed = Vec::new();
        let mut page = PageRequest::try_new(Some(3), None).unwrap();
        loop {
            let found = world.cases.list(&analyst, CaseQuery::default(), &page).await.unwrap();
            listed.extend(found.rows.iter().map(|case| case.reference.clone()));
            let Some(next) = found.next_cursor else { break };
            page = PageRequest::try_new(Some(3), Some(next)).unwrap();
        }
        let fraud =
            CaseQuery { kind: Some(CaseKind::Fraud), status: Some(Status::Open), ..CaseQuery::default() };
        let some =
            world.cases.list(&analyst, fraud, &PageRequest::try_new(Some(10), None).unwrap()).await.unwrap();

        assert_eq!(listed, ["b", "c", "d", "a"]);
        assert_eq!(some.rows.len(), 2);
        let days = |case: &florin_compliance::cases::Case| {
            (case.due_at.as_second() - case.opened_at.as_second()) / 86_400
        };
        assert_eq!(days(&some.rows[0]), 2);
    }
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_and_leaves_nothing() {
    for world in worlds() {
        let (analyst, user) = world.analyst(&[]);
        let good = || wanted(CaseKind::Fraud, "x");
        let bad = [
            OpenCase { title: "  ".to_owned(), ..good() },
            OpenCase { title: "a".repeat(201), ..good() },
            OpenCase { reference: "with space".to_owned(), ..good() },
            OpenCase { evidence: vec![piece("Finding", "1")], ..good() },
        ];
        for case in bad {
            assert!(matches!(world.cases.open(&analyst, case).await, Err(Error::Invalid(_))));
        }
        let own = OpenCase { subject: Some(user), ..good() };
        assert!(matches!(world.cases.open(&analyst, own).await, Err(Error::OwnCase)));
        assert_eq!(world.count("SELECT COUNT(*) FROM compliance_case").await, 0);
    }
}

#[tokio::test]
async fn the_work_list_is_asked_for_by_whom_it_is_about_and_who_works_on_it() {
    for world in worlds() {
        let (analyst, user) = world.analyst(&[]);
        let (_, subject) = world.analyst(&[]);
        let about = OpenCase { subject: Some(subject), ..wanted(CaseKind::Aml, "a") };
        let about = world.cases.open(&analyst, about).await.unwrap();
        let taken = world.cases.open(&analyst, wanted(CaseKind::Aml, "b")).await.unwrap();
        world.cases.assign(&analyst, taken.id, 1, Some(user), Priority::Normal).await.unwrap();

        let of_subject = CaseQuery { subject: Some(subject), ..CaseQuery::default() };
        let of_user = CaseQuery { assignee: Some(user), ..CaseQuery::default() };
        let first = world.cases.list(&analyst, of_subject, &PageRequest::first()).await.unwrap();
        let second = world.cases.list(&analyst, of_user, &PageRequest::first()).await.unwrap();

        assert_eq!(first.rows.iter().map(|case| case.id).collect::<Vec<_>>(), [about.id]);
        assert_eq!(second.rows.iter().map(|case| case.id).collect::<Vec<_>>(), [taken.id]);
    }
}

async fn decided(world: &World, analyst: &Actor, reference: &str) -> florin_compliance::cases::Case {
    let case = world.cases.open(analyst, wanted(CaseKind::Fraud, reference)).await.unwrap();
    let verdict = Verdict { decision: Decision::Genuine, reason: "They were called.".to_owned(), sar: false };
    world.clock.advance_seconds(60);
    world.cases.decide(analyst, case.id, case.version, verdict).await.unwrap()
}

#[tokio::test]
async fn what_was_decided_stands_and_new_evidence_opens_another_case_that_names_it() {
    for world in worlds() {
        let (analyst, _) = world.analyst(&[]);
        let before = decided(&world, &analyst, "transfer:1").await;

        let same = world.cases.open(&analyst, wanted(CaseKind::Fraud, "transfer:1")).await.unwrap();
        let more = OpenCase {
            evidence: vec![piece("report", "new"), piece("finding", "transfer:1")],
            ..wanted(CaseKind::Fraud, "transfer:1")
        };
        let next = world.cases.open(&analyst, more.clone()).await.unwrap();
        let again = world.cases.open(&analyst, more).await.unwrap();

        assert_eq!(same, before, "nothing is new");
        assert_ne!(next.id, before.id);
        assert_eq!((next.follows, next.status), (Some(before.id), Status::Open));
        assert_eq!(again, next);
        assert_eq!(world.cases.find(&analyst, before.id).await.unwrap().evidence.len(), 1);
        assert_eq!(world.cases.find(&analyst, next.id).await.unwrap().evidence.len(), 2);
        assert_eq!(world.count("SELECT COUNT(*) FROM compliance_case").await, 2);
    }
}

#[tokio::test]
async fn rows_of_another_commit_follow_what_was_decided_if_they_bring_news() {
    for world in worlds() {
        let (analyst, _) = world.analyst(&[]);
        let before = decided(&world, &analyst, "transfer:1").await;
        for evidence in [piece("finding", "transfer:1"), piece("decision", "d-2")] {
            let mut opening = Opening::new();
            let case = OpenCase { evidence: vec![evidence], ..wanted(CaseKind::Fraud, "transfer:1") };
            opening.add(&world.env, Deadlines::default(), None, &case).unwrap();
            let bulks = opening.into_bulks();
            let written =
                world.db.housekeeping(move |tx| bulks.iter().try_for_each(|bulk| tx.bulk(bulk.clone())));
            written.await.unwrap_or_else(|error: DbError| panic!("{error}"));
        }

        let of_fraud = CaseQuery { status: Some(Status::Open), ..CaseQuery::default() };
        let open = world.cases.list(&analyst, of_fraud, &PageRequest::first()).await.unwrap().rows;

        assert_eq!(open.iter().map(|case| case.follows).collect::<Vec<_>>(), [Some(before.id)]);
        let told = "SELECT COUNT(*) FROM outbox_event WHERE topic = 'case.opened'";
        assert_eq!(world.count(told).await, 2);
    }
}
