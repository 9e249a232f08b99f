//! Working: by version, by permission, to a decision that stands.

use florin_compliance::cases::{Begun, CaseKind, Decision, Error, OpenCase, Priority, Status, Verdict};
use florin_db::DbError;
use florin_kernel::Action;

use crate::world::{piece, wanted, worlds};

fn verdict(decision: Decision) -> Verdict {
    Verdict { decision, reason: "The customer was called.".to_owned(), sar: false }
}

#[tokio::test]
async fn a_case_goes_from_open_over_in_progress_to_closed() {
    for world in worlds() {
        let (analyst, user) = world.analyst(&[]);
        let case = world.cases.open(&analyst, wanted(CaseKind::Aml, "r")).await.unwrap();

        let taken = world.cases.assign(&analyst, case.id, 1, Some(user), Priority::High).await.unwrap();
        let noted =
            world.cases.add_note(&analyst, case.id, 2, "Asked for the source of the money.").await.unwrap();
        let added = world.cases.add_evidence(&analyst, case.id, 3, piece("transfer", "t")).await.unwrap();
        let closed = world.cases.decide(&analyst, case.id, 4, verdict(Decision::Sar)).await.unwrap();

        assert_eq!(
            (taken.status, taken.assignee, taken.priority),
            (Status::InProgress, Some(user), Priority::High)
        );
        assert_eq!((noted.version, added.version, closed.version), (3, 4, 5));
        assert_eq!(
            (closed.status, closed.decision, closed.decided_by),
            (Status::Closed, Some(Decision::Sar), Some(user))
        );
        assert!(closed.sar, "a report is due");
        let file = world.cases.find(&analyst, case.id).await.unwrap();
        assert_eq!(file.case, closed);
        assert_eq!((file.evidence.len(), file.notes.len()), (2, 2));
        assert_eq!(world.count("SELECT COUNT(*) FROM outbox_event").await, 3);
        let audited = "SELECT COUNT(*) FROM audit_record WHERE action IN ('case.work', 'case.decide')";
        assert_eq!(world.count(audited).await, 5);
    }
}

#[tokio::test]
async fn whoever_saw_an_older_version_changes_nothing() {
    for world in worlds() {
        let (analyst, user) = world.analyst(&[]);
        let case = world.cases.open(&analyst, wanted(CaseKind::Fraud, "r")).await.unwrap();

        let (one, two) = tokio::join!(
            world.cases.decide(&analyst, case.id, 1, verdict(Decision::Fraud)),
            world.cases.decide(&analyst, case.id, 1, verdict(Decision::Genuine)),
        );

        assert!(one.is_ok() != two.is_ok(), "one of two decides");
        assert!(matches!(one.and(two), Err(Error::Changed { present: 2 })));
        let late = world.cases.assign(&analyst, case.id, 2, Some(user), Priority::Low).await;
        assert!(matches!(late, Err(Error::Closed)));
        assert_eq!(world.count("SELECT COUNT(*) FROM compliance_case_note").await, 1);
    }
}

#[tokio::test]
async fn a_decision_fits_its_kind() {
    for world in worlds() {
        let (analyst, _) = world.analyst(&[]);
        for kind in CaseKind::ALL {
            let case = world.cases.open(&analyst, wanted(*kind, "r")).await.unwrap();
            for decision in Decision::ALL.iter().filter(|decision| !decision.fits(*kind)) {
                let refused = world.cases.decide(&analyst, case.id, 1, verdict(*decision)).await;
                assert!(matches!(refused, Err(Error::WrongDecision(of)) if of == *kind));
            }
        }
        assert_eq!(world.count("SELECT COUNT(*) FROM compliance_case WHERE status = 'closed'").await, 0);
        assert_eq!(
            world.count("SELECT COUNT(*) FROM compliance_case_note").await,
            0,
            "a refusal leaves no note"
        );
    }
}

