//! A loan from its application to its last payment, month by month, held against a schedule that was reckoned by hand.

use florin_kernel::Role;
use florin_testkit::{Answer, Call, TestApp, on_both_engines};
use jiff::civil::Date;
use serde_json::{Value, json};

use super::lending::{Desk, application};

/// The regular payment of 12,000.00 over twelve months at one per cent a month.
const PAYMENT: &str = "1066.19";

/// Each month's interest and principal, and the principal that is left. In March 965.21 of February's instalment had been
/// overdue for 22 days of 360: 91.33 on what was not due yet and 7.08 on that are 98.41, rounded once.
const MONTHS: [(&str, &str, &str, &str); 11] = [
    ("2026-12-21", "120.00", "946.19", "11053.81"),
    ("2027-01-21", "110.54", "955.65", "10098.16"),
    ("2027-02-21", "100.98", "965.21", "9132.95"),
    ("2027-03-21", "98.41", "967.78", "8165.17"),
    ("2027-04-21", "81.65", "984.54", "7180.63"),
    ("2027-05-21", "71.81", "994.38", "6186.25"),
    ("2027-06-21", "61.86", "1004.33", "5181.92"),
    ("2027-07-21", "51.82", "1014.37", "4167.55"),
    ("2027-08-21", "41.68", "1024.51", "3143.04"),
    ("2027-09-21", "31.43", "1034.76", "2108.28"),
    ("2027-10-21", "21.08", "1045.11", "1063.17"),
];

/// Two weeks of 1,063.17 at twelve per cent: 4.96.
const PAYOFF: &str = "1068.13";
/// All interest of the eleven months and the two weeks.
const INTEREST: &str = "796.22";

impl Desk<'_> {
    /// Goes on to a day and lets the program do what falls to it.
    async fn go_to(&self, day: &str) {
        let day: Date = day.parse().unwrap();
        let noon = day.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        self.app.clock.advance_seconds(noon.as_second() - self.app.services.env.now().as_second());
        self.app.run_jobs().await;
    }

    /// The borrower pays by themselves.
    async fn pay(&self, loan: &str, key: &str, amount: &str) -> Answer {
        let body = json!({ "loan_id": loan, "from_account_id": self.account, "amount": amount });
        self.customer().await.send(&Call::post("/api/v1/personal/pay").key(key).json(&body)).await
    }
}

async fn granted(desk: &Desk<'_>) -> String {
    let applied = desk.customer.post("/api/v1/loans/apply", &application()).await.expect(201).text("/id");
    let body = json!({ "application_id": applied, "terms": { "annual_rate": "12" } });
    desk.officer().await.post("/api/v1/loans/approve", &body).await.expect(200);
    let second = desk.app.staff(Role::LoanOfficer).await;
    let loan = second.post("/api/v1/loans/approve", &body).await.expect(200).text("/loan_id");
    desk.customer.post(&format!("/api/v1/loans/{loan}/accept"), &json!({})).await.expect(200);
    let to = json!({ "account_id": desk.account });
    desk.keyed(&format!("/api/v1/loans/{loan}/disburse"), "pay-out", &to).await.expect(200);
    loan
}

fn assert_settled(answer: &Value, interest: &str, principal: &str, left: &str) {
    let settled = &answer["allocation"];
    assert_eq!(
        (&settled["interest"]["amount"], &settled["principal"]["amount"]),
        (&json!(interest), &json!(principal))
    );
    assert_eq!(answer["loan"]["owed"]["principal"]["amount"], left);
}

/// From December to October: January's payment is taken in two weeks later and February's is late.
async fn pay_for_eleven_months(desk: &Desk<'_>, loan: &str) {
    for (day, interest, principal, left) in MONTHS {
        desk.go_to(day).await;
        match day {
            "2027-01-21" => {
                desk.go_to("2027-02-05").await;
                assert_eq!(desk.read(loan).await["owed"]["penalties"]["amount"], "35.00");
                let taken = desk.take_in(loan, "january", PAYMENT, Some(day)).await.expect(201).json();
                assert_eq!(taken["allocation"]["interest"]["amount"], interest);
                let after = desk.read(loan).await;
                assert_eq!(after["owed"]["penalties"]["amount"], "0.00", "it had been paid in time");
                assert_eq!(after["owed"]["principal"]["amount"], left);
            }
            "2027-02-21" => {
                desk.go_to("2027-03-13").await;
                let late = desk.read(loan).await;
                assert_eq!(
                    (&late["days_past_due"], &late["owed"]["penalties"]["amount"]),
                    (&json!(20), &json!("35.00"))
                );
                let paid = desk.pay(loan, day, "1101.19").await.expect(201).json();
                assert_eq!(paid["allocation"]["fees"]["amount"], "35.00");
                assert_settled(&paid, interest, principal, left);
            }
            _ => assert_settled(
                &desk.pay(loan, day, PAYMENT).await.expect(201).json(),
                interest,
                principal,
                left,
            ),
        }
        desk.assert_loans().await;
    }
}

