//! How long a document takes.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench that cannot go on fails")]

#[path = "../tests/documents/samples.rs"]
#[expect(dead_code, reason = "benches make some of the documents")]
mod samples;

use criterion::{Criterion, criterion_group, criterion_main};
use florin_documents::{Document, Format, render};

fn documents(criterion: &mut Criterion) {
    let month = Document::AccountStatement(Box::new(samples::account(64)));
    let long = Document::AccountStatement(Box::new(samples::account(1_000)));
    let disclosure = Document::LendingDisclosure(Box::new(samples::disclosure()));
    for format in Format::ALL {
        criterion.bench_function(&format!("statement of 64 entries as {format}"), |bench| {
            bench.iter(|| render(&month, format).unwrap());
        });
    }
    criterion.bench_function("statement of 1,000 entries as pdf", |bench| {
        bench.iter(|| render(&long, Format::Pdf).unwrap());
    });
    criterion.bench_function("disclosure with its schedule as pdf", |bench| {
        bench.iter(|| render(&disclosure, Format::Pdf).unwrap());
    });
}

criterion_group!(benches, documents);
criterion_main!(benches);
