//! Loans of other lenders: what is paid on them is owed to their lenders, and nothing else of them is in the books.

use florin_kernel::{Amount, Currency, Money};
use florin_ledger::chart;
use florin_lending::{
    AskQuote, ExternalTerms, Frequency, Kind, LoanSeen, NewExternal, NotReceived, Rate, Receipt, Repayment,
};
use jiff::civil::date;
use zeroize::Zeroizing;

use super::world::{World, one_officer, worlds};

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

async fn known(world: &World, terms: ExternalTerms) -> LoanSeen {
    let account_number = Some(Zeroizing::new("DE12 3456 7890".to_owned()));
    let new = NewExternal { customer: None, terms, lender: Some("Old Bank".to_owned()), account_number };
    world.loans.create_external(&World::borrower(), new).await.unwrap()
}

fn auto(world: &World) -> ExternalTerms {
    ExternalTerms::Instalments(Box::new(AskQuote {
        kind: Kind::Auto,
        principal: Amount::new(usd(12_000_00)).unwrap(),
        annual_rate: Rate::parse_percent("12").unwrap(),
        term_months: 12,
        amortization_months: None,
        repayment: Repayment::Level,
        frequency: Frequency::Monthly,
        day_count: None,
        compounding: None,
        started_on: world.loans.today(),
        first_due_on: None,
        charges: Vec::new(),
    }))
}

#[tokio::test]
async fn what_is_paid_on_anothers_loan_is_owed_to_them_and_can_be_given_back() {
    for world in worlds(one_officer()).await {
        let terms = auto(&world);
        let loan = known(&world, terms).await;
        assert_eq!(loan.account_number.as_deref(), Some("****7890"));
        world.go_to(date(2026, 2, 15));
        let receipt = world.receipt(loan.id, 1_066_19);

        let received = world.receive(receipt).await.unwrap();

        assert_eq!(received.allocation.settled.interest, 120_00);
        assert_eq!(received.balances.owed.total(), 11_053_81);
        assert_eq!(world.internal(chart::DUE_TO_BILLERS).await, 1_066_19);
        assert_eq!(world.internal(chart::INTEREST_INCOME).await, 0);
        world.give_back(receipt.payment).await.unwrap();
        assert_eq!(world.internal(chart::DUE_TO_BILLERS).await, 0);
        assert_eq!(world.balance(world.account).await, 100_000_00);
        let seen = world.loans.loan(&World::borrower(), loan.id).await.unwrap();
        assert_eq!(seen.balances.unwrap().owed.total(), 12_120_00);
        world.assert_books().await;
    }
}

#[tokio::test]
async fn a_card_is_paid_down_and_what_is_paid_on_it_counts_today() {
    for world in worlds(one_officer()).await {
        let rate = Rate::parse_percent("21.99").unwrap();
        let terms =
            ExternalTerms::Card { limit: usd(5_000_00), annual_rate: rate, balance: Some(usd(1_200_00)) };
        let card = known(&world, terms).await;
        assert_eq!(card.balances.unwrap().owed.principal, 1_200_00);
        let earlier = Receipt { on: Some(date(2026, 1, 14)), ..world.receipt(card.id, 100_00) };
        assert_eq!(world.receive(earlier).await.map(drop), Err(NotReceived::Card));
        let receipt = world.receipt(card.id, 200_00);

        let received = world.receive(receipt).await.unwrap();

        assert_eq!(received.balances.owed.principal, 1_000_00);
        assert_eq!(world.internal(chart::DUE_TO_BILLERS).await, 200_00);
        // The cycle closes on the 2nd; interest and a minimum follow.
        world.go_to(date(2026, 2, 10));
        let seen = world.loans.loan(&World::borrower(), card.id).await.unwrap().balances.unwrap();
        assert!(seen.payment_minor > 0, "{seen:?}");
        assert_eq!(seen.next_due_on, Some(date(2026, 2, 25)));
        world.give_back(receipt.payment).await.unwrap();
        let again = world.give_back(receipt.payment).await;
        assert!(matches!(again, Err(NotReceived::NotRecorded(_))), "{again:?}");
        assert_eq!(world.internal(chart::DUE_TO_BILLERS).await, 0);
        world.assert_books().await;
    }
}
