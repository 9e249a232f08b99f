//! The filled instance: its books balance, and its year is past.

use std::collections::BTreeMap;

use florin_app::Services;
use florin_app::config::{Config, Loaded, Sources};
use florin_db::{Access, DbError};
use florin_kernel::{Env, Timestamp};
use florin_ledger::AccountView;

use super::{beginning, fill};

fn config(directory: &std::path::Path) -> Config {
    let mut sources = Sources::default();
    sources.flags.push(("instance.data", directory.display().to_string()));
    Loaded::read(&sources).unwrap().config
}

async fn accounts(services: &Services) -> Vec<AccountView> {
    let ledger = services.ledger.clone();
    services
        .db
        .read(move |reader| ledger.accounts(reader, 0, 1_000))
        .await
        .unwrap_or_else(|error: DbError| panic!("{error}"))
}

#[tokio::test]
async fn the_filled_books_balance_and_everything_in_them_is_past() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    let now = Env::system().now();
    let start = beginning(now).unwrap();

    Box::pin(fill::fill(&config, start, 1)).await.unwrap();
    let again = Box::pin(fill::fill(&config, start, 1)).await.unwrap_err();

    assert!(again.to_string().contains("--data"), "{again}");
    let services = Services::open(config, Access::Serve, Env::system()).await.unwrap();
    let views = accounts(&services).await;
    let mut sums: BTreeMap<String, i128> = BTreeMap::new();
    for view in &views {
        let balance = view.account.balance;
        *sums.entry(view.currency.to_string()).or_default() +=
            i128::from(balance.debits_posted) - i128::from(balance.credits_posted);
        assert!(view.owner.is_none() || view.account.own() >= 0, "{} is overdrawn", view.id);
        assert!(view.opened_at >= start && view.opened_at < now);
        assert!(Timestamp::from_microsecond(view.account.last_at).unwrap() < now);
    }
    assert_eq!(sums.len(), 3);
    assert!(sums.values().all(|sum| *sum == 0), "{sums:?}");
    assert_eq!(views.iter().filter(|view| view.account.closed).count(), 1);
    assert_eq!(views.iter().filter(|view| view.account.frozen_debit).count(), 1);
    assert_eq!(
        views.iter().filter(|view| view.owner.is_some() && view.account.balance.debits_pending > 0).count(),
        4
    );
    let report =
        services.db.read(florin_ledger::verify).await.unwrap_or_else(|error: DbError| panic!("{error}"));
    assert_eq!(report.problems, Vec::<String>::new());
    assert!(report.transfers > 4_500, "{}", report.transfers);
}

#[tokio::test]
async fn two_instances_filled_alike_have_the_same_books() {
    let start: Timestamp = "2025-03-09T00:00:00Z".parse().unwrap();
    let mut books = Vec::new();
    for _ in 0..2 {
        let directory = tempfile::tempdir().unwrap();
        let config = config(directory.path());
        Box::pin(fill::fill(&config, start, 1)).await.unwrap();
        let services = Services::open(config, Access::Command, Env::system()).await.unwrap();
        books.push(accounts(&services).await);
    }

    assert!(books[0].len() > 40);
    assert_eq!(books[0], books[1]);
}
