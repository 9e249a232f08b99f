//! Models of decisions, and what they are used for.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use florin_app::Asked;
use florin_http::{App, BodyLimit, Json, Path, Problem, SignedIn, codes};
use florin_risk::service::{KeptModel, ModelReport, ModelRole, NewModel};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::people::ChangeView;
use crate::risk_rules::changed;

/// The most bytes of a model that comes by HTTP, in the JSON that it is part of.
const MODEL_BYTES_MAX: usize = 8 << 20;

pub fn routes() -> OpenApiRouter<App> {
    let models = OpenApiRouter::new().routes(routes!(list, keep));
    models.layer(Extension(BodyLimit(MODEL_BYTES_MAX))).merge(OpenApiRouter::new().routes(routes!(activate)))
}

/// A model.
#[derive(Debug, Serialize, ToSchema)]
struct ModelView {
    /// Its version: the first digits of its hash.
    #[schema(example = "3f9a0c1b2d4e")]
    version: String,
    /// `champion`, which decides; `challenger`, which is asked and recorded and decides nothing; or `none`.
    role: &'static str,
    /// The features that it asks about.
    #[schema(example = "money/1")]
    features: String,
    /// How good it was on days that it had not seen: areas and shares from 0 to 1.
    #[schema(value_type = Option<Object>)]
    report: Option<Value>,
    /// The first day that it was learned from.
    trained_from: String,
    /// The day after the last.
    trained_to: String,
    /// Of how many rows it was learned.
    rows: i64,
    /// How many of them were frauds.
    frauds: i64,
    /// Who brought it.
    created_by: Option<String>,
    /// When.
    created_at: String,
}

impl From<KeptModel> for ModelView {
    fn from(kept: KeptModel) -> Self {
        Self {
            version: kept.version,
            role: kept.role.code(),
            features: kept.features,
            report: kept.report.and_then(|report| serde_json::to_value(report).ok()),
            trained_from: kept.trained_from.to_string(),
            trained_to: kept.trained_to.to_string(),
            rows: kept.rows,
            frauds: kept.frauds,
            created_by: kept.created_by.map(|user| user.to_string()),
            created_at: kept.created_at.to_string(),
        }
    }
}

/// The models.
#[derive(Debug, Serialize, ToSchema)]
struct ModelsView {
    /// The version of the model that decides now, if one does.
    in_use: Option<String>,
    /// What is wrong, if a model is wanted that cannot be used: rules alone decide then, and every decision says so.
    trouble: Option<String>,
    /// All that are kept, the newest first.
    data: Vec<ModelView>,
}

/// List the models with their roles and figures.
#[utoipa::path(get, path = "/security/models", tag = "Risk", security(("bearer" = [])),
    responses((status = 200, body = ModelsView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn list(State(app): State<App>, SignedIn(actor): SignedIn) -> Result<Json<ModelsView>, Problem> {
    let book = app.risk.model_book(&actor).await?;
    let missing = app.risk.troubles().into_iter().find(|one| one.code == "risk_model_missing");
    let data = book.models.into_iter().map(Into::into).collect();
    Ok(Json(ModelsView { in_use: book.in_use, trouble: missing.map(|one| one.text), data }))
}

/// A model to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ModelBody {
    /// The text of the file that `florin risk train` wrote.
    model: String,
    /// The figures of its report: `test_from`, `test_to`, `rows`, `frauds`, `auc_roc`, `average_precision`,
    /// `card_precision_100`, `recall_at_alerts`.
    #[schema(value_type = Option<Object>)]
    report: Option<Value>,
    /// `challenger` to have it asked and recorded from now on; `none`, which is meant when it is left out, to keep it alone.
    role: Option<String>,
}

fn role(text: &str) -> Result<ModelRole, Problem> {
    ModelRole::find(text).ok_or_else(|| {
        let wanted = "champion, challenger or none is wanted";
        Problem::of(codes::VALIDATION_FAILED).field("role", "unknown", wanted)
    })
}

/// Keep a model; its checksum is verified, and the same model is kept once.
#[utoipa::path(post, path = "/security/models", tag = "Risk", security(("bearer" = [])), request_body = ModelBody,
    responses((status = 201, body = ModelView), (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn keep(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Json(body): Json<ModelBody>,
) -> Result<(StatusCode, Json<ModelView>), Problem> {
    let challenge = match body.role.as_deref().map(role).transpose()? {
        None | Some(ModelRole::None) => false,
        Some(ModelRole::Challenger) => true,
        Some(ModelRole::Champion) => {
            let why = "a model becomes the champion by /activate";
            return Err(Problem::of(codes::VALIDATION_FAILED).field("role", "invalid", why));
        }
    };
    let report = body.report.map(serde_json::from_value::<ModelReport>).transpose().map_err(|error| {
        Problem::of(codes::VALIDATION_FAILED).field("report", "invalid", error.to_string())
    })?;
    let kept = app.risk.keep_model(&actor, NewModel { text: body.model, report, challenge }).await?;
    Ok((StatusCode::CREATED, Json(kept.into())))
}

/// What a model is to be used for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RoleBody {
    /// `champion`, `challenger` or `none`.
    role: String,
}

/// Give a model a role, or take its role away; who decides is chosen by two persons, by default.
#[utoipa::path(post, path = "/security/models/{version}/activate", tag = "Risk", security(("bearer" = [])), params(("version" = String, Path)), request_body = RoleBody,
    responses((status = 200, body = ChangeView), (status = 202, description = "It waits for a second person", body = ChangeView),
              (status = "4XX", body = crate::ProblemView, content_type = "application/problem+json")))]
async fn activate(
    State(app): State<App>,
    SignedIn(actor): SignedIn,
    Path(version): Path<String>,
    Json(body): Json<RoleBody>,
) -> Result<(StatusCode, Json<ChangeView>), Problem> {
    let asked = Asked::Role { version, role: role(&body.role)? };
    Ok(changed(&app.guide_desk.ask(&actor, asked).await?))
}
