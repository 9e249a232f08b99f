//! `/loans/apply`: how much for how long, what that would cost, about oneself, sent.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_http::{App, Problem, Query};
use florin_identity::Profile;
use florin_kernel::{Amount, Currency, Money};
use florin_lending::{Apply, AskQuote, Frequency, Kind, Quote, Repayment, TaxNumber};
use maud::{Markup, html};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::kind_name;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Facts, Field};
use crate::values::{amount, fault, parsed, required};
use crate::visit::Visit;

const PATH: &str = "/loans/apply";
const CURRENCIES: [Currency; 2] = [Currency::USD, Currency::CAD];

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show).post(submit))
}

#[derive(Clone, Default, Deserialize)]
struct Typed {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    currency: String,
    #[serde(default)]
    loan_amount: String,
    #[serde(default)]
    term_months: String,
    #[serde(default)]
    customer_name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    tax_number: SecretString,
    #[serde(default)]
    annual_income: String,
    #[serde(default)]
    monthly_debts: String,
    #[serde(default)]
    employment_months: String,
}

async fn show(visit: Visit, Query(typed): Query<Typed>) -> Response {
    wish_page(&visit, &typed, None)
}

/// What is wished for.
struct Wish {
    kind: Kind,
    amount: Money,
    months: u16,
}

fn wish(typed: &Typed) -> Result<Wish, Problem> {
    let kind = typed.kind.parse().map_err(|_| fault("kind", "Choose what for"))?;
    let currency = CURRENCIES.into_iter().find(|one| one.code() == typed.currency);
    let currency = currency.ok_or_else(|| fault("currency", "Choose a currency"))?;
    let amount = amount(&typed.loan_amount, currency, "loan_amount")?;
    let months = required(typed.term_months.trim(), "term_months", "for how many months")?;
    let months = months.parse().map_err(|_| fault("term_months", "Enter a number of months"))?;
    Ok(Wish { kind, amount, months })
}

fn steps(here: usize) -> Markup {
    html! {
        ol.steps {
            @for (n, label) in ["1. How much", "2. About you", "3. Sent"].into_iter().enumerate() {
                li aria-current=[(n == here).then_some("step")] { (label) }
            }
        }
    }
}

fn wish_page(visit: &Visit, typed: &Typed, problem: Option<&Problem>) -> Response {
    let kinds = [
        ("personal", "Personal loan\nFor whatever you want, without security"),
        ("auto", "Auto loan\nFor a vehicle, which secures it"),
        ("mortgage", "Mortgage\nFor a home, which secures it"),
        ("credit-card", "Credit card\nA limit that you use and pay back as you like"),
    ];
    let kind = if typed.kind.is_empty() { "personal" } else { &typed.kind };
    let body = html! {
        h1 { "Apply for a loan" }
        (steps(0))
        (ui::errors(problem))
        (ui::post_form(visit, PATH, &html! {
            (Field::radios("kind", "What for", kinds).value(kind).faults(problem))
            (Field::select("currency", "Currency", CURRENCIES.map(|one| (one.code(), one.code()))).value(&typed.currency).narrow().faults(problem))
            (Field::amount("loan_amount", "How much").value(&typed.loan_amount).hint("Of a card: its limit.").faults(problem))
            (Field::text("term_months", "For how many months").value(&typed.term_months).inputmode("numeric").narrow()
                .hint("From 1 to 600.").faults(problem))
            div.actions { button.primary type="submit" { "See what it costs" } }
        }))
    };
    visit.form_page("Apply for a loan", problem, &body)
}

/// What a loan at the list price would cost; none of cards, and of what no product offers.
fn quote(app: &App, visit: &Visit, wish: &Wish) -> Option<Quote> {
    let today = app.loans.today();
    let products = app.loans.products();
    let price = products.price(products.on(wish.kind, wish.amount.currency(), today)?)?;
    if wish.kind == Kind::CreditCard {
        return None;
    }
    let ask = AskQuote {
        kind: wish.kind,
        principal: Amount::new(wish.amount).ok()?,
        annual_rate: price.list_rate,
        term_months: wish.months,
        amortization_months: None,
        repayment: Repayment::Level,
        frequency: Frequency::Monthly,
        day_count: None,
        compounding: None,
        started_on: today,
        first_due_on: None,
        charges: price.charges(wish.amount.minor()),
    };
    ask.answer(&visit.actor).ok()
}

fn costs(wish: &Wish, quote: Option<&Quote>) -> Markup {
    let Some(quote) = quote else {
        return html! { p { "What it costs is told with the offer. Nothing is owed before you take one." } };
    };
    let currency = wish.amount.currency();
    let payment = Money::new(quote.schedule.payment_minor(), currency);
    let facts = Facts::new()
        .fact("Amount", ui::money(wish.amount))
        .fact("Months", wish.months)
        .fact("Instalment a month", ui::money(payment))
        .fact("APR", html! { strong { (quote.disclosure.apr) " %" } })
        .fact("Finance charge", ui::money(quote.disclosure.finance_charge))
        .fact("You would pay in total", ui::money(quote.disclosure.total_of_payments));
    html! {
        (facts)
        p.muted { "An estimate by today's list price. What you are offered may differ; you see it before you take it." }
    }
}