#[tokio::test]
async fn who_may_not_does_not_and_nobody_decides_about_themselves() {
    for world in worlds() {
        let (worker, user) = world.analyst(&[Action::DecideCase]);
        let (reader, _) = world.analyst(&[Action::WorkCases, Action::DecideCase]);
        let (other, _) = world.analyst(&[]);
        let about = OpenCase { subject: Some(user), ..wanted(CaseKind::Fraud, "r") };
        let case = world.cases.open(&other, about).await.unwrap();

        let read = world.cases.find(&reader, case.id).await;
        let noted = world.cases.add_note(&reader, case.id, 1, "x").await;
        let decided = world.cases.decide(&worker, case.id, 1, verdict(Decision::Genuine)).await;
        let own = world.cases.add_note(&worker, case.id, 1, "It was me.").await;
        let given = world.cases.assign(&other, case.id, 1, Some(user), Priority::Low).await;

        assert!(read.is_ok());
        assert!(matches!(noted, Err(Error::Denied(_))));
        assert!(matches!(decided, Err(Error::Denied(_))));
        assert!(matches!(own, Err(Error::OwnCase)));
        assert!(matches!(given, Err(Error::OwnCase)));
    }
}

#[tokio::test]
async fn evidence_and_notes_cannot_be_changed() {
    for world in worlds() {
        let (analyst, _) = world.analyst(&[]);
        let case = world.cases.open(&analyst, wanted(CaseKind::Aml, "r")).await.unwrap();
        world.cases.add_note(&analyst, case.id, 1, "As it was.").await.unwrap();

        for sql in [
            "UPDATE compliance_case_evidence SET text = 'other'",
            "DELETE FROM compliance_case_evidence",
            "UPDATE compliance_case_note SET text = 'other'",
            "DELETE FROM compliance_case_note",
        ] {
            let changed: Result<u64, DbError> = world.db.housekeeping(move |tx| tx.execute(sql, &[])).await;
            assert!(changed.is_err(), "{sql}");
        }
    }
}

#[tokio::test]
async fn while_a_decision_is_carried_out_no_other_one_is_taken() {
    for world in worlds() {
        let (analyst, _) = world.analyst(&[]);
        let (other, _) = world.analyst(&[]);
        let case = world.cases.open(&analyst, wanted(CaseKind::Fraud, "r")).await.unwrap();

        let begun = world.cases.begin(&analyst, case.id, 1, &verdict(Decision::Genuine)).await.unwrap();
        let otherwise = world.cases.begin(&other, case.id, 1, &verdict(Decision::Fraud)).await;
        let at_once = world.cases.decide(&other, case.id, 1, verdict(Decision::Fraud)).await;
        let again = world.cases.begin(&analyst, case.id, 1, &verdict(Decision::Genuine)).await.unwrap();
        let resolution = Some(piece("resolution", "t"));
        let closed = world
            .cases
            .conclude(&analyst, case.id, 1, verdict(Decision::Genuine), resolution, |_| Ok(()))
            .await
            .unwrap();
        let lost = world.cases.begin(&analyst, case.id, 1, &verdict(Decision::Genuine)).await.unwrap();

        assert_eq!((&begun, begun == again), (&again, true));
        assert!(matches!(otherwise, Err(Error::BeingDecided(Decision::Genuine))));
        assert!(matches!(at_once, Err(Error::BeingDecided(Decision::Genuine))));
        assert_eq!(closed.deciding, None);
        assert_eq!(lost, Begun::Done(closed), "the answer that was lost is given again");
        assert_eq!(world.count("SELECT COUNT(*) FROM compliance_case_evidence").await, 2);
    }
}

#[tokio::test]
async fn what_cannot_be_carried_out_leaves_the_case_as_it_was() {
    for world in worlds() {
        let (analyst, _) = world.analyst(&[]);
        let case = world.cases.open(&analyst, wanted(CaseKind::Fraud, "r")).await.unwrap();
        world.cases.begin(&analyst, case.id, 1, &verdict(Decision::Genuine)).await.unwrap();

        world.cases.abandon(&analyst, case.id, "the account is frozen").await.unwrap();

        assert_eq!(world.cases.find(&analyst, case.id).await.unwrap().case, case);
        world.cases.decide(&analyst, case.id, 1, verdict(Decision::Fraud)).await.unwrap();
    }
}
