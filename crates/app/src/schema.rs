//! What the database holds: the tables of all crates, and which of their columns are sealed.

use florin_db::{Migration, SealedColumn};

/// The migrations of all crates, in the order of their dependencies.
pub fn migrations() -> [&'static [Migration]; 15] {
    [
        florin_jobs::MIGRATIONS,
        florin_audit::MIGRATIONS,
        florin_identity::MIGRATIONS,
        florin_notify::MIGRATIONS,
        florin_access::MIGRATIONS,
        florin_parties::MIGRATIONS,
        florin_ledger::MIGRATIONS,
        florin_payments::MIGRATIONS,
        florin_lending::MIGRATIONS,
        florin_risk::service::MIGRATIONS,
        florin_compliance::cases::MIGRATIONS,
        florin_compliance::alerts::MIGRATIONS,
        florin_compliance::screening::MIGRATIONS,
        florin_compliance::consents::MIGRATIONS,
        florin_monitoring::alerts::MIGRATIONS,
    ]
}

/// The columns of all crates whose values are sealed.
pub fn sealed_columns() -> impl Iterator<Item = &'static SealedColumn> {
    let sealed = [
        florin_db::card_tokens::SEALED,
        florin_identity::SEALED,
        florin_parties::SEALED,
        florin_lending::SEALED,
        florin_payments::SEALED,
        florin_compliance::screening::SEALED,
    ];
    sealed.into_iter().flatten()
}
