//! What Florin tells people: mail.
//!
//! A letter is written in the caller's unit of work and sent by a job after the commit, so that nothing is sent for
//! what did not happen. What the crate promises:
//!
//! - No text of a person's can add a header, a recipient or markup to a letter.
//! - Links lead to the configured public address only, whatever a request's headers say.
//! - Sending the same letter again replaces it: a job that runs twice makes one file.
//!
//! Words: a [`Mail`] is one letter to one person; a [`Letterhead`] is who writes and where links lead; a [`Mailer`] is
//! what carries letters away, of which the [`Outbox`] directory is one.

mod error;
mod job;
mod letterhead;
mod letters;
mod mail;
mod mailer;

pub use error::MailError;
pub use job::{SendMail, post};
pub use letterhead::{Letterhead, PublicUrl};
pub use letters::{Envelope, already_registered, verify_email, welcome};
pub use mail::Mail;
pub use mailer::{Mailer, Outbox};
