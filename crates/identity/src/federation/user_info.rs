//! What a provider tells of somebody besides the ID token (OpenID Connect Core 1.0, 5.3).

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::provider::{Failure, Provider};

/// What is taken of it.
#[derive(Deserialize)]
pub(super) struct UserInfo {
    sub: String,
    email: Option<Value>,
    email_verified: Option<Value>,
    name: Option<Value>,
}

impl UserInfo {
    /// What lies at `url` for the bearer of `token`.
    pub(super) async fn ask(
        provider: &Provider,
        url: &Url,
        token: &SecretString,
        subject: &str,
    ) -> Result<Self, Failure> {
        let bearer = SecretString::from(format!("Bearer {}", token.expose_secret()));
        Self::read(&provider.get(url.clone(), Some(bearer)).await?, subject)
    }

    /// It is of no use unless it is about the subject of the ID token (5.3.2).
    fn read(body: &[u8], subject: &str) -> Result<Self, Failure> {
        let told: Self =
            serde_json::from_slice(body).map_err(|_| Failure::Malformed("what it tells of people"))?;
        if told.sub == subject { Ok(told) } else { Err(Failure::NoSubject) }
    }

    /// The email, if it is verified.
    pub(super) fn verified_email(&self) -> Option<&str> {
        verified_email(self.email.as_ref(), self.email_verified.as_ref())
    }

    /// What the person is called there.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_ref()?.as_str()
    }
}

/// The email, if the provider says that it is verified: by the word `true` and not by a text of that spelling.
pub(super) fn verified_email<'a>(email: Option<&'a Value>, verified: Option<&Value>) -> Option<&'a str> {
    email.filter(|_| verified == Some(&Value::Bool(true)))?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_counts_for_the_subject_of_the_id_token_alone() {
        let told =
            json!({ "sub": "7", "email": "grace@example.org", "email_verified": true, "name": "Grace" });
        let read = |subject| UserInfo::read(told.to_string().as_bytes(), subject);

        let mine = read("7").unwrap();
        assert_eq!((mine.verified_email(), mine.name()), (Some("grace@example.org"), Some("Grace")));
        assert!(matches!(read("8"), Err(Failure::NoSubject)));
        // What is signed or encrypted as a whole (5.3.2) was not asked for.
        assert!(matches!(UserInfo::read(b"eyJhbGciOiJub25lIn0.e30.", "7"), Err(Failure::Malformed(_))));
    }

    #[test]
    fn an_email_that_is_not_said_to_be_verified_is_none() {
        let email = json!("grace@example.org");
        for verified in [None, Some(json!(false)), Some(json!("true")), Some(json!(1))] {
            assert_eq!(verified_email(Some(&email), verified.as_ref()), None);
        }
        assert_eq!(verified_email(None, Some(&json!(true))), None);
    }
}