on_both_engines! {
    async fn a_loan_is_paid_for_a_year_with_one_payment_late_and_one_known_late_and_then_paid_off(app: &TestApp) {
        let desk = Desk::new(app).await;
        let loan = granted(&desk).await;
        pay_for_eleven_months(&desk, &loan).await;

        desk.go_to("2027-11-05").await;
        let payoff = desk.read(&format!("{loan}/payoff")).await;
        assert_eq!((&payoff["total"]["amount"], &payoff["per_diem"]["amount"]), (&json!(PAYOFF), &json!("0.35")));
        let letter = desk.customer().await.get(&format!("/api/v1/loans/{loan}/payoff?format=pdf")).await.expect(200);
        assert!(letter.body.starts_with(b"%PDF-1.7"));
        let last = desk.pay(&loan, "the-rest", PAYOFF).await.expect(201).json();
        assert_eq!((&last["loan"]["status"], &last["loan"]["balance"]["amount"]), (&json!("paid_off"), &json!("0.00")));
        // 20,000.00 and 11,760.00 paid out, less 12,000.00, the interest and one late fee.
        assert_eq!(desk.customer().await.balance(&desk.account).await, "18928.78");

        let customer = desk.customer().await;
        let whole = format!("/api/v1/loans/{loan}/statement?period=2026-11-21,2027-11-05");
        let told = customer.get(&whole).await.expect(200).json();
        assert_eq!((&told["opening_principal"]["amount"], &told["closing_principal"]["amount"]), (&json!("0.00"), &json!("0.00")));
        assert_eq!(told["paid"]["principal"]["amount"], "12000.00");
        assert_eq!(told["paid"]["interest"]["amount"], INTEREST);
        assert_eq!(told["paid"]["fees"]["amount"], "70.00", "one was paid, one fell away");
        assert_eq!(told["interest_this_year"]["amount"], "676.22");
        let pdf = customer.get(&format!("{whole}&format=pdf")).await.expect(200);
        assert!(pdf.body.starts_with(b"%PDF-1.7"));
        let disclosure = customer.get(&format!("/api/v1/loans/{loan}/disclosure?format=pdf")).await.expect(200);
        assert!(disclosure.body.starts_with(b"%PDF-1.7"));
        desk.assert_loans().await;
        app.assert_trail().await;
    }

    async fn a_statement_of_the_past_never_changes(app: &TestApp) {
        let desk = Desk::new(app).await;
        let loan = granted(&desk).await;
        desk.go_to("2026-12-21").await;
        desk.pay(&loan, "december", PAYMENT).await.expect(201);
        desk.go_to("2027-02-05").await;
        let january = format!("{loan}/statement?period=2027-01");
        let before = desk.read(&january).await;
        assert_eq!(before["opening_principal"]["amount"], "11053.81");
        assert_eq!(before["past_due"]["principal"]["amount"], "955.65");
        assert_eq!(before["due"]["interest"]["amount"], "110.54");
        assert_eq!(before["transactions"], json!([]), "nothing was paid, and nothing was charged before February");

        let payment = desk.take_in(&loan, "january", PAYMENT, Some("2027-01-21")).await.expect(201).text("/id");
        assert_eq!(desk.read(&january).await, before);
        let february = desk.read(&format!("{loan}/statement?period=2027-02")).await;
        let told: Vec<(&str, &str)> = february["transactions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["description"].as_str().unwrap(), one["direction"].as_str().unwrap()))
            .collect();
        assert_eq!(
            told,
            [
                ("Late fee", "debit"),
                ("Payment, counting on 2027-01-21", "credit"),
                ("Late fee taken back, counting on 2027-01-21", "credit"),
            ]
        );
        assert_eq!(february["transactions"][1]["id"], payment);
        assert_eq!(february["closing_principal"]["amount"], "10098.16");
        assert_eq!(february["next_due_on"], "2027-02-21");
        assert_eq!(february["next_due"]["interest"]["amount"], "100.98");

        // Taken back, it stands twice, and what followed from it is charged again.
        let reverse = format!("/api/v1/loans/{loan}/payments/{payment}/reverse");
        desk.go_to("2027-02-10").await;
        desk.officer().await.post(&reverse, &json!({ "to_account_id": desk.account })).await.expect(200);
        let after = desk.read(&format!("{loan}/statement?period=2027-02")).await;
        assert_eq!(after["transactions"].as_array().unwrap().len(), 5);
        assert_eq!(after["transactions"][3]["description"], "Payment returned");
        assert_eq!(after["closing_principal"]["amount"], "11053.81");
        assert_eq!(after["past_due"]["fees"]["amount"], "35.00");
        assert_eq!(desk.read(&january).await, before);
        desk.assert_loans().await;
    }
}
