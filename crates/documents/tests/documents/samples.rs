//! One document of each kind, of people and figures that are invented.

use florin_documents::{
    AccountKind, AccountStatement, AdverseAction, Basis, CardStatement, CardTransaction, Comparisons,
    CostOfBorrowing, Creditor, Direction, Document, Entry, Fee, Instalment, Institution, Itemised,
    LendingDisclosure, LoanEstimate, LoanStatement, LoanTransaction, MinimumOnly, MinimumWarning, Parts,
    Party, PaymentReceipt, PaymentStream, PayoffLetter, Percent, Period, ProjectedPayment, ReportingAgency,
    ScheduleDocument, ScoreDisclosure, SectionOfCosts, ThirtySixMonths,
};
use florin_kernel::{Amount, Currency, Date, Money};

pub fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

pub fn on(year: i16, month: i8, day: i8) -> Date {
    Date::constant(year, month, day)
}

pub fn bank() -> Institution {
    Institution {
        name: "Florin Bank".into(),
        address: vec!["100 Market Street".into(), "San Francisco, CA 94105".into(), "florin.example".into()],
        bank_id: "121000358".into(),
    }
}

pub fn person() -> Party {
    Party {
        name: "Ada M. Brightwell".into(),
        address: vec!["48 Juniper Lane".into(), "Portland, OR 97201".into()],
    }
}

const WHAT: [(&str, Option<&str>, i64); 9] = [
    ("Salary September", Some("Northwind Instruments Inc."), 482_310),
    ("Rent", Some("Hawthorne Property Management LLC"), -185_000),
    ("Groceries", Some("Alder & Finch Market"), -8_412),
    ("Transfer to savings", Some("Account ****0118"), -50_000),
    ("Cash deposit", None, 12_000),
    (
        "Electricity, account 88-2031-7, service period August 14 to September 12",
        Some("Cascade Power"),
        -9_655,
    ),
    ("Refund of order 10-99312", Some("Papier & Söhne"), 2_399),
    ("Coffee", None, -475),
    ("Monthly pass", Some("TriCounty Transit"), -10_000),
];

/// A statement of so many entries over thirty days.
pub fn account(entries: usize) -> AccountStatement {
    let opening = usd(154_020);
    let mut balance = opening;
    let mut all = Vec::new();
    for index in 0..entries {
        let (description, counterparty, minor) = WHAT[index % WHAT.len()];
        balance = balance.plus(usd(minor)).unwrap();
        let day = i8::try_from(1 + index * 30 / entries.max(1)).unwrap();
        all.push(Entry {
            id: format!("019a0000-0000-7000-8000-{index:012x}"),
            booked_on: on(2026, 9, day),
            value_on: on(2026, 9, if index % 7 == 6 { 1 } else { day }),
            description: description.into(),
            counterparty: counterparty.map(Into::into),
            direction: if minor > 0 { Direction::Credit } else { Direction::Debit },
            amount: Amount::new(usd(minor.abs())).unwrap(),
            balance,
        });
    }
    AccountStatement {
        institution: bank(),
        holder: person(),
        number: "****0042".into(),
        account_key: "019a4c1e5b7d70018f3ea0b1c2d3e4f5".into(),
        kind: AccountKind::Checking,
        period: Period::new(on(2026, 9, 1), on(2026, 9, 30)).unwrap(),
        basis: Basis::Booking,
        drawn_at: "2026-10-01T06:30:00Z".parse().unwrap(),
        opening,
        closing: balance,
        entries: all,
    }
}

pub fn parts(fees: i64, interest: i64, escrow: i64, principal: i64) -> Parts {
    Parts { fees: usd(fees), interest: usd(interest), escrow: usd(escrow), principal: usd(principal) }
}

