//! From a code to somebody whom the provider vouches for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::form_urlencoded::{Serializer, byte_serialize};
use zeroize::Zeroizing;

use super::attempt::Derived;
use super::discovery::Metadata;
use super::id_token::{Claims, Expected, Parts};
use super::provider::{Failure, Provider};
use super::settings::{ProviderKind, ProviderSettings};
use super::user_info::UserInfo;
use super::{Callback, ProviderRequest, github};
use crate::{Email, FullName};

/// A longer code is none.
const CODE_MAX: usize = 4096;
/// How long a subject may be (OpenID Connect Core, 2).
const SUBJECT_MAX: usize = 255;

/// Somebody, as a provider vouches for them.
#[derive(Clone)]
pub(super) struct Claimed {
    pub issuer: String,
    pub subject: String,
    /// An email that the provider verified; others are left out.
    pub email: Option<Email>,
    pub name: Option<FullName>,
}

impl Claimed {
    /// Puts together what was said; what cannot be an email or a name is left out.
    pub(super) fn of(
        issuer: &str,
        subject: &str,
        verified_email: Option<&str>,
        name: Option<&str>,
    ) -> Result<Self, Failure> {
        let formed = (1..=SUBJECT_MAX).contains(&subject.len()) && !subject.chars().any(char::is_control);
        if !formed {
            return Err(Failure::NoSubject);
        }
        Ok(Self {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            email: verified_email.and_then(|email| email.parse().ok()),
            name: name.and_then(|name| name.parse().ok()),
        })
    }
}

/// What the token endpoint answers; GitHub tells errors with status 200.
#[derive(Deserialize)]
struct Tokens {
    access_token: Option<SecretString>,
    id_token: Option<SecretString>,
    error: Option<String>,
}

impl Provider {
    /// Whom the provider vouches for, by what came back from it.
    pub(super) async fn claims(&self, callback: &Callback, derived: &Derived) -> Result<Claimed, Failure> {
        let metadata = self.metadata().await?;
        self.check_sender(callback, &metadata)?;
        if let Some(error) = &callback.error {
            return Err(Failure::Refused(word(error)));
        }
        let code = callback.code.as_ref().filter(|code| (1..=CODE_MAX).contains(&code.expose_secret().len()));
        let tokens = self.redeem(code.ok_or(Failure::NoCode)?, &metadata, derived).await?;
        match self.settings.kind {
            ProviderKind::GitHub => {
                let token = tokens.access_token.ok_or(Failure::Malformed("the answer with the tokens"))?;
                github::claims(self, &token).await
            }
            ProviderKind::OpenId => self.vouched(&tokens, &metadata, derived).await,
        }
    }

    /// Refuses what another provider sent back (RFC 9207): a code must not be redeemed where it is not from.
    fn check_sender(&self, callback: &Callback, metadata: &Metadata) -> Result<(), Failure> {
        let fits = match &callback.iss {
            Some(named) if self.settings.kind == ProviderKind::GitHub => {
                let issuer = &self.settings.issuer;
                named == issuer || named.strip_prefix(issuer.as_str()) == Some("/login/oauth")
            }
            Some(named) => *named == self.settings.issuer,
            None => !metadata.names_itself,
        };
        if fits { Ok(()) } else { Err(Failure::MixedUp) }
    }

    async fn redeem(
        &self,
        code: &SecretString,
        metadata: &Metadata,
        derived: &Derived,
    ) -> Result<Tokens, Failure> {
        let body =
            self.send(self.redemption(code, metadata, derived)).await.map_err(|failure| match failure {
                Failure::Status(status @ 400..=499) => Failure::Refused(format!("status {status}")),
                failure => failure,
            })?;
        let tokens: Tokens =
            serde_json::from_slice(&body).map_err(|_| Failure::Malformed("the answer with the tokens"))?;
        match &tokens.error {
            Some(error) => Err(Failure::Refused(word(error))),
            None => Ok(tokens),
        }
    }

    /// What redeems a code, with who we are in the header or in the form, as the provider wants it.
    fn redemption(&self, code: &SecretString, metadata: &Metadata, derived: &Derived) -> ProviderRequest {
        let ProviderSettings { client_id, client_secret, .. } = &self.settings;
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code.expose_secret())
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("code_verifier", derived.verifier.expose_secret());
        let authorization = metadata.basic.then(|| basic(client_id, client_secret.expose()));
        if authorization.is_none() {
            form.append_pair("client_id", client_id).append_pair("client_secret", client_secret.expose());
        }
        let form = Some(SecretString::from(form.finish()));
        ProviderRequest { url: metadata.token.clone(), form, authorization }
    }

    /// Whom the ID token vouches for. Their email may stand there; where it does not, the provider is asked.
    async fn vouched(
        &self,
        tokens: &Tokens,
        metadata: &Metadata,
        derived: &Derived,
    ) -> Result<Claimed, Failure> {
        let token = tokens.id_token.as_ref().ok_or(Failure::Malformed("the answer with the tokens"))?;
        let claims = self.read_id_token(token.expose_secret(), metadata, derived).await?;
        let issuer = &self.settings.issuer;
        match (&metadata.user_info, &tokens.access_token) {
            (Some(url), Some(token)) if !claims.tells_email() => {
                let told = UserInfo::ask(self, url, token, &claims.sub).await?;
                Claimed::of(issuer, &claims.sub, told.verified_email(), told.name().or_else(|| claims.name()))
            }
            _ => Claimed::of(issuer, &claims.sub, claims.verified_email(), claims.name()),
        }
    }

    async fn read_id_token(
        &self,
        token: &str,
        metadata: &Metadata,
        derived: &Derived,
    ) -> Result<Claims, Failure> {
        let parts = Parts::of(token)?;
        let keys = self.keys(metadata, &parts).await?;
        let expected = Expected {
            issuer: &self.settings.issuer,
            client_id: &self.settings.client_id,
            nonce: &derived.nonce,
            now: self.now(),
        };
        Ok(parts.verify(&keys, &expected)?)
    }
}

/// HTTP's basic scheme, as OAuth 2 writes it (RFC 6749, 2.3.1): each part is form-encoded first.
fn basic(client_id: &str, client_secret: &str) -> SecretString {
    let part = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = Zeroizing::new(format!("{}:{}", part(client_id), part(client_secret)));
    SecretString::from(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
}

/// An error's name as it may stand in the log: what else a stranger could write there is left out.
fn word(error: &str) -> String {
    error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_proves_itself_as_oauth_writes_the_basic_scheme() {
        let header = basic("florin", "s:e c");

        assert_eq!(header.expose_secret(), format!("Basic {}", STANDARD.encode("florin:s%3Ae+c")));
    }

    #[test]
    fn an_error_is_one_word_in_the_log() {
        assert_eq!(word("access_denied"), "access_denied");
        assert_eq!(word("a\nb\u{1b}[31m c"), "ab31mc");
        assert_eq!(word(&"a".repeat(1000)).len(), 64);
    }

    #[test]
    fn whoever_has_no_usable_subject_is_nobody() {
        for subject in ["", "a\nb", &"a".repeat(256)] {
            assert!(matches!(
                Claimed::of("https://id.example", subject, None, None),
                Err(Failure::NoSubject)
            ));
        }
        let claimed = Claimed::of("https://id.example", "7", Some("no email"), Some("x")).unwrap();
        assert!(claimed.email.is_none() && claimed.name.is_none());
    }
}
