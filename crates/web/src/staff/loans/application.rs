//! An application, with all that speaks for and against it, and what would be offered.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Path, Problem, Query};
use florin_kernel::{Action, Currency, Money, PageRequest, UserId};
use florin_lending::{
    Application, ApplicationId, ApplicationStatus, Check, Contract, DecisionSeen, ForOfficers, GrantedTerms,
    LoanSeen, Outcome, Papers, Rate, TaxNumber,
};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::super::names::Names;
use super::super::{may, where_permitted};
use super::{decide, kind_name, loans, questions};
use crate::portal::application_state;
use crate::ui::{self, Column, Event, Facts, Field, Table, Tone};
use crate::values::{amount, fault, parsed, sentence, words};
use crate::visit::Visit;

/// How many loans of an applicant are shown.
const LOANS_MAX: u16 = 20;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/staff/loans/applications/{id}", get(show))
}

/// The terms that are thought about; what is left empty is as it was asked for.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Thought {
    #[serde(default)]
    pub(super) amount: String,
    #[serde(default)]
    pub(super) rate: String,
    #[serde(default)]
    pub(super) months: String,
}

impl Thought {
    /// The same, as officers grant them.
    ///
    /// # Errors
    /// A problem with the field that cannot be read.
    pub(super) fn terms(&self, currency: Currency) -> Result<GrantedTerms, Problem> {
        let amount_minor = match self.amount.as_str() {
            "" => None,
            text => Some(amount(text, currency, "amount")?.minor()),
        };
        let annual_rate = match self.rate.as_str() {
            "" => None,
            text => {
                Some(Rate::parse_percent(text).map_err(|error| fault("rate", sentence(&error.to_string())))?)
            }
        };
        let term_months = match self.months.as_str() {
            "" => None,
            text => Some(parsed::<u16>(text, "months", "a number of months")?),
        };
        Ok(GrantedTerms { amount_minor, annual_rate, term_months })
    }
}

/// The faults of a service at the fields of the form.
pub(super) fn at_fields(problem: Problem) -> Problem {
    let faults = problem.errors().to_vec();
    faults.into_iter().fold(problem.without_errors(), |problem, fault| {
        let field = match fault.field.rsplit('.').next().unwrap_or_default() {
            "loan_amount" | "principal" => "amount".to_owned(),
            "annual_rate" => "rate".to_owned(),
            "term_months" | "instalments" => "months".to_owned(),
            other => other.to_owned(),
        };
        problem.field(field, fault.code, fault.message)
    })
}

async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<ApplicationId>,
    Query(thought): Query<Thought>,
) -> Result<Response, Problem> {
    page(&app, &visit, id, (&thought, ""), None).await
}

/// The page of an application, with what was wrong with what was sent.
pub(super) async fn page(
    app: &App,
    visit: &Visit,
    id: ApplicationId,
    (thought, asked): (&Thought, &str),
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let application = app.loans.application(&visit.actor, id).await?;
    let open = application.status == ApplicationStatus::Submitted;
    let (prospect, unusable) =
        if open { prospect(app, visit, &application, thought).await? } else { (None, None) };
    let shown = problem.or(unusable.as_ref());
    let nobody = ForOfficers { score: 0, checks: Vec::new(), decisions: Vec::new() };
    let seen = application.for_officers.as_ref().unwrap_or(&nobody);
    let names = Names::of(app, visit, seen.decisions.iter().map(|one| one.officer).collect()).await;
    let body = html! {
        h1 { (application.customer_name) }
        (ui::errors(shown))
        div.grid.small {
            (ui::stat("Asked for", ui::money(application.amount), Some(&kind_name(application.kind))))
            (ui::stat("Months", application.term_months, None))
            (ui::stat("Score", seen.score, Some("Of 1,000; it advises, people decide")))
            (ui::stat("State", application_state(&application), None))
        }
        div.two {
            div.stack-wide {
                (ui::card("Checks", checks(&seen.checks)))
                @if open { (ui::card("What would be offered", offer(&application, seen, thought, prospect.as_ref(), shown))) }
                (questions::card(app, visit, &application, asked, problem).await?)
                (history(app, visit, &application).await?)
            }
            div.stack-wide {
                (ui::card("Applicant", applicant(app, visit, &application).await?))
                (ui::card("So far", so_far(visit, &application, &seen.decisions, &names)))
            }
        }
        @if open && may(visit, Action::DecideLoan, "loan") {
            (decide::forms(visit, &application, seen, thought, prospect.is_some()))
        }
    };
    Ok(visit.form_page(&application.customer_name, problem, &body))
}

