//! What is done about a case: it is taken, noted on, and decided.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use florin_compliance::cases::{Case, CaseId, CaseKind, Decision, Evidence, Priority, Verdict};
use florin_http::{App, Path, Problem};
use florin_kernel::{ScreeningId, TransferId, UserId};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::file;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Field};
use crate::values::{fault, parsed, required};
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff/cases/{id}/assign", post(assign))
        .route("/staff/cases/{id}/note", post(write))
        .route("/staff/cases/{id}/evidence", post(add))
        .route("/staff/cases/{id}/decide", post(decide))
}

/// What is typed on the page of a case.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    version: u32,
    #[serde(default)]
    text: String,
    #[serde(default)]
    decision: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    sar: String,
    #[serde(default)]
    evidence_kind: String,
    #[serde(default)]
    evidence_reference: String,
    #[serde(default)]
    evidence_text: String,
}

fn version(case: &Case) -> Markup {
    html! { input type="hidden" name="version" value=(case.version); }
}

/// Who works on it, and how urgent it is.
pub(super) fn assignment(visit: &Visit, case: &Case) -> Markup {
    let path = format!("/staff/cases/{}/assign", case.id);
    let mine = case.assignee == Some(visit.user);
    let priorities = Priority::ALL.iter().map(|one| (one.code(), crate::values::sentence(one.code())));
    let to = |user: Option<UserId>, label: &str, primary: bool| {
        let body = html! {
            (version(case))
            input type="hidden" name="priority" value=(case.priority.code());
            @if let Some(user) = user { input type="hidden" name="assignee" value=(user); }
            button.primary[primary] type="submit" { (label) }
        };
        ui::post_form(visit, &path, &body)
    };
    let urgency = html! {
        (version(case))
        @if let Some(user) = case.assignee { input type="hidden" name="assignee" value=(user); }
        div.row {
            (Field::select("priority", "Priority", priorities).value(case.priority.code()))
            button type="submit" { "Save" }
        }
    };
    let other = html! {
        (version(case))
        input type="hidden" name="priority" value=(case.priority.code());
        (Field::text("assignee", "Who").hint("The identifier of somebody of the staff"))
    };
    ui::card(
        "Who works on it",
        html! {
            div.actions {
                @if mine { (to(None, "Give it back", false)) } @else { (to(Some(visit.user), "Take it", true)) }
                (ui::confirm(visit, &path, "Give it to somebody", "They find it among their cases.", &other))
            }
            (ui::post_form(visit, &path, &urgency))
        },
    )
}

/// A note for whoever reads the case after.
pub(super) fn note(visit: &Visit, case: &Case, typed: &Typed, problem: Option<&Problem>) -> Markup {
    let form = html! {
        (version(case))
        (Field::area("text", "Note").value(&typed.text).faults(problem))
        div.actions { button type="submit" { "Write it down" } }
    };
    ui::card("Write a note", ui::post_form(visit, &format!("/staff/cases/{}/note", case.id), &form))
}

/// What somebody can bring to a case, by the word that it is kept under.
const EVIDENCE: [(&str, &str); 4] = [
    ("document", "A document"),
    ("conversation", "What somebody said"),
    ("observation", "An observation"),
    ("transfer", "A transfer or payment"),
];

/// What speaks for or against the suspicion.
pub(super) fn evidence(visit: &Visit, case: &Case, typed: &Typed, problem: Option<&Problem>) -> Markup {
    let form = html! {
        (version(case))
        (Field::select("evidence_kind", "What it is", EVIDENCE).value(&typed.evidence_kind).narrow().faults(problem))
        (Field::text("evidence_reference", "Which one").value(&typed.evidence_reference).optional().at_most(200)
            .hint("Its number or where it is kept; of a transfer or payment, the identifier.").faults(problem))
        (Field::area("evidence_text", "What it says").value(&typed.evidence_text)
            .hint("It is never changed afterwards.").faults(problem))
        div.actions { button type="submit" { "Add it" } }
    };
    ui::card("Add evidence", ui::post_form(visit, &format!("/staff/cases/{}/evidence", case.id), &form))
}

/// What can be decided about a case of this kind, and what each means.
const fn choices(kind: CaseKind) -> [(Decision, &'static str, &'static str); 2] {
    match kind {
        CaseKind::Fraud => [
            (Decision::Genuine, "It was the customer", "Money that is held is released at once."),
            (
                Decision::Fraud,
                "It was fraud",
                "Money that is held is not let through; it is free for its payer.",
            ),
        ],
        CaseKind::Aml => [
            (Decision::NoAction, "Nothing follows", "The alert is dismissed."),
            (Decision::Sar, "Suspicious: it is reported", "A report of suspicious activity is due."),
        ],
        CaseKind::Screening => [
            (Decision::FalseMatch, "It is somebody else", "The list does not mean them."),
            (Decision::TrueMatch, "It is whom the list means", "Their money stays where it is."),
        ],
    }
}

