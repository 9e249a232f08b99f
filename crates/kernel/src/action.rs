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
    /// Read to what somebody agreed.
    ReadConsents = "consent.read",
    /// Record that somebody agreed to something, or took that back.
    RecordConsent = "consent.record",
    /// Read what one was told.
    ReadNotices = "notice.read",
    /// Mark what one was told as read, and say what is sent by mail.
    ChangeNotices = "notice.change",
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
    /// Pay a payee, a biller, a loan or an account, by an account or a saved method.
    CreatePayment = "payment.create",
    /// Read a payment.
    ReadPayment = "payment.read",
    /// Take a payment back before it is made.
    CancelPayment = "payment.cancel",
    /// Give a payment back, whole or in part.
    RefundPayment = "payment.refund",
    /// Say what became of a payment that its processor left unknown.
    SettlePayment = "payment.settle",
    /// Save, change or forget a bank account or a card to pay with.
    ChangePaymentMethod = "payment_method.change",
    /// Read which bank accounts and cards there are to pay with.
    ReadPaymentMethods = "payment_method.read",
    /// Make known, change or forget somebody to pay.
    ChangePayee = "payee.change",
    /// Read whom somebody pays.
    ReadPayees = "payee.read",
    /// Make an enterprise known that all can pay.
    ChangeBiller = "biller.change",
    /// Read which enterprises can be paid.
    ReadBillers = "biller.read",
    /// Set up, change or end payments by a schedule.
    ChangeScheduledPayment = "scheduled_payment.change",
    /// Read which payments are scheduled.
    ReadScheduledPayments = "scheduled_payment.read",
    /// Make files for banks, and take in what they answer.
    ExchangeBankFiles = "bank_file.exchange",
    /// Read which files were exchanged with banks.
    ReadBankFiles = "bank_file.read",
    /// Ask what a loan would cost.
    QuoteLoan = "loan.quote",
    /// Apply for a loan.
    ApplyForLoan = "loan.apply",
    /// Note a loan of another lender that is paid through here.
    CreateLoan = "loan.create",
    /// Read a loan or an application, its schedule, payments and papers.
    ReadLoan = "loan.read",
    /// Look for loans and applications.
    SearchLoans = "loan.search",
    /// Grant or refuse an application.
    DecideLoan = "loan.decide",
    /// Take the offer that a lender made.
    AcceptLoan = "loan.accept",
    /// Draw cash on one's card.
    DrawOnLoan = "loan.draw",
    /// Pay a loan out.
    DisburseLoan = "loan.disburse",
    /// Charge, waive or re-age; take in what was paid before today; reverse it.
    ServiceLoan = "loan.service",
    /// Agree on other instalments.
    RescheduleLoan = "loan.reschedule",
    /// Expect nothing more of a loan.
    WriteOffLoan = "loan.write_off",
    /// Ask for a decision about money that is not moved yet.
    CheckRisk = "risk.check",
    /// Read how much there is to fear from somebody, or for them.
    ReadRisk = "risk.read",
    /// Say that a transfer was fraud.
    ReportFraud = "risk.report",
    /// Release or refuse money that was held for review.
    DecideRisk = "risk.decide",
    /// Read which decisions were made, and on what grounds.
    ReadRiskEvents = "risk_event.read",
    /// Read the lists of whom and what is blocked or allowed.
    ReadRiskLists = "risk_list.read",
    /// Put somebody or something on a list, or take it off.
    ChangeRiskLists = "risk_list.change",
    /// Read and try the rules.
    ReadRiskRules = "risk_rule.read",
    /// Write rules, and ask for them to be active.
    ChangeRiskRules = "risk_rule.change",
    /// Read which models there are, and how good they are.
    ReadRiskModels = "risk_model.read",
    /// Keep a model, and ask for it to be active.
    ChangeRiskModels = "risk_model.change",
    /// Read cases.
    ReadCases = "case.read",
    /// Open a case, assign it, add to it.
    WorkCases = "case.work",
    /// Decide a case.
    DecideCase = "case.decide",
    /// Screen a name against lists of sanctions.
    Screen = "screening.run",
    /// Read what screening found.
    ReadScreenings = "screening.read",
    /// Say whether what screening found is the person meant.
    DecideScreening = "screening.decide",
    /// Take in a list of sanctions.
    LoadSanctions = "screening.load",
    /// Read what monitoring for laundering found.
    ReadAmlAlerts = "aml_alert.read",
    /// Look through the books for laundering now.
    MonitorAml = "aml_alert.monitor",
    /// Read the ledger: all accounts, the trial balance, all entries.
    ReadLedger = "ledger.read",
    /// Close a period of the ledger.
    ClosePeriod = "ledger.close_period",
    /// Read the audit trail.
    ReadAudit = "audit.read",
    /// Read how the system does.
    ReadOperations = "operations.read",
    /// Acknowledge, resolve and silence alerts about how the system does.
    WorkAlerts = "operations.work_alerts",
    /// Read how the installation is set, and which keys it has; never a secret.
    ReadSettings = "setting.read",
    /// Give work that failed too often another try.
    RetryJob = "job.retry",
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
