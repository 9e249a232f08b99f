//! Loans: applied for, granted by two officers, paid out, paid back, and put right when something comes late.

use florin_kernel::Role;
use florin_testkit::{Answer, Call, Client, TestApp, on_both_engines};
use serde_json::{Value, json};

const DAY: i64 = 86_400;

pub(super) fn application() -> Value {
    json!({
        "customer_name": "Ada Example", "loan_amount": "12000", "ssn": "123-45-6789", "email": "ada@example.org",
        "phone": "+14155550123", "term_months": 12, "annual_income": "90000", "employment_months": 60,
    })
}

/// A customer with an account in dollars, and somebody of the loan desk.
pub(super) struct Desk<'a> {
    pub(super) app: &'a TestApp,
    pub(super) customer: Client,
    pub(super) account: String,
    officer: Client,
}

impl<'a> Desk<'a> {
    pub(super) async fn new(app: &'a TestApp) -> Self {
        let customer = app.customer().await;
        let account = customer.open_account("USD").await;
        app.teller().await.deposit(&account, "20000.00", "USD", "salary").await.expect(201);
        Self { app, customer, account, officer: app.staff(Role::LoanOfficer).await }
    }

    /// The customer, signed in now: an access token lasts a quarter of an hour.
    pub(super) async fn customer(&self) -> Client {
        self.app.stranger().login(&self.customer.email).await
    }

    pub(super) async fn officer(&self) -> Client {
        self.app.stranger().login(&self.officer.email).await
    }

    /// A loan of 12,000 dollars in twelve instalments, paid out today.
    pub(super) async fn loan(&self) -> String {
        let customer = self.customer().await;
        let applied = customer.post("/api/v1/loans/apply", &application()).await.expect(201).text("/id");
        let terms = json!({ "application_id": applied, "terms": { "annual_rate": "12" } });
        self.officer().await.post("/api/v1/loans/approve", &terms).await.expect(200);
        let second = self.app.staff(Role::LoanOfficer).await;
        let body = json!({ "application_id": applied });
        let loan = second.post("/api/loans/approve", &body).await.expect(200).text("/loan_id");
        customer.post(&format!("/api/v1/loans/{loan}/accept"), &json!({})).await.expect(200);
        let body = json!({ "account_id": self.account });
        self.keyed(&format!("/api/v1/loans/{loan}/disburse"), &format!("pay out {loan}"), &body)
            .await
            .expect(200);
        loan
    }

    pub(super) async fn keyed(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.officer().await.send(&Call::post(path).key(&key.replace(' ', "-")).json(body)).await
    }

    pub(super) async fn take_in(&self, loan: &str, key: &str, amount: &str, date: Option<&str>) -> Answer {
        let body = json!({ "from_account_id": self.account, "amount": amount, "date": date });
        self.keyed(&format!("/api/v1/loans/{loan}/payments"), key, &body).await
    }

    pub(super) async fn read(&self, path: &str) -> Value {
        self.customer().await.get(&format!("/api/v1/loans/{path}")).await.expect(200).json()
    }

    /// The books of the ledger and those of the loans agree.
    pub(super) async fn assert_loans(&self) {
        let report = self.app.services.loans.verify().await.unwrap();
        assert_eq!(report.problems, [""; 0]);
        // As a command sees them that runs beside the program.
        let books = florin_app::verify_books(&self.app.services.db).await.unwrap();
        assert_eq!((books.loans, books.problems), (report.loans, Vec::new()));
    }

    pub(super) fn days(&self, days: i64) {
        self.app.clock.advance_seconds(days * DAY);
    }
}

/// The actor behind a client's token.
async fn actor_of(app: &TestApp, client: &Client) -> florin_kernel::Actor {
    let token = client.token.as_deref().unwrap();
    app.services.identity.authenticate(token, florin_kernel::Origin::default()).await.unwrap()
}

/// No terms of one's own.
fn as_asked_for<T: Default>() -> T {
    T::default()
}