pub fn loan() -> LoanStatement {
    let transaction = |id: &str, day, what: &str, direction, parts| LoanTransaction {
        id: id.into(),
        on: on(2026, 9, day),
        description: what.into(),
        direction,
        parts,
    };
    LoanStatement {
        institution: bank(),
        borrower: person(),
        number: "****7731".into(),
        product: "Mortgage".into(),
        period: Period::new(on(2026, 9, 1), on(2026, 9, 30)).unwrap(),
        issued_on: on(2026, 10, 1),
        annual_rate: Percent::thousandths(6_500),
        matures_on: on(2054, 1, 1),
        opening_principal: usd(19_481_712),
        closing_principal: usd(19_460_804),
        escrow_balance: usd(184_000),
        due: parts(0, 105_526, 32_000, 20_888),
        paid: parts(5_000, 105_526, 32_000, 20_908),
        past_due: parts(0, 0, 0, 0),
        next_due: parts(0, 105_413, 32_000, 21_001),
        next_due_on: Some(on(2026, 10, 1)),
        late_charge:
            "If we have not received your payment by October 16, 2026, a late charge of $50.00 is added."
                .into(),
        interest_this_year: usd(951_244),
        transactions: vec![
            transaction("p-1", 3, "Payment", Direction::Credit, parts(0, 105_526, 32_000, 20_888)),
            transaction("f-1", 16, "Late charge of August", Direction::Debit, parts(5_000, 0, 0, 0)),
            transaction("p-2", 20, "Payment", Direction::Credit, parts(5_000, 0, 0, 20)),
        ],
    }
}

pub fn card() -> CardStatement {
    let line = |id: &str, day, what: &str, direction, minor| CardTransaction {
        id: id.into(),
        on: on(2026, 9, day),
        booked_on: on(2026, 9, day + 1),
        description: what.into(),
        direction,
        amount: Amount::new(usd(minor)).unwrap(),
    };
    CardStatement {
        institution: bank(),
        holder: person(),
        number: "**** **** **** 4417".into(),
        period: Period::new(on(2026, 9, 1), on(2026, 9, 30)).unwrap(),
        issued_on: on(2026, 10, 1),
        previous_balance: usd(53_507),
        payments: usd(25_000),
        returned: usd(0),
        purchases: usd(51_020),
        cash_advances: usd(10_000),
        fees: usd(500),
        interest: usd(873),
        new_balance: usd(90_900),
        credit_limit: usd(500_000),
        minimum_payment: usd(2_500),
        due_on: on(2026, 10, 25),
        late_fee: Some(usd(3_000)),
        transactions: vec![
            line("t-1", 2, "Alder & Finch Market, Portland OR", Direction::Debit, 21_020),
            line("t-2", 5, "Payment, thank you", Direction::Credit, 25_000),
            line("t-3", 11, "Cash advance, ATM 0091", Direction::Debit, 10_000),
            line("t-4", 11, "Cash advance fee", Direction::Debit, 500),
            line("t-5", 19, "Cascade Air, ticket 016-2291", Direction::Debit, 30_000),
            line("t-6", 29, "Interest charge", Direction::Debit, 873),
        ],
        charges: vec![
            Fee {
                kind: "Purchases".into(),
                apr: Percent::thousandths(19_990),
                balance: usd(40_120),
                interest: usd(659),
            },
            Fee {
                kind: "Cash advances".into(),
                apr: Percent::thousandths(25_990),
                balance: usd(10_020),
                interest: usd(214),
            },
        ],
        fees_this_year: usd(500),
        interest_this_year: usd(4_412),
        warning: Some(MinimumWarning {
            minimum_only: Some(MinimumOnly { months: 86, total: usd(170_436) }),
            thirty_six: Some(ThirtySixMonths {
                payment: usd(3_565),
                total: usd(128_340),
                savings: usd(42_096),
            }),
            counselling_phone: "1-800-555-0136".into(),
        }),
    }
}

/// 10,000 at 8 % over 36 months: 35 times 313.36 and once 313.53 (12 CFR 1026, appendix J, as reckoned by hand).
pub fn instalments() -> Vec<Instalment> {
    let mut balance = 1_000_000;
    let mut all = Vec::new();
    let mut due_on = on(2026, 11, 1);
    for number in 1..=36_u16 {
        let interest = (balance * 8 * 2 + 1_200) / 2_400;
        let payment = if number == 36 { balance + interest } else { 31_336 };
        balance -= payment - interest;
        let (payment, interest, principal) = (usd(payment), usd(interest), usd(payment - interest));
        all.push(Instalment { number, due_on, payment, interest, principal, balance: usd(balance) });
        due_on = due_on.checked_add(jiff::Span::new().months(1)).unwrap();
    }
    all
}

