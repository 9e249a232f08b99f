//! The papers of a loan: what is disclosed with an offer, and the notice of a refusal.

use florin_kernel::Currency;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::contract::InstalmentContract;
use crate::ports::Reason;
use crate::service::Rules;
use crate::{Charge, CostOfBorrowing, Disclosure, Error, Kind, Rate, Schedule};

/// What a borrower is told before the loan: 12 CFR 1026.18, and for loans in Canadian dollars SOR/2021-181. Sums are in
/// minor units of the loan's currency, rates in per cent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Papers {
    /// The day of the terms.
    pub disclosed_on: Date,
    /// The annual percentage rate, with two decimals.
    pub apr: String,
    /// The same in parts per 10¹².
    pub apr_units: u64,
    /// What the credit costs.
    pub finance_charge_minor: i64,
    /// The principal less prepaid finance charges.
    pub amount_financed_minor: i64,
    /// All payments of interest and principal.
    pub total_of_payments_minor: i64,
    /// What the borrower gets.
    pub paid_out_minor: i64,
    /// What the charges are that were taken out of the loan.
    pub charges: Vec<Charge>,
    /// How many payments there are.
    pub payments: u16,
    /// What the regular payment is; of loans whose instalments differ the first.
    pub payment_minor: i64,
    /// What the last payment is.
    pub last_payment_minor: i64,
    /// When the first one is due.
    pub first_due_on: Date,
    /// When the last one is.
    pub matures_on: Option<Date>,
    /// The quoted rate.
    pub annual_rate: Rate,
    /// Whether property secures it.
    pub secured: bool,
    /// The Canadian cost of borrowing, where it is in Canadian dollars.
    pub cost_of_borrowing: Option<CanadianCost>,
}

/// The cost of borrowing by SOR/2021-181, s. 47.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanadianCost {
    /// The rate, with two decimals.
    pub apr: String,
    /// What is paid above what was advanced.
    pub cost_minor: i64,
    /// The term in hundredths of a year.
    pub term_hundredths: u32,
}

impl Papers {
    /// Those of these terms and their schedule.
    ///
    /// # Errors
    /// [`Error::NoApr`].
    pub(crate) fn of(kind: Kind, contract: &InstalmentContract, schedule: &Schedule) -> Result<Self, Error> {
        let InstalmentContract { terms, charges, .. } = contract;
        let disclosure = Disclosure::of(terms, schedule, charges, kind.is_secured_by_real_estate())?;
        let canadian = terms.principal.currency() == Currency::CAD;
        let cost = canadian.then(|| CostOfBorrowing::of_loan(terms, schedule, charges)).transpose()?;
        let payment =
            |instalment: Option<&crate::Instalment>| instalment.map_or(0, crate::Instalment::payment_minor);
        let first = payment(schedule.instalments().first());
        Ok(Self {
            disclosed_on: terms.started_on,
            apr: disclosure.apr.to_string(),
            apr_units: disclosure.apr.units(),
            finance_charge_minor: disclosure.finance_charge.minor(),
            amount_financed_minor: disclosure.amount_financed.minor(),
            total_of_payments_minor: disclosure.total_of_payments.minor(),
            paid_out_minor: disclosure.paid_out.minor(),
            charges: charges.clone(),
            payments: u16::try_from(schedule.instalments().len()).unwrap_or(u16::MAX),
            payment_minor: if schedule.payment_minor() > 0 { schedule.payment_minor() } else { first },
            last_payment_minor: payment(schedule.instalments().last()),
            first_due_on: terms.first_due_on,
            matures_on: schedule.matures_on(),
            annual_rate: terms.annual_rate,
            secured: matches!(kind, Kind::Mortgage | Kind::Auto),
            cost_of_borrowing: cost.map(|cost| CanadianCost {
                apr: cost.apr.to_string(),
                cost_minor: cost.cost_minor,
                term_hundredths: cost.term_hundredths,
            }),
        })
    }
}

/// The notice of a refusal: 12 CFR 1002.9(a)(2) and (b) for loans in US dollars, and the reasons in any case.
pub(crate) fn adverse_action(
    rules: &Rules,
    currency: Currency,
    name: &str,
    on: Date,
    reasons: &[Reason],
) -> Value {
    let told: Vec<Value> =
        reasons.iter().map(|reason| json!({ "code": reason.code(), "text": reason.text() })).collect();
    let mut notice = json!({
        "title": "Notice of action taken and statement of reasons",
        "date": on.to_string(),
        "applicant": name,
        "creditor": { "name": rules.creditor, "address": rules.creditor_address },
        "action": "Thank you for applying to us for credit. We have given your request careful consideration, and regret \
                   that we are unable to grant it at this time.",
        "reasons": told,
        "source": "Our decision was based on your application and on our own experience with you. No information of a \
                   consumer reporting agency was used.",
    });
    if currency == Currency::USD
        && let Some(fields) = notice.as_object_mut()
    {
        fields.insert("agency".to_owned(), agency(rules).into());
        fields.insert("ecoa_notice".to_owned(), ecoa_notice(agency(rules)).into());
    }
    notice
}

/// Who sees to the creditor's compliance.
fn agency(rules: &Rules) -> &str {
    if rules.agency.is_empty() {
        "the Consumer Financial Protection Bureau, 1700 G Street NW, Washington, DC 20552"
    } else {
        &rules.agency
    }
}

/// The text that 12 CFR 1002.9(b)(1) prescribes.
fn ecoa_notice(agency: &str) -> String {
    format!(
        "The Federal Equal Credit Opportunity Act prohibits creditors from discriminating against credit applicants on the \
         basis of race, color, religion, national origin, sex, marital status, age (provided the applicant has the capacity \
         to enter into a binding contract); because all or part of the applicant's income derives from any public \
         assistance program; or because the applicant has in good faith exercised any right under the Consumer Credit \
         Protection Act. The Federal agency that administers compliance with this law concerning this creditor is {agency}."
    )
}
