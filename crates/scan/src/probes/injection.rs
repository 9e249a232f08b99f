//! Putting things into one parameter after the other.

use crate::ask::{Exchange, Part, Scan};
use crate::error::Stop;
use crate::probes::shape::shape;
use crate::probes::{redirect, sql_boolean, sql_error, sql_time, ssrf, traversal, xss_reflected};
use crate::surface::{Endpoint, Kind, Place};

/// One parameter, and what it is answered when nothing is wrong.
pub(crate) struct Spot {
    pub(crate) endpoint: Endpoint,
    pub(crate) at: usize,
    pub(crate) name: String,
    pub(crate) sample: String,
    pub(crate) kind: Kind,
    pub(crate) base: Exchange,
    /// Whether the same question got the same answer twice.
    pub(crate) steady: bool,
}

impl Spot {
    /// Asks with this value in the parameter.
    pub(crate) async fn put(&self, scan: &mut Scan, value: &str) -> Result<Exchange, Stop> {
        scan.ask(&self.endpoint, &[(self.at, value)]).await
    }

    pub(crate) fn base_shape(&self) -> String {
        shape(&self.base.1, &[&self.sample])
    }

    /// Whether the name of the parameter has one of these words in it.
    pub(crate) fn is_called(&self, words: &[&str]) -> bool {
        self.endpoint.params.get(self.at).is_some_and(|param| param.is_called(words))
    }

    pub(crate) fn is_json(&self) -> bool {
        self.endpoint.params.get(self.at).is_some_and(|param| matches!(param.place, Place::Json(_)))
    }
}

pub(crate) async fn run(scan: &mut Scan, part: Part) -> Result<(), Stop> {
    for (endpoint, at) in scan.targets(part) {
        let Some(param) = endpoint.params.get(at).cloned() else { continue };
        let base = scan.ask(&endpoint, &[(at, &param.sample)]).await?;
        // What is refused for haste or for lack of rights does not look at what it was given.
        if matches!(base.1.status, 0 | 404 | 405 | 429) && param.place != Place::Path
            || base.1.is_denied() && part == Part::General
        {
            continue;
        }
        let again = scan.ask(&endpoint, &[(at, &param.sample)]).await?;
        let steady = shape(&base.1, &[&param.sample]) == shape(&again.1, &[&param.sample]);
        let (name, sample, kind) = (param.name, param.sample, param.kind);
        let spot = Spot { endpoint, at, name, sample, kind, base, steady };
        if is_picky(scan, &spot).await? {
            continue;
        }
        let found = sql_error::run(scan, &spot).await? || sql_boolean::run(scan, &spot).await?;
        if !found {
            sql_time::run(scan, &spot).await?;
        }
        xss_reflected::run(scan, &spot).await?;
        redirect::run(scan, &spot).await?;
        traversal::run(scan, &spot).await?;
        ssrf::run(scan, &spot).await?;
    }
    Ok(())
}

/// Whether the parameter takes numbers, identifiers or words from a list alone, and refuses all else in the same way
/// before it does anything.
async fn is_picky(scan: &mut Scan, spot: &Spot) -> Result<bool, Stop> {
    let (one, two) = (scan.chance.word(), format!("{}'\"<>", scan.chance.word()));
    let first = spot.put(scan, &one).await?.1;
    if !matches!(first.status, 400 | 404 | 422) || first.is_html() {
        return Ok(false);
    }
    let second = spot.put(scan, &two).await?.1;
    let same = shape(&first, &[&one]) == shape(&second, &[&two]);
    // Addresses have a form of their own, and may be looked at only when they have it.
    let address =
        spot.is_called(&["url", "uri", "callback", "webhook", "next", "redirect", "return", "file", "path"]);
    let refused_anyway = !spot.base.1.is_success() && first.status == spot.base.1.status;
    Ok(same && !address && (spot.base.1.is_success() || refused_anyway) && first.status != 404)
}