pub fn schedule() -> ScheduleDocument {
    ScheduleDocument {
        institution: bank(),
        borrower: person(),
        reference: "****7731".into(),
        product: "Personal loan".into(),
        issued_on: on(2026, 10, 1),
        principal: usd(1_000_000),
        annual_rate: Percent::thousandths(8_000),
        instalments: instalments(),
    }
}

fn item(label: &str, minor: i64) -> Itemised {
    Itemised { label: label.into(), amount: usd(minor) }
}

pub fn disclosure() -> LendingDisclosure {
    let stream = |count, minor, first_due_on| PaymentStream {
        count,
        amount: usd(minor),
        first_due_on,
        frequency: "monthly".into(),
    };
    LendingDisclosure {
        institution: bank(),
        borrower: person(),
        reference: "Q-2026-10-01".into(),
        product: "Personal loan".into(),
        issued_on: on(2026, 10, 1),
        is_quote: true,
        annual_rate: Percent::thousandths(8_000),
        apr: Percent::thousandths(9_380),
        finance_charge: usd(148_113),
        amount_financed: usd(980_000),
        total_of_payments: usd(1_128_113),
        itemised: vec![item("Amount paid to you directly", 980_000)],
        prepaid: vec![item("Origination fee", 20_000)],
        payments: vec![stream(35, 31_336, on(2026, 11, 1)), stream(1, 31_353, on(2029, 10, 1))],
        late_charge: "If a payment is more than 15 days late, you will be charged 5 % of the payment.".into(),
        prepayment: "If you pay off early, you will not have to pay a penalty.".into(),
        security: String::new(),
        cost_of_borrowing: None,
        schedule: instalments(),
    }
}

pub fn canadian_disclosure() -> LendingDisclosure {
    let cad = |money: Money| Money::new(money.minor(), Currency::CAD);
    let mut it = disclosure();
    for money in [&mut it.finance_charge, &mut it.amount_financed, &mut it.total_of_payments] {
        *money = cad(*money);
    }
    it.itemised.iter_mut().chain(&mut it.prepaid).for_each(|part| part.amount = cad(part.amount));
    it.payments.iter_mut().for_each(|stream| stream.amount = cad(stream.amount));
    for one in &mut it.schedule {
        for money in [&mut one.payment, &mut one.interest, &mut one.principal, &mut one.balance] {
            *money = cad(*money);
        }
    }
    it.cost_of_borrowing = Some(CostOfBorrowing {
        apr: Percent::thousandths(9_380),
        cost: Money::new(148_113, Currency::CAD),
        term: "3 years".into(),
        amortization: "3 years".into(),
        compounding: "compounded monthly, not in advance".into(),
    });
    it
}

pub fn estimate() -> LoanEstimate {
    let projected = |years: &str, insurance| ProjectedPayment {
        years: years.into(),
        principal_and_interest: usd(76_178),
        mortgage_insurance: usd(insurance),
        escrow: usd(20_600),
    };
    let section =
        |title: &str, is_loan_cost, items| SectionOfCosts { title: title.into(), is_loan_cost, items };
    LoanEstimate {
        institution: bank(),
        applicant: person(),
        reference: "123456789".into(),
        issued_on: on(2026, 10, 1),
        property: "456 Somewhere Avenue, Anytown, OR 97000".into(),
        sale_price: Some(usd(18_000_000)),
        term: "30 years".into(),
        purpose: "Purchase".into(),
        product: "Fixed rate".into(),
        loan_type: "Conventional".into(),
        rate_locked_until: Some(on(2026, 12, 1)),
        loan_amount: usd(16_200_000),
        interest_rate: Percent::thousandths(3_875),
        principal_and_interest: usd(76_178),
        prepayment_penalty: "as high as $3,240 if you pay off the loan during the first 2 years".into(),
        balloon: None,
        projected: vec![projected("Years 1–7", 8_200), projected("Years 8–30", 0)],
        taxes_and_insurance: usd(20_600),
        costs: vec![
            section("A. Origination charges", true, vec![item("0.25 % of loan amount (points)", 40_500), item("Application fee", 30_000), item("Underwriting fee", 109_700)]),
            section("B. Services you cannot shop for", true, vec![item("Appraisal fee", 40_500), item("Credit report fee", 3_000), item("Flood determination fee", 2_000)]),
            section("C. Services you can shop for", true, vec![item("Pest inspection fee", 13_500), item("Title – settlement agent fee", 50_200), item("Title – lender's title policy", 53_500)]),
            section("E. Taxes and other government fees", false, vec![item("Recording fees and other taxes", 8_500)]),
            section("F. Prepaids", false, vec![item("Homeowner's insurance premium (6 months)", 60_500), item("Prepaid interest ($17.44 per day for 15 days)", 26_200)]),
        ],
        lender_credits: usd(0),
        financed_costs: usd(0),
        down_payment: usd(1_800_000),
        deposit: usd(1_000_000),
        funds_for_borrower: usd(0),
        seller_credits: usd(0),
        adjustments: usd(0),
        cash_to_close: usd(1_238_100),
        comparisons: Comparisons {
            five_years_total: usd(5_658_200),
            five_years_principal: usd(1_577_300),
            apr: Percent::thousandths(4_274),
            total_interest: Percent::thousandths(69_450),
        },
        is_assumable: false,
        late_payment: "If your payment is more than 15 days late, we will charge a late fee of 5 % of the monthly principal and interest payment.".into(),
        keeps_servicing: true,
    }
}

