//! Models that score decisions: which one decides, which one is tried beside it, and how good each was.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use florin_app::{Asked, Change};
use florin_http::{App, Path, Problem};
use florin_kernel::Action;
use florin_risk::service::{KeptModel, ModelReport, ModelRole};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::super::may;
use super::tabs;
use crate::exchange::go_saying;
use crate::flash::Flash;
use crate::form::Form;
use crate::ui::{self, Facts, Field, Tone};
use crate::values::fault;
use crate::visit::Visit;

const PATH: &str = "/staff/risk/models";

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(list)).route("/staff/risk/models/{version}/role", post(give))
}

async fn list(State(app): State<App>, visit: Visit) -> Result<Response, Problem> {
    let book = app.risk.model_book(&visit.actor).await?;
    let missing = app.risk.troubles().into_iter().find(|one| one.code == "risk_model_missing");
    let change = may(&visit, Action::ChangeRiskModels, "risk_model");
    let body = html! {
        h1 { "What guides decisions" }
        (tabs(PATH))
        @if let Some(trouble) = &missing { div.alert.bad role="alert" { p { (trouble.text) } } }
        p {
            @match &book.in_use {
                Some(version) => { "The model " span.mono { (version) } " scores decisions, beside the rules." },
                None => "No model scores decisions: the rules decide alone.",
            }
        }
        @if book.models.is_empty() {
            (ui::empty("No models kept", "A model is trained by florin risk train, and handed in at POST /api/v1/security/models.", Markup::default()))
        }
        div.grid.wide { @for model in &book.models { (card(&visit, model, change)) } }
    };
    Ok(visit.page("Models", &body))
}

fn role(role: ModelRole) -> Markup {
    match role {
        ModelRole::Champion => ui::badge(Tone::Good, "champion: it decides"),
        ModelRole::Challenger => ui::badge(Tone::Warn, "challenger: it is asked, and counts for nothing"),
        ModelRole::None => ui::badge(Tone::Plain, "kept"),
    }
}

fn card(visit: &Visit, model: &KeptModel, change: bool) -> Markup {
    let facts = Facts::new()
        .fact("Role", role(model.role))
        .fact("Features", html! { span.mono { (model.features) } })
        .fact("Trained on", html! { (ui::date(model.trained_from)) " to " (ui::date(model.trained_to)) })
        .fact("Rows", html! { (model.rows) ", " (model.frauds) " frauds" })
        .fact("Kept", ui::moment(model.created_at, &visit.zone));
    let roles = [ModelRole::Champion, ModelRole::Challenger, ModelRole::None]
        .into_iter()
        .filter(|role| *role != model.role);
    let choices = roles.map(|role| {
        let label = match role {
            ModelRole::Champion => "Champion: it decides",
            ModelRole::Challenger => "Challenger: it is asked beside the champion",
            ModelRole::None => "None: it is kept",
        };
        (role.code(), label)
    });
    let field = html! { (Field::select("role", "Role", choices)) };
    html! {
        section.card {
            h2 { "Model " span.mono { (model.version) } }
            (facts)
            @if let Some(report) = &model.report { h3 { "On days that it had not seen" } (figures(report)) }
            @if change {
                (ui::confirm(visit, &format!("{PATH}/{}/role", model.version), "Give it another role",
                    "Where the house asks for two, a second person approves it first.", &field))
            }
        }
    }
}

fn figures(report: &ModelReport) -> Facts {
    let days = report.test_from.zip(report.test_to);
    Facts::new()
        .maybe("Days", days.map(|(from, to)| html! { (ui::date(from)) " to " (ui::date(to)) }))
        .fact("Judged", format!("{} rows, {} frauds", report.rows, report.frauds))
        .maybe("Area under the curve", report.auc_roc.map(|figure| format!("{figure:.4}")))
        .maybe("Average precision", report.average_precision.map(|figure| format!("{figure:.4}")))
        .maybe(
            "Precision among the 100 accounts of a day",
            report.card_precision_100.map(|figure| format!("{figure:.4}")),
        )
        .maybe("Frauds among the highest 0.5 %", report.recall_at_alerts.map(|figure| format!("{figure:.4}")))
}

#[derive(Serialize, Deserialize)]
struct Wanted {
    #[serde(default)]
    role: String,
}

async fn give(
    State(app): State<App>,
    Path(version): Path<String>,
    form: Form<Wanted>,
) -> Result<Response, Problem> {
    let role = ModelRole::find(&form.typed.role).ok_or_else(|| fault("role", "Choose a role"))?;
    let said = match app.guide_desk.ask(&form.visit.actor, Asked::Role { version, role }).await? {
        Change::Made => Flash::done("The role is given."),
        Change::Held(_) => Flash::notice("A second person must approve it."),
    };
    Ok(go_saying(&app, PATH, &said))
}
