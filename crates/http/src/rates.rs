//! How often somebody may ask: limits by class of route, by person or else by address.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use florin_kernel::meter::Count;
use florin_kernel::{Actor, Principal, Timestamp};
use florin_volatile::{Admission, Volatile, Window};

use crate::client_ip::ClientIp;
use crate::progress::Progress;
use crate::{Problem, codes};

/// Routes that share a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteClass {
    /// Registering.
    Register,
    /// Signing in, in each of its ways, and asking for mails that help with it.
    Login,
    /// One's own profile.
    Profile,
    /// Moving money.
    Payments,
    /// Applying for loans.
    Applications,
    /// Everything else.
    General,
}

impl RouteClass {
    /// Every class.
    pub const ALL: [Self; 6] =
        [Self::Register, Self::Login, Self::Profile, Self::Payments, Self::Applications, Self::General];

    /// The stable name, which is the setting's too.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Login => "login",
            Self::Profile => "profile",
            Self::Payments => "payments",
            Self::Applications => "applications",
            Self::General => "general",
        }
    }

    /// The class of a route, by its pattern: `/api/v1/accounts/{id}/deposit`.
    pub(crate) fn of(method: &Method, route: &str) -> Self {
        let auth = route.strip_prefix("/api/v1/auth").or_else(|| route.strip_prefix("/api/auth"));
        match auth {
            Some("/register") => return Self::Register,
            Some("/profile") => return Self::Profile,
            Some(path) if LOGIN.contains(&path) || path.starts_with("/oauth/") => return Self::Login,
            _ => {}
        }
        if method == Method::POST && !route.starts_with("/api/") {
            return match route {
                "/register" => Self::Register,
                path if LOGIN_PAGES.contains(&path) => Self::Login,
                "/profile" => Self::Profile,
                "/loans/apply" => Self::Applications,
                path if MOVING_PAGES.contains(&path) => Self::Payments,
                _ => Self::General,
            };
        }
        let path = route.strip_prefix("/api/v1").or_else(|| route.strip_prefix("/api")).unwrap_or(route);
        match path {
            _ if method != Method::POST => Self::General,
            "/loans/apply" => Self::Applications,
            path if MOVES.contains(&path) => Self::Payments,
            _ => Self::General,
        }
    }
}

/// Below `/auth`: what takes a guess at a secret, or sends a mail to whom a stranger names.
const LOGIN: &[&str] = &[
    "/login",
    "/login/2fa",
    "/2fa/backup-code",
    "/passkeys/login/start",
    "/passkeys/login/finish",
    "/password/forgot",
    "/password/reset",
    "/email/resend",
    "/email/verify",
];

/// The same among pages.
const LOGIN_PAGES: &[&str] = &[
    "/login",
    "/login/mfa",
    "/passkeys/login",
    "/passkeys/sign-in",
    "/forgot-password",
    "/reset-password",
    "/verify-email",
    "/verify-email/again",
];

/// Pages whose forms move money, or see to it that money is moved.
const MOVING_PAGES: &[&str] = &[
    "/transfer",
    "/payments/new",
    "/payments/scheduled/new",
    "/staff/accounts/{id}/deposit",
    "/staff/accounts/{id}/withdraw",
    "/staff/loans/{id}/orders/{order}",
    "/staff/cases/{id}/decide",
    "/staff/payments/{id}/refund",
];

/// What moves money, or sees to it that money is moved.
const MOVES: &[&str] = &[
    "/transfers",
    "/transfers/batch",
    "/transfers/{id}/post",
    "/transfers/{id}/void",
    "/transfers/{id}/reverse",
    "/accounts/transfer",
    "/accounts/{id}/deposit",
    "/accounts/{id}/withdraw",
    "/payments",
    "/payments/{id}/refund",
    "/{kind}/pay",
    "/scheduled-payments",
    "/loans/{id}/disburse",
    "/loans/{id}/draw",
    "/loans/{id}/payments",
    "/loans/{id}/payments/{payment}/reverse",
    "/loans/{id}/refund",
];

/// The limits of an installation.
#[derive(Clone, Debug)]
pub struct RateLimits {
    volatile: Volatile,
    windows: Arc<[Vec<Window>; RouteClass::ALL.len()]>,
    refusals: Refusals,
}

/// How many were refused, by class.
pub(crate) type Refusals = Arc<[Count; RouteClass::ALL.len()]>;

/// Whom a limit is for.
enum Whom<'a> {
    Actor(&'a Actor),
    Address(Option<IpAddr>),
}

impl RateLimits {
    /// Limits that are counted in `volatile`; `windows` are those of each class, in the order of [`RouteClass::ALL`].
    pub fn new(volatile: Volatile, windows: [Vec<Window>; RouteClass::ALL.len()]) -> Self {
        Self { volatile, windows: Arc::new(windows), refusals: Arc::default() }
    }

    /// Counts how many are refused.
    pub(crate) fn refusals(&self) -> Refusals {
        Arc::clone(&self.refusals)
    }

    fn refused(&self, class: RouteClass) {
        let at = RouteClass::ALL.iter().position(|one| *one == class);
        if let Some(count) = at.and_then(|at| self.refusals.get(at)) {
            count.one();
        }
    }

    async fn admit(&self, class: RouteClass, whom: &Whom<'_>) -> Option<Standing> {
        let at = RouteClass::ALL.iter().position(|one| *one == class)?;
        let windows = self.windows.get(at)?;
        let key = match whom {
            Whom::Actor(actor) => match actor.principal() {
                Principal::User { user, .. } => format!("{}:u:{user}", class.code()),
                Principal::Client { key, .. } => format!("{}:k:{key}", class.code()),
                Principal::Anonymous | Principal::System(_) => return None,
            },
            Whom::Address(ip) => format!("{}:a:{}", class.code(), Neighbourhood(*ip)),
        };
        Some(Standing { class, admission: self.volatile.admit(&key, windows).await? })
    }
}

