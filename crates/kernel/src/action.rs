//! The verbs that policies speak of.

use std::fmt;

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $code:literal),+ $(,)?) => {
        /// Something an actor may or may not do; its code is what policies and the audit trail name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $($(#[$doc])* $name,)+
        }

        impl Action {
            /// Every action there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stable code, `noun.verb`.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }
        }
    };
}

actions! {
    /// Make a person known by email and password.
    Register = "user.register",
    /// Prove that an email is one's own.
    VerifyEmail = "user.verify_email",
    /// Sign in.
    Login = "session.login",
    /// Exchange a refresh token for new tokens.
    RefreshSession = "session.refresh",
    /// Sign out.
    Logout = "session.logout",
    /// Read a profile.
    ReadProfile = "user.read",
    /// Change a profile.
    ChangeProfile = "user.change",
    /// Give or take roles.
    ChangeRoles = "user.change_roles",
    /// Open an account.
    OpenAccount = "account.open",
    /// Read an account, its balance and its entries.
    ReadAccount = "account.read",
    /// Freeze, unfreeze or close an account.
    ChangeAccount = "account.change",
    /// Pay cash into an account.
    Deposit = "account.deposit",
    /// Pay cash out of an account.
    Withdraw = "account.withdraw",
    /// Move money from an account to another.
    CreateTransfer = "transfer.create",
    /// Post or void a pending transfer.
    ResolveTransfer = "transfer.resolve",
    /// Reverse a transfer.
    ReverseTransfer = "transfer.reverse",
    /// Read a transfer.
    ReadTransfer = "transfer.read",
    /// Read the ledger: all accounts, the trial balance, all entries.
    ReadLedger = "ledger.read",
    /// Close a period of the ledger.
    ClosePeriod = "ledger.close_period",
    /// Read the audit trail.
    ReadAudit = "audit.read",
    /// Read how the system does.
    ReadOperations = "operations.read",
    /// Work of the program itself: jobs, schedules, migrations, commands of an operator at the machine.
    Operate = "operations.operate",
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
