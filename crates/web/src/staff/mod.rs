//! The back office: each finds what their roles and department let them do, and nothing else.

mod admin;
mod aml;
mod approvals;
mod audit;
mod bank_files;
mod cases;
mod cash;
mod consents;
mod customer_form;
mod customers;
mod employees;
mod home;
mod ledger;
mod loans;
mod names;
mod payments;
mod people;
mod risk;
mod screenings;
mod sign_ins;

use axum::Router;
use florin_http::{App, Problem};
use florin_kernel::{Action, Denied, Resource};

use crate::visit::Visit;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(home::routes())
        .merge(customers::routes())
        .merge(customer_form::routes())
        .merge(consents::routes())
        .merge(cash::routes())
        .merge(loans::routes())
        .merge(payments::routes())
        .merge(bank_files::routes())
        .merge(ledger::routes())
        .merge(cases::routes())
        .merge(aml::routes())
        .merge(screenings::routes())
        .merge(risk::routes())
        .merge(approvals::routes())
        .merge(employees::routes())
        .merge(people::routes())
        .merge(sign_ins::routes())
        .merge(audit::routes())
        .merge(admin::routes())
}

/// A desk: where it is, what it is called, what is done there, and what somebody must be permitted to find it.
pub(crate) struct Desk {
    /// Where it is.
    pub(crate) path: &'static str,
    /// What it is called.
    pub(crate) label: &'static str,
    /// What is done there.
    pub(crate) purpose: &'static str,
    action: Action,
    kind: &'static str,
}

const fn desk(
    path: &'static str,
    label: &'static str,
    purpose: &'static str,
    (action, kind): (Action, &'static str),
) -> Desk {
    Desk { path, label, purpose, action, kind }
}

/// All desks, in the order in which they are offered.
const DESKS: &[Desk] = &[
    desk(
        "/staff/customers",
        "Customers",
        "Find somebody, see what they have, take in and pay out cash.",
        (Action::SearchCustomers, "customer"),
    ),
    desk(
        "/staff/loans",
        "Loans",
        "Decide about applications, pay out, take in payments, look after arrears.",
        (Action::SearchLoans, "loan"),
    ),
    desk(
        "/staff/payments",
        "Payments desk",
        "What was paid, what happened to it, giving back, and what nobody can tell.",
        (Action::ReadPayment, "payment"),
    ),
    desk(
        "/staff/cases",
        "Cases",
        "Suspicions of fraud, laundering and sanctions: what speaks for them, and the decision.",
        (Action::ReadCases, "case"),
    ),
    desk(
        "/staff/aml",
        "Laundering",
        "What monitoring found in the books.",
        (Action::ReadAmlAlerts, "aml_alert"),
    ),
    desk(
        "/staff/screenings",
        "Screenings",
        "Whom a list of sanctions may mean.",
        (Action::ReadScreenings, "screening"),
    ),
    desk(
        "/staff/security-events",
        "Security events",
        "What was held and refused, and from where sign-ins fail.",
        (Action::ReadRiskEvents, "risk_event"),
    ),
    desk(
        "/staff/risk",
        "Rules and lists",
        "What guides decisions: rules, lists and models.",
        (Action::ReadRiskRules, "risk_rule"),
    ),
    desk(
        "/staff/ledger",
        "Ledger",
        "The trial balance, and closing of days.",
        (Action::ReadLedger, "ledger"),
    ),
    desk(
        "/staff/approvals",
        "Approvals",
        "What waits for a second person.",
        (Action::ReadApprovals, "approval"),
    ),
    desk(
        "/staff/employees",
        "Employees",
        "Who works here, in which department.",
        (Action::ReadEmployee, "employee"),
    ),
    desk(
        "/staff/people",
        "People and roles",
        "Who can sign in, and what they may do.",
        (Action::ListUsers, "user"),
    ),
    desk(
        "/ops",
        "Operations",
        "How the program does, as it happens, and the alerts about it.",
        (Action::ReadOperations, "operations"),
    ),
    desk(
        "/staff/audit",
        "Audit trail",
        "What was done by whom, and the proof of it.",
        (Action::ReadAudit, "audit"),
    ),
    desk(
        "/staff/admin",
        "Administration",
        "How the installation is set, its keys, its work, and who may do what.",
        (Action::ReadSettings, "setting"),
    ),
];

/// The desks that somebody finds: what the policies permit them, so that a desk and its door never differ.
pub(crate) fn desks_of(visit: &Visit) -> impl Iterator<Item = &'static Desk> {
    DESKS.iter().filter(|desk| may(visit, desk.action, desk.kind))
}

/// Whether somebody may do something to things of this kind at large. What is decided about one of them is decided when it
/// is done.
pub(crate) fn may(visit: &Visit, action: Action, kind: &'static str) -> bool {
    matches!(visit.actor.permit(action, Resource::kind(kind)), Ok(_) | Err(Denied::StepUpRequired))
}

/// What was found, or nothing where it is not theirs to see: for a part of a page that others have and they do not.
fn where_permitted<T>(found: Result<T, Problem>) -> Result<Option<T>, Problem> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(problem) if problem.code() == "forbidden" => Ok(None),
        Err(problem) => Err(problem),
    }
}
