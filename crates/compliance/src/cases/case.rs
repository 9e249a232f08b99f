//! What a case is.

use std::fmt;
use std::str::FromStr;

use florin_kernel::{Fault, Timestamp, UserId, Uuid};

use super::{CaseId, Error, REFERENCE_BYTES_MAX, TEXT_CHARS_MAX, TITLE_CHARS_MAX};

/// Declares an enumeration with its stable names.
macro_rules! named {
    ($($(#[doc = $about:literal])+ $name:ident { $($(#[doc = $doc:literal])+ $variant:ident = $code:literal,)+ })+) => {$(
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable name.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|one| one.code() == text).ok_or_else(|| {
                    let known: Vec<&str> = Self::ALL.iter().map(|one| one.code()).collect();
                    format!("one of {} is wanted", known.join(", "))
                })
            }
        }
    )+};
}

named! {
    /// What a case suspects.
    CaseKind {
        /// That somebody else than the customer acts.
        Fraud = "fraud",
        /// That money is laundered.
        Aml = "aml",
        /// That somebody is on a list of sanctions.
        Screening = "screening",
    }
    /// How far a case is.
    Status {
        /// Nobody works on it.
        Open = "open",
        /// Somebody does.
        InProgress = "in_progress",
        /// It is decided.
        Closed = "closed",
    }
    /// What was decided.
    Decision {
        /// It was fraud.
        Fraud = "fraud",
        /// It was the customer.
        Genuine = "genuine",
        /// The authority is told: a report of suspicious activity is due.
        Sar = "sar",
        /// Nothing follows.
        NoAction = "no_action",
        /// It is whom the list means.
        TrueMatch = "true_match",
        /// It is somebody else.
        FalseMatch = "false_match",
    }
    /// How urgent a case is.
    Priority {
        /// When there is time.
        Low = "low",
        /// In turn.
        Normal = "normal",
        /// Before others.
        High = "high",
        /// At once.
        Urgent = "urgent",
    }
}

impl Decision {
    /// Whether a case of this kind can be decided so.
    pub const fn fits(self, kind: CaseKind) -> bool {
        matches!(
            (kind, self),
            (CaseKind::Fraud, Self::Fraud | Self::Genuine)
                | (CaseKind::Aml, Self::Sar | Self::NoAction)
                | (CaseKind::Screening, Self::TrueMatch | Self::FalseMatch)
        )
    }
}

/// A case as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its identifier.
    pub id: CaseId,
    /// What it suspects.
    pub kind: CaseKind,
    /// Why it was opened, once at a time for its kind: a held transfer, a finding, a match.
    pub reference: String,
    /// Whom it is about, where that is one customer.
    pub subject: Option<UserId>,
    /// What it is about, in a line.
    pub title: String,
    /// How far it is.
    pub status: Status,
    /// How urgent it is.
    pub priority: Priority,
    /// Who works on it.
    pub assignee: Option<UserId>,
    /// What was decided, when it is closed.
    pub decision: Option<Decision>,
    /// Who decided; nobody where the program did.
    pub decided_by: Option<UserId>,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// Whether a report of suspicious activity is due about it.
    pub sar: bool,
    /// How often it was changed, from one.
    pub version: u32,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// By when it must be decided.
    pub due_at: Timestamp,
    /// The case about the same that was decided before, if there is one.
    pub follows: Option<CaseId>,
    /// What somebody is about to decide: what it means for held money is being done, and no other decision is taken meanwhile.
    pub deciding: Option<Decision>,
}

/// A case with all that was gathered about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFile {
    /// The case.
    pub case: Case,
    /// What speaks for or against it, in the order in which it came.
    pub evidence: Vec<KeptEvidence>,
    /// What people wrote, in that order.
    pub notes: Vec<Note>,
}

/// Something that speaks for or against a suspicion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What it is: `decision`, `transfer`, `finding`, `screening`. A word of small letters.
    pub kind: String,
    /// Which one, by its identifier. The same one is kept once in a case.
    pub reference: String,
    /// What it says, for people.
    pub text: String,
}

