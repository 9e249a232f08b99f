//! What Florin tells people: mail, and notices of it.
//!
//! A letter is written in the caller's unit of work and sent by a job after the commit, so that nothing is sent for
//! what did not happen. What the crate promises:
//!
//! - No text of a person's can add a header, a recipient or markup to a letter.
//! - Links lead to the configured public address only, whatever a request's headers say.
//! - Whatever a person is told is kept as a notice in the same commit, without links and secrets ([`tell`]).
//! - Sending the same letter again replaces it: a job that runs twice makes one file, or two mails of one `Message-ID`.
//! - While a mail server is away letters wait, for five days; what it refuses for good is kept among the dead jobs.
//!
//! Words: a [`Notice`] is what somebody was told and can read again; a [`Mail`] is one letter to one person; a [`Letterhead`] is who writes and where links lead; a [`Mailer`] is
//! what carries letters away, of which the [`Outbox`] directory is one and [`Smtp`] another.

mod alert_letters;
mod device_letters;
mod error;
mod factor_letters;
mod identity_letters;
mod job;
mod letterhead;
mod letters;
mod mail;
mod mailer;
mod notices;
mod password_letters;
mod payment_letters;
mod schedule_letters;
mod smtp;

pub use alert_letters::alert_notice;
pub use device_letters::{Seen, new_device, session_drifted, stolen_token};
pub use error::MailError;
pub use factor_letters::{FactorNotice, factor_notice};
pub use identity_letters::{IdentityNotice, identity_notice};
pub use job::{SendMail, post};
pub use letterhead::{Letterhead, PublicUrl};
pub use letters::{Envelope, already_registered, api_key_made, verify_email, welcome};
pub use mail::Mail;
pub use mailer::{Mailer, Outbox, Sending};
pub use notices::{
    ForgetNotices, MIGRATIONS, Notice, NoticeError, NoticeId, Notices, Preference, Topic, Which, tell,
};
pub use password_letters::{invitation, locked_out, password_changed, reset_password};
pub use payment_letters::{PaymentLook, payment_notice};
pub use schedule_letters::{ScheduleEvent, ScheduleNotice, schedule_notice};
pub use smtp::{Security, Smtp, SmtpSettings};
