//! Channels: how people learn of alerts.
//!
//! News is written as jobs in the commit of the change that it tells of, one for each channel and receiver, so that an outage
//! of one holds up no other and loses nothing: a job is tried again for a day, ever more seldom.

mod job;
mod news;
mod slack;
mod sms;
mod webhook;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use florin_db::{DbError, Tx};
use florin_kernel::meter::Count;
use florin_kernel::{Env, Timestamp, Uuid};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

pub use job::TellChannel;
pub use news::{Line, News, What};
pub use webhook::InvalidSecret;

use crate::catalogue::metric;
use crate::rules::Severity;
use crate::{Gather, Number, Reading};

/// A kind of channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Letters.
    Email,
    /// An incoming webhook of Slack, or of what takes its form.
    Slack,
    /// Text messages, by Twilio or what takes its form.
    Sms,
    /// A call signed as Standard Webhooks has it.
    Webhook,
}

impl Channel {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Email, Self::Slack, Self::Sms, Self::Webhook];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Slack => "slack",
            Self::Sms => "sms",
            Self::Webhook => "webhook",
        }
    }
}

/// Where text messages go, and by which account.
#[derive(Clone, Debug)]
pub struct SmsSettings {
    /// Where the service is, such as `https://api.twilio.com`.
    pub url: String,
    /// The account.
    pub account: String,
    /// Its token.
    pub token: SecretString,
    /// From which number.
    pub from: String,
    /// To which numbers.
    pub to: Vec<String>,
}

/// Where signed calls go.
#[derive(Clone, Debug)]
pub struct WebhookSettings {
    /// Where; many such addresses are secrets.
    pub url: SecretString,
    /// What they are signed with: `whsec_` and base 64.
    pub secret: SecretString,
}

/// Which channels there are, and what each is told: of alerts that are at least so bad.
#[derive(Clone, Debug, Default)]
pub struct ChannelSettings {
    /// Letters to these addresses.
    pub email: Option<(Vec<String>, Severity)>,
    /// The address of the incoming webhook, which is a secret.
    pub slack: Option<(SecretString, Severity)>,
    /// Text messages.
    pub sms: Option<(SmsSettings, Severity)>,
    /// Signed calls.
    pub webhook: Option<(WebhookSettings, Severity)>,
}

/// What is sent over HTTP; always by POST.
pub struct Outgoing {
    /// Where; it may be a secret.
    pub url: SecretString,
    /// The headers; their values may be secrets.
    pub headers: Vec<(&'static str, SecretString)>,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outgoing")
    }
}

/// An answer on its way: its status, or why there is none, in words without secrets.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<u16, String>> + Send + 'a>>;

/// Sends to the outside.
pub trait Sender: Send + Sync {
    /// Sends, and waits for the answer.
    fn send(&self, outgoing: Outgoing) -> Answering<'_>;
}

/// Writes letters.
pub trait Letters: Send + Sync {
    /// Writes a letter about this news into the unit of work.
    ///
    /// # Errors
    /// What the database says.
    fn write(&self, tx: &mut Tx<'_>, id: Uuid, to: &str, news: &News, at: Timestamp) -> Result<(), DbError>;
}

/// All channels. Clones share them.
#[derive(Clone)]
pub struct Channels(Arc<Inner>);

struct Inner {
    settings: ChannelSettings,
    letters: Arc<dyn Letters>,
    wake: Arc<Notify>,
    sent: [Count; Channel::ALL.len()],
    failed: [Count; Channel::ALL.len()],
}

/// News on its way to one receiver.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Errand {
    channel: Channel,
    /// Which of the channel's receivers.
    receiver: usize,
    news: News,
}

impl Channels {
    /// These channels; `wake` tells the workers that there is something to send.
    ///
    /// # Errors
    /// [`InvalidSecret`] where calls could not be signed.
    pub fn new(
        settings: ChannelSettings,
        letters: Arc<dyn Letters>,
        wake: Arc<Notify>,
    ) -> Result<Self, InvalidSecret> {
        if let Some((webhook, _)) = &settings.webhook {
            webhook::key(&webhook.secret)?;
        }
        Ok(Self(Arc::new(Inner {
            settings,
            letters,
            wake,
            sent: Default::default(),
            failed: Default::default(),
        })))
    }

