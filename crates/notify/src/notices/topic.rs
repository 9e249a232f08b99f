//! What notices are about, by the kinds of letters.

/// What a notice is about; people choose by topic what is sent to them by mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Sign-ins, passwords and factors.
    Security,
    /// Payments and transfers that somebody decided about.
    Payments,
    /// Payments that are made by a schedule.
    ScheduledPayments,
}

/// The kinds of letters that are not about the safety of an account: what each is about, and where more is to be seen.
const KINDS: &[(&str, Topic, &str)] = &[
    ("payment-released", Topic::Payments, "/accounts"),
    ("payment-refused", Topic::Payments, "/accounts"),
    ("scheduled-upcoming", Topic::ScheduledPayments, "/payments"),
    ("scheduled-made", Topic::ScheduledPayments, "/payments"),
    ("scheduled-delayed", Topic::ScheduledPayments, "/payments"),
    ("scheduled-failed", Topic::ScheduledPayments, "/payments"),
    ("scheduled-paused", Topic::ScheduledPayments, "/payments"),
];

/// Where letters about the safety of an account lead, other than to the page of it all.
const SAFE_PLACES: &[(&str, &str)] = &[
    ("api-key-made", "/security/api-keys"),
    ("new-device", "/security/sign-ins"),
    ("stolen-token", "/security/sign-ins"),
    ("session-drifted", "/security/sign-ins"),
    ("password-changed", "/change_password"),
    ("reset-password", "/change_password"),
    ("locked-out", "/change_password"),
];

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 3] = [Self::Security, Self::Payments, Self::ScheduledPayments];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::Payments => "payments",
            Self::ScheduledPayments => "scheduled_payments",
        }
    }

    /// What it is called for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Security => "Security of the account",
            Self::Payments => "Payments and transfers that we looked at",
            Self::ScheduledPayments => "Scheduled payments",
        }
    }

    /// Whether people say if it is sent by mail; what is not up to them always is.
    pub const fn is_optional(self) -> bool {
        !matches!(self, Self::Security)
    }

    /// The topic with this name.
    pub fn find(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.code() == code)
    }

    /// What a letter of this kind is about: the safety of an account, unless it is known to be something else.
    pub(crate) fn of_kind(kind: &str) -> Self {
        KINDS.iter().find(|(known, _, _)| *known == kind).map_or(Self::Security, |(_, topic, _)| *topic)
    }
}

/// The page that shows more about what a letter of this kind told.
pub(crate) fn place_of(kind: &str) -> &'static str {
    let known = KINDS.iter().map(|(known, _, place)| (*known, *place)).chain(SAFE_PLACES.iter().copied());
    let mut known = known;
    known.find(|(known, _)| *known == kind).map_or("/security", |(_, place)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_to_be_harmless_is_always_sent() {
        assert_eq!(Topic::of_kind("scheduled-made"), Topic::ScheduledPayments);
        assert_eq!(Topic::of_kind("of-tomorrow"), Topic::Security);
        assert!(!Topic::Security.is_optional() && Topic::Payments.is_optional());
        assert_eq!((place_of("new-device"), place_of("of-tomorrow")), ("/security/sign-ins", "/security"));
    }

    #[test]
    fn a_topic_is_found_by_its_name() {
        for topic in Topic::ALL {
            assert_eq!(Topic::find(topic.code()), Some(topic));
        }
        assert_eq!(Topic::find("weather"), None);
    }
}
