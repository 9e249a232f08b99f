//! Lists on the wire.

use florin_http::Problem;
use florin_kernel::PageRequest;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which page is wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many rows at most, from 1 to 100; 25 when left out.
    pub limit: Option<u16>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl PageQuery {
    /// The page, if it can be asked for.
    pub fn request(self) -> Result<PageRequest, Problem> {
        Ok(PageRequest::try_new(self.limit, self.cursor)?)
    }
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ListView<T> {
    /// The rows.
    pub data: Vec<T>,
    /// What to ask for next; `null` at the end.
    pub next_cursor: Option<String>,
}
