//! Telling a person something: by a notice, and by mail where that is wanted.

use florin_db::{DbError, Tx};
use florin_kernel::{Timestamp, UserId};

use super::{Topic, store};
use crate::{Mail, post};

/// Tells a person what a letter says, in this unit of work: keeps a notice of it, and has the letter sent after the commit
/// unless they do not want letters of its topic. Says whether it is sent.
///
/// # Errors
/// What the database says.
pub fn tell(tx: &mut Tx<'_>, user: UserId, mail: &Mail, at: Timestamp) -> Result<bool, DbError> {
    let topic = Topic::of_kind(&mail.kind);
    store::insert(tx, user, topic, mail)?;
    let sends = !topic.is_optional() || store::mail_wanted(&mut tx.reader(), user, topic)?;
    if sends {
        post(tx, mail, at)?;
    }
    Ok(sends)
}
