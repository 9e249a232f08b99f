//! One notice.

use florin_kernel::Timestamp;

use super::Topic;

florin_kernel::ids! {
    /// Identifies a notice; it is that of its letter.
    NoticeId,
}

/// Something that somebody was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The identifier.
    pub id: NoticeId,
    /// What happened, such as `new-device`.
    pub kind: String,
    /// What it is about.
    pub topic: Topic,
    /// What it says in a line.
    pub title: String,
    /// What it says, in paragraphs with an empty line between them.
    pub text: String,
    /// The page that shows more.
    pub place: &'static str,
    /// When it was told.
    pub told_at: Timestamp,
    /// When it was read; none while it was not.
    pub read_at: Option<Timestamp>,
}