/// Evidence that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEvidence {
    /// What it is.
    pub evidence: Evidence,
    /// Who added it; nobody where the program did.
    pub added_by: Option<UserId>,
    /// When.
    pub added_at: Timestamp,
}

/// What somebody wrote about a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its identifier.
    pub id: Uuid,
    /// The text.
    pub text: String,
    /// Who wrote it; nobody where the program did.
    pub written_by: Option<UserId>,
    /// When.
    pub written_at: Timestamp,
}

/// A case that is to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCase {
    /// What it suspects.
    pub kind: CaseKind,
    /// Why, once for its kind.
    pub reference: String,
    /// Whom it is about.
    pub subject: Option<UserId>,
    /// What it is about, in a line without names and numbers of accounts.
    pub title: String,
    /// How urgent it is.
    pub priority: Priority,
    /// What there is to begin with.
    pub evidence: Vec<Evidence>,
}

/// How a case is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What.
    pub decision: Decision,
    /// Why, as the last note.
    pub reason: String,
    /// Whether a report of suspicious activity is due though the decision is not `sar`: fraud may be suspicious as well.
    pub sar: bool,
}

/// A place in the work list: by when, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CasePlace {
    /// The deadline, in microseconds since 1970.
    pub due_at_us: i64,
    /// The case.
    pub id: CaseId,
}

impl fmt::Display for CasePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.due_at_us, self.id)
    }
}

impl FromStr for CasePlace {
    type Err = florin_kernel::InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (due, id) = text.split_once('.').ok_or(florin_kernel::InvalidId)?;
        Ok(Self { due_at_us: due.parse().map_err(|_| florin_kernel::InvalidId)?, id: id.parse()? })
    }
}

/// A text of people that is neither empty nor longer than `chars`.
pub(crate) fn text(field: &'static str, text: &str, chars: usize) -> Result<String, Fault> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(Fault::missing(field));
    }
    if trimmed.chars().count() > chars {
        return Err(Fault::new(field, "too_long", format!("at most {chars} characters are taken")));
    }
    if trimmed.contains('\0') {
        return Err(Fault::invalid(field, "the text has a character that cannot be kept"));
    }
    Ok(trimmed.to_owned())
}

fn reference(field: &'static str, text: &str) -> Result<(), Fault> {
    let sound = !text.is_empty()
        && text.len() <= REFERENCE_BYTES_MAX
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    let message = "an identifier of printable characters without spaces is wanted";
    if sound { Ok(()) } else { Err(Fault::invalid(field, message)) }
}

impl Evidence {
    pub(super) fn check(&self) -> Result<Self, Error> {
        let mut faults = Vec::new();
        let word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        if self.kind.is_empty() || self.kind.len() > 40 || !self.kind.bytes().all(word) {
            faults.push(Fault::invalid("evidence.kind", "a word of small letters is wanted"));
        }
        faults.extend(reference("evidence.reference", &self.reference).err());
        match text("evidence.text", &self.text, TEXT_CHARS_MAX) {
            Ok(text) if faults.is_empty() => {
                return Ok(Self { kind: self.kind.clone(), reference: self.reference.clone(), text });
            }
            Ok(_) => {}
            Err(fault) => faults.push(fault),
        }
        Err(Error::Invalid(faults))
    }
}

impl OpenCase {
    /// The same with its texts trimmed.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub(super) fn check(&self) -> Result<Self, Error> {
        reference("reference", &self.reference).map_err(|fault| Error::Invalid(vec![fault]))?;
        let title =
            text("title", &self.title, TITLE_CHARS_MAX).map_err(|fault| Error::Invalid(vec![fault]))?;
        let evidence = self.evidence.iter().map(Evidence::check).collect::<Result<_, _>>()?;
        Ok(Self { title, evidence, ..self.clone() })
    }
}
