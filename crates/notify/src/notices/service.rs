//! Notices read and marked, and what people want by mail.

use florin_db::Db;
use florin_kernel::{
    Action, Actor, Denied, Fault, Page, PageRequest, Permit, Resource, Timestamp, UserId, Uuid,
};

use super::{Notice, NoticeError, NoticeId, Topic, store};

/// How many notices can be marked by their identifiers at once.
const MARKED_MAX: usize = 100;
/// How far unread notices are counted.
const COUNTED_MAX: i64 = 100;

/// Which notices are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// These; those that are another's or nobody's are passed over.
    These(Vec<NoticeId>),
    /// This one and all before it: what somebody had before their eyes.
    Through(NoticeId),
    /// All.
    All,
}

/// Whether a topic is sent by mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preference {
    /// The topic.
    pub topic: Topic,
    /// Whether it is sent.
    pub mail: bool,
}

/// Everybody's notices. Clones share them.
#[derive(Clone)]
pub struct Notices {
    db: Db,
}

impl Notices {
    /// Notices in this database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// A page of one's notices, the newest first.
    ///
    /// # Errors
    /// [`NoticeError::Page`], [`NoticeError::Denied`].
    pub async fn list(
        &self,
        by: &Actor,
        unread_only: bool,
        page: &PageRequest,
    ) -> Result<Page<Notice>, NoticeError> {
        let (user, _) = own(by, Action::ReadNotices)?;
        let before = page.cursor_as::<NoticeId>()?;
        let limit = i64::try_from(page.limit().saturating_add(1)).unwrap_or(i64::MAX);
        let found = self
            .db
            .read(move |reader| {
                store::list(reader, user, unread_only, before, limit).map_err(NoticeError::from)
            })
            .await?;
        Ok(page.page(found, |notice| notice.id.to_string()))
    }

    /// How many of one's notices are not read; they are counted up to 100.
    ///
    /// # Errors
    /// [`NoticeError::Denied`].
    pub async fn unread(&self, by: &Actor) -> Result<u32, NoticeError> {
        let (user, _) = own(by, Action::ReadNotices)?;
        self.db.read(move |reader| store::unread(reader, user, COUNTED_MAX).map_err(NoticeError::from)).await
    }

    /// Marks notices as read, and says how many were not before.
    ///
    /// # Errors
    /// [`NoticeError::Invalid`] for more than 100 identifiers, [`NoticeError::Denied`].
    #[tracing::instrument(name = "notify.notice.mark", skip_all)]
    pub async fn mark(&self, by: &Actor, which: Which) -> Result<u64, NoticeError> {
        let (user, permit) = own(by, Action::ChangeNotices)?;
        if matches!(&which, Which::These(ids) if ids.len() > MARKED_MAX) {
            let fault = Fault::new("ids", "too_many", format!("at most {MARKED_MAX} are taken at once"));
            return Err(NoticeError::Invalid(vec![fault]));
        }
        let env = self.db.env().clone();
        self.db
            .write(permit, move |tx| {
                let now = env.now();
                let mut marked = 0_u64;
                match &which {
                    Which::These(ids) => {
                        for id in ids {
                            marked = marked.saturating_add(store::mark_one(tx, user, *id, now)?);
                        }
                    }
                    Which::Through(id) => marked = store::mark_through(tx, user, id.uuid(), now)?,
                    Which::All => marked = store::mark_through(tx, user, Uuid::max(), now)?,
                }
                tx.about(user.uuid());
                tx.note("marked", &marked);
                Ok(marked)
            })
            .await
    }

    /// Of which topics one wants letters; each topic once.
    ///
    /// # Errors
    /// [`NoticeError::Denied`].
    pub async fn preferences(&self, by: &Actor) -> Result<Vec<Preference>, NoticeError> {
        let (user, _) = own(by, Action::ReadNotices)?;
        self.db
            .read(move |reader| {
                let mut preferences = Vec::with_capacity(Topic::ALL.len());
                for topic in Topic::ALL {
                    let mail = !topic.is_optional() || store::mail_wanted(reader, user, topic)?;
                    preferences.push(Preference { topic, mail });
                }
                Ok(preferences)
            })
            .await
    }

    /// Says of which topics one wants letters; what is not named stays as it is.
    ///
    /// # Errors
    /// [`NoticeError::Invalid`] for a topic that is always sent, [`NoticeError::Denied`].
    #[tracing::instrument(name = "notify.preference.set", skip_all)]
    pub async fn prefer(&self, by: &Actor, wanted: Vec<Preference>) -> Result<(), NoticeError> {
        let (user, permit) = own(by, Action::ChangeNotices)?;
        if let Some(fixed) = wanted.iter().find(|one| !one.topic.is_optional() && !one.mail) {
            let why = "what concerns the safety of an account is always sent";
            return Err(NoticeError::Invalid(vec![Fault::new(fixed.topic.code(), "always_sent", why)]));
        }
        let env = self.db.env().clone();
        self.db
            .write(permit, move |tx| {
                tx.about(user.uuid());
                for Preference { topic, mail } in wanted.iter().filter(|one| one.topic.is_optional()) {
                    let before = store::mail_wanted(&mut tx.reader(), user, *topic)?;
                    if before != *mail {
                        store::set_mail(tx, user, *topic, *mail, env.now())?;
                        tx.note_change(topic.code(), Some(&before), Some(mail));
                    }
                }
                Ok(())
            })
            .await
    }

    /// Removes notices that were told before this instant; says how many. Work of the program's own, which leaves no
    /// record.
    ///
    /// # Errors
    /// What the database says.
    pub async fn forget_before(&self, before: Timestamp) -> Result<u64, florin_db::DbError> {
        let mut forgotten = 0_u64;
        loop {
            let some = self.db.housekeeping(move |tx| store::forget_before(tx, before)).await?;
            forgotten = forgotten.saturating_add(some);
            if some == 0 {
                return Ok(forgotten);
            }
        }
    }
}

/// Whose notices they are, and the permit: nobody has another's.
fn own(by: &Actor, action: Action) -> Result<(UserId, Permit), NoticeError> {
    let user = by.user().ok_or(Denied::Unauthenticated)?;
    Ok((user, by.permit(action, Resource::one("notice", user.uuid()).owned_by(user))?))
}
