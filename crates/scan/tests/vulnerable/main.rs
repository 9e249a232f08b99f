//! The scanner against a server with seeded faults, beside each a twin that does the same and does it right.
//!
//! Each fault is one handler that is told whether it is the faulty one: under `/f/{id}/…` it is, under `/t/{id}/…` it
//! is not. What the scanner must find is what is under `/f`; whatever it says of `/t` is a false alarm.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod accounts;
mod behaviour;
mod decoys;
mod documents;
mod edge;
mod files;
mod pages;
mod recall;
mod reports;
mod rights;
mod server;
mod sites;
mod sql;
mod tls;
mod tokens;
mod writing;

use server::Fault;

/// All faults of the one big site.
fn faults() -> Vec<Fault> {
    [
        sql::faults(),
        pages::faults(),
        writing::faults(),
        rights::faults(),
        tokens::faults(),
        accounts::faults(),
        files::faults(),
        edge::faults(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
