//! Calls that are signed as Standard Webhooks has it (<https://www.standardwebhooks.com>).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use florin_kernel::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{News, Outgoing, WebhookSettings};

/// A secret that nothing can be signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret of the webhook is not `whsec_` and 24 to 64 bytes in base 64")]
pub struct InvalidSecret;

/// The key in a secret.
pub(super) fn key(secret: &SecretString) -> Result<Zeroizing<Vec<u8>>, InvalidSecret> {
    let encoded = secret.expose_secret().strip_prefix("whsec_").ok_or(InvalidSecret)?;
    let key = STANDARD.decode(encoded).map(Zeroizing::new).map_err(|_| InvalidSecret)?;
    if (24..=64).contains(&key.len()) { Ok(key) } else { Err(InvalidSecret) }
}

pub(super) fn outgoing(
    settings: &WebhookSettings,
    news: &News,
    now: Timestamp,
) -> Result<Outgoing, InvalidSecret> {
    let body = body(news);
    // The identifier stays the same when the call is made again, so that its receiver can tell; the time does not.
    let (id, at) = (format!("msg_{}", news.id.simple()), now.as_second().to_string());
    let signature = signature(&settings.secret, &id, &at, &body)?;
    let headers = vec![
        ("content-type", SecretString::from("application/json")),
        ("webhook-id", id.into()),
        ("webhook-timestamp", at.into()),
        ("webhook-signature", signature.into()),
    ];
    Ok(Outgoing { url: settings.url.clone(), headers, body: body.into_bytes() })
}

fn signature(secret: &SecretString, id: &str, at: &str, body: &str) -> Result<String, InvalidSecret> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key(secret)?).map_err(|_| InvalidSecret)?;
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

fn body(news: &News) -> String {
    let at = Timestamp::from_microsecond(news.at_us).unwrap_or(Timestamp::UNIX_EPOCH);
    let alerts: Vec<_> = news
        .lines
        .iter()
        .map(|line| json!({ "id": line.alert, "instance": line.instance, "summary": line.summary }))
        .collect();
    json!({
        "type": format!("alert.{}", news.what.words().replace(' ', "_")),
        "timestamp": at.to_string(),
        "data": {
            "rule": news.rule,
            "severity": news.severity.code(),
            "runbook": news.runbook,
            "alerts": alerts,
        },
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_specifications_example() {
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

        let signed =
            signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", r#"{"test": 2432232314}"#);

        assert_eq!(signed.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_that_is_none_is_refused() {
        for wrong in ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!"] {
            assert_eq!(key(&wrong.into()).unwrap_err(), InvalidSecret, "{wrong}");
        }
    }
}
