//! Papers of loans, as files.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use florin_documents::Format;
use florin_http::{App, Path, Path2, Problem, Query, codes};
use florin_kernel::LoanId;
use florin_lending::ApplicationId;
use serde::Deserialize;

use crate::files::attachment;
use crate::values::{day, fault};
use crate::visit::Visit;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/loans/{id}/papers/{paper}", get(paper))
        .route("/loans/applications/{id}/notice", get(notice))
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    format: String,
    #[serde(default)]
    on: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

impl Asked {
    fn format(&self) -> Result<Format, Problem> {
        if self.format.is_empty() {
            return Ok(Format::Pdf);
        }
        self.format.parse().map_err(|_| fault("format", "Choose a format"))
    }
}

async fn paper(
    State(app): State<App>,
    visit: Visit,
    Path2(id, paper): Path2<LoanId, String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (by, format) = (&visit.actor, asked.format()?);
    let made = match paper.as_str() {
        "disclosure" => app.papers.disclosure(by, id, format).await?,
        "schedule" => app.papers.schedule(by, id, format).await?,
        "payoff" => app.papers.payoff(by, id, day(&asked.on, "on")?, format).await?,
        "statement" => {
            let days = (day(&asked.from, "from")?, day(&asked.to, "to")?);
            app.papers.statement(by, id, days, format).await?
        }
        _ => return Err(Problem::of(codes::NOT_FOUND)),
    };
    attachment(made)
}

async fn notice(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<ApplicationId>,
) -> Result<Response, Problem> {
    attachment(app.papers.notice(&visit.actor, id, Format::Pdf).await?)
}
