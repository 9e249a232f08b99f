//! Sending requests to the target and nowhere else, within bounds.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Method, Response};
use url::Url;

use crate::error::{Error, Stop};
use crate::message::{Answer, Request};
use crate::options::Options;

/// How much of an answer is read.
const BYTES_MAX: usize = 512 * 1024;
/// How many requests in a row may have no answer.
const SILENT_MAX: u32 = 10;
/// How long all waiting for `Retry-After` together may take.
const WAITED_MAX: Duration = Duration::from_mins(20);
/// How often one request is sent again after being told to wait.
const AGAIN_MAX: u32 = 3;
/// Requests a second to targets that are not on this machine, when nothing else is said.
const RATE_ELSEWHERE: u32 = 10;

/// What a request is sent with: a token, cookies, or nothing. It has no `Debug`, for it is secret.
#[derive(Clone, Default)]
pub(crate) struct Who {
    pub(crate) bearer: Option<String>,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Who {
    /// Somebody who has not signed in.
    pub(crate) fn nobody() -> Self {
        Self::default()
    }

    /// Somebody with this token and nothing else.
    pub(crate) fn with(token: impl Into<String>) -> Self {
        Self { bearer: Some(token.into()), cookies: BTreeMap::new() }
    }

    /// Keeps the cookies that an answer sets, and drops those that it takes back.
    pub(crate) fn keep(&mut self, answer: &Answer) {
        for line in answer.all("set-cookie") {
            let pair = line.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
                if value.is_empty() || line.to_lowercase().contains("max-age=0") {
                    self.cookies.remove(&name);
                } else {
                    self.cookies.insert(name, value);
                }
            }
        }
    }
}

pub(crate) struct Client {
    http: reqwest::Client,
    pub(crate) base: Url,
    left: u32,
    pub(crate) sent: u32,
    /// How many were refused for haste, and stayed so.
    pub(crate) limited: u32,
    interval: Duration,
    next: Instant,
    retry_after_max: Duration,
    waited: Duration,
    silent: u32,
}

impl Client {
    pub(crate) fn open(options: &Options, base: Url, loopback: bool) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(crate::tls::trusting()?)
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(options.timeout)
            .timeout(options.timeout)
            .http1_only()
            .user_agent("florin-scan")
            .build()
            .map_err(|error| Error::System(error.to_string()))?;
        let rate = options.rate.or((!loopback).then_some(RATE_ELSEWHERE));
        let interval = rate.map_or(Duration::ZERO, |rate| Duration::from_secs(1) / rate.max(1));
        Ok(Self {
            http,
            base,
            left: options.budget,
            sent: 0,
            limited: 0,
            interval,
            next: Instant::now(),
            retry_after_max: options.retry_after_max,
            waited: Duration::ZERO,
            silent: 0,
        })
    }

    /// Sends a request, waiting where the target asks for it and the wait is bearable.
    pub(crate) async fn send(&mut self, request: &Request, who: &Who) -> Result<Answer, Stop> {
        let mut answer = self.send_once(request, who).await?;
        for _ in 0..AGAIN_MAX {
            if !matches!(answer.status, 429 | 503) {
                break;
            }
            let Some(seconds) = answer.header("retry-after").and_then(|value| value.parse().ok()) else {
                break;
            };
            let wait = Duration::from_secs(seconds).max(Duration::from_millis(100));
            if wait > self.retry_after_max || self.waited.saturating_add(wait) > WAITED_MAX {
                break;
            }
            self.waited = self.waited.saturating_add(wait);
            tokio::time::sleep(wait).await;
            answer = self.send_once(request, who).await?;
        }
        if answer.status == 429 {
            self.limited = self.limited.saturating_add(1);
        }
        Ok(answer)
    }

    /// Sends a request and takes the answer as it is, a refusal for haste included.
    pub(crate) async fn send_once(&mut self, request: &Request, who: &Who) -> Result<Answer, Stop> {
        self.left = self.left.checked_sub(1).ok_or(Stop::Budget)?;
        self.sent = self.sent.saturating_add(1);
        self.pace().await;
        let begun = Instant::now();
        match self.exchange(request, who).await {
            Ok(mut answer) => {
                self.silent = 0;
                answer.elapsed = begun.elapsed();
                Ok(answer)
            }
            Err(why) => {
                self.silent = self.silent.saturating_add(1);
                if self.silent >= SILENT_MAX {
                    Err(Stop::Silent(why))
                } else {
                    Ok(Answer::none(begun.elapsed()))
                }
            }
        }
    }

    async fn pace(&mut self) {
        let now = Instant::now();
        if self.next > now {
            tokio::time::sleep_until(self.next.into()).await;
        }
        self.next = self.next.max(now).checked_add(self.interval).unwrap_or(now);
    }

    async fn exchange(&self, request: &Request, who: &Who) -> Result<Answer, String> {
        let url = self.url(&request.target)?;
        let method = Method::from_bytes(request.method.as_bytes()).map_err(|error| error.to_string())?;
        let mut built = self.http.request(method, url).headers(headers(request, who));
        if let Some((_, body)) = &request.body {
            built = built.body(body.clone());
        }
        let response = built.send().await.map_err(|error| why(&error))?;
        read(response).await.map_err(|error| why(&error))
    }

    /// The whole address of a path on the target; what leads elsewhere is refused.
    fn url(&self, target: &str) -> Result<Url, String> {
        let whole = format!("{}{target}", self.base.origin().ascii_serialization());
        let url = Url::parse(&whole).map_err(|error| error.to_string())?;
        if target.starts_with('/') && url.origin() == self.base.origin() {
            Ok(url)
        } else {
            Err(format!("{target} leads elsewhere"))
        }
    }
}

fn headers(request: &Request, who: &Who) -> HeaderMap {
    let mut map = HeaderMap::new();
    let mut put = |name: &str, value: &str| {
        // What fits no header is left out: the target could not have got it either.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            map.insert(name, value);
        }
    };
    put("accept", "application/json, text/html;q=0.9, */*;q=0.5");
    if let Some(token) = &who.bearer {
        put("authorization", &format!("Bearer {token}"));
    }
    if !who.cookies.is_empty() {
        let pairs: Vec<String> = who.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        put("cookie", &pairs.join("; "));
    }
    if let Some((kind, _)) = &request.body {
        put("content-type", kind);
    }
    for (name, value) in &request.headers {
        put(name, value);
    }
    map
}

async fn read(mut response: Response) -> Result<Answer, reqwest::Error> {
    let status = response.status().as_u16();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers =
        response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await? {
        body.extend_from_slice(&part);
        if body.len() > BYTES_MAX {
            body.truncate(BYTES_MAX);
            break;
        }
    }
    let body = String::from_utf8_lossy(&body).into_owned();
    Ok(Answer { status, headers, body, elapsed: Duration::ZERO })
}

fn why(error: &reqwest::Error) -> String {
    let mut text = "the request failed".to_owned();
    let mut cause = error.source();
    while let Some(found) = cause {
        text = format!("{text}: {found}");
        cause = found.source();
    }
    text
}
