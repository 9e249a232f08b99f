//! GitHub: OAuth 2 without ID tokens. Who somebody is, is asked of its API.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::discovery::Metadata;
use super::endpoint;
use super::exchange::Claimed;
use super::provider::{Failure, Provider};

/// The public site; its API has an address of its own.
const PUBLIC: &str = "https://github.com";

#[derive(Deserialize)]
struct User {
    id: u64,
    name: Option<String>,
    login: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    email: String,
    primary: bool,
    verified: bool,
}

/// How the GitHub at `site` is asked.
pub(super) fn metadata(site: &str, loopback: bool) -> Result<Metadata, Failure> {
    let site = site.trim_end_matches('/');
    let below = |path: &str| endpoint::parse(&format!("{site}{path}"), loopback).ok_or(Failure::Address);
    Ok(Metadata {
        authorization: below("/login/oauth/authorize")?,
        token: below("/login/oauth/access_token")?,
        // It has none, and none is ever asked for.
        keys: below("/login/oauth/.well-known/jwks")?,
        user_info: None,
        basic: false,
        names_itself: false,
    })
}

/// Where the API of the GitHub at `site` is.
fn api(site: &str) -> String {
    match site.trim_end_matches('/') {
        PUBLIC => "https://api.github.com".to_owned(),
        enterprise => format!("{enterprise}/api/v3"),
    }
}

/// Whose token this is. A number is who they are, for they may change their name; of the emails only the primary one
/// counts, and only when it is verified.
pub(super) async fn claims(provider: &Provider, token: &SecretString) -> Result<Claimed, Failure> {
    let api = api(&provider.settings.issuer);
    let bearer = || Some(SecretString::from(format!("Bearer {}", token.expose_secret())));
    let user = provider.get(provider.address(&format!("{api}/user"))?, bearer()).await?;
    let user: User = serde_json::from_slice(&user).map_err(|_| Failure::Malformed("the user"))?;
    let emails = provider.get(provider.address(&format!("{api}/user/emails"))?, bearer()).await?;
    let emails: Vec<Address> =
        serde_json::from_slice(&emails).map_err(|_| Failure::Malformed("the list of emails"))?;
    let email = emails.iter().find(|email| email.primary && email.verified);
    let name = user.name.as_deref().or(user.login.as_deref());
    let issuer = &provider.settings.issuer;
    Claimed::of(issuer, &user.id.to_string(), email.map(|found| found.email.as_str()), name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_is_where_github_has_it() {
        assert_eq!(api("https://github.com"), "https://api.github.com");
        assert_eq!(api("https://github.com/"), "https://api.github.com");
        assert_eq!(api("https://git.bank.example"), "https://git.bank.example/api/v3");
        let known = metadata("https://github.com", false).unwrap();
        assert_eq!(known.authorization.as_str(), "https://github.com/login/oauth/authorize");
        assert_eq!(known.token.as_str(), "https://github.com/login/oauth/access_token");
    }
}
