//! The outcome codes: one table, in order of precedence, from which everything said about a code is made.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// What a code is about; the groups are examined in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// The shape of the batch or of a chain.
    Batch,
    /// The identifier was used before.
    Id,
    /// The request by itself makes no sense.
    Form,
    /// Something named does not exist or is not what it must be.
    Lookup,
    /// An account or the period does not accept the transfer.
    State,
    /// More than the hold or the original has left.
    Amount,
    /// A sum would not fit.
    Overflow,
    /// A limit or a decision stands against it.
    Policy,
    /// It went through, or fell with its chain.
    Done,
}

/// Text that is no outcome code.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no such outcome code")]
pub struct UnknownCode;

macro_rules! codes {
    ($($name:ident $text:literal $group:ident $status:literal $burns:ident $doc:literal;)+) => {
        /// The outcome of one event; earlier codes take precedence over later ones.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $doc] $name,)+
        }

        impl Code {
            /// Every code, in order of precedence.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The code as it is written on the wire and in the store.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The group that the code belongs to.
            pub const fn group(self) -> Group {
                match self { $(Self::$name => Group::$group,)+ }
            }

            /// The HTTP status that answers a single transfer with this outcome.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            /// Whether the refusal holds for ever for the identifier that met it.
            pub const fn burns(self) -> bool {
                match self { $(Self::$name => codes!(@$burns),)+ }
            }

            /// One sentence for the reader of the documentation.
            pub const fn doc(self) -> &'static str {
                match self { $(Self::$name => $doc,)+ }
            }
        }

        impl FromStr for Code {
            type Err = UnknownCode;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$name),)+
                    _ => Err(UnknownCode),
                }
            }
        }
    };
    (@burns) => { true };
    (@stays) => { false };
}

