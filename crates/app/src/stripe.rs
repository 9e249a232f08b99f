//! Stripe as a rail: cards that Stripe keeps are charged, and given back.

use std::sync::Arc;
use std::time::Duration;

use florin_kernel::{Currency, Timestamp, TransferId};
use florin_payments::rail::{
    About, Answer, Flow, Happened, Headers, Instruction, Means, MeansKind, ProcessorEvent, Rail, Recalled,
    Submitted, WebhookReceiver, WebhookRefused,
};
use florin_payments::{CardFacts, CardKeeper, KeeperSilent};
use florin_rails::stripe::{
    self, Amount, Answered, Declined, Dispute, Event, EventObject, Intent, IntentStatus, Method,
    RefundStatus, Refused, Request,
};
use reqwest::header::{CONTENT_TYPE, HeaderName};
use reqwest::{Client, Url};
use secrecy::{ExposeSecret as _, SecretString};

use crate::StartError;
use crate::config::Config;
use crate::http_client::traced;

/// The processor's name.
const NAME: &str = "stripe";
/// How much it may answer.
const BYTES_MAX: usize = 1 << 20;
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The version of the interface that answers are read by.
const VERSION: (HeaderName, &str) = (HeaderName::from_static("stripe-version"), "2025-03-31.basil");

/// Stripe.
pub(crate) struct Stripe {
    http: Client,
    base: Url,
    key: SecretString,
    patience: Duration,
}

impl Stripe {
    /// The Stripe of the configuration; none where it has no key.
    ///
    /// # Errors
    /// [`StartError::System`] when the address or the file of authorities cannot be read.
    pub(crate) fn of(config: &Config) -> Result<Option<Arc<Self>>, StartError> {
        let settings = &config.stripe;
        if settings.secret_key.expose_secret().is_empty() {
            return Ok(None);
        }
        let base = settings.url.parse();
        let ca_file = Some(settings.ca_file.as_path()).filter(|path| !path.as_os_str().is_empty());
        Ok(Some(Arc::new(Self {
            http: crate::http_client(ca_file)?,
            base: base.map_err(|_| StartError::System("stripe.url is no address".to_owned()))?,
            key: settings.secret_key.clone(),
            patience: config.payments.patience(),
        })))
    }