on_both_engines! {
    async fn a_loan_is_applied_for_granted_by_two_paid_out_and_paid_back(app: &TestApp) {
        let desk = Desk::new(app).await;
        let applied = desk.customer.post("/api/v1/loans/apply", &application()).await.expect(201).json();
        let id = applied["id"].as_str().unwrap();
        assert_eq!(applied["ssn"], "***-**-6789");
        assert_eq!(applied.get("score"), None, "an applicant is not told how they are judged");
        let seen = desk.officer.get(&format!("/api/v1/loans/applications/{id}")).await.expect(200).json();
        assert_eq!(seen["checks"][1]["outcome"], "pass");

        let body = json!({ "application_id": id, "terms": { "annual_rate": "12" } });
        let first = desk.officer.post("/api/v1/loans/approve", &body).await.expect(200).json();
        assert_eq!((&first["status"], &first["loan_id"]), (&json!("submitted"), &json!(null)));
        desk.officer.post("/api/v1/loans/approve", &body).await.problem(409, "conflict");
        desk.customer.post("/api/v1/loans/approve", &body).await.problem(403, "forbidden");
        let second = app.staff(Role::LoanOfficer).await;
        let granted = second.post("/api/v1/loans/approve", &body).await.expect(200).json();
        let loan = granted["loan_id"].as_str().unwrap().to_owned();

        let disclosed = desk.read(&format!("{loan}/disclosure")).await;
        assert_eq!(disclosed["paid_out"]["amount"], "11760.00", "2 % are charged at the beginning");
        assert_eq!(disclosed["payment"]["amount"], "1066.19");
        let to = json!({ "account_id": desk.account });
        let early = desk.keyed(&format!("/api/v1/loans/{loan}/disburse"), "early", &to).await;
        early.problem(409, "conflict");
        desk.customer.post(&format!("/api/v1/loans/{loan}/accept"), &json!({})).await.expect(200);
        let paid_out = desk.keyed(&format!("/api/v1/loans/{loan}/disburse"), "once", &to).await.expect(200);
        assert_eq!(paid_out.text("/status"), "active");
        assert!(desk.keyed(&format!("/api/v1/loans/{loan}/disburse"), "once", &to).await.is_replayed());
        desk.keyed(&format!("/api/v1/loans/{loan}/disburse"), "twice", &to).await.problem(409, "conflict");
        assert_eq!(desk.customer.balance(&desk.account).await, "31760.00");

        // Receivables are no accounts of the customer's.
        let accounts = desk.customer.get("/api/v1/accounts").await.expect(200).json();
        assert_eq!(accounts["data"].as_array().unwrap().len(), 1);
        let stranger = app.customer().await;
        stranger.get(&format!("/api/v1/loans/{loan}")).await.problem(404, "not_found");
        desk.assert_loans().await;
    }

    /// What officers see before they agree is what is offered once they did; what waits is shown in its order.
    async fn what_would_be_offered_is_what_is_offered(app: &TestApp) {
        let desk = Desk::new(app).await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            let applied = desk.customer.post("/api/v1/loans/apply", &application()).await.expect(201);
            ids.push(applied.text("/id"));
        }
        let loans = &app.services.loans;
        let officer = actor_of(app, &desk.officer).await;
        let page = |cursor| florin_kernel::PageRequest::try_new(Some(2), cursor).unwrap();
        let first = loans.waiting(&officer, &page(None)).await.unwrap();
        let rest = loans.waiting(&officer, &page(first.next_cursor.clone())).await.unwrap();
        let seen = first.rows.iter().chain(&rest.rows).map(|one| one.id.to_string());
        assert_eq!(seen.collect::<Vec<_>>(), ids, "the oldest first");

        // At the list rate while nobody agreed to another.
        let id = ids[0].parse().unwrap();
        let listed = loans.prospect(&officer, id, as_asked_for()).await.unwrap();
        let body = json!({ "application_id": ids[0], "terms": { "annual_rate": "12" } });
        desk.officer.post("/api/v1/loans/approve", &body).await.expect(200);
        let agreed = loans.prospect(&officer, id, as_asked_for()).await.unwrap();
        assert_eq!(agreed.papers.as_ref().unwrap().annual_rate.to_string(), "12");
        assert_ne!(agreed.papers, listed.papers, "what the first officer agreed to counts");

        let second = app.staff(Role::LoanOfficer).await;
        let body = json!({ "application_id": ids[0] });
        let loan = second.post("/api/v1/loans/approve", &body).await.expect(200).text("/loan_id");
        let loan = loans.loan(&officer, loan.parse().unwrap()).await.unwrap();
        assert_eq!(loan.papers, agreed.papers);
        assert_eq!(loans.waiting(&officer, &page(None)).await.unwrap().rows.len(), 2);

        let customer = actor_of(app, &desk.customer).await;
        assert!(loans.waiting(&customer, &page(None)).await.is_err());
        assert!(loans.prospect(&customer, id, as_asked_for()).await.is_err());
    }

    async fn a_year_with_a_late_and_a_back_dated_payment_ends_with_nothing_owed(app: &TestApp) {
        let desk = Desk::new(app).await;
        let loan = desk.loan().await;
        // Due on the 21st of each month, beginning in December.
        desk.days(30);
        desk.take_in(&loan, "december", "1066.19", None).await.expect(201);
        desk.days(31 + 15);
        app.run_jobs().await;
        let late = desk.read(&loan).await;
        assert_eq!(late["days_past_due"], 15);
        assert_eq!(late["owed"]["penalties"]["amount"], "35.00", "five per cent, 35 dollars at most");

        // It had been paid in time, and came late: the late charge goes as if it had never been made.
        let taken = desk.take_in(&loan, "january", "1066.19", Some("2027-01-21")).await.expect(201).json();
        assert_eq!(taken["allocation"]["penalties"]["amount"], "0.00");
        let put_right = desk.read(&loan).await;
        assert_eq!(put_right["days_past_due"], 0);
        assert_eq!(put_right["owed"]["penalties"]["amount"], "0.00");
        desk.assert_loans().await;

        // The next one is late in earnest.
        desk.days(16 + 20);
        let paid = desk.take_in(&loan, "february", "1101.19", None).await.expect(201).json();
        assert_eq!(paid["allocation"]["penalties"]["amount"], "35.00");
        for month in ["march", "april", "may", "june", "july", "august", "september", "october"] {
            desk.days(30);
            desk.take_in(&loan, month, "1066.19", None).await.expect(201);
            desk.assert_loans().await;
        }
        let events = desk.read(&format!("{loan}/payments")).await;
        assert_eq!(events["data"].as_array().unwrap().len(), 11);
        let schedule = desk.read(&format!("{loan}/schedule")).await;
        assert_eq!(schedule["original"].as_array().unwrap().len(), 12);

        let payoff = desk.read(&format!("{loan}/payoff")).await;
        let total = payoff["total"]["amount"].as_str().unwrap().to_owned();
        let last = desk.take_in(&loan, "the rest", &total, None).await.expect(201).json();
        assert_eq!((&last["status"], &last["balance"]["amount"]), (&json!("paid_off"), &json!("0.00")));
        desk.take_in(&loan, "too much", "1.00", None).await.problem(409, "conflict");
        desk.assert_loans().await;
    }

    async fn what_two_must_agree_on_waits_for_the_second(app: &TestApp) {
        let desk = Desk::new(app).await;
        let loan = desk.loan().await;
        desk.days(60);
        let officer = desk.officer().await;
        let asked = officer
            .post(&format!("/api/v1/loans/{loan}/reschedule"), &json!({ "instalments": 24, "first_due_date": "2027-02-28", "capitalize": true }))
            .await
            .expect(202)
            .text("/approval_id");
        let before = desk.read(&loan).await;
        let approve = format!("/api/v1/approvals/{asked}/approve");
        officer.post(&approve, &json!({})).await.problem(403, "forbidden");
        let manager = app.manager().await;
        manager.post(&approve, &json!({})).await.expect(200);
        let after = desk.read(&loan).await;
        assert_eq!(before["balance"], after["balance"], "nothing is owed more, or less");
        assert_eq!(after["days_past_due"], 0);
        assert_eq!(after["next_due_date"], "2027-02-28");
        desk.assert_loans().await;

        let gone = officer.post(&format!("/api/v1/loans/{loan}/write-off"), &json!({})).await.expect(202);
        let approve = format!("/api/v1/approvals/{}/approve", gone.text("/approval_id"));
        manager.post(&approve, &json!({})).await.expect(200);
        assert_eq!(desk.read(&loan).await["status"], "written_off");
        // What is paid on the very day counts before it.
        desk.days(1);
        let recovered = desk.take_in(&loan, "after all", "500.00", None).await.expect(201).json();
        assert_eq!(recovered["allocation"]["recovered"]["amount"], "500.00");
        let again = desk.officer().await;
        again.post(&format!("/api/v1/loans/{loan}/write-off"), &json!({})).await.problem(409, "conflict");
        desk.assert_loans().await;
    }

    async fn staff_charge_forgive_put_off_and_take_back(app: &TestApp) {
        let desk = Desk::new(app).await;
        let loan = desk.loan().await;
        let path = |what: &str| format!("/api/v1/loans/{loan}/{what}");
        let fee = json!({ "amount": "25.00", "note": "a copy of the contract" });
        let charged = desk.keyed(&path("fees"), "fee", &fee).await.expect(200).json();
        assert_eq!(charged["owed"]["fees"]["amount"], "25.00");
        assert!(desk.keyed(&path("fees"), "fee", &fee).await.is_replayed());
        let waive = json!({ "component": "fees", "amount": "10.00" });
        let waived = desk.keyed(&path("waive"), "waive", &waive).await.expect(200).json();
        assert_eq!(waived["owed"]["fees"]["amount"], "15.00");
        let nothing = json!({ "component": "escrow", "amount": "10.00" });
        desk.keyed(&path("waive"), "nothing", &nothing).await.problem(409, "conflict");
        desk.keyed(&path("re-age"), "not yet", &json!({})).await.problem(409, "conflict");

        desk.days(45);
        let put_off = desk.keyed(&path("re-age"), "re-age", &json!({})).await.expect(200).json();
        assert_eq!(put_off["days_past_due"], 0);
        let paid = desk.take_in(&loan, "all of it", "13000.00", None).await.expect(201).json();
        assert_eq!(paid["status"], "paid_off");
        let held = paid["allocation"]["held"]["amount"].as_str().unwrap().to_owned();
        let before = desk.customer().await.balance(&desk.account).await;
        let back = json!({ "account_id": desk.account });
        desk.keyed(&path("refund"), "refund", &back).await.expect(200);
        desk.keyed(&path("refund"), "again", &back).await.problem(409, "conflict");
        assert_ne!(desk.customer().await.balance(&desk.account).await, before, "{held} came back");
        desk.assert_loans().await;

        let another = desk.loan().await;
        let payment = desk.take_in(&another, "a mistake", "700.00", None).await.expect(201).text("/id");
        let reverse = format!("/api/v1/loans/{another}/payments/{payment}/reverse");
        let to = json!({ "to_account_id": desk.account, "note": "of somebody else" });
        let officer = desk.officer().await;
        let reversed = officer.post(&reverse, &to).await.expect(200).json();
        assert_eq!(reversed["balance"]["amount"], "12000.00");
        officer.post(&reverse, &to).await.problem(409, "conflict");
        officer.post(&format!("/api/v1/loans/{loan}/payments/{payment}/reverse"), &to).await.problem(404, "not_found");
        desk.assert_loans().await;
    }

    async fn loans_of_other_lenders_are_followed_and_found_and_shown_masked(app: &TestApp) {
        let ada = app.customer().await;
        let mortgage = json!({
            "loan_amount": 250_000, "annual_rate": 6.5, "term_months": 360, "lender": "Old Bank",
            "account_number": "9876 5432 1098",
        });
        let loan = ada.post("/api/v1/mortgage/loans", &mortgage).await.expect(201).json();
        assert_eq!((&loan["origin"], &loan["account_number"]), (&json!("external"), &json!("****1098")));
        assert_eq!(loan["payment"]["amount"], "1580.17");
        let card = json!({ "credit_limit": "5000", "annual_rate": "21.99", "balance": "1200.50", "currency": "CAD" });
        let card = ada.post("/api/v1/credit-card/loans", &card).await.expect(201).json();
        assert_eq!(card["balance"], json!({ "amount": "1200.50", "currency": "CAD" }));

        let list = ada.get("/api/v1/mortgage/loans").await.expect(200).json();
        assert_eq!(list["data"].as_array().unwrap().len(), 1);
        assert_eq!(ada.get("/api/v1/auto/loans").await.expect(200).json()["data"], json!([]));
        ada.get("/api/v1/payday/loans").await.problem(404, "not_found");
        ada.post("/api/v1/credit-card/loans", &mortgage).await.problem(422, "validation_failed");
        ada.post("/api/v1/loans/search", &json!({ "search_term": "987654321098" })).await.problem(403, "forbidden");
        let officer = app.staff(Role::LoanOfficer).await;
        let found = officer.post("/api/loans/search", &json!({ "search_term": "987654321098" })).await.expect(200);
        assert_eq!(found.text("/loans/0/id"), loan["id"].as_str().unwrap());
        let whole = officer.get(&format!("/api/v1/loans/{}", loan["id"].as_str().unwrap())).await.expect(200);
        assert!(!String::from_utf8_lossy(&whole.body).contains("9876"));
        assert_eq!(app.count("SELECT COUNT(*) FROM ledger_transfer").await, 0, "they are in no books of ours");
    }

    async fn what_cannot_be_applied_for_is_refused_by_its_field(app: &TestApp) {
        let ada = app.customer().await;
        let cases = [
            ("customer_name", json!("A"), "customer_name"),
            ("customer_name", json!("A".repeat(101)), "customer_name"),
            ("loan_amount", json!("999.99"), "loan_amount"),
            ("loan_amount", json!("1000000.01"), "loan_amount"),
            ("ssn", json!("000-12-3456"), "ssn"),
            ("ssn", json!("123456"), "ssn"),
            ("email", json!("nobody"), "email"),
            ("phone", json!("555"), "phone"),
            ("kind", json!("payday"), "kind"),
            ("kind", json!("payday"), "kind"),
            ("term_months", json!(0), "term_months"),
            ("term_months", json!(601), "term_months"),
            ("employment_months", json!(1000), "employment_months"),
            ("annual_income", json!({ "amount": "1.00", "currency": "EUR" }), "annual_income"),
            ("currency", json!("EUR"), "currency"),
            ("sin", json!("046454286"), "sin"),
            ("more", json!(1), "more"),
        ];
        for (field, value, named) in cases {
            let mut body = application();
            body[field] = value;
            let problem = ada.post("/api/v1/loans/apply", &body).await.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["field"], named, "{body}: {problem}");
            assert!(!problem.to_string().contains("000-12-3456"), "a refusal does not quote");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM lending_application").await, 0);
        let kept = ada.post("/api/v1/loans/apply", &application()).await.expect(201);
        let rejecting = app.staff(Role::LoanOfficer).await;
        let body = json!({ "application_id": kept.text("/id"), "reasons": ["insufficient_collateral"] });
        let rejected = rejecting.post("/api/v1/loans/reject", &body).await.expect(200).json();
        assert_eq!(rejected["notice"]["reasons"][0]["text"], "Value or type of collateral not sufficient");
        let plain = app.count("SELECT COUNT(*) FROM lending_application WHERE tax_id LIKE '%123456789%' OR email LIKE '%ada%'").await;
        assert_eq!(plain, 0, "what is personal is sealed");
    }
}