// A refusal burns the identifier when the same request could be answered otherwise later on: an account
// may be opened, money may arrive, the business day moves on. What is wrong by itself stays wrong.
codes! {
    BatchTooLarge "batch_too_large" Batch 400 stays "The batch has more than 8,192 events.";
    ChainOpen "chain_open" Batch 400 stays "The last event of the batch is linked to one that is missing.";
    ChainTooLong "chain_too_long" Batch 400 stays "The chain has more than 256 events.";

    ExistsWithDifferentFlags "exists_with_different_flags" Id 409 stays "A transfer of this id exists and has other flags.";
    ExistsWithDifferentPendingId "exists_with_different_pending_id" Id 409 stays "A transfer of this id exists and resolves another hold.";
    ExistsWithDifferentTimeout "exists_with_different_timeout" Id 409 stays "A transfer of this id exists and has another timeout.";
    ExistsWithDifferentDebitAccount "exists_with_different_debit_account" Id 409 stays "A transfer of this id exists and debits another account.";
    ExistsWithDifferentCreditAccount "exists_with_different_credit_account" Id 409 stays "A transfer of this id exists and credits another account.";
    ExistsWithDifferentAmount "exists_with_different_amount" Id 409 stays "A transfer of this id exists and asked for another amount, amount mode or currency.";
    ExistsWithDifferentCode "exists_with_different_code" Id 409 stays "A transfer of this id exists and has another code.";
    ExistsWithDifferentEffectiveDate "exists_with_different_effective_date" Id 409 stays "A transfer of this id exists and asked for another effective date.";
    ExistsWithDifferentGroup "exists_with_different_group" Id 409 stays "A transfer of this id exists and belongs to another group.";
    ExistsWithDifferentReverses "exists_with_different_reverses" Id 409 stays "A transfer of this id exists and reverses another transfer.";
    Exists "exists" Id 200 stays "The same transfer was created before and is answered as it was then.";
    ChainPartiallyExists "chain_partially_exists" Id 409 stays "Some transfers of the chain exist and others do not.";
    IdAlreadyFailed "id_already_failed" Id 409 stays "Another request with this id was refused, which uses the id up.";

    FlagsExclusive "flags_exclusive" Form 400 stays "Two of the flags, or a flag and a reversal, exclude each other.";
    AccountsEqual "accounts_equal" Form 400 stays "The debit and the credit account are the same.";
    PendingIdRequired "pending_id_required" Form 400 stays "A post or a void must name its hold.";
    PendingIdForbidden "pending_id_forbidden" Form 400 stays "Only a post or a void names a hold.";
    TimeoutNeedsPending "timeout_needs_pending" Form 400 stays "Only a hold has a timeout.";
    AmountZero "amount_zero" Form 400 stays "The amount asked for must be above zero.";
    AmountTooLarge "amount_too_large" Form 400 stays "The amount lies outside 0 to 2^63-1 minor units.";
    AmountModeInvalid "amount_mode_invalid" Form 400 stays "The amount mode does not fit: `up_to` goes with balancing and reversals, `all_pending` with post and void and no amount.";
    EffectiveDateOutOfRange "effective_date_out_of_range" Form 400 burns "The effective date lies after the business date or more than 3,660 days before it.";

    DebitAccountNotFound "debit_account_not_found" Lookup 404 burns "There is no such debit account.";
    CreditAccountNotFound "credit_account_not_found" Lookup 404 burns "There is no such credit account.";
    CurrencyMismatch "currency_mismatch" Lookup 404 burns "The transfer and both its accounts must have one currency.";
    PendingNotFound "pending_not_found" Lookup 404 burns "There is no such hold.";
    NotPending "not_pending" Lookup 404 burns "The transfer named is not a hold, or one that is not due when it is to expire.";
    PendingFieldDiffers "pending_field_differs" Lookup 404 burns "An account or code given with a post or a void is not that of the hold.";
    PendingAlreadyPosted "pending_already_posted" Lookup 404 burns "The hold was posted before.";
    PendingAlreadyVoided "pending_already_voided" Lookup 404 burns "The hold was voided before.";
    PendingExpired "pending_expired" Lookup 404 burns "The hold has expired.";
    ReversesNotFound "reverses_not_found" Lookup 404 burns "There is no transfer of this id that a transfer between these accounts can reverse.";

    DebitAccountClosed "debit_account_closed" State 409 burns "The debit account is closed.";
    CreditAccountClosed "credit_account_closed" State 409 burns "The credit account is closed.";
    DebitAccountFrozen "debit_account_frozen" State 409 burns "The debit account is frozen for debits.";
    CreditAccountFrozen "credit_account_frozen" State 409 burns "The credit account is frozen for credits.";
    PeriodClosed "period_closed" State 409 burns "The effective date lies in a closed period.";

    ExceedsPending "exceeds_pending" Amount 422 burns "The amount is more than the hold.";
    ExceedsReversible "exceeds_reversible" Amount 422 burns "The amount is more than what is left to reverse.";

    OverflowsDebitsPending "overflows_debits_pending" Overflow 422 burns "The pending debits of the debit account would pass 2^63-1.";
    OverflowsDebitsPosted "overflows_debits_posted" Overflow 422 burns "The posted debits of the debit account would pass 2^63-1.";
    OverflowsCreditsPending "overflows_credits_pending" Overflow 422 burns "The pending credits of the credit account would pass 2^63-1.";
    OverflowsCreditsPosted "overflows_credits_posted" Overflow 422 burns "The posted credits of the credit account would pass 2^63-1.";
    OverflowsDebits "overflows_debits" Overflow 422 burns "The pending and posted debits of the debit account together would pass 2^63-1.";
    OverflowsCredits "overflows_credits" Overflow 422 burns "The pending and posted credits of the credit account together would pass 2^63-1.";
    OverflowsTimeout "overflows_timeout" Overflow 422 burns "The timeout is longer than 400 days or ends past the end of time.";

    InsufficientFunds "insufficient_funds" Policy 422 burns "An account would go below its balance and overdraft.";
    ExceedsCeiling "exceeds_ceiling" Policy 422 burns "An account would go above its ceiling.";
    VelocityExceeded "velocity_exceeded" Policy 422 burns "A limit on sums or counts over time would be passed.";
    ApprovalRequired "approval_required" Policy 422 burns "A second person must approve the transfer first.";
    DeclinedByRisk "declined_by_risk" Policy 422 burns "The transfer was declined as too risky.";

    Created "created" Done 201 stays "The transfer was created.";
    LinkedFailed "linked_failed" Done 424 stays "Another event of the chain failed.";
}

impl Code {
    /// Whether there is a transfer of this id, made now or before.
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Created | Self::Exists)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_as_written_and_no_two_are_written_alike() {
        for (place, &code) in Code::ALL.iter().enumerate() {
            assert_eq!(code.as_str().parse(), Ok(code));
            assert!(
                Code::ALL[..place].iter().all(|earlier| *earlier < code && earlier.as_str() != code.as_str())
            );
        }
        assert_eq!("Created".parse::<Code>(), Err(UnknownCode));
    }

    #[test]
    fn the_groups_follow_each_other() {
        assert!(Code::ALL.windows(2).all(|pair| pair[0].group() <= pair[1].group()));
    }

    #[test]
    fn what_cannot_be_answered_otherwise_later_does_not_burn() {
        for &code in Code::ALL {
            let expected = match code.group() {
                Group::Batch | Group::Id | Group::Done => false,
                Group::Form => code == Code::EffectiveDateOutOfRange,
                _ => true,
            };
            assert_eq!(code.burns(), expected, "{code}");
        }
    }
}
