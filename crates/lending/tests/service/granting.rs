//! From an application to a loan that is paid out.

use florin_db::idempotency::Answer;
use florin_kernel::{Action, Denied};
use florin_lending::{ApplicationStatus, Error, GrantedTerms, Rate, Reason, Rules, Status};
use jiff::civil::date;

use super::world::{World, one_officer, worlds};

#[tokio::test]
async fn a_loan_is_made_when_two_officers_agree_to_the_same_terms() {
    for world in worlds(Rules::default()).await {
        let loans = &world.loans;
        let applied = loans.apply(&World::borrower(), World::application(10_000_00)).await.unwrap();
        assert_eq!(applied.tax_id, "***-**-6789");
        assert!(applied.for_officers.is_none(), "an applicant is not shown how they are judged");
        let rate = Rate::parse_percent("11.5").unwrap();
        let terms = GrantedTerms { annual_rate: Some(rate), ..GrantedTerms::default() };

        let more = GrantedTerms { amount_minor: Some(10_000_01), ..terms };
        assert!(matches!(
            loans.approve(&World::officer(1), applied.id, more, None).await,
            Err(Error::Invalid(_))
        ));
        let first = loans.approve(&World::officer(1), applied.id, terms, None).await.unwrap();
        assert_eq!((first.status, first.loan), (ApplicationStatus::Submitted, None));
        let again = loans.approve(&World::officer(1), applied.id, terms, None).await;
        assert!(matches!(again, Err(Error::DecidedByYou)));
        let other = GrantedTerms { annual_rate: Some(Rate::ZERO), ..terms };
        let differs = loans.approve(&World::officer(2), applied.id, other, None).await;
        assert!(matches!(differs, Err(Error::TermsDiffer)));
        let own = loans.approve(&World::borrower(), applied.id, terms, None).await;
        assert!(matches!(own, Err(Error::Denied(Denied::Forbidden { action: Action::DecideLoan }))));

        let second =
            loans.approve(&World::officer(2), applied.id, GrantedTerms::default(), None).await.unwrap();

        assert_eq!(second.status, ApplicationStatus::Approved);
        assert_eq!(second.for_officers.unwrap().decisions.len(), 2);
        let loan = loans.loan(&World::borrower(), second.loan.unwrap()).await.unwrap();
        let papers = loan.papers.unwrap();
        assert_eq!((loan.status, papers.annual_rate), (Status::Offered, rate));
        assert_eq!((papers.paid_out_minor, papers.apr.as_str()), (9_800_00, "15.35"));
        let late = loans.approve(&World::officer(3), applied.id, terms, None).await;
        assert!(matches!(late, Err(Error::Decided)));
    }
}

#[tokio::test]
async fn a_refusal_makes_a_notice_with_its_reasons_and_the_prescribed_words() {
    for world in worlds(Rules::default()).await {
        let mut form = World::application(100_000_00);
        form.annual_income = Some(florin_kernel::Money::new(10_000_00, florin_kernel::Currency::USD));
        let applied = world.loans.apply(&World::borrower(), form).await.unwrap();

        let rejected = world.loans.reject(&World::officer(1), applied.id, Vec::new(), None).await.unwrap();

        assert_eq!(rejected.status, ApplicationStatus::Rejected);
        let notice: serde_json::Value = serde_json::from_str(&rejected.notice.unwrap()).unwrap();
        assert_eq!(notice["reasons"][0]["code"], Reason::InsufficientIncome.code());
        assert!(
            notice["ecoa_notice"].as_str().unwrap().starts_with("The Federal Equal Credit Opportunity Act")
        );
        let fine = world.loans.apply(&World::borrower(), World::application(1_000_00)).await.unwrap();
        let without = world.loans.reject(&World::officer(1), fine.id, Vec::new(), None).await;
        assert!(matches!(without, Err(Error::Invalid(_))), "a refusal has a reason");
    }
}

#[tokio::test]
async fn an_application_is_taken_back_until_it_is_decided() {
    for world in worlds(one_officer()).await {
        let loans = &world.loans;
        let applied = loans.apply(&World::borrower(), World::application(1_000_00)).await.unwrap();
        let eve = World::actor(
            florin_kernel::UserId::from_uuid(florin_kernel::Uuid::nil()),
            florin_kernel::Role::Customer,
        );
        assert!(matches!(loans.withdraw(&eve, applied.id).await, Err(Error::ApplicationNotFound)));

        let withdrawn = loans.withdraw(&World::borrower(), applied.id).await.unwrap();

        assert_eq!(withdrawn.status, ApplicationStatus::Withdrawn);
        assert!(matches!(loans.withdraw(&World::borrower(), applied.id).await, Err(Error::Decided)));
        let late = loans.approve(&World::officer(1), applied.id, GrantedTerms::default(), None).await;
        assert!(matches!(late, Err(Error::Decided)));
    }
}

#[tokio::test]
async fn a_loan_is_paid_out_once_and_only_to_its_borrower() {
    for world in worlds(one_officer()).await {
        let loan = world.accepted(10_000_00, GrantedTerms::default()).await;
        let officer = World::officer(1);
        let stranger = florin_kernel::AccountId::from_uuid(world.db.env().new_uuid());
        world.open_account(stranger, None, 0).await;
        let key = florin_db::idempotency::IdempotencyKey::new(loan.uuid(), "disburse", "k", b"");
        let render = std::sync::Arc::new(|_: &florin_lending::LoanSeen| florin_db::idempotency::Frozen {
            status: 200,
            body: Vec::new(),
        });
        let to_others = world.loans.disburse(&officer, key, loan, stranger, render).await;
        assert!(matches!(to_others, Err(Error::AccountNotFound)));

        let first = world.disburse(loan, "one").await.unwrap();
        let again = world.disburse(loan, "one").await.unwrap();
        let another = world.disburse(loan, "two").await;

        assert!(matches!((first, again), (Answer::Now(_), Answer::Replayed(_))));
        assert!(matches!(another, Err(Error::Standing(Status::Active))));
        assert_eq!(world.balance(world.account).await, 109_800_00);
        world.assert_books().await;
    }
}

#[tokio::test]
async fn an_offer_ends_and_one_that_was_taken_begins_on_the_day_it_is_paid_out() {
    for world in worlds(one_officer()).await {
        let loan = world.accepted(10_000_00, GrantedTerms::default()).await;
        world.go_to(date(2026, 2, 10));
        world.disburse(loan, "later").await.unwrap();
        let seen = world.loans.loan(&World::borrower(), loan).await.unwrap();
        assert_eq!(seen.papers.unwrap().first_due_on, date(2026, 3, 10));

        let applied = world.loans.apply(&World::borrower(), World::application(1_000_00)).await.unwrap();
        let officer = World::officer(1);
        let decided = world.loans.approve(&officer, applied.id, GrantedTerms::default(), None).await.unwrap();
        world.go_to(date(2026, 3, 13));
        let late = world.loans.accept(&World::borrower(), decided.loan.unwrap()).await;
        assert!(matches!(late, Err(Error::OfferEnded(_))));
    }
}