/// The loan that would be offered on these terms, or why there is none.
async fn prospect(
    app: &App,
    visit: &Visit,
    application: &Application,
    thought: &Thought,
) -> Result<(Option<LoanSeen>, Option<Problem>), Problem> {
    let terms = match thought.terms(application.amount.currency()) {
        Ok(terms) => terms,
        Err(problem) => return Ok((None, Some(problem))),
    };
    let found = app.loans.prospect(&visit.actor, application.id, terms).await.map_err(Problem::from);
    match found {
        Ok(loan) => Ok((Some(loan), None)),
        Err(problem) if !problem.errors().is_empty() => Ok((None, Some(at_fields(problem)))),
        Err(problem) => Err(problem),
    }
}

fn checks(checks: &[Check]) -> Markup {
    let columns = [Column::text("Check"), Column::text("Outcome"), Column::text("Measured")];
    let mut table = Table::new("Checks", columns);
    for check in checks {
        let (tone, word) = match check.outcome {
            Outcome::Pass => (Tone::Good, "passes"),
            Outcome::Refer => (Tone::Warn, "have a look"),
            Outcome::Fail => (Tone::Bad, "speaks against"),
        };
        table.row([
            html! { (words(&check.name)) },
            ui::badge(tone, word),
            html! {
                (sentence(&check.detail))
                @if let Some(reason) = check.reason { br; span.muted { (reason.text()) } }
            },
        ]);
    }
    html! { (table) }
}

fn offer(
    application: &Application,
    seen: &ForOfficers,
    thought: &Thought,
    prospect: Option<&LoanSeen>,
    problem: Option<&Problem>,
) -> Markup {
    let agreed = seen.decisions.iter().any(|one| one.approved);
    html! {
        @if let Some(loan) = prospect { (figures(loan)) }
        @if agreed {
            p.muted { "These are the terms that the first officer agreed to." }
        } @else {
            form.stack method="get" action={ "/staff/loans/applications/" (application.id) } data-swap {
                p.hint { "Other terms can be tried. What is left empty is as it was asked for, at the list rate." }
                div.row {
                    (Field::amount("amount", "Amount").value(&thought.amount).filter().faults(problem))
                    (Field::amount("rate", "Rate in % a year").value(&thought.rate).filter().faults(problem))
                    (Field::amount("months", "Months").value(&thought.months).filter().faults(problem))
                    button type="submit" { "Show the figures" }
                }
            }
        }
    }
}

/// What a loan costs, by what is disclosed of it.
pub(super) fn figures(loan: &LoanSeen) -> Markup {
    match (&loan.contract, &loan.papers) {
        (Contract::Card(card), _) => {
            let limit = Money::new(card.terms.limit_minor, loan.currency);
            let facts = Facts::new()
                .fact("Limit", ui::money(limit))
                .fact("Rate for purchases", percent(&card.terms.purchase_rate.to_string()))
                .fact("Rate for cash", percent(&card.terms.cash_rate.to_string()));
            html! { (facts) }
        }
        (Contract::Instalments(contract), Some(papers)) => {
            let facts = disclosed(
                Facts::new().fact("Lent", ui::money(contract.terms.principal.money())),
                loan,
                papers,
            );
            html! { (facts) }
        }
        (Contract::Instalments(contract), None) => {
            let facts = Facts::new()
                .fact("Lent", ui::money(contract.terms.principal.money()))
                .fact("Rate", percent(&contract.terms.annual_rate.to_string()))
                .fact("Instalments", contract.terms.instalments);
            html! { (facts) }
        }
    }
}