    /// Sends a request; the status and the body of the answer, or why there is none.
    async fn send(&self, request: &Request) -> Result<(u16, Vec<u8>), String> {
        let url = self.base.join(&request.path).map_err(|error| error.to_string())?;
        let sent = match request.method {
            Method::Get => self.http.get(url),
            Method::Post => self
                .http
                .post(url)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(request.form.clone()),
        };
        let sent = sent
            .header(VERSION.0, VERSION.1)
            .basic_auth(self.key.expose_secret(), Some(""))
            .timeout(self.patience);
        let sent = match &request.key {
            Some(key) => sent.header(IDEMPOTENCY_KEY, key),
            None => sent,
        };
        let mut answer = traced(sent).send().await.map_err(|error| error.without_url().to_string())?;
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| error.without_url().to_string())? {
            if body.len().saturating_add(part.len()) > BYTES_MAX {
                return Err("the answer is too long".to_owned());
            }
            body.extend_from_slice(&part);
        }
        Ok((status, body))
    }

    async fn charge(&self, instruction: &Instruction) -> Submitted {
        let Means::Kept(kept) = &instruction.means else {
            return declined("unsupported_method", "the card is not kept by Stripe");
        };
        let amount = match Amount::of(instruction.amount) {
            Ok(amount) => amount,
            Err(error) => return declined("unsupported_amount", &error.to_string()),
        };
        let purpose = format!("Payment {}", instruction.id);
        let customer = kept.customer.as_deref();
        let request = Request::charge(instruction.id.uuid(), &amount, customer, &kept.reference, &purpose);
        match self.send(&request).await {
            Ok((status, body)) => said(instruction, stripe::read_intent(status, &body)),
            Err(why) => Submitted::Unknown { why },
        }
    }

    async fn find(&self, instruction: &Instruction) -> Submitted {
        if instruction.refund_of.is_some() {
            return self.find_refund(instruction).await;
        }
        if let Some(id) = &instruction.processor_id {
            return match self.send(&Request::read(id)).await {
                Ok((status, body)) => match stripe::read_intent(status, &body) {
                    Answered::Refused(refused) => unanswered(&refused),
                    answer => said(instruction, answer),
                },
                Err(why) => Submitted::Unknown { why },
            };
        }
        match self.send(&Request::find(instruction.id.uuid())).await {
            Ok((status, body)) => match stripe::read_intents(status, &body) {
                Answered::Done(Some(intent)) => said(instruction, Answered::Done(intent)),
                // What was made a moment ago is not found yet. Asked for again under its own key, it is made once.
                Answered::Done(None) => self.charge(instruction).await,
                Answered::Declined(declined) => said(instruction, Answered::Declined(declined)),
                Answered::Refused(refused) => unanswered(&refused),
                Answered::Unknown(why) => Submitted::Unknown { why },
            },
            Err(why) => Submitted::Unknown { why },
        }
    }

    async fn give_back(&self, instruction: &Instruction) -> Submitted {
        let original = instruction.refund_of.as_ref().and_then(|original| original.processor_id.as_deref());
        let Some(original) = original else {
            return declined("unknown_charge", "the payment has no charge at Stripe");
        };
        let amount = match Amount::of(instruction.amount) {
            Ok(amount) => amount,
            Err(error) => return declined("unsupported_amount", &error.to_string()),
        };
        let request = Request::refund(instruction.id.uuid(), original, &amount);
        match self.send(&request).await {
            Ok((status, body)) => refunded(stripe::read_refund(status, &body)),
            Err(why) => Submitted::Unknown { why },
        }
    }

    async fn find_refund(&self, instruction: &Instruction) -> Submitted {
        let Some(id) = &instruction.processor_id else { return self.give_back(instruction).await };
        match self.send(&Request::read_refund(id)).await {
            Ok((status, body)) => match stripe::read_refund(status, &body) {
                Answered::Refused(refused) => unanswered(&refused),
                answer => refunded(answer),
            },
            Err(why) => Submitted::Unknown { why },
        }
    }

    async fn stop(&self, instruction: &Instruction) -> Recalled {
        let Some(intent) = &instruction.processor_id else {
            // Nobody knows whether there is a charge; if there is one, it is found first.
            return match self.send(&Request::find(instruction.id.uuid())).await {
                Ok((status, body)) => match stripe::read_intents(status, &body) {
                    Answered::Done(Some(intent)) => self.cancel_intent(instruction.id, &intent.id).await,
                    Answered::Done(None) => Recalled::Stopped,
                    _ => Recalled::TooLate,
                },
                Err(_) => Recalled::TooLate,
            };
        };
        self.cancel_intent(instruction.id, intent).await
    }

    async fn cancel_intent(&self, id: TransferId, intent: &str) -> Recalled {
        match self.send(&Request::cancel(id.uuid(), intent)).await {
            Ok((status, body)) => match stripe::read_intent(status, &body) {
                Answered::Done(Intent { status: IntentStatus::Canceled, .. }) => Recalled::Stopped,
                _ => Recalled::TooLate,
            },
            Err(_) => Recalled::TooLate,
        }
    }
}

impl Rail for Stripe {
    fn name(&self) -> &'static str {
        NAME
    }

    fn carries(&self, flow: Flow, means: MeansKind, _: Currency) -> bool {
        flow == Flow::In && means == MeansKind::Kept(NAME)
    }

    fn submit<'a>(&'a self, instruction: &'a Instruction) -> Answer<'a, Submitted> {
        Box::pin(self.charge(instruction))
    }

    fn look_up<'a>(&'a self, instruction: &'a Instruction) -> Answer<'a, Submitted> {
        Box::pin(self.find(instruction))
    }

    fn refund<'a>(&'a self, instruction: &'a Instruction) -> Answer<'a, Submitted> {
        Box::pin(self.give_back(instruction))
    }

    fn cancel<'a>(&'a self, instruction: &'a Instruction) -> Answer<'a, Recalled> {
        Box::pin(self.stop(instruction))
    }
}

