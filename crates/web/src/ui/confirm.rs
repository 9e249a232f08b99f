//! Forms that do something: their token, the key under which they are taken once, and being asked before they are sent.

use maud::{Markup, html};
use uuid::Uuid;

use crate::form::{KEY_FIELD, STEP_FIELD};
use crate::visit::Visit;

/// The field that shows that a form is of a page of ours.
pub(crate) fn token(visit: &Visit) -> Markup {
    html! { input type="hidden" name=(florin_http::TOKEN_FIELD) value=(visit.csrf()); }
}

/// The field with a key of its own, under which a form is taken once however often it is sent.
fn key() -> Markup {
    html! { input type="hidden" name=(KEY_FIELD) value=(Uuid::new_v4()); }
}

/// The field that says at which step a form of several is.
pub(crate) fn step(name: &str) -> Markup {
    html! { input type="hidden" name=(STEP_FIELD) value=(name); }
}

/// A form that is sent to `action`, with its token and its key.
pub(crate) fn post_form(visit: &Visit, action: &str, body: &Markup) -> Markup {
    html! {
        form.stack method="post" action=(action) novalidate data-check {
            (token(visit))
            (key())
            (body)
        }
    }
}

/// The same for a form that brings files along.
pub(crate) fn upload_form(visit: &Visit, action: &str, body: &Markup) -> Markup {
    html! {
        form.stack method="post" action=(action) enctype="multipart/form-data" novalidate data-check {
            (token(visit))
            (body)
        }
    }
}

/// A button that says what it would do before it does it: `label` opens the explanation and the form.
pub(crate) fn confirm(
    visit: &Visit,
    action: &str,
    label: &str,
    explanation: &str,
    fields: &Markup,
) -> Markup {
    explained(visit, action, (label, "danger"), explanation, fields)
}

/// The same for what somebody agrees to, and can take back.
pub(crate) fn affirm(visit: &Visit, action: &str, label: &str, explanation: &str, fields: &Markup) -> Markup {
    explained(visit, action, (label, "primary"), explanation, fields)
}

fn explained(
    visit: &Visit,
    action: &str,
    (label, class): (&str, &'static str),
    explanation: &str,
    fields: &Markup,
) -> Markup {
    html! {
        details.confirm {
            summary.button { (label) }
            div.confirm-body {
                p { (explanation) }
                form.stack method="post" action=(action) {
                    (token(visit))
                    (key())
                    (fields)
                    div.actions { button class=(class) type="submit" { (label) } }
                }
            }
        }
    }
}
