//! What keys of programs may be used for, in words.

use florin_identity::Scope;
use maud::{Markup, html};

/// What a scope lets a key do, and whether staff alone can.
fn told(code: &str) -> (&str, bool) {
    match code {
        "user.read" => ("Read your profile", false),
        "account.open" => ("Open accounts", false),
        "account.read" => ("Read accounts, balances and entries", false),
        "account.change" => ("Change accounts", false),
        "account.deposit" => ("Take in cash", true),
        "account.withdraw" => ("Pay out cash", true),
        "transfer.create" => ("Send transfers", false),
        "transfer.resolve" => ("Complete or release what is reserved", false),
        "transfer.reverse" => ("Reverse transfers", true),
        "transfer.read" => ("Read transfers", false),
        "loan.quote" => ("Reckon the terms of loans", false),
        "ledger.read" => ("Read the ledger", true),
        "ledger.close_period" => ("Close days of the ledger", true),
        "audit.read" => ("Read the audit trail", true),
        "operations.read" => ("Read how the program does", true),
        other => (other, true),
    }
}

/// The scopes that somebody may choose from, staff or not: a key never may more than its owner.
pub(crate) fn offered(is_staff: bool) -> impl Iterator<Item = Scope> {
    Scope::all().filter(move |scope| is_staff || !told(scope.code()).1)
}

/// One scope, for a choice: in words, with its name.
pub(crate) fn choice(scope: Scope) -> Markup {
    html! { (told(scope.code()).0) span.hint { code { (scope.code()) } } }
}

/// Scopes in a list, each on a line.
pub(crate) fn list(scopes: &[Scope]) -> Markup {
    html! { @for (n, scope) in scopes.iter().enumerate() { @if n > 0 { br; } (told(scope.code()).0) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_is_told_in_words_and_customers_are_offered_what_is_theirs() {
        for scope in Scope::all() {
            assert!(!told(scope.code()).0.contains('.'), "{scope}");
        }
        assert_eq!(offered(true).count(), Scope::all().count());
        let customers: Vec<&str> = offered(false).map(Scope::code).collect();
        assert!(customers.contains(&"account.read") && !customers.contains(&"ledger.read"), "{customers:?}");
    }
}
