//! What processors tell by themselves.

use florin_kernel::{Money, Timestamp, TransferId};
use thiserror::Error;

/// The headers of a request, by their names in lower case.
pub trait Headers {
    /// The one value of a header; `None` where there is none, or more than one, or no text.
    fn get(&self, name: &str) -> Option<&str>;
}

/// Why what was sent is not believed. Whoever sent it learns no more than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WebhookRefused {
    /// Nobody of this name sends here.
    #[error("there is no such processor")]
    UnknownProcessor,
    /// The signature is absent, wrong, or of another time.
    #[error("the signature is missing, wrong or too old")]
    Signature,
    /// It was signed, and cannot be read.
    #[error("the event cannot be read")]
    Malformed,
}

/// What happened to an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It went through.
    Succeeded {
        /// What the processor charges.
        fee: Option<Money>,
    },
    /// It did not, and will not.
    Failed {
        /// A stable code.
        code: String,
        /// The same for people.
        text: String,
    },
    /// It went through and was returned since.
    Returned {
        /// The code of the return, such as R01.
        code: String,
        /// The same for people.
        text: String,
    },
}

/// One event of a processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessorEvent {
    /// The processor's identifier of the event: it counts once.
    pub id: String,
    /// The instruction that it is about: a payment, or a refund.
    pub instruction: TransferId,
    /// The processor's identifier of the instruction.
    pub processor_id: Option<String>,
    /// What happened.
    pub happened: Happened,
}

/// Reads what one processor sends.
pub trait WebhookReceiver: Send + Sync {
    /// The processor's name, as it stands in the path.
    fn name(&self) -> &'static str;

    /// The event, when the processor's signature over the bytes holds.
    ///
    /// # Errors
    /// [`WebhookRefused`].
    fn read(
        &self,
        headers: &dyn Headers,
        body: &[u8],
        now: Timestamp,
    ) -> Result<ProcessorEvent, WebhookRefused>;
}
