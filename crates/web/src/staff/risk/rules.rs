//! Rules that decide: the set in force, drafts, and what is wrong with one before it is kept.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_app::{Asked, Change};
use florin_http::{App, Path, Problem};
use florin_kernel::Action;
use florin_risk::rules::{Mode, Rule, RuleSet};
use florin_risk::service::{KeptRuleSet, RuleStatus};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::super::names::Names;
use super::super::{approvals, may, where_permitted};
use super::{snoozes, tabs, trial, verdict};
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Column, Facts, Field, Table, Tone};
use crate::values::given;
use crate::visit::Visit;

pub(super) const PATH: &str = "/staff/risk";

/// How many requests for a second person are looked through.
const WAITING_MAX: usize = 100;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(book).post(draft))
        .route("/staff/risk/rules/{hash}", get(show))
        .route("/staff/risk/rules/{hash}/activate", post(activate))
}

#[derive(Default, Serialize, Deserialize)]
struct Typed {
    #[serde(default)]
    toml: String,
    #[serde(default)]
    note: String,
}

async fn book(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    page(&app, &visit, None, &snoozes::Typed::default(), None).await
}

/// The page with what was typed to let a rule rest, and what is wrong with that.
pub(super) async fn page_with(
    app: &App,
    visit: &Visit,
    resting: &snoozes::Typed,
    problem: &Problem,
) -> Result<Response, Problem> {
    page(app, visit, None, resting, Some(problem)).await
}

async fn page(
    app: &App,
    visit: &Visit,
    typed: Option<&Typed>,
    resting: &snoozes::Typed,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let book = app.risk.rule_book(&visit.actor).await?;
    let broken = app.risk.troubles().into_iter().find(|one| one.code == "risk_rules_broken");
    let engine = app.risk.engine().rules();
    let active = book.active.as_ref();
    let text =
        typed.map_or_else(|| active.map_or("", |kept| kept.text.as_str()), |typed| typed.toml.as_str());
    let note = typed.map_or("", |typed| typed.note.as_str());
    let body = html! {
        h1 { "What guides decisions" }
        (tabs(PATH))
        (ui::errors(problem))
        @if let Some(trouble) = &broken { div.alert.bad role="alert" { p { (trouble.text) } } }
        (ui::card("Rules in force", html! {
            p { "Version " span.mono { (book.in_use.version) } ", hash " (ui::identifier(&book.in_use.hash)) }
            (rules(engine.rules()))
            @if let Some(kept) = active { p { a href={ "/staff/risk/rules/" (kept.hash) } { "Their text" } } }
        }))
        (ui::card("Drafts", drafts(app, visit, &book.drafts).await))
        (waiting(app, visit).await?)
        (snoozes::card(app, visit, (engine.rules(), &book.snoozes), resting, problem).await)
        @if may(visit, Action::ChangeRiskRules, "risk_rule") {
            (ui::card("Write a draft", form(visit, text, note, problem)))
        }
    };
    Ok(visit.form_page("Rules", problem, &body))
}

fn rules(rules: &[Rule]) -> Markup {
    let columns = [
        Column::text("Rule"),
        Column::text("Fires when"),
        Column::figures("Weight"),
        Column::text("At least"),
        Column::text("Mode"),
    ];
    let mut table = Table::new("Rules", columns).or_empty(html! { p { "No rules." } });
    for rule in rules {
        let mode = match rule.mode {
            Mode::Active => ui::badge(Tone::Good, "active"),
            Mode::Shadow => ui::badge(Tone::Warn, "shadow"),
            Mode::Off => ui::badge(Tone::Plain, "off"),
        };
        table.row([
            html! { span.mono { (rule.id) } br; span.muted { (rule.description) } },
            html! { code { (rule.when) } },
            html! { (rule.weight) },
            html! { @if let Some(floor) = rule.floor { (verdict(floor)) } },
            mode,
        ]);
    }
    html! { (table) }
}

async fn drafts(app: &App, visit: &Visit, drafts: &[KeptRuleSet]) -> Markup {
    let names = Names::of(app, visit, drafts.iter().filter_map(|draft| draft.author).collect()).await;
    let columns =
        [Column::text("Version"), Column::text("Note"), Column::text("By"), Column::text("Written")];
    let mut table = Table::new("Drafts", columns).or_empty(ui::empty(
        "No drafts",
        "A set of rules is written below, tried on the past, and put in force by two.",
        Markup::default(),
    ));
    for draft in drafts {
        table.row([
            html! { a href={ "/staff/risk/rules/" (draft.hash) } { (draft.version) } },
            html! { (draft.note.as_deref().unwrap_or_default()) },
            html! { (names.name_or_program(draft.author)) },
            ui::moment(draft.created_at, &visit.zone),
        ]);
    }
    html! { (table) }
}

