//! What went wrong, and what was done: said in words, at the top of the page and at the field.

use florin_http::Problem;
use maud::{Markup, html};

use crate::flash::Flash;
use crate::values::sentence;

/// A problem as a box: for what belongs to no field.
pub(crate) fn alert_of(problem: &Problem) -> Markup {
    html! {
        div.alert.bad role="alert" tabindex="-1" data-focus {
            h2 { (problem.title()) }
            @if let Some(told) = problem.told() { p { (sentence(told)) "." } }
        }
    }
}

/// The summary of what is wrong with a form: each fault a link to its field, what belongs to no field in plain words.
pub(crate) fn errors(problem: Option<&Problem>) -> Markup {
    let Some(problem) = problem else { return Markup::default() };
    if problem.errors().is_empty() {
        return alert_of(problem);
    }
    html! {
        div.alert.bad role="alert" tabindex="-1" data-focus {
            h2 { "There is a problem" }
            @if let Some(told) = problem.told() { p { (sentence(told)) "." } }
            ul {
                @for fault in problem.errors() {
                    li { a href={ "#" (fault.field) } { (sentence(&fault.message)) } }
                }
            }
        }
    }
}

/// The title of a page that shows a form: told apart where something is wrong with it.
pub(crate) fn error_title(title: &str, problem: Option<&Problem>) -> String {
    if problem.is_some() { format!("Error: {title}") } else { title.to_owned() }
}

/// What is said once.
pub(crate) fn saying(flash: Option<&Flash>) -> Markup {
    let Some(flash) = flash else { return Markup::default() };
    html! {
        div.alert.good[flash.done].note[!flash.done] role="status" data-toast { p { (flash.text) } }
    }
}
