//! A bank account elsewhere, as a form asks for it: of a payee, or of one's own to pay from.

use florin_http::Problem;
use florin_payments::checks::BankAccountForm;
use maud::{Markup, html};

use crate::ui::Field;
use crate::values::{fault, given};

/// What was typed of a bank account; its number is not among it, since it is never shown again.
#[derive(Clone, Copy)]
pub(super) struct BankTyped<'a> {
    pub(super) country: &'a str,
    pub(super) routing_number: &'a str,
    pub(super) institution_number: &'a str,
    pub(super) transit_number: &'a str,
    pub(super) account_type: &'a str,
    pub(super) holder_name: &'a str,
}

impl BankTyped<'_> {
    /// The fields.
    pub(super) fn fields(&self, problem: Option<&Problem>) -> Markup {
        let country = if self.country.is_empty() { "US" } else { self.country };
        let kind = if self.account_type.is_empty() { "checking" } else { self.account_type };
        html! {
            (Field::radios("country", "Country", [("US", "United States"), ("CA", "Canada")]).value(country).faults(problem))
            (Field::text("routing_number", "Routing number").value(self.routing_number).inputmode("numeric").narrow().optional()
                .hint("Nine digits, in the United States.").faults(problem))
            (Field::text("institution_number", "Institution number").value(self.institution_number).inputmode("numeric").narrow().optional()
                .hint("Three digits, in Canada.").faults(problem))
            (Field::text("transit_number", "Transit number").value(self.transit_number).inputmode("numeric").narrow().optional()
                .hint("Five digits, in Canada.").faults(problem))
            (Field::text("account_number", "Account number").inputmode("numeric").narrow().faults(problem))
            (Field::radios("account_type", "Kind of account", [("checking", "Checking"), ("savings", "Savings")]).value(kind).faults(problem))
            (Field::text("holder_name", "Whose account it is").value(self.holder_name).faults(problem))
        }
    }

    /// The account with this number.
    pub(super) fn account(&self, number: &str) -> BankAccountForm {
        BankAccountForm {
            country: self.country.to_owned(),
            routing_number: given(self.routing_number),
            institution_number: given(self.institution_number),
            transit_number: given(self.transit_number),
            account_number: number.to_owned().into(),
            account_type: self.account_type.to_owned(),
            holder: self.holder_name.trim().to_owned(),
        }
    }
}

/// The problem, with the fields of a bank account called as the form calls them.
pub(super) fn at_its_field(problem: &Problem) -> Problem {
    let Some(first) = problem.errors().first() else { return problem.clone() };
    let known = [
        "name",
        "reference",
        "account_id",
        "country",
        "routing_number",
        "institution_number",
        "transit_number",
        "account_number",
        "account_type",
        "holder_name",
    ];
    let last = first.field.rsplit('.').next().unwrap_or_default();
    match known.into_iter().find(|field| *field == last) {
        Some(field) if field != first.field => fault(field, first.message.clone()),
        _ => problem.clone(),
    }
}