/// Whom an address stands for: an IPv6 client has a whole /64 to choose from.
struct Neighbourhood(Option<IpAddr>);

impl std::fmt::Display for Neighbourhood {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(IpAddr::V4(four)) => write!(f, "{four}"),
            Some(IpAddr::V6(six)) => write!(f, "{}", Ipv6Addr::from_bits(six.to_bits() & (u128::MAX << 64))),
            None => f.write_str("-"),
        }
    }
}

/// Where whoever asks stands with their limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    class: RouteClass,
    admission: Admission,
}

/// Counts a request of somebody who has signed in.
///
/// # Errors
/// `rate_limited`, once they asked too often.
pub(crate) async fn admit_actor(parts: &Parts, actor: &Actor) -> Result<(), Problem> {
    admit(parts, &Whom::Actor(actor)).await
}

/// Counts a request of a stranger, and one whose sign-in is not good.
///
/// # Errors
/// `rate_limited`, once too many came from their address.
pub(crate) async fn admit_stranger(parts: &Parts) -> Result<(), Problem> {
    let address = parts.extensions.get::<ClientIp>().map(|ip| ip.0);
    admit(parts, &Whom::Address(address)).await
}

async fn admit(parts: &Parts, whom: &Whom<'_>) -> Result<(), Problem> {
    let Some(progress) = parts.extensions.get::<Arc<Progress>>() else { return Ok(()) };
    let Some((limits, class)) = progress.limits() else { return Ok(()) };
    let Some(standing) = limits.admit(class, whom).await else { return Ok(()) };
    progress.stands(standing);
    if standing.admission.admitted {
        return Ok(());
    }
    limits.refused(class);
    let wait = standing.admission.retry_in;
    Err(Problem::of(codes::RATE_LIMITED).retry_after(ceil_seconds(wait)))
}

/// Whole seconds, so that whoever waits for them has waited long enough.
fn ceil_seconds(duration: std::time::Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0))
}

impl Standing {
    /// Tells it: `X-RateLimit-*`, whose `-Reset` is an instant in seconds since 1970, and the fields of the IETF's
    /// draft-ietf-httpapi-ratelimit-headers, which count seconds from now.
    pub(crate) fn tell(&self, headers: &mut HeaderMap, now: Timestamp) {
        let Admission { window, remaining, resets_in, .. } = self.admission;
        let reset = ceil_seconds(resets_in);
        let name = self.class.code();
        let policy = format!("\"{name}\";q={};w={}", window.limit, window.length.as_secs());
        let at = now.as_second().saturating_add_unsigned(reset);
        let told = [
            ("x-ratelimit-limit", window.limit.to_string()),
            ("x-ratelimit-remaining", remaining.to_string()),
            ("x-ratelimit-reset", at.to_string()),
            ("ratelimit-policy", policy),
            ("ratelimit", format!("\"{name}\";r={remaining};t={reset}")),
        ];
        for (name, value) in told {
            // Digits and names of ours: each is a header's value.
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_classed_by_what_they_do() {
        for (method, route, class) in [
            (Method::POST, "/api/v1/auth/register", RouteClass::Register),
            (Method::POST, "/api/auth/login", RouteClass::Login),
            (Method::POST, "/api/v1/auth/2fa/backup-code", RouteClass::Login),
            (Method::GET, "/api/v1/auth/oauth/{provider}/start", RouteClass::Login),
            (Method::POST, "/api/v1/auth/password/forgot", RouteClass::Login),
            (Method::GET, "/api/auth/profile", RouteClass::Profile),
            (Method::POST, "/api/v1/transfers", RouteClass::Payments),
            (Method::GET, "/api/v1/transfers", RouteClass::General),
            (Method::POST, "/api/accounts/transfer", RouteClass::Payments),
            (Method::POST, "/api/v1/accounts/{id}/deposit", RouteClass::Payments),
            (Method::POST, "/api/v1/{kind}/pay", RouteClass::Payments),
            (Method::POST, "/api/v1/scheduled-payments", RouteClass::Payments),
            (Method::POST, "/api/v1/loans/{id}/disburse", RouteClass::Payments),
            (Method::POST, "/api/loans/apply", RouteClass::Applications),
            (Method::GET, "/api/v1/loans/{id}/payments", RouteClass::General),
            (Method::POST, "/api/v1/auth/refresh", RouteClass::General),
            (Method::GET, "/api/v1/accounts", RouteClass::General),
            (Method::POST, "/login/mfa", RouteClass::Login),
            (Method::GET, "/login", RouteClass::General),
            (Method::POST, "/register", RouteClass::Register),
            (Method::POST, "/transfer", RouteClass::Payments),
            (Method::POST, "/payments/new", RouteClass::Payments),
            (Method::POST, "/loans/apply", RouteClass::Applications),
            (Method::POST, "/payees/new", RouteClass::General),
        ] {
            assert_eq!(RouteClass::of(&method, route), class, "{method} {route}");
        }
    }

    #[test]
    fn an_ipv6_client_cannot_choose_another_address() {
        let key = |text: &str| Neighbourhood(Some(text.parse().unwrap())).to_string();
        assert_eq!(key("2001:db8:1:2:aaaa::1"), key("2001:db8:1:2:bbbb::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("198.51.100.7"), "198.51.100.7");
    }

    #[test]
    fn seconds_are_rounded_up() {
        use std::time::Duration;
        assert_eq!(
            [0, 1, 999, 1_000, 1_001].map(|ms| ceil_seconds(Duration::from_millis(ms))),
            [0, 1, 1, 1, 2]
        );
    }
}