fn person_page(
    visit: &Visit,
    form: &Form<Typed>,
    typed: &Typed,
    shown: (&Wish, Option<&Quote>),
    problem: Option<&Problem>,
) -> Response {
    let (number, hint) = match tax_number(shown.0) {
        TaxNumber::Ssn => ("Social Security Number", "Nine digits."),
        TaxNumber::Sin => ("Social Insurance Number", "Nine digits."),
    };
    let wishes = ["kind", "currency", "loan_amount", "term_months"];
    let body = html! {
        h1 { "About you" }
        (steps(1))
        (ui::errors(problem))
        div.two {
            (ui::post_form(visit, PATH, &html! {
                (ui::step("send"))
                (form.carried_of(&wishes))
                (Field::text("customer_name", "Full name").value(&typed.customer_name).autocomplete("name").faults(problem))
                (Field::email("email", "Email").value(&typed.email).faults(problem))
                (Field::phone("phone", "Telephone").value(&typed.phone).faults(problem))
                (Field::text("tax_number", number).hint(hint).inputmode("numeric").autocomplete("off").narrow().faults(problem))
                (Field::amount("annual_income", "Yearly income before taxes").value(&typed.annual_income).optional().faults(problem))
                (Field::amount("monthly_debts", "What you pay for debts a month").value(&typed.monthly_debts).optional().faults(problem))
                (Field::text("employment_months", "Months with your employer").value(&typed.employment_months).inputmode("numeric").narrow().optional().faults(problem))
                p { "By sending it you ask us to decide. Two officers look at it." }
                div.actions { button.primary type="submit" { "Send the application" } }
            }))
            (ui::card(&kind_name(shown.0.kind), costs(shown.0, shown.1)))
        }
        (ui::post_form(visit, PATH, &html! {
            (ui::step("edit"))
            (form.carried_of(&wishes))
            button type="submit" { "Change amount or months" }
        }))
    };
    visit.form_page("About you", problem, &body)
}

fn tax_number(wish: &Wish) -> TaxNumber {
    if wish.amount.currency() == Currency::CAD { TaxNumber::Sin } else { TaxNumber::Ssn }
}

fn application(typed: &Typed, wish: &Wish) -> Result<Apply, Problem> {
    let currency = wish.amount.currency();
    let optional = |text: &str, field: &'static str| match text.trim() {
        "" => Ok(None),
        text => amount(text, currency, field).map(Some),
    };
    let number = required(typed.tax_number.expose_secret(), "tax_number", "your number")?;
    let months = match typed.employment_months.trim() {
        "" => None,
        text => Some(parsed::<u32>(text, "employment_months", "a number of months")?),
    };
    Ok(Apply {
        customer: None,
        customer_name: required(typed.customer_name.trim(), "customer_name", "your name")?.to_owned(),
        amount: wish.amount,
        tax_id: (tax_number(wish), Zeroizing::new(number.to_owned())),
        email: required(typed.email.trim(), "email", "your email address")?.to_owned(),
        phone: required(typed.phone.trim(), "phone", "your telephone number")?.to_owned(),
        kind: Some(wish.kind),
        term_months: Some(wish.months),
        annual_income: optional(&typed.annual_income, "annual_income")?,
        monthly_debts: optional(&typed.monthly_debts, "monthly_debts")?,
        employment_months: months,
    })
}

async fn submit(State(app): State<App>, form: Form<Typed>) -> Result<Response, Problem> {
    let visit = &form.visit;
    let wish = match wish(&form.typed) {
        Ok(wish) => wish,
        Err(problem) => return Ok(wish_page(visit, &form.typed, Some(&problem))),
    };
    let quote = quote(&app, visit, &wish);
    match form.step() {
        "edit" => Ok(wish_page(visit, &form.typed, None)),
        "send" => {
            let sending = match application(&form.typed, &wish) {
                Ok(apply) => app.loans.apply(&visit.actor, apply).await.map_err(Problem::from),
                Err(problem) => Err(problem),
            };
            match sending {
                Ok(made) => {
                    let said = Flash::done("Your application is sent. What comes of it is told here.");
                    Ok(go_saying(&app, &format!("/loans/applications/{}", made.id), &said))
                }
                Err(problem) if problem.code() == "step_up_required" => Err(problem),
                Err(problem) => Ok(refused(&form, (&wish, quote.as_ref()), &problem)),
            }
        }
        _ => {
            let Profile { full_name, email, .. } = app.identity.profile(&visit.actor, visit.user).await?;
            let typed = Typed {
                customer_name: full_name.as_str().to_owned(),
                email: email.as_str().to_owned(),
                ..form.typed.clone()
            };
            Ok(person_page(visit, &form, &typed, (&wish, quote.as_ref()), None))
        }
    }
}

/// The form at the step where what is wrong can be mended.
fn refused(form: &Form<Typed>, shown: (&Wish, Option<&Quote>), problem: &Problem) -> Response {
    let is_wish = |field: &str| matches!(field, "loan_amount" | "term_months" | "kind" | "currency");
    if problem.errors().iter().any(|fault| is_wish(&fault.field)) {
        return wish_page(&form.visit, &form.typed, Some(problem));
    }
    let numbered = problem.errors().iter().find(|fault| fault.field == "ssn" || fault.field == "sin");
    let named = numbered.map(|one| fault("tax_number", one.message.clone()));
    person_page(&form.visit, form, &form.typed, shown, Some(named.as_ref().unwrap_or(problem)))
}
