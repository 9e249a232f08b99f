//! Running: once for what is known, with its case, and never half.

use florin_compliance::alerts::{AlertId, AlertQuery, AlertStatus, Error};
use florin_compliance::cases::{CaseKind, Decision, Priority, Verdict};
use florin_compliance::monitor::Typology;
use florin_kernel::{Action, PageRequest};

use crate::book::{DAY, customer_of, nobody, worlds};

#[tokio::test]
async fn what_is_found_is_an_alert_with_a_case_and_its_evidence() {
    for world in worlds(90, 1_000) {
        let officer = world.officer(&[]);
        let account = world.account();
        world.structure(account);

        let run = world.monitoring.run(&officer).await.unwrap();

        assert_eq!((run.movements, run.findings, run.opened, run.went_on), (4, 1, 1, 0));
        let page = PageRequest::first();
        let alerts = world.monitoring.list(&officer, AlertQuery::default(), &page).await.unwrap().rows;
        let alert = &alerts[0];
        assert_eq!(
            (alert.typology, alert.status, alert.run),
            (Typology::Structuring, AlertStatus::Open, run.id)
        );
        assert_eq!((alert.movements.len(), alert.movement_count), (4, 4));
        assert_eq!(alert.accounts[0].account, account);
        let file = world.cases.find(&officer, alert.case).await.unwrap();
        assert_eq!((file.case.kind, file.case.subject), (CaseKind::Aml, Some(customer_of(account))));
        assert_eq!(file.case.reference, alert.reference);
        assert_eq!(file.evidence.len(), 5, "what was seen, and four movements");
        assert_eq!(file.case.due_at.as_second() - file.case.opened_at.as_second(), 30 * DAY);
        assert_eq!(world.monitoring.runs(&officer, &page).await.unwrap().rows, [run]);
        let told = "SELECT COUNT(*) FROM outbox_event WHERE topic IN ('case.opened', 'aml_alert.raised')";
        assert_eq!(world.count(told).await, 2);
    }
}

