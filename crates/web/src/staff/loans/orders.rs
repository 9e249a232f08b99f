//! What staff do to a loan: each order with what it is called, what it asks for, and what it will do.

use florin_http::{App, Problem, codes};
use florin_kernel::{AccountId, Action, Currency, LoanId, TransferId};
use florin_ledger::AccountView;
use florin_lending::{Component, Contract, LoanSeen, Origin, Rescheduling, Serve, Status, TakeIn, Weighty};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::super::where_permitted;
use crate::portal::account_name;
use crate::ui::{self, Facts, Field};
use crate::values::{amount, fault, given, parsed, required_day};
use crate::visit::Visit;

/// How many accounts of a borrower are offered.
const ACCOUNTS_MAX: u16 = 100;

/// What is forgiven, in the order in which it is offered.
const COMPONENTS: [(&str, &str, Component); 5] = [
    ("fees", "Fees", Component::Fee),
    ("penalties", "Late charges", Component::Penalty),
    ("interest", "Interest", Component::Interest),
    ("principal", "Principal", Component::Principal),
    ("escrow", "Escrow", Component::Escrow),
];

/// Something that staff do to a loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Disburse,
    TakeIn,
    Fee,
    Waive,
    ReAge,
    Refund,
    Reverse,
    Reschedule,
    WriteOff,
}

/// What is typed for an order; each uses some of it.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    pub(super) account: String,
    #[serde(default)]
    pub(super) amount: String,
    #[serde(default)]
    pub(super) date: String,
    #[serde(default)]
    pub(super) option: String,
    #[serde(default)]
    pub(super) component: String,
    #[serde(default)]
    pub(super) instalments: String,
    #[serde(default)]
    pub(super) payment: String,
    #[serde(default)]
    pub(super) note: String,
}

/// An order with values, as the service takes it.
#[derive(Clone, Debug)]
pub(super) enum Command {
    Disburse(AccountId),
    TakeIn(TakeIn),
    Serve(Serve),
    Reverse(TransferId, AccountId),
    Weighty(Weighty),
}

impl Order {
    /// Each of them.
    pub(super) const ALL: [Self; 9] = [
        Self::Disburse,
        Self::TakeIn,
        Self::Fee,
        Self::Waive,
        Self::ReAge,
        Self::Refund,
        Self::Reverse,
        Self::Reschedule,
        Self::WriteOff,
    ];

