//! What was said about a purpose, and how it stands now.

use florin_kernel::{Timestamp, UserId};

use super::Purpose;

/// What somebody said about a purpose once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRecord {
    /// Whose consent it is.
    pub user: UserId,
    /// The code of the purpose.
    pub purpose: String,
    /// Which of their records about this purpose it is, counted from 1.
    pub n: i64,
    /// Whether they gave it, or withdrew it.
    pub given: bool,
    /// The version of the text that it is about.
    pub version: u32,
    /// SHA-256 of that text, in hexadecimal.
    pub sha256: String,
    /// What the purpose was called then.
    pub title: String,
    /// The text itself.
    pub text: String,
    /// When.
    pub at: Timestamp,
    /// Who recorded it: they themselves, or somebody of the staff.
    pub recorded_by: UserId,
    /// Why somebody of the staff did: where the paper is, say.
    pub reason: Option<String>,
    /// The address that the request came from; none of what staff recorded.
    pub ip: Option<String>,
    /// What the client called itself.
    pub user_agent: Option<String>,
}

impl ConsentRecord {
    /// Whether it is about the text that is asked about now.
    pub fn is_about(&self, purpose: &Purpose) -> bool {
        self.purpose == purpose.code && self.version == purpose.version && self.sha256 == purpose.sha256
    }
}

/// How it stands with a purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentState {
    /// Nothing was ever said about it.
    Unanswered,
    /// It is given, to the text that is asked about now.
    Given,
    /// It is given, to another text than is asked about now.
    GivenToOlder,
    /// It was withdrawn, or refused from the beginning.
    Withdrawn,
}

impl ConsentState {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unanswered => "unanswered",
            Self::Given => "given",
            Self::GivenToOlder => "given_to_older_text",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether what was asked for may be done.
    pub const fn allows(self) -> bool {
        matches!(self, Self::Given | Self::GivenToOlder)
    }
}

/// A purpose, and how somebody stands to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The purpose as it is asked about now.
    pub purpose: Purpose,
    /// What they said last.
    pub latest: Option<ConsentRecord>,
}

impl Standing {
    /// How it stands.
    pub fn state(&self) -> ConsentState {
        match &self.latest {
            None => ConsentState::Unanswered,
            Some(record) if !record.given => ConsentState::Withdrawn,
            Some(record) if record.is_about(&self.purpose) => ConsentState::Given,
            Some(_) => ConsentState::GivenToOlder,
        }
    }

    /// Whether saying this now would say nothing new.
    pub(super) fn is_said(&self, given: bool) -> bool {
        match self.state() {
            ConsentState::Given => given,
            ConsentState::Withdrawn => !given,
            ConsentState::Unanswered | ConsentState::GivenToOlder => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use florin_kernel::Uuid;

    use super::super::Purposes;
    use super::*;

    fn purpose(version: u32, text: &str) -> Purpose {
        let file = format!(
            "[[purpose]]\ncode = \"offers\"\ntitle = \"Offers\"\nversion = {version}\ntext = \"{text}\"\n"
        );
        Purposes::parse(&file).unwrap().all()[0].clone()
    }

    fn record(purpose: &Purpose, given: bool) -> ConsentRecord {
        ConsentRecord {
            user: UserId::from_uuid(Uuid::from_u128(1)),
            purpose: purpose.code.clone(),
            n: 1,
            given,
            version: purpose.version,
            sha256: purpose.sha256.clone(),
            title: purpose.title.clone(),
            text: purpose.text.clone(),
            at: Timestamp::from_second(1_790_000_000).unwrap(),
            recorded_by: UserId::from_uuid(Uuid::from_u128(1)),
            reason: None,
            ip: None,
            user_agent: None,
        }
    }

    #[test]
    fn the_newest_record_and_the_text_of_today_say_how_it_stands() {
        let (first, second, changed) = (purpose(1, "Yes."), purpose(2, "Yes, more."), purpose(1, "Yes!"));
        let cases = [
            (None, ConsentState::Unanswered, (false, false)),
            (Some(record(&first, true)), ConsentState::Given, (true, false)),
            (Some(record(&second, true)), ConsentState::GivenToOlder, (false, false)),
            // A text that was changed without counting up is another text all the same.
            (Some(record(&changed, true)), ConsentState::GivenToOlder, (false, false)),
            (Some(record(&first, false)), ConsentState::Withdrawn, (false, true)),
            (Some(record(&second, false)), ConsentState::Withdrawn, (false, true)),
        ];

        for (latest, state, (given_is_said, withdrawn_is_said)) in cases {
            let standing = Standing { purpose: first.clone(), latest };
            assert_eq!(standing.state(), state);
            assert_eq!((standing.is_said(true), standing.is_said(false)), (given_is_said, withdrawn_is_said));
        }
        assert!(ConsentState::GivenToOlder.allows() && !ConsentState::Unanswered.allows());
    }
}
