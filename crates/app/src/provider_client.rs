//! Asking other providers over HTTP, within narrow bounds.

use std::error::Error as _;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;

use florin_identity::{ProviderAnswer, ProviderClient, ProviderRequest, Unreachable};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Request, Response};
use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use crate::StartError;
use crate::http_client::traced;

/// How much it may answer.
const BYTES_MAX: usize = 256 * 1024;

/// Asks providers over HTTP/1.1. It follows no redirect and uses no proxy: what is asked goes where it is meant to go.
pub(crate) struct HttpProviders(Client);

impl HttpProviders {
    /// Checks certificates against the authorities of `ca_file`, or the public ones.
    ///
    /// # Errors
    /// [`StartError::System`] when the file cannot be read.
    pub(crate) fn open(ca_file: Option<&Path>) -> Result<Self, StartError> {
        Ok(Self(crate::http_client(ca_file)?))
    }

    async fn ask(&self, request: ProviderRequest) -> Result<ProviderAnswer, Unreachable> {
        let asked = self.0.execute(self.request(request)?).await.map_err(why)?;
        let status = asked.status().as_u16();
        Ok(ProviderAnswer { status, body: body_of(asked).await? })
    }

    fn request(&self, request: ProviderRequest) -> Result<Request, Unreachable> {
        let ProviderRequest { url, form, authorization } = request;
        let mut built = match &form {
            Some(form) => self
                .0
                .post(url)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form.expose_secret().to_owned()),
            None => self.0.get(url),
        };
        if let Some(authorization) = &authorization {
            let value = HeaderValue::from_str(authorization.expose_secret());
            let mut value = value.map_err(|_| Unreachable("the credentials fit no header".to_owned()))?;
            value.set_sensitive(true);
            built = built.header(AUTHORIZATION, value);
        }
        traced(built.header(ACCEPT, "application/json")).build().map_err(why)
    }
}

impl ProviderClient for HttpProviders {
    fn send(
        &self,
        request: ProviderRequest,
    ) -> Pin<Box<dyn Future<Output = Result<ProviderAnswer, Unreachable>> + Send + '_>> {
        Box::pin(self.ask(request))
    }
}

/// The body, as far as it is in bounds, whatever length was announced.
async fn body_of(mut answer: Response) -> Result<Zeroizing<Vec<u8>>, Unreachable> {
    let mut body = Zeroizing::new(Vec::new());
    while let Some(part) = answer.chunk().await.map_err(why)? {
        if body.len().saturating_add(part.len()) > BYTES_MAX {
            return Err(Unreachable(format!("the answer has more than {BYTES_MAX} bytes")));
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

/// Why there is no answer, without the address: it may have been given to us with secrets in it.
fn why(error: reqwest::Error) -> Unreachable {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    Unreachable(text)
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// A provider that gives the same answer to everybody, and what the last one asked.
    async fn provider(answer: Vec<u8>) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap());
        let heard = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = vec![0; 4096];
            let read = stream.read(&mut asked).await.unwrap();
            // Whoever has read enough goes away.
            let _ = stream.write_all(&answer).await;
            String::from_utf8_lossy(&asked[..read]).into_owned()
        });
        (url, heard)
    }

    async fn ask(url: &str, form: Option<&str>) -> Result<ProviderAnswer, Unreachable> {
        let request = ProviderRequest {
            url: url.parse().unwrap(),
            form: form.map(SecretString::from),
            authorization: Some(SecretString::from("Basic aHVzaA==")),
        };
        HttpProviders::open(None).unwrap().send(request).await
    }

    #[tokio::test]
    async fn a_form_is_posted_and_the_answer_comes_back() {
        let (url, heard) = provider(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}".to_vec()).await;

        let answer = ask(&url, Some("code=1&grant_type=x")).await.unwrap();

        assert_eq!((answer.status, answer.body.as_slice()), (201, b"{}".as_slice()));
        let asked = heard.await.unwrap().to_lowercase();
        assert!(
            asked.starts_with("post /token http/1.1\r\n") && asked.ends_with("code=1&grant_type=x"),
            "{asked}"
        );
        for header in [
            "accept: application/json",
            "content-type: application/x-www-form-urlencoded",
            "authorization: basic ahvzaa==",
        ] {
            assert!(asked.contains(header), "{header} in {asked}");
        }
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_like_any_other() {
        let moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
        let (url, heard) = provider(moved.to_vec()).await;

        assert_eq!(ask(&url, None).await.unwrap().status, 302);

        assert!(heard.await.unwrap().starts_with("GET /token "));
    }

    #[tokio::test]
    async fn an_endless_answer_is_cut_off() {
        let mut endless = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        endless.resize(BYTES_MAX + 1_000, b' ');
        let (url, _heard) = provider(endless).await;

        let Err(refused) = ask(&url, None).await else { panic!("it was taken") };

        assert!(refused.to_string().contains("more than 262144 bytes"), "{refused}");
    }

    #[tokio::test]
    async fn who_does_not_listen_is_unreachable_and_the_reason_names_no_address() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/secret-path", listener.local_addr().unwrap());
        drop(listener);

        let Err(refused) = ask(&url, None).await else { panic!("it was answered") };

        assert!(!refused.to_string().contains("secret-path"), "{refused}");
    }

    #[test]
    fn a_file_of_authorities_must_be_one() {
        assert!(HttpProviders::open(Some(Path::new("/nowhere.pem"))).is_err());
    }
}
