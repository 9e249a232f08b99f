//! The states of a payment, and which follow which.

/// What became of a payment so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Its money is reserved, and nothing was submitted.
    Pending,
    /// It was, or is being, submitted.
    Processing,
    /// It went through.
    Completed,
    /// It did not go through, or was returned.
    Failed,
    /// Nobody can tell yet; its money stays reserved until somebody can.
    Unknown,
    /// It was given back, all of it.
    Refunded,
    /// It was taken back before it was submitted.
    Cancelled,
}

impl Status {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Processing,
        Self::Completed,
        Self::Failed,
        Self::Unknown,
        Self::Refunded,
        Self::Cancelled,
    ];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Refunded => "refunded",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of this name.
    pub fn find(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// Whether a payment in this state may come into that one. What is over never begins again.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Pending => {
                matches!(next, Self::Processing | Self::Completed | Self::Failed | Self::Cancelled)
            }
            Self::Processing => matches!(next, Self::Completed | Self::Failed | Self::Unknown),
            Self::Unknown => matches!(next, Self::Processing | Self::Completed | Self::Failed),
            // A return undoes what went through.
            Self::Completed => matches!(next, Self::Refunded | Self::Failed),
            Self::Failed | Self::Refunded | Self::Cancelled => false,
        }
    }

    /// Whether its money is reserved, and its end still to come.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Processing | Self::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_read_back_and_none_goes_backwards() {
        for status in Status::ALL {
            assert_eq!(Status::find(status.code()), Some(status));
            assert!(!status.may_become(Status::Pending), "{status:?}");
            assert!(!status.may_become(status), "{status:?}");
            if !status.is_open() && status != Status::Completed {
                assert!(Status::ALL.iter().all(|next| !status.may_become(*next)), "{status:?} is the end");
            }
        }
        assert!(!Status::Failed.may_become(Status::Completed), "what failed does not succeed later");
        assert!(!Status::Processing.may_become(Status::Cancelled), "what was submitted is not cancelled");
    }
}