/// What was asked for about rules and models, and waits for a second person.
async fn waiting(app: &App, visit: &Visit) -> Result<Markup, Problem> {
    let found = app.approvals.list(&visit.actor, true, None, WAITING_MAX).await.map_err(Problem::from);
    let Some(mut found) = where_permitted(found)? else { return Ok(Markup::default()) };
    found.retain(|approval| approval.held.kind.starts_with("risk_"));
    if found.is_empty() {
        return Ok(Markup::default());
    }
    Ok(ui::card("Waiting for a second person", approvals::table(app, visit, &found).await))
}

fn form(visit: &Visit, text: &str, note: &str, problem: Option<&Problem>) -> Markup {
    ui::post_form(
        visit,
        PATH,
        &html! {
            (Field::code("toml", "Rules").value(text).faults(problem)
                .hint("The whole set as TOML, with its tests. It is checked, its tests are run, and it is kept as a draft: nothing changes yet."))
            (Field::text("note", "Note").value(note).optional().at_most(500).faults(problem))
            div.actions { button.primary type="submit" { "Check it and keep it" } }
        },
    )
}

async fn draft(State(app): State<App>, form: Form<Typed>) -> Result<Response, Problem> {
    let note = given(&form.typed.note);
    let text = form.typed.toml.replace("\r\n", "\n");
    match app.risk.draft_rules(&form.visit.actor, text, note.as_deref()).await.map_err(Problem::from) {
        Ok(kept) => {
            let path = format!("/staff/risk/rules/{}", kept.hash);
            Ok(go_saying(&app, &path, &Flash::done("The draft is sound, and kept.")))
        }
        Err(problem) if problem.errors().is_empty() => Err(problem),
        Err(problem) => {
            page(&app, &form.visit, Some(&form.typed), &snoozes::Typed::default(), Some(&problem)).await
        }
    }
}

async fn show(State(app): State<App>, visit: Visit, Path(hash): Path<String>) -> Result<Response, Problem> {
    let kept = app.risk.rule_set(&visit.actor, &hash).await?;
    let people = kept.author.into_iter().chain(kept.activated_by).collect();
    let names = Names::of(&app, &visit, people).await;
    let title = format!("Rules, version {}", kept.version);
    let change = may(&visit, Action::ChangeRiskRules, "risk_rule");
    let facts = Facts::new()
        .fact("State", ui::status(kept.status.code()))
        .maybe("Note", kept.note.as_ref())
        .fact("Written by", names.name_or_program(kept.author))
        .fact("Written", ui::moment(kept.created_at, &visit.zone))
        .maybe("Put in force", kept.activated_at.map(|at| ui::moment(at, &visit.zone)))
        .maybe("By", kept.activated_at.map(|_| names.name_or_program(kept.activated_by)))
        .fact("Hash", html! { span.mono { (kept.hash) } });
    let set = RuleSet::check(&kept.text);
    let body = html! {
        h1 { (title) }
        @match &set {
            Ok(set) => (ui::card("The rules", rules(set.rules()))),
            Err(fault) => div.alert.bad role="alert" { p { (fault) } },
        }
        (ui::card("About them", facts))
        (ui::card("Their text", html! { details { summary { "As TOML" } pre { (kept.text) } } }))
        @if set.is_ok() {
            (ui::card("Try them on the past", trial::form(&visit, &kept.hash)))
            @if change && kept.status != RuleStatus::Active {
                div.actions {
                    (ui::confirm(&visit, &format!("/staff/risk/rules/{}/activate", kept.hash), "Put them in force",
                        "They decide in the place of those in force. Where the house asks for two, a second person approves it first.",
                        &Markup::default()))
                }
            }
        }
    };
    Ok(visit.page(&title, &body))
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

async fn activate(
    State(app): State<App>,
    Path(hash): Path<String>,
    form: Form<Nothing>,
) -> Result<Response, Problem> {
    let path = format!("/staff/risk/rules/{hash}");
    let said = match app.guide_desk.ask(&form.visit.actor, Asked::Rules { hash }).await? {
        Change::Made => Flash::done("The rules are in force."),
        Change::Held(_) => Flash::notice("A second person must approve it."),
    };
    Ok(go_saying(&app, &path, &said))
}
