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
    /// The payer objected and was given their money back: all of the payment, or a part.
    Lost {
        /// A stable code.
        code: String,
        /// The same for people.
        text: String,
        /// How much the payer was given.
        amount: Option<Money>,
    },
    /// Something to be known about it that moves no money here.
    Noted {
        /// The topic that it is told by, such as `payment.disputed`; without `payment.` the cause in the history.
        topic: &'static str,
        /// The same for people.
        text: String,
    },
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// An instruction of ours: a payment, or a refund.
    Instruction(TransferId),
    /// A payment that the processor names by its own identifier alone.
    Payment {
        /// That identifier.
        processor_id: String,
    },
}

/// One event of a processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessorEvent {
    /// The processor's identifier of the event: it counts once.
    pub id: String,
    /// What it is about.
    pub about: About,
    /// The processor's identifier of the instruction.
    pub processor_id: Option<String>,
    /// How much the processor says it is about, where it says so; it must be what was instructed.
    pub amount: Option<Money>,
    /// What happened.
    pub happened: Happened,
}

/// Reads what one processor sends.
pub trait WebhookReceiver: Send + Sync {
    /// The processor's name, as it stands in the path.
    fn name(&self) -> &'static str;

    /// The event, when the processor's signature over the bytes holds; none where nobody here waits for such events.
    ///
    /// # Errors
    /// [`WebhookRefused`].
    fn read(
        &self,
        headers: &dyn Headers,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Option<ProcessorEvent>, WebhookRefused>;
}
