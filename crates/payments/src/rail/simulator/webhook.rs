//! The simulator's webhooks: signed over the time and the bytes, as processors do.

use florin_kernel::{Timestamp, TransferId};
use florin_vault::DerivedKey;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::NAME;
use crate::rail::{About, Happened, Headers, ProcessorEvent, WebhookReceiver, WebhookRefused};

/// The header of the signature: `t=SECONDS,v1=HEX`.
pub const SIGNATURE_HEADER: &str = "simulator-signature";
/// How far the time of a signature may be from now, in seconds.
const TOLERANCE_SECONDS: i64 = 300;

/// Signs what the simulator sends, and reads it.
#[derive(Clone, Debug)]
pub struct SimulatorWebhooks(DerivedKey);

/// An event on the wire.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    id: String,
    r#type: String,
    instruction: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl SimulatorWebhooks {
    /// Webhooks signed with this key.
    pub fn new(key: DerivedKey) -> Self {
        Self(key)
    }

    /// The value of the signature's header for these bytes, sent at this time.
    pub fn sign(&self, body: &[u8], at: Timestamp) -> String {
        use std::fmt::Write as _;
        let seconds = at.as_second();
        let Some(mac) = self.mac(seconds, body) else { return String::new() };
        let mut text = format!("t={seconds},v1=");
        for byte in mac.finalize().into_bytes() {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    /// An event's bytes: `succeeded`, `failed` or `returned`, of an instruction.
    pub fn body(id: &str, what: &str, instruction: TransferId, reason: Option<(&str, &str)>) -> Vec<u8> {
        let wire = Wire {
            id: id.to_owned(),
            r#type: what.to_owned(),
            instruction: instruction.to_string(),
            code: reason.map(|(code, _)| code.to_owned()),
            text: reason.map(|(_, text)| text.to_owned()),
        };
        serde_json::to_vec(&wire).unwrap_or_default()
    }

    fn mac(&self, seconds: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
        // HMAC takes keys of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose()).ok()?;
        mac.update(seconds.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        Some(mac)
    }

    fn is_signed(&self, header: &str, body: &[u8], now: Timestamp) -> bool {
        let Some((time, signature)) = header.split_once(',') else { return false };
        let (Some(time), Some(signature)) = (time.strip_prefix("t="), signature.strip_prefix("v1=")) else {
            return false;
        };
        let (Ok(seconds), Some(signature)) = (time.parse::<i64>(), from_hex(signature)) else { return false };
        let fresh = now.as_second().saturating_sub(seconds).saturating_abs() <= TOLERANCE_SECONDS;
        // Compared in constant time.
        let genuine = self.mac(seconds, body).is_some_and(|mac| mac.verify_slice(&signature).is_ok());
        fresh && genuine
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs.map(|pair| if let [high, low] = pair { Some(high << 4 | low) } else { None }).collect()
}

impl WebhookReceiver for SimulatorWebhooks {
    fn name(&self) -> &'static str {
        NAME
    }

    fn read(
        &self,
        headers: &dyn Headers,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Option<ProcessorEvent>, WebhookRefused> {
        let signature = headers.get(SIGNATURE_HEADER).ok_or(WebhookRefused::Signature)?;
        if !self.is_signed(signature, body, now) {
            return Err(WebhookRefused::Signature);
        }
        let wire: Wire = serde_json::from_slice(body).map_err(|_| WebhookRefused::Malformed)?;
        let instruction: TransferId = wire.instruction.parse().map_err(|_| WebhookRefused::Malformed)?;
        let (code, text) = (wire.code.unwrap_or_default(), wire.text.unwrap_or_default());
        let usable = (1..=100).contains(&wire.id.len()) && code.len() <= 40 && text.len() <= 200;
        let happened = match wire.r#type.as_str() {
            "succeeded" => Happened::Succeeded { fee: None },
            "failed" if !code.is_empty() => Happened::Failed { code, text },
            "returned" if !code.is_empty() => Happened::Returned { code, text },
            _ => return Err(WebhookRefused::Malformed),
        };
        if !usable {
            return Err(WebhookRefused::Malformed);
        }
        let processor_id = Some(super::processor_id(instruction));
        let about = About::Instruction(instruction);
        Ok(Some(ProcessorEvent { id: wire.id, about, processor_id, amount: None, happened }))
    }
}