pub fn adverse() -> AdverseAction {
    AdverseAction {
        institution: bank(),
        applicant: person(),
        reference: "A-1009".into(),
        issued_on: on(2026, 10, 1),
        applied_on: on(2026, 9, 18),
        applied_for: "a personal loan of $20,000.00".into(),
        reasons: vec![
            "Income insufficient for amount of credit requested".into(),
            "Excessive obligations in relation to income".into(),
            "Length of employment".into(),
        ],
        creditor: Creditor {
            contact: "(415) 555-0100, 100 Market Street, San Francisco, CA 94105".into(),
            supervisor: "the Bureau of Consumer Financial Protection, 1700 G Street NW, Washington, DC 20006"
                .into(),
        },
        agency: Some(ReportingAgency {
            name: "Meridian Credit Bureau".into(),
            address: vec!["P.O. Box 1000".into(), "Springfield, IL 62701".into()],
            phone: "1-800-555-0199".into(),
        }),
        score: Some(ScoreDisclosure {
            score: 612,
            lowest: 300,
            highest: 850,
            made_on: on(2026, 9, 19),
            source: "Meridian Credit Bureau".into(),
            factors: vec![
                "Proportion of balances to credit limits is too high".into(),
                "Too many accounts with balances".into(),
            ],
        }),
    }
}

pub fn receipt() -> PaymentReceipt {
    PaymentReceipt {
        institution: bank(),
        payer: person(),
        reference: "019a4c1e-5b7d-7001-8f3e-a0b1c2d3e4f5".into(),
        kind: "Loan payment".into(),
        payee: "Personal loan ****7731".into(),
        paid_from: "Checking ****0042".into(),
        description: "October".into(),
        amount: Amount::new(usd(31_336)).unwrap(),
        fee: usd(0),
        paid_on: on(2026, 10, 1),
        booked_at: "2026-10-01T06:30:00Z".parse().unwrap(),
        status: "Completed".into(),
        allocation: Some(parts(0, 6_667, 0, 24_669)),
        remaining: Some(("Remaining principal".into(), usd(975_331))),
    }
}

pub fn payoff() -> PayoffLetter {
    PayoffLetter {
        institution: bank(),
        borrower: person(),
        number: "****7731".into(),
        product: "Personal loan".into(),
        issued_on: on(2026, 10, 1),
        good_through: on(2026, 10, 15),
        annual_rate: Percent::thousandths(12_000),
        owed: parts(3_500, 6_667, 0, 975_331),
        held: usd(1_000),
        total: usd(984_498),
        per_diem: usd(321),
    }
}

/// Each kind once.
pub fn all() -> Vec<Document> {
    vec![
        Document::AccountStatement(Box::new(account(64))),
        Document::LoanStatement(Box::new(loan())),
        Document::CardStatement(Box::new(card())),
        Document::Schedule(Box::new(schedule())),
        Document::LendingDisclosure(Box::new(disclosure())),
        Document::LendingDisclosure(Box::new(canadian_disclosure())),
        Document::LoanEstimate(Box::new(estimate())),
        Document::AdverseAction(Box::new(adverse())),
        Document::PaymentReceipt(Box::new(receipt())),
        Document::PayoffLetter(Box::new(payoff())),
    ]
}