    const fn code(self) -> &'static str {
        match self {
            Self::Disburse => "disburse",
            Self::TakeIn => "take-in",
            Self::Fee => "fee",
            Self::Waive => "waive",
            Self::ReAge => "re-age",
            Self::Refund => "refund",
            Self::Reverse => "reverse",
            Self::Reschedule => "reschedule",
            Self::WriteOff => "write-off",
        }
    }

    /// The order of a path.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn parse(code: &str) -> Result<Self, Problem> {
        Self::ALL.into_iter().find(|order| order.code() == code).ok_or_else(|| Problem::of(codes::NOT_FOUND))
    }

    /// Where it is given.
    pub(super) fn path(self, loan: LoanId) -> String {
        format!("/staff/loans/{loan}/orders/{}", self.code())
    }

    /// What it is called.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Disburse => "Pay out",
            Self::TakeIn => "Take in a payment",
            Self::Fee => "Charge a fee",
            Self::Waive => "Forgive a sum",
            Self::ReAge => "Put off what is past due",
            Self::Refund => "Give back what is held",
            Self::Reverse => "Take a payment back",
            Self::Reschedule => "Agree on other instalments",
            Self::WriteOff => "Write off",
        }
    }

    /// What it will do.
    pub(super) const fn explained(self) -> &'static str {
        match self {
            Self::Disburse => {
                "The money goes to the borrower's account, less what is charged at the beginning, and interest runs from today."
            }
            Self::TakeIn => "The money leaves the account and settles the oldest due date first.",
            Self::Fee => "The borrower owes it at once.",
            Self::Waive => {
                "So much of what is due is forgiven, at the cost of the house. It cannot be taken back."
            }
            Self::ReAge => {
                "What is past due is put off to the day of the last instalment, and the loan is current again."
            }
            Self::Refund => "What was paid too much goes back to an account of the borrower's.",
            Self::Reverse => {
                "What the payment settled is owed again, and its money goes to an account of the borrower's."
            }
            Self::Reschedule => {
                "The loan gets other instalments from a day on. Where the house asks for two, a second person approves it first."
            }
            Self::WriteOff => {
                "Nothing more is expected of the loan. Where the house asks for two, a second person approves it first."
            }
        }
    }

    /// What was done.
    pub(super) const fn done(self) -> &'static str {
        match self {
            Self::Disburse => "The loan is paid out.",
            Self::TakeIn => "The payment is taken in.",
            Self::Fee => "The fee is charged.",
            Self::Waive => "The sum is forgiven.",
            Self::ReAge => "What was past due is put off.",
            Self::Refund => "The money is given back.",
            Self::Reverse => "The payment is taken back.",
            Self::Reschedule => "The loan has other instalments.",
            Self::WriteOff => "The loan is written off.",
        }
    }

    /// What somebody must be permitted.
    pub(super) const fn action(self) -> Action {
        match self {
            Self::Disburse => Action::DisburseLoan,
            Self::TakeIn | Self::Fee | Self::Waive | Self::ReAge | Self::Refund | Self::Reverse => {
                Action::ServiceLoan
            }
            Self::Reschedule => Action::RescheduleLoan,
            Self::WriteOff => Action::WriteOffLoan,
        }
    }

    /// Whether it is in the list of what can be done; a payment is taken back where payments are listed.
    pub(super) const fn is_listed(self) -> bool {
        !matches!(self, Self::Reverse)
    }

    /// Whether it makes sense for a loan as it stands; the service decides.
    pub(super) fn is_for(self, loan: &LoanSeen) -> bool {
        let own = loan.origin == Origin::Own;
        let instalments = matches!(loan.contract, Contract::Instalments(_));
        let active = loan.status == Status::Active;
        match self {
            Self::Disburse => own && instalments && loan.status == Status::Accepted,
            Self::TakeIn => active,
            Self::Reverse => loan.status.is_paid_out(),
            Self::Refund => instalments && loan.balances.as_ref().is_some_and(|now| now.held_minor > 0),
            Self::Fee | Self::Waive | Self::ReAge | Self::Reschedule | Self::WriteOff => {
                own && instalments && active
            }
        }
    }

    const fn asks_account(self) -> Option<&'static str> {
        match self {
            Self::Disburse => Some("Account to pay out to"),
            Self::TakeIn => Some("Account that pays"),
            Self::Refund | Self::Reverse => Some("Account to give it back to"),
            Self::Fee | Self::Waive | Self::ReAge | Self::Reschedule | Self::WriteOff => None,
        }
    }

    /// What is typed for it.
    pub(super) fn fields(
        self,
        loan: &LoanSeen,
        accounts: &[AccountView],
        typed: &Typed,
        problem: Option<&Problem>,
    ) -> Markup {
        let sum = |label: &str| {
            let label = format!("{label} in {}", loan.currency.code());
            Field::amount("amount", label).value(&typed.amount).faults(problem)
        };
        let day = |label: &str| Field::date("date", label).value(&typed.date).faults(problem);
        html! {
            @if let Some(label) = self.asks_account() { (account_field(label, accounts, typed, problem)) }
            @match self {
                Self::TakeIn => {
                    (sum("Amount"))
                    (day("Paid on").optional().hint("Left empty it is today."))
                    (Field::checkbox("option", "It reduces the principal alone").value(&typed.option))
                }
                Self::Fee => {
                    (sum("Fee"))
                    (Field::checkbox("option", "It is for default").value(&typed.option))
                }
                Self::Waive => {
                    (Field::select("component", "Of what", COMPONENTS.map(|(code, label, _)| (code, label))).value(&typed.component).faults(problem))
                    (sum("At most"))
                }
                Self::Refund => (sum("Amount").optional().hint("Left empty it is all that is held.")),
                Self::Reverse => input type="hidden" name="payment" value=(typed.payment);,
                Self::Reschedule => {
                    (Field::amount("instalments", "Number of instalments").value(&typed.instalments).faults(problem))
                    (day("First due on"))
                    (Field::checkbox("option", "What is due and has accrued becomes principal").value(&typed.option))
                }
                Self::Disburse | Self::ReAge | Self::WriteOff => {},
            }
            @if self.takes_note() { (Field::area("note", "Note").value(&typed.note).optional().at_most(500).faults(problem)) }
        }
    }

    const fn takes_note(self) -> bool {
        !matches!(self, Self::Disburse | Self::TakeIn)
    }

    /// What was typed, read.
    ///
    /// # Errors
    /// A problem with the field that cannot be read.
    pub(super) fn command(self, typed: &Typed, currency: Currency) -> Result<Command, Problem> {
        let account = || typed.account.parse().map_err(|_| fault("account", "Choose an account"));
        let sum = || amount(&typed.amount, currency, "amount");
        let option = typed.option == "true";
        Ok(match self {
            Self::Disburse => Command::Disburse(account()?),
            Self::TakeIn => Command::TakeIn(TakeIn {
                from: account()?,
                amount: sum()?,
                on: given(&typed.date).map(|text| required_day(&text, "date")).transpose()?,
                principal_only: option,
            }),
            Self::Fee => Command::Serve(Serve::Charge { amount: sum()?, penalty: option }),
            Self::Waive => Command::Serve(Serve::Waive { component: component(typed)?, amount: sum()? }),
            Self::ReAge => Command::Serve(Serve::ReAge),
            Self::Refund => {
                let amount = if typed.amount.is_empty() { None } else { Some(sum()?) };
                Command::Serve(Serve::Refund { amount, to: account()? })
            }
            Self::Reverse => {
                Command::Reverse(parsed::<TransferId>(&typed.payment, "payment", "a payment")?, account()?)
            }
            Self::Reschedule => Command::Weighty(Weighty::Reschedule(Rescheduling {
                instalments: parsed::<u16>(&typed.instalments, "instalments", "a number of instalments")?,
                first_due_on: required_day(&typed.date, "date")?,
                capitalize: option,
            })),
            Self::WriteOff => Command::Weighty(Weighty::WriteOff),
        })
    }
}

