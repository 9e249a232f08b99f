//! What a provider says of itself (OpenID Connect Discovery 1.0).

use serde::Deserialize;
use url::Url;

use super::endpoint;
use super::provider::Failure;

/// How a provider is asked.
#[derive(Debug)]
pub(super) struct Metadata {
    /// Where people go to sign in.
    pub authorization: Url,
    /// Where codes are redeemed.
    pub token: Url,
    /// Where its keys are.
    pub keys: Url,
    /// Where it tells of people what the ID token does not.
    pub user_info: Option<Url>,
    /// Whether we prove who we are by HTTP's basic scheme, and not in the form.
    pub basic: bool,
    /// Whether it promises to say who it is when it sends people back (RFC 9207).
    pub names_itself: bool,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Where the document of `issuer` lies.
pub(super) fn address(issuer: &str, loopback: bool) -> Option<Url> {
    endpoint::parse(&format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/')), loopback)
}

/// Reads the document of `issuer`, which must be its own.
pub(super) fn read(body: &[u8], issuer: &str, loopback: bool) -> Result<Metadata, Failure> {
    let document: Document =
        serde_json::from_slice(body).map_err(|_| Failure::Malformed("the discovery document"))?;
    if document.issuer != issuer {
        return Err(Failure::OtherIssuer);
    }
    let parse = |text: &str| endpoint::parse(text, loopback).ok_or(Failure::Address);
    // Basic is what a provider takes that names nothing (Discovery, 3).
    let methods = document.token_endpoint_auth_methods_supported;
    let basic = methods.is_none_or(|known| known.iter().any(|method| method == "client_secret_basic"));
    Ok(Metadata {
        authorization: parse(&document.authorization_endpoint)?,
        token: parse(&document.token_endpoint)?,
        keys: parse(&document.jwks_uri)?,
        user_info: document.userinfo_endpoint.as_deref().map(parse).transpose()?,
        basic,
        names_itself: document.authorization_response_iss_parameter_supported,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ISSUER: &str = "https://id.example/realms/acme";

    fn document() -> Value {
        json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://id.example/authorize?tenant=1",
            "token_endpoint": "https://id.example/token",
            "jwks_uri": "https://keys.example/jwks",
            "userinfo_endpoint": "https://id.example/me",
        })
    }

    fn read_json(document: &Value) -> Result<Metadata, Failure> {
        read(document.to_string().as_bytes(), ISSUER, false)
    }

    #[test]
    fn the_document_lies_below_the_issuer() {
        for issuer in [ISSUER, "https://id.example/realms/acme/"] {
            let address = address(issuer, false).unwrap();
            assert_eq!(address.as_str(), "https://id.example/realms/acme/.well-known/openid-configuration");
        }
    }

    #[test]
    fn a_document_is_taken_from_its_own_issuer_with_safe_addresses_alone() {
        let read = read_json(&document()).unwrap();
        assert_eq!(read.keys.as_str(), "https://keys.example/jwks");
        assert!(read.basic && !read.names_itself);

        let changed = |member: &str, value: Value| {
            let mut document = document();
            document[member] = value;
            read_json(&document)
        };
        for other in
            ["https://evil.example", "https://id.example/realms/acme/", "https://ID.example/realms/acme"]
        {
            assert!(matches!(changed("issuer", json!(other)), Err(Failure::OtherIssuer)), "{other}");
        }
        for member in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
            assert!(
                matches!(changed(member, json!("http://id.example/x")), Err(Failure::Address)),
                "{member}"
            );
            assert!(
                matches!(changed(member, json!("http://127.0.0.1/x")), Err(Failure::Address)),
                "{member}"
            );
            assert!(matches!(changed(member, Value::Null), Err(Failure::Malformed(_))), "{member}");
        }
        assert!(matches!(changed("userinfo_endpoint", json!("http://id.example/me")), Err(Failure::Address)));
        assert!(changed("userinfo_endpoint", Value::Null).unwrap().user_info.is_none());
        let post = changed("token_endpoint_auth_methods_supported", json!(["client_secret_post"])).unwrap();
        assert!(!post.basic);
    }
}
