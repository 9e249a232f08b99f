//! The verbs that policies speak of.

use std::fmt;
use std::str::FromStr;

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
    /// Read which sign-ins there are.
    ReadSessions = "session.read",
    /// End a sign-in, one's own or another.
    EndSession = "session.end",
    /// Note that a sign-in is used from elsewhere than it was begun.
    WatchSession = "session.watch",
    /// Read which devices a person signs in from.
    ReadDevices = "device.read",
    /// Forget a device.
    ForgetDevice = "device.forget",
    /// Prove a factor once more, for something sensitive.
    StepUp = "session.step_up",
    /// Set up a second factor.
    AddFactor = "factor.add",
    /// Read which second factors there are.
    ReadFactors = "factor.read",
    /// Take a second factor away, or void what stands in for it.
    RemoveFactor = "factor.remove",
    /// Make a key that a machine signs in with.
    CreateApiKey = "api_key.create",
    /// Read which keys there are, and how they are used.
    ReadApiKeys = "api_key.read",
    /// Revoke a key.
    RevokeApiKey = "api_key.revoke",
    /// Let an identity at another provider sign in as oneself.
    LinkIdentity = "federation.link",
    /// Read which identities there are.
    ReadIdentities = "federation.read",
    /// Take an identity away.
    UnlinkIdentity = "federation.unlink",
    /// Change a password, knowing the present one.
    ChangePassword = "user.change_password",
    /// Set a password anew, by the mail of the account.
    ResetPassword = "user.reset_password",
    /// Open an account to sign-ins that failures closed.
    UnlockUser = "user.unlock",
    /// Read a profile.
    ReadProfile = "user.read",
    /// Change a profile.
    ChangeProfile = "user.change",
    /// Read who there is: staff and customers.
    ListUsers = "user.list",
    /// Keep somebody from signing in, or let them again.
    SuspendUser = "user.suspend",
    /// Read which commands wait for a second person.
    ReadApprovals = "approval.read",
    /// Approve or reject what somebody else asked for.
    DecideApproval = "approval.decide",
    /// Give or take roles.
    ChangeRoles = "user.change_roles",
    /// Make a customer known with all that the institution must know of one.
    CreateCustomer = "customer.create",
    /// Read what is known of a customer, masked.
    ReadCustomer = "customer.read",
    /// Change what is known of a customer.
    ChangeCustomer = "customer.change",
    /// Look for customers.
    SearchCustomers = "customer.search",
    /// Read what is known of a customer without masks.
    RevealCustomer = "customer.reveal",
    /// Keep a card's number, for a token.
    KeepCard = "card.keep",
    /// Read what may be shown of a card.
    ReadCard = "card.read",
    /// Read a card's whole number.
    RevealCard = "card.reveal",
    /// Forget a card.
    ForgetCard = "card.forget",
    /// Hire somebody.
    CreateEmployee = "employee.create",
    /// Read who works here.
    ReadEmployee = "employee.read",
    /// Change where and as what somebody works, or note that they left.
    ChangeEmployee = "employee.change",
    /// Keep an employee from working, or let them again.
    SuspendEmployee = "employee.suspend",
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
    /// Ask what a loan would cost.
    QuoteLoan = "loan.quote",
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

impl Action {
    /// Whether somebody may do it who [owes a factor](crate::Actor::owing_a_factor): reading, proving that factor, and
    /// ending sign-ins. Whatever else there is, and whatever will be, moves money or changes something.
    pub fn is_open_to_debtors(self) -> bool {
        let verb = self.code().rsplit('.').next().unwrap_or_default();
        let reads = matches!(verb, "read" | "list" | "search");
        reads || matches!(self, Self::StepUp | Self::Logout | Self::EndSession)
    }
}

impl FromStr for Action {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().copied().find(|action| action.code() == text);
        found.ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|action| action.code()).collect();
            format!("no such action: one of {} is wanted", known.join(", "))
        })
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