fn disclosed(facts: Facts, loan: &LoanSeen, papers: &Papers) -> Facts {
    let money = |minor| ui::money(Money::new(minor, loan.currency));
    facts
        .fact("Rate", percent(&papers.annual_rate.to_string()))
        .fact("Annual percentage rate", percent(&papers.apr))
        .fact("Paid out", money(papers.paid_out_minor))
        .fact("Payment", html! { (papers.payments) " × " (money(papers.payment_minor)) })
        .fact("Last payment", money(papers.last_payment_minor))
        .fact("First due", ui::date(papers.first_due_on))
        .maybe("Last due", papers.matures_on.map(ui::date))
        .fact("Cost of the credit", money(papers.finance_charge_minor))
        .fact("All payments", money(papers.total_of_payments_minor))
}

fn percent(figure: &str) -> String {
    format!("{figure}\u{a0}%")
}

async fn applicant(app: &App, visit: &Visit, application: &Application) -> Result<Markup, Problem> {
    let known = match application.applicant {
        Some(user) => where_permitted(app.customers.find(&visit.actor, user).await.map_err(Problem::from))?,
        None => None,
    };
    let number = match application.tax_number {
        TaxNumber::Ssn => "Social security number",
        TaxNumber::Sin => "Social insurance number",
    };
    let customer = |user: UserId| html! { a href={ "/staff/customers/" (user) } { "Open" } };
    let facts = Facts::new()
        .maybe("Customer", application.applicant.map(customer))
        .maybe("Address confirmed", known.as_ref().map(|one| if one.verified { "Yes" } else { "No" }))
        .maybe(
            "Customer since",
            known.as_ref().and_then(|one| one.created_at).map(|at| ui::day(at, &visit.zone)),
        )
        .fact(number, &application.tax_id)
        .fact("Email", &application.email)
        .fact("Telephone", &application.phone)
        .maybe("Earns in a year", application.annual_income.map(ui::money))
        .maybe("Pays for debts in a month", application.monthly_debts.map(ui::money))
        .maybe("Months of employment", application.employment_months);
    Ok(html! {
        (facts)
        @if application.applicant.is_none() {
            p.muted { "No customer has this email yet. The offer can be taken once one has." }
        }
    })
}

/// What the applicant had here before.
async fn history(app: &App, visit: &Visit, application: &Application) -> Result<Markup, Problem> {
    let Some(user) = application.applicant else { return Ok(Markup::default()) };
    let page = PageRequest::try_new(Some(LOANS_MAX), None)?;
    let found = app.loans.list(&visit.actor, Some(user), None, &page).await?;
    Ok(ui::card("Loans of the applicant", loans(&found.rows)))
}

fn so_far(visit: &Visit, application: &Application, decisions: &[DecisionSeen], names: &Names) -> Markup {
    let mut events = vec![Event {
        at: ui::moment(application.created_at, &visit.zone),
        title: "Applied".to_owned(),
        note: None,
    }];
    events.extend(decisions.iter().map(|one| Event {
        at: ui::moment(one.at, &visit.zone),
        title: format!("{} {}", names.name(one.officer), if one.approved { "agreed" } else { "refused" }),
        note: one.note.clone(),
    }));
    html! {
        (ui::timeline(&events))
        @if let Some(loan) = application.loan {
            p { a href={ "/staff/loans/" (loan) } { "The loan that was made of it" } }
        }
        @if application.notice.is_some() {
            p { a href={ "/api/v1/loans/applications/" (application.id) "/notice?format=pdf" } { "The notice of the refusal" } }
        }
    }
}