fn declined(code: &str, text: &str) -> Submitted {
    Submitted::Declined { code: code.to_owned(), text: text.to_owned() }
}

/// A question that was refused: nothing follows from that for what was asked about.
fn unanswered(refused: &Refused) -> Submitted {
    tracing::error!(status = refused.status, code = refused.code, "Stripe does not answer a question");
    Submitted::Unknown { why: unanswered_text(refused) }
}

fn unanswered_text(refused: &Refused) -> String {
    format!("the question was refused: {}", refused.code)
}

/// What an answer about a charge says of a payment.
fn said(instruction: &Instruction, answer: Answered<Intent>) -> Submitted {
    let intent = match answer {
        Answered::Done(intent) if intent.amount.money() != Some(instruction.amount) => {
            tracing::error!(payment.id = %instruction.id, "Stripe made a charge of another amount");
            return Submitted::Unknown { why: format!("the charge {} is of another amount", intent.id) };
        }
        Answered::Done(intent) => intent,
        Answered::Declined(Declined { code, message, .. }) => {
            return Submitted::Declined { code, text: message };
        }
        Answered::Refused(refused) => {
            tracing::error!(status = refused.status, code = refused.code, "Stripe does not take a request");
            // It was refused as it came: nothing was charged. Settings are mended and the payment is made anew.
            return Submitted::Declined { code: "processor_refused".to_owned(), text: refused.message };
        }
        Answered::Unknown(why) => return Submitted::Unknown { why },
    };
    match intent.status {
        IntentStatus::Succeeded => Submitted::Succeeded { processor_id: intent.id, fee: None },
        IntentStatus::Processing => Submitted::Processing { processor_id: intent.id },
        IntentStatus::Canceled => declined("canceled", "the charge was cancelled"),
        IntentStatus::Declined | IntentStatus::Waiting => match intent.declined {
            Some(Declined { code, message, .. }) => Submitted::Declined { code, text: message },
            None => declined("authentication_required", "the payer would have to confirm the charge"),
        },
        IntentStatus::Other => {
            Submitted::Unknown { why: "a state of the charge that is not known".to_owned() }
        }
    }
}

/// What an answer about a refund says of it.
fn refunded(answer: Answered<stripe::Refund>) -> Submitted {
    match answer {
        Answered::Done(refund) => match refund.status {
            RefundStatus::Succeeded => Submitted::Succeeded { processor_id: refund.id, fee: None },
            RefundStatus::Pending => Submitted::Processing { processor_id: refund.id },
            RefundStatus::Failed => declined("refund_failed", "the money could not be given back"),
        },
        Answered::Declined(Declined { code, message, .. }) => Submitted::Declined { code, text: message },
        Answered::Refused(refused) => Submitted::Declined { code: refused.code, text: refused.message },
        Answered::Unknown(why) => Submitted::Unknown { why },
    }
}

impl CardKeeper for Stripe {
    fn name(&self) -> &'static str {
        NAME
    }

    fn describe<'a>(&'a self, reference: &'a str) -> Answer<'a, Result<Option<CardFacts>, KeeperSilent>> {
        Box::pin(async move {
            let (status, body) = self.send(&Request::read_method(reference)).await.map_err(KeeperSilent)?;
            match stripe::read_card(status, &body) {
                Answered::Done(card) => Ok(card.map(|card| CardFacts {
                    brand: card.brand,
                    last_four: card.last_four,
                    expires_month: card.expires_month,
                    expires_year: card.expires_year,
                    customer: card.customer,
                })),
                Answered::Refused(refused) if matches!(refused.status, 400 | 404) => Ok(None),
                Answered::Refused(refused) => Err(KeeperSilent(unanswered_text(&refused))),
                Answered::Declined(declined) => Err(KeeperSilent(declined.code)),
                Answered::Unknown(why) => Err(KeeperSilent(why)),
            }
        })
    }
}

/// Reads what Stripe sends to `/webhooks/stripe`.
pub(crate) struct StripeWebhook {
    secrets: Vec<SecretString>,
}

