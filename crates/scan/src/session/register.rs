//! Opening an account of the scanner's own.

use crate::chance::{self, Chance};
use crate::client::{Client, Who};
use crate::error::Stop;
use crate::session::{Person, credentials, registers, sign_in};
use crate::surface::Surface;

/// Opens an account where that is possible, and signs in with it.
pub(crate) async fn register(
    client: &mut Client,
    surface: &Surface,
    chance: &mut Chance,
) -> Result<Option<Person>, Stop> {
    // Another scan with the same seed finds its account taken and must not be able to guess its password.
    let (Ok(password), Ok(apart)) = (chance::password(), chance::seed()) else { return Ok(None) };
    for endpoint in registers(surface) {
        let email = format!("scan-{}-{apart:x}@example.org", chance.word());
        let answer = client.send(&credentials(&endpoint, &email, &password), &Who::nobody()).await?;
        if !answer.is_success() && !answer.is_redirect() {
            continue;
        }
        if let Some(person) = sign_in(client, surface, &email, &password).await? {
            return Ok(Some(person));
        }
    }
    Ok(None)
}
