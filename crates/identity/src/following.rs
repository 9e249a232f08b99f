//! Learning which sign-ins and keys other processes ended, well before they are read again.

use florin_db::params;
use florin_kernel::{SessionId, Timestamp};

use crate::identity::later;
use crate::{Error, Identity};

/// How far back is looked, in seconds: what is committed late, and clocks that differ.
const LOOK_BACK_SECONDS: i64 = 10;

impl Identity {
    /// Learns what was ended in the last seconds, here or in another process; how much of it was news. The tokens and
    /// keys of that are refused from here on, without a look at the database.
    ///
    /// # Errors
    /// [`Error::Db`]; what was ended then counts once it is read again ([`crate::Settings::recheck_seconds`]).
    pub async fn learn_what_ended(&self) -> Result<usize, Error> {
        let since: Timestamp = later(self.env.now(), -LOOK_BACK_SECONDS);
        let ended: Vec<SessionId> = self
            .db
            .read(move |reader| {
                let rows = reader.rows(
                    "SELECT id FROM identity_session WHERE revoked_at_us >= $1
                     UNION ALL SELECT id FROM identity_api_key WHERE revoked_at_us >= $1",
                    &params![since],
                )?;
                rows.iter().map(|row| Ok::<_, Error>(SessionId::from_uuid(row.get(0)?))).collect()
            })
            .await?;
        let news: Vec<SessionId> =
            ended.into_iter().filter(|session| !self.revocations.revoked(*session)).collect();
        if !news.is_empty() {
            self.ended(&news);
        }
        Ok(news.len())
    }
}
