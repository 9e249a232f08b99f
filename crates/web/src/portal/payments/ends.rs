//! Between what a payment can be made: one's accounts, saved bank accounts and cards, payees and loans.

use florin_http::{App, Problem};
use florin_kernel::{Actor, PageRequest};
use florin_ledger::AccountView;
use florin_lending::{LoanSeen, Status as LoanStatus};
use florin_payments::{
    From as Giver, MethodView, Payable, Payee, PaymentMethod, PaymentOrder, Source, Target, To, Whom,
};

use super::super::{account_name, available, balance, own_accounts};
use crate::ui;
use crate::values::{fault, sentence};

/// How many of each are offered.
const EACH_MAX: u16 = 100;

/// All that somebody can pay from and to.
pub(crate) struct Ends {
    pub(crate) accounts: Vec<AccountView>,
    pub(crate) methods: Vec<PaymentMethod>,
    pub(crate) payees: Vec<Payee>,
    pub(crate) loans: Vec<LoanSeen>,
}

impl Ends {
    /// What `by` has.
    ///
    /// # Errors
    /// What the services say.
    pub(crate) async fn of(app: &App, by: &Actor) -> Result<Self, Problem> {
        let page = PageRequest::try_new(Some(EACH_MAX), None)?;
        Ok(Self {
            accounts: own_accounts(app, by).await?,
            methods: app.payment_methods.list(by, None, &page).await?.rows,
            payees: app.payees.list(by, None, &page).await?.rows,
            loans: app.loans.list(by, None, None, &page).await?.rows,
        })
    }

    /// What can be paid from, as the choices of a field.
    pub(crate) fn sources(&self) -> Vec<(String, String)> {
        let open = self.accounts.iter().filter(|account| !account.account.closed);
        let accounts = open.map(|account| {
            let spend = available(account).unwrap_or_else(|| balance(account));
            (
                format!("account:{}", account.id),
                format!("{}: {}", account_name(account), ui::plain_money(spend)),
            )
        });
        let methods =
            self.methods.iter().map(|method| (format!("method:{}", method.id), method_name(method)));
        accounts.chain(methods).collect()
    }

    /// What can be paid to, as the choices of a field.
    pub(crate) fn targets(&self) -> Vec<(String, String)> {
        let payees = self.payees.iter().map(|payee| (format!("payee:{}", payee.id), payee_name(payee)));
        let due = |loan: &&LoanSeen| loan.status == LoanStatus::Active;
        let loans = self.loans.iter().filter(due);
        let loans = loans.map(|loan| (format!("loan:{}", loan.id), loan_name(loan)));
        payees.chain(loans).collect()
    }

    /// The source of this choice.
    pub(crate) fn giver(&self, choice: &str) -> Result<Giver, Problem> {
        let wrong = || fault("from", "Choose what to pay from");
        let (kind, id) = choice.split_once(':').ok_or_else(wrong)?;
        let id_is = |other: String| other == id;
        match kind {
            "account" => {
                let found = self.accounts.iter().find(|one| id_is(one.id.to_string()));
                found.map(|one| Giver::Account(one.id)).ok_or_else(wrong)
            }
            "method" => {
                let found = self.methods.iter().find(|one| id_is(one.id.to_string()));
                found.map(|one| Giver::Method(one.id)).ok_or_else(wrong)
            }
            _ => Err(wrong()),
        }
    }

    /// The target of this choice.
    pub(crate) fn whom(&self, choice: &str, principal_only: bool) -> Result<Whom, Problem> {
        let wrong = || fault("to", "Choose whom or what to pay");
        let (kind, id) = choice.split_once(':').ok_or_else(wrong)?;
        match kind {
            "payee" => {
                let found = self.payees.iter().find(|one| one.id.to_string() == id);
                found.map(|one| Whom::Payee(one.id)).ok_or_else(wrong)
            }
            "loan" => {
                let found = self.loans.iter().find(|one| one.id.to_string() == id);
                found.map(|one| Whom::Loan(one.id, principal_only)).ok_or_else(wrong)
            }
            _ => Err(wrong()),
        }
    }

    /// What a source is called.
    pub(crate) fn giver_name(&self, giver: Giver) -> String {
        match giver {
            Giver::Account(id) => {
                let found = self.accounts.iter().find(|one| one.id == id);
                found.map_or_else(|| "An account".to_owned(), account_name)
            }
            Giver::Method(id) => {
                let found = self.methods.iter().find(|one| one.id == id);
                found.map_or_else(|| "A removed card or bank account".to_owned(), method_name)
            }
        }
    }

    /// What a target is called.
    pub(crate) fn whom_name(&self, whom: Whom) -> String {
        match whom {
            Whom::Payee(id) => {
                let found = self.payees.iter().find(|one| one.id == id);
                found.map_or_else(|| "A removed payee".to_owned(), payee_name)
            }
            Whom::Loan(id, _) => {
                let found = self.loans.iter().find(|one| one.id == id);
                found.map_or_else(|| "A loan".to_owned(), loan_name)
            }
            Whom::Account(id) => {
                let found = self.accounts.iter().find(|one| one.id == id);
                found.map_or_else(|| "Another account".to_owned(), account_name)
            }
        }
    }

    pub(super) fn source(&self, order: &PaymentOrder) -> String {
        self.giver_name(match order.source {
            Source::Account(id) => Giver::Account(id),
            Source::Method(id) => Giver::Method(id),
        })
    }

    pub(super) fn target(&self, order: &PaymentOrder) -> String {
        match (order.target, order.credited) {
            (Target::Payee(id, _), _) => self.whom_name(Whom::Payee(id)),
            (Target::Loan(id), _) => self.whom_name(Whom::Loan(id, false)),
            (Target::Account, Some(id)) => self.whom_name(Whom::Account(id)),
            (Target::Account, None) => "An account".to_owned(),
        }
    }
}

/// The request for a payment to this target.
pub(crate) fn target_of(whom: Whom) -> To {
    match whom {
        Whom::Payee(payee) => To::Payee(payee),
        Whom::Account(account) => To::Account(account),
        Whom::Loan(loan, principal_only) => To::Loan { loan, kind: None, principal_only },
    }
}

/// What a payee is called, with what tells them apart.
pub(super) fn payee_name(payee: &Payee) -> String {
    match &payee.payable {
        Payable::Biller { masked, .. } | Payable::Bank { masked, .. } => format!("{} {masked}", payee.name),
        Payable::Account(_) => payee.name.clone(),
    }
}

/// What a bank account elsewhere or a card is called.
pub(super) fn method_name(method: &PaymentMethod) -> String {
    match &method.view {
        MethodView::Bank { masked, .. } => format!("Bank account {masked}"),
        MethodView::Card { brand, masked, .. } => format!("{} {masked}", sentence(brand)),
    }
}

/// What a loan is called.
pub(crate) fn loan_name(loan: &LoanSeen) -> String {
    let kind = sentence(&loan.kind.code().replace('-', " "));
    let owed = loan
        .balances
        .as_ref()
        .map(|balances| ui::plain_money(florin_kernel::Money::new(balances.owed.total(), loan.currency)));
    let noun = if loan.kind == florin_lending::Kind::CreditCard { "" } else { " loan" };
    match owed {
        Some(owed) => format!("{kind}{noun}, {owed} owed"),
        None => format!("{kind}{noun}"),
    }
}
