//! The notice of a refusal, from the application and what was written down when it was refused.

use florin_documents::{AdverseAction, Creditor, Institution, Party};
use florin_kernel::Date;
use florin_lending::Application;
use serde_json::Value;

use super::words;
use crate::DocumentError;

/// The notice; none of an application that was not refused.
pub(super) fn notice(
    of: &Application,
    mut institution: Institution,
    applicant: Party,
    applied_on: Date,
) -> Result<Option<AdverseAction>, DocumentError> {
    let Some(text) = &of.notice else { return Ok(None) };
    let notice: Value = serde_json::from_str(text).map_err(|_| DocumentError::Broken)?;
    let told = |pointer: &str| notice.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let issued_on = told("/date").parse().map_err(|_| DocumentError::Broken)?;
    let reasons = notice.get("reasons").and_then(Value::as_array).into_iter().flatten();
    let reasons = reasons.filter_map(|reason| reason.get("text")?.as_str()).map(str::to_owned);
    // The creditor's name is the one that the notice was made in.
    institution.name = told("/creditor/name");
    let address = told("/creditor/address");
    let contact = if address.is_empty() { institution.address.join(", ") } else { address };
    let contact = if contact.is_empty() { institution.name.clone() } else { contact };
    let id = of.id.to_string();
    Ok(Some(AdverseAction {
        applicant,
        reference: id.get(id.len().saturating_sub(12)..).unwrap_or_default().to_uppercase(),
        issued_on,
        applied_on,
        applied_for: applied_for(of),
        reasons: reasons.collect(),
        creditor: Creditor { contact, supervisor: told("/agency") },
        agency: None,
        score: None,
        institution,
    }))
}

/// `a personal loan of 20000.00 USD`.
fn applied_for(of: &Application) -> String {
    let product = words::product(of.kind).to_lowercase();
    let article = if product.starts_with('a') { "an" } else { "a" };
    format!("{article} {product} of {} {}", of.amount.decimal(), of.amount.currency().code())
}