    /// Which channels there are, and how bad alerts must be that each is told of.
    pub fn present(&self) -> Vec<(Channel, Severity)> {
        let settings = &self.0.settings;
        let all = [
            settings.email.as_ref().map(|(_, least)| (Channel::Email, *least)),
            settings.slack.as_ref().map(|(_, least)| (Channel::Slack, *least)),
            settings.sms.as_ref().map(|(_, least)| (Channel::Sms, *least)),
            settings.webhook.as_ref().map(|(_, least)| (Channel::Webhook, *least)),
        ];
        all.into_iter().flatten().collect()
    }

    /// Writes the news into the unit of work, for each channel that is told of alerts so bad. News about nothing is none.
    ///
    /// # Errors
    /// What the database says.
    pub fn tell(&self, tx: &mut Tx<'_>, news: &News, env: &Env) -> Result<(), DbError> {
        for (channel, least) in self.present() {
            if news.severity >= least && !news.lines.is_empty() {
                self.tell_channel(tx, channel, news, env)?;
            }
        }
        Ok(())
    }

    /// Writes the news into the unit of work for one channel.
    ///
    /// # Errors
    /// What the database says.
    pub fn tell_channel(
        &self,
        tx: &mut Tx<'_>,
        channel: Channel,
        news: &News,
        env: &Env,
    ) -> Result<(), DbError> {
        let now = env.now();
        if let (Channel::Email, Some((to, _))) = (channel, &self.0.settings.email) {
            for to in to {
                self.0.letters.write(tx, env.new_uuid(), to, news, now)?;
            }
            return Ok(());
        }
        let receivers = match (channel, &self.0.settings.sms) {
            (Channel::Sms, Some((sms, _))) => sms.to.len(),
            _ => 1,
        };
        for receiver in 0..receivers {
            let errand = Errand { channel, receiver, news: news.clone() };
            let payload =
                serde_json::to_string(&errand).map_err(|error| DbError::Other(error.to_string()))?;
            florin_jobs::enqueue(tx, TellChannel::KIND, &payload, now)?;
        }
        Ok(())
    }

    /// Tells the workers that there is something to send, once it is committed.
    pub fn wake(&self) {
        self.0.wake.notify_one();
    }

    /// What an errand sends at this time; none where its channel is there no more.
    fn outgoing(&self, errand: &Errand, now: Timestamp) -> Option<Outgoing> {
        let settings = &self.0.settings;
        match errand.channel {
            // Letters are written at once, and sent by jobs of their own.
            Channel::Email => None,
            Channel::Slack => settings.slack.as_ref().map(|(url, _)| slack::outgoing(url, &errand.news)),
            Channel::Sms => {
                let (sms, _) = settings.sms.as_ref()?;
                Some(sms::outgoing(sms, sms.to.get(errand.receiver)?, &errand.news))
            }
            Channel::Webhook => {
                let (webhook, _) = settings.webhook.as_ref()?;
                webhook::outgoing(webhook, &errand.news, now).ok()
            }
        }
    }

    fn count(&self, channel: Channel, sent: bool) {
        let counts = if sent { &self.0.sent } else { &self.0.failed };
        let place = Channel::ALL.iter().position(|one| *one == channel);
        if let Some(count) = place.and_then(|place| counts.get(place)) {
            count.one();
        }
    }
}

impl Gather for Channels {
    fn counts(&self) -> Vec<Reading> {
        let of = |counts: &[Count], outcome: &'static str| {
            let numbers = Channel::ALL.into_iter().zip(counts.iter().map(Count::get).collect::<Vec<_>>());
            let reading = move |(channel, number): (Channel, u64)| {
                Reading::with(&metric::DELIVERIES, &[channel.code(), outcome], Number::whole(number))
            };
            numbers.map(reading).collect::<Vec<_>>()
        };
        [of(&self.0.sent, "sent"), of(&self.0.failed, "failed")].concat()
    }
}
