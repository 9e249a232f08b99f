//! How long pages take and how large they are, asked for by whoever opens them every day; and what it costs when many look
//! at the live dashboard.

mod house;
mod report;
mod table;
mod viewers;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::header::CONTENT_TYPE;

use self::house::Guests;
pub use self::report::{PageRow, Pages};
pub use self::table::Who;
use self::table::{PAGES, Page};
pub use self::viewers::Watched;
use super::prepare::{failed, fill};
use super::scenarios::Options;
use super::server::Child;
use super::verdict::{Acknowledged, judge};
use super::{Answer, Group, Load, Report};
use crate::{Exit, Failure};

/// How long a page is asked for before it is measured.
const WARM_UP: Duration = Duration::from_millis(500);

/// Measures each page over each number of connections, then the viewers of the dashboard if any are wanted.
pub(super) async fn measure(options: &Options, directory: &Path, report: &mut Report) -> Result<(), Failure> {
    if options.running.is_some() {
        let why = "pages are measured on an instance that is made for it; leave out --url";
        return Err(Failure::new(Exit::Usage, why));
    }
    let bank = fill(options, directory).await?;
    let house = house::furnish(&bank).await?;
    let child = Child::serve(&bank).await?;
    let guests = Arc::new(house.come_in(child.addr()).await?);
    let mut watched = vec![child.group()];
    watched.extend(options.postgres_pid.map(|pid| Group::new("postgres", pid)));
    let mut pages = Pages::default();
    for &connections in &options.connections {
        let duration = Duration::from_secs(options.seconds);
        let load = Load { connections, duration, warmup: WARM_UP, watched: watched.clone() };
        for page in PAGES {
            pages.rows.push(one(&load, &child, &guests, page).await?);
        }
    }
    if options.viewers > 0 {
        let make = || guests.get(Who::Admin, "/ops/stream");
        let seen =
            viewers::watch(child.addr(), &child.group(), options.viewers, options.seconds, make).await?;
        pages.watched = Some(seen);
    }
    report.pages = Some(pages);
    child.stop().await?;
    judge(bank, Acknowledged::default()).await
}

async fn one(load: &Load, child: &Child, guests: &Arc<Guests>, page: &Page) -> Result<PageRow, Failure> {
    let largest = Arc::new(AtomicU64::new(0));
    let (asking, path, who) = (Arc::clone(guests), page.at(&guests.places), page.who);
    let noting = Arc::clone(&largest);
    let make = move |_: usize, _: u64| asking.get(who, &path);
    let check = move |answer: &Answer| {
        is_page(answer)?;
        noting.fetch_max(u64::try_from(answer.body.len()).unwrap_or(0), Ordering::Relaxed);
        Ok(())
    };
    let measured = load.run(child.addr(), make, check).await.map_err(|error| failed(&error.to_string()))?;
    let bytes = largest.load(Ordering::Relaxed);
    Ok(PageRow { path: page.path, who, connections: load.connections, bytes, measured })
}

/// Whether an answer is the page that was asked for: nobody was sent elsewhere, and nothing refused.
fn is_page(answer: &Answer) -> Result<(), String> {
    let kind = answer.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if answer.status.as_u16() == 200 && kind.starts_with("text/html") {
        return Ok(());
    }
    Err(format!("{} {kind}", answer.status))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;
    use hyper::{HeaderMap, StatusCode};

    use super::*;

    #[test]
    fn a_redirection_or_another_kind_of_answer_is_no_page() {
        let answer = |status, kind: &'static str| Answer {
            status,
            headers: HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]),
            body: bytes::Bytes::new(),
        };

        assert_eq!(is_page(&answer(StatusCode::OK, "text/html; charset=utf-8")), Ok(()));
        assert!(is_page(&answer(StatusCode::SEE_OTHER, "text/html")).is_err());
        assert!(is_page(&answer(StatusCode::OK, "application/json")).is_err());
    }
}
