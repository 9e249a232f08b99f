//! Opening: once for a reference, whichever way.

use florin_compliance::cases::{CaseKind, CaseQuery, Deadlines, Error, OpenCase, Opening, Priority, Status};
use florin_db::DbError;
use florin_kernel::PageRequest;

use crate::world::{piece, wanted, worlds};

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
