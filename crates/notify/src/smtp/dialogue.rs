//! What is said to the server, phase by phase.

use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};

use super::meaning::{Phase, meaning};
use super::{Security, Server};
use crate::MailError;

/// The longest that connecting to one of the server's addresses may take, so that the next one has its turn.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection that is encrypted and signed in as the settings want it.
///
/// # Errors
/// [`MailError::Unavailable`] and [`MailError::Service`]; no password was shown to a server that is not whom it should be.
pub(super) async fn greet(server: &Server) -> Result<AsyncSmtpConnection, MailError> {
    let outer = if server.security == Security::Tls { server.tls.clone() } else { None };
    let place = (server.host.as_str(), server.port);
    let mut connection =
        AsyncSmtpConnection::connect_tokio1(place, Some(CONNECT_TIMEOUT), &server.hello, outer, None)
            .await
            .map_err(|error| meaning(Phase::Greeting, &error))?;
    if server.security == Security::Starttls {
        if !connection.can_starttls() {
            connection.abort().await;
            return Err(MailError::Service("it does not offer STARTTLS".to_owned()));
        }
        let tls =
            server.tls.clone().ok_or_else(|| MailError::Settings("TLS for mail is not set up".to_owned()))?;
        let encrypted = connection.starttls(tls, &server.hello).await;
        encrypted.map_err(|error| meaning(Phase::Encryption, &error))?;
    }
    if server.security != Security::None && !connection.is_encrypted() {
        return Err(MailError::Service("the connection is not encrypted".to_owned()));
    }
    if let Some(credentials) = server.credentials() {
        let signed_in = connection.auth(DEFAULT_MECHANISMS, &credentials).await;
        signed_in.map_err(|error| meaning(Phase::SignIn, &error))?;
    }
    Ok(connection)
}

/// Gives one letter to the server, which has taken responsibility for it when this ends well.
///
/// # Errors
/// [`MailError::Unavailable`], [`MailError::Service`], and [`MailError::Refused`] for this letter alone.
pub(super) async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    from: Address,
    to: Address,
    bytes: &[u8],
) -> Result<(), MailError> {
    let parameters = parameters(connection, &from, &to, bytes)?;
    let sender = connection.command(Mail::new(Some(from), parameters)).await;
    sender.map_err(|error| meaning(Phase::Sender, &error))?;
    let recipient = connection.command(Rcpt::new(to, Vec::new())).await;
    recipient.map_err(|error| meaning(Phase::Recipient, &error))?;
    let announced = connection.command(Data).await;
    announced.map_err(|error| meaning(Phase::Content, &error))?;
    let taken = connection.message(bytes).await;
    taken.map_err(|error| meaning(Phase::Content, &error))?;
    Ok(())
}

/// What the server must be able to do for this letter (RFC 6152, RFC 6531).
fn parameters(
    connection: &AsyncSmtpConnection,
    from: &Address,
    to: &Address,
    bytes: &[u8],
) -> Result<Vec<MailParameter>, MailError> {
    let info = connection.server_info();
    let mut parameters = Vec::new();
    let address: &[&str] = &[from.as_ref(), to.as_ref()];
    if !address.iter().all(|part| part.is_ascii()) {
        if !info.supports_feature(Extension::SmtpUtfEight) {
            return Err(MailError::Refused("it takes no addresses outside of ASCII".to_owned()));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !bytes.is_ascii() {
        if !info.supports_feature(Extension::EightBitMime) {
            return Err(MailError::Refused("it takes no letters outside of ASCII".to_owned()));
        }
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    Ok(parameters)
}