#[tokio::test]
async fn a_scheme_that_loses_its_beginning_to_the_range_is_still_the_same_one() {
    for world in worlds(7, 1_000) {
        let officer = world.officer(&[]);
        let account = world.account();
        world.structure(account);
        world.monitoring.run(&officer).await.unwrap();
        let first =
            world.monitoring.list(&officer, AlertQuery::default(), &PageRequest::first()).await.unwrap();
        let mut opened = 0;
        for dollars in [6_900, 5_500, 8_000, 7_000, 6_100, 7_700, 5_200, 6_600] {
            world.pay_in(account, dollars);
            opened += world.monitoring.run(&officer).await.unwrap().opened;
        }

        let alerts =
            world.monitoring.list(&officer, AlertQuery::default(), &PageRequest::first()).await.unwrap();

        assert_eq!((opened, alerts.rows.len()), (0, 1));
        let alert = &alerts.rows[0];
        assert_eq!((alert.id, alert.first_at), (first.rows[0].id, first.rows[0].first_at));
        assert_eq!(alert.movement_count, 12);
        assert_eq!(world.count("SELECT COUNT(*) FROM compliance_case").await, 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM compliance_case_evidence").await, 12 + 9);
    }
}

#[tokio::test]
async fn two_runs_that_see_the_same_keep_it_once() {
    for world in worlds(90, 1_000) {
        let officer = world.officer(&[]);
        for _ in 0..40 {
            let account = world.account();
            for dollars in [6_200, 5_800, 7_100] {
                world.pay_in(account, dollars);
                world.clock.advance_seconds(-DAY);
                world.clock.advance_seconds(3_600 * 9);
            }
        }
        world.clock.advance_seconds(DAY);
        let other = world.monitoring.clone();

        let (one, two) = tokio::join!(world.monitoring.run(&officer), other.run(&officer));

        let refused = [&one, &two].into_iter().filter(|run| matches!(run, Err(Error::UnderWay))).count();
        assert_eq!(refused, 1, "one book at a time is in memory");
        let again = world.monitoring.run(&officer).await.unwrap();
        assert_eq!((again.opened, again.went_on), (0, 0));
        assert_eq!(world.count("SELECT COUNT(*) FROM aml_alert").await, i64::from(again.findings));
        assert_eq!(world.count("SELECT COUNT(*) FROM compliance_case").await, i64::from(again.findings));
        assert!(again.findings > 32, "more than one unit of work writes them: {}", again.findings);
    }
}

#[tokio::test]
async fn the_status_of_an_alert_is_what_its_case_says() {
    for world in worlds(90, 1_000) {
        let officer = world.officer(&[]);
        let (one, two) = (world.account(), world.account());
        world.structure(one);
        world.structure(two);
        world.monitoring.run(&officer).await.unwrap();
        let page = PageRequest::first();
        let of = async |status| {
            let query = AlertQuery { status: Some(status), typology: Some(Typology::Structuring) };
            world.monitoring.list(&officer, query, &page).await.unwrap().rows
        };
        let alerts = of(AlertStatus::Open).await;
        assert_eq!(alerts.len(), 2);
        let decide = async |case, version, decision| {
            let verdict = Verdict { decision, reason: "As it is.".to_owned(), sar: false };
            world.cases.decide(&officer, case, version, verdict).await.unwrap();
        };

        let user = officer.user();
        world.cases.assign(&officer, alerts[0].case, 1, user, Priority::High).await.unwrap();
        assert_eq!(of(AlertStatus::InProgress).await.len(), 1);
        decide(alerts[0].case, 2, Decision::Sar).await;
        decide(alerts[1].case, 1, Decision::NoAction).await;

        assert_eq!(of(AlertStatus::Reported).await[0].id, alerts[0].id);
        assert_eq!(of(AlertStatus::Dismissed).await[0].id, alerts[1].id);
        assert!(of(AlertStatus::Open).await.is_empty());
    }
}

#[tokio::test]
async fn lists_have_pages() {
    for world in worlds(90, 1_000) {
        let officer = world.officer(&[]);
        for _ in 0..3 {
            let account = world.account();
            world.structure(account);
            world.monitoring.run(&officer).await.unwrap();
        }

        let (mut alerts, mut runs) = (Vec::new(), Vec::new());
        let mut page = PageRequest::try_new(Some(2), None).unwrap();
        loop {
            let found = world.monitoring.list(&officer, AlertQuery::default(), &page).await.unwrap();
            alerts.extend(found.rows.into_iter().map(|alert| alert.id));
            let Some(next) = found.next_cursor else { break };
            page = PageRequest::try_new(Some(2), Some(next)).unwrap();
        }
        let mut page = PageRequest::try_new(Some(2), None).unwrap();
        loop {
            let found = world.monitoring.runs(&officer, &page).await.unwrap();
            runs.extend(found.rows.into_iter().map(|run| run.at));
            let Some(next) = found.next_cursor else { break };
            page = PageRequest::try_new(Some(2), Some(next)).unwrap();
        }

        assert_eq!((alerts.len(), runs.len()), (3, 3));
        assert!(runs.windows(2).all(|pair| pair[0] > pair[1]), "the latest is at the top");
        let strange = PageRequest::try_new(None, Some("7".to_owned())).unwrap();
        assert!(matches!(world.monitoring.runs(&officer, &strange).await, Err(Error::Page(_))));
    }
}

#[tokio::test]
async fn who_may_not_runs_and_reads_nothing() {
    for world in worlds(90, 1_000) {
        let reader = world.officer(&[Action::MonitorAml]);
        let runner = world.officer(&[Action::ReadAmlAlerts]);
        let account = world.account();
        world.structure(account);

        assert!(matches!(world.monitoring.run(&reader).await, Err(Error::Denied(_))));
        assert_eq!(world.count("SELECT COUNT(*) FROM aml_run").await, 0);
        world.monitoring.run(&runner).await.unwrap();
        let page = PageRequest::first();
        let listed = world.monitoring.list(&runner, AlertQuery::default(), &page).await;
        assert!(matches!(listed, Err(Error::Denied(_))));
        let id = AlertId::from_uuid(nobody());
        assert!(matches!(world.monitoring.find(&runner, id).await, Err(Error::Denied(_))));
        assert!(matches!(world.monitoring.find(&reader, id).await, Err(Error::NotFound)));
        let audited = "SELECT COUNT(*) FROM audit_record WHERE action = 'aml_alert.monitor'";
        assert!(world.count(audited).await >= 2, "what a run writes is audited");
    }
}

#[tokio::test]
async fn a_range_that_does_not_fit_into_memory_is_refused_as_a_whole() {
    for world in worlds(90, 3) {
        let officer = world.officer(&[]);
        let account = world.account();
        world.structure(account);

        assert!(matches!(world.monitoring.run(&officer).await, Err(Error::TooLarge(3))));

        assert_eq!(world.count("SELECT COUNT(*) FROM aml_alert").await, 0);
        assert_eq!(world.count("SELECT COUNT(*) FROM aml_run").await, 0);
    }
}