impl StripeWebhook {
    /// Believes what is signed by one of the configuration's secrets; while one is replaced there are two. None where
    /// there is no secret.
    pub(crate) fn of(config: &Config) -> Option<Self> {
        let secrets = config.stripe.webhook_secrets.expose_secret().split_ascii_whitespace();
        let secrets: Vec<SecretString> = secrets.map(SecretString::from).collect();
        (!secrets.is_empty()).then_some(Self { secrets })
    }
}

impl WebhookReceiver for StripeWebhook {
    fn name(&self) -> &'static str {
        NAME
    }

    fn read(
        &self,
        headers: &dyn Headers,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Option<ProcessorEvent>, WebhookRefused> {
        let signature = headers.get("stripe-signature").ok_or(WebhookRefused::Signature)?;
        let secrets: Vec<&[u8]> =
            self.secrets.iter().map(|secret| secret.expose_secret().as_bytes()).collect();
        stripe::verify(signature, body, &secrets, now).map_err(|_| WebhookRefused::Signature)?;
        let event = Event::read(body).map_err(|_| WebhookRefused::Malformed)?;
        Ok(of(event))
    }
}

/// What an event says of an instruction of ours; none of what nobody here waits for.
fn of(event: Event) -> Option<ProcessorEvent> {
    let (florin_id, processor_id, amount, happened) = match event.object {
        EventObject::Intent(intent) => {
            let happened = match intent.status {
                IntentStatus::Succeeded => Happened::Succeeded { fee: None },
                IntentStatus::Canceled => failed("canceled", "the charge was cancelled"),
                IntentStatus::Declined => {
                    let declined = intent.declined?;
                    Happened::Failed { code: declined.code, text: declined.message }
                }
                IntentStatus::Processing | IntentStatus::Waiting | IntentStatus::Other => return None,
            };
            (intent.florin_id?, intent.id, intent.amount, happened)
        }
        EventObject::Refund(refund) => {
            let Some(florin_id) = refund.florin_id else { return elsewhere(event.id, &refund) };
            let happened = match refund.status {
                RefundStatus::Succeeded => Happened::Succeeded { fee: None },
                RefundStatus::Failed => failed("refund_failed", "the money could not be given back"),
                RefundStatus::Pending => return None,
            };
            (florin_id, refund.id, refund.amount, happened)
        }
        EventObject::Dispute(dispute) => return disputed(event.id, &event.kind, &dispute),
        EventObject::Other => return None,
    };
    let about = About::Instruction(florin_id.parse().ok()?);
    let amount = amount.money();
    Some(ProcessorEvent { id: event.id, about, processor_id: Some(processor_id), amount, happened })
}

/// Somebody gave money back in Stripe's own pages: the books know nothing of it.
fn elsewhere(id: String, refund: &stripe::Refund) -> Option<ProcessorEvent> {
    let about = About::Payment { processor_id: refund.intent.clone()? };
    let text = format!("{} gave back {} {}", refund.id, refund.amount.minor, refund.amount.currency);
    let happened = Happened::Noted { topic: "payment.refunded_elsewhere", text };
    Some(ProcessorEvent { id, about, processor_id: None, amount: None, happened })
}

/// A dispute that is lost takes the payment back, as a return does; anything before that, and what is lost in part, is
/// for people to look at.
fn disputed(id: String, kind: &str, dispute: &Dispute) -> Option<ProcessorEvent> {
    let about = About::Payment { processor_id: dispute.intent.clone()? };
    let (closed, lost) = (kind == "charge.dispute.closed", dispute.status == "lost");
    let happened = if closed && lost {
        let text = format!("{} was lost: {}", dispute.id, dispute.reason);
        Happened::Lost { code: "dispute_lost".to_owned(), text, amount: dispute.amount.money() }
    } else {
        let topic = if closed { "payment.dispute_closed" } else { "payment.disputed" };
        Happened::Noted { topic, text: format!("{} is {}: {}", dispute.id, dispute.status, dispute.reason) }
    };
    Some(ProcessorEvent { id, about, processor_id: None, amount: None, happened })
}

fn failed(code: &str, text: &str) -> Happened {
    Happened::Failed { code: code.to_owned(), text: text.to_owned() }
}