/// The form that decides, or where it is decided.
pub(super) fn decision(visit: &Visit, case: &Case, typed: &Typed, problem: Option<&Problem>) -> Markup {
    if case.subject == Some(visit.user) {
        return html! { p.muted { "This case is about you, so others decide it." } };
    }
    if case.kind == CaseKind::Screening && case.reference.parse::<ScreeningId>().is_ok() {
        let path = format!("/staff/screenings/{}", case.reference);
        return html! { div.actions { (ui::link_button(&path, "Decide the screening", true)) } };
    }
    let form = html! {
        (version(case))
        fieldset.field #decision tabindex="-1" {
            legend { "What it was" }
            @for (decision, label, means) in choices(case.kind) {
                div.choice {
                    input type="radio" id={ "decision-" (decision.code()) } name="decision" value=(decision.code())
                        checked[typed.decision == decision.code()] required;
                    label for={ "decision-" (decision.code()) } { (label) span.hint { (means) } }
                }
            }
        }
        (Field::area("reason", "Why").value(&typed.reason).faults(problem).hint("It is kept with the case, for good."))
        @if case.kind == CaseKind::Fraud {
            (Field::checkbox("sar", "A report of suspicious activity is due as well").value(&typed.sar))
        }
        p.muted { "A decision is for good. What comes up later about the same opens another case." }
        div.actions { button.primary type="submit" { "Decide" } }
    };
    ui::card("Decide", ui::post_form(visit, &format!("/staff/cases/{}/decide", case.id), &form))
}

#[derive(Serialize, Deserialize)]
struct Assigning {
    version: u32,
    #[serde(default)]
    assignee: String,
    #[serde(default)]
    priority: String,
}

async fn assign(
    State(app): State<App>,
    Path(id): Path<CaseId>,
    form: Form<Assigning>,
) -> Result<Response, Problem> {
    let typed = &form.typed;
    let wanted = (|| {
        let assignee = match typed.assignee.trim() {
            "" => None,
            text => Some(parsed::<UserId>(text, "assignee", "an identifier")?),
        };
        Ok((assignee, parsed::<Priority>(&typed.priority, "priority", "how urgent it is")?))
    })();
    let done = match wanted {
        Ok((assignee, priority)) => {
            let given = app.case_desk.assign(&form.visit.actor, id, typed.version, assignee, Some(priority));
            given.await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    finish(
        &app,
        &form.visit,
        id,
        &Typed::default(),
        done.map(|_| "It is noted."),
        &[("assignee_id", "assignee")],
    )
    .await
}

async fn write(
    State(app): State<App>,
    Path(id): Path<CaseId>,
    form: Form<Typed>,
) -> Result<Response, Problem> {
    let typed = &form.typed;
    let done = match required(typed.text.trim(), "text", "a note") {
        Ok(text) => {
            app.cases.add_note(&form.visit.actor, id, typed.version, text).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    finish(&app, &form.visit, id, typed, done.map(|_| "The note is written."), &[]).await
}

fn brought(form: &Form<Typed>) -> Result<Evidence, Problem> {
    let typed = &form.typed;
    let kind = EVIDENCE.iter().find(|(kind, _)| *kind == typed.evidence_kind);
    let (kind, _) = kind.ok_or_else(|| fault("evidence_kind", "Choose what it is"))?;
    let reference = match typed.evidence_reference.as_str() {
        text if *kind == "transfer" => {
            parsed::<TransferId>(text, "evidence_reference", "the identifier")?.to_string()
        }
        // What has no number of its own is known by the form that it came with.
        "" => form.own_key()?.to_owned(),
        text => text.to_owned(),
    };
    let text = required(&typed.evidence_text, "evidence_text", "what it says")?.to_owned();
    Ok(Evidence { kind: (*kind).to_owned(), reference, text })
}

async fn add(State(app): State<App>, Path(id): Path<CaseId>, form: Form<Typed>) -> Result<Response, Problem> {
    let typed = &form.typed;
    let done = match brought(&form) {
        Ok(evidence) => {
            let added = app.cases.add_evidence(&form.visit.actor, id, typed.version, evidence);
            added.await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    let fields = [("reference", "evidence_reference"), ("text", "evidence_text"), ("kind", "evidence_kind")];
    finish(&app, &form.visit, id, typed, done.map(|_| "The evidence is added."), &fields).await
}

async fn decide(
    State(app): State<App>,
    Path(id): Path<CaseId>,
    form: Form<Typed>,
) -> Result<Response, Problem> {
    let typed = &form.typed;
    let done = match typed.decision.parse::<Decision>() {
        Ok(decision) => {
            let verdict = Verdict { decision, reason: typed.reason.clone(), sar: typed.sar == "true" };
            let decided = app.case_desk.decide(&form.visit.actor, id, typed.version, verdict);
            decided.await.map_err(Problem::from)
        }
        Err(_) => Err(fault("decision", "Choose what it was")),
    };
    finish(&app, &form.visit, id, typed, done.map(|_| "The case is decided."), &[]).await
}

/// Back to the case: with what was done, or with what was typed and what is wrong with it.
async fn finish(
    app: &App,
    visit: &Visit,
    id: CaseId,
    typed: &Typed,
    done: Result<&str, Problem>,
    names: &[(&str, &'static str)],
) -> Result<Response, Problem> {
    match done {
        Ok(said) => Ok(go_saying(app, &format!("/staff/cases/{id}"), &Flash::done(said))),
        Err(problem) if problem.errors().is_empty() && problem.code() != "conflict" => Err(problem),
        Err(problem) => {
            let faults = problem.errors().to_vec();
            let problem = faults.into_iter().fold(problem.without_errors(), |problem, fault| {
                let last = fault.field.rsplit('.').next().unwrap_or_default();
                let ours = names.iter().find(|(theirs, _)| *theirs == last).map(|(_, ours)| *ours);
                problem.field(ours.map_or(fault.field.clone(), str::to_owned), fault.code, fault.message)
            });
            file::page(app, visit, id, typed, Some(&problem)).await
        }
    }
}