fn component(typed: &Typed) -> Result<Component, Problem> {
    let found = COMPONENTS.iter().find(|(code, ..)| *code == typed.component);
    found.map(|(_, _, component)| *component).ok_or_else(|| fault("component", "Choose one of the list"))
}

fn account_field(label: &str, accounts: &[AccountView], typed: &Typed, problem: Option<&Problem>) -> Markup {
    if accounts.is_empty() {
        return html! { p.alert.note #account { "The borrower has no open account in this currency: open one first." } };
    }
    let choices = accounts.iter().map(|account| (account.id.to_string(), account_name(account)));
    html! { (Field::select("account", label, choices).value(&typed.account).faults(problem)) }
}

/// The accounts of a loan's borrower that its money can go over.
///
/// # Errors
/// What the service says.
pub(super) async fn accounts_of(
    app: &App,
    visit: &Visit,
    loan: &LoanSeen,
) -> Result<Vec<AccountView>, Problem> {
    let Some(borrower) = loan.borrower else { return Ok(Vec::new()) };
    let page = florin_kernel::PageRequest::try_new(Some(ACCOUNTS_MAX), None)?;
    let found = app.accounts.list(&visit.actor, Some(borrower), &page).await.map_err(Problem::from);
    let Some(found) = where_permitted(found)? else { return Ok(Vec::new()) };
    let mut accounts = found?.rows;
    accounts.retain(|account| account.currency == loan.currency && !account.account.closed);
    Ok(accounts)
}

/// What an order with its values is, for whoever looks at it once more.
pub(super) fn facts(command: &Command, accounts: &[AccountView], typed: &Typed) -> Facts {
    let account = |id: &AccountId| {
        accounts.iter().find(|account| account.id == *id).map_or_else(|| id.to_string(), account_name)
    };
    let facts = match command {
        Command::Disburse(to) => Facts::new().fact("To", account(to)),
        Command::TakeIn(order) => Facts::new()
            .fact("From", account(&order.from))
            .fact("Amount", ui::money(order.amount))
            .maybe("Paid on", order.on.map(ui::date))
            .maybe("Goes to", order.principal_only.then_some("The principal alone")),
        Command::Serve(Serve::Charge { amount, penalty }) => Facts::new()
            .fact("Fee", ui::money(*amount))
            .fact("For", if *penalty { "Default" } else { "A service" }),
        Command::Serve(Serve::Waive { component, amount }) => {
            let found = COMPONENTS.iter().find(|(_, _, one)| one == component);
            Facts::new()
                .fact("Of", found.map_or("", |(_, label, _)| label))
                .fact("At most", ui::money(*amount))
        }
        Command::Serve(Serve::ReAge) | Command::Weighty(Weighty::WriteOff) => Facts::new(),
        Command::Serve(Serve::Refund { amount, to }) => Facts::new()
            .fact("To", account(to))
            .fact("Amount", amount.map_or_else(|| html! { "All that is held" }, ui::money)),
        Command::Reverse(payment, to) => {
            Facts::new().fact("Payment", html! { span.mono { (payment) } }).fact("To", account(to))
        }
        Command::Weighty(Weighty::Reschedule(how)) => Facts::new()
            .fact("Instalments", how.instalments)
            .fact("First due", ui::date(how.first_due_on))
            .maybe("Becomes principal", how.capitalize.then_some("What is due and has accrued")),
    };
    facts.maybe("Note", given(&typed.note))
}
