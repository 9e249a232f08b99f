//! PDFs: that they are made, are the same each time, and survive any text.

use florin_documents::{Document, Format, Paper, render, render_on};

use super::samples;

/// Where files lie for whoever wants to look at them.
fn keep(name: &str, bytes: &[u8]) {
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("documents");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join(name), bytes).unwrap();
}

#[test]
fn every_kind_is_a_pdf_that_meets_the_standards_of_access_and_archives() {
    for (number, document) in samples::all().iter().enumerate() {
        let made = render(document, Format::Pdf).unwrap();
        assert!(made.bytes.starts_with(b"%PDF-1.7"), "{}", document.name());
        keep(&format!("{number}-{}", made.file_name), &made.bytes);
    }
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    for document in samples::all() {
        for paper in [Paper::A4, Paper::Letter] {
            assert_eq!(
                render_on(&document, Format::Pdf, paper).unwrap().bytes,
                render_on(&document, Format::Pdf, paper).unwrap().bytes,
                "{}",
                document.name()
            );
        }
    }
}

#[test]
fn a_statement_of_a_thousand_entries_flows_over_pages() {
    let document = Document::AccountStatement(Box::new(samples::account(1_000)));
    let made = render(&document, Format::Pdf).unwrap();
    keep("thousand.pdf", &made.bytes);
}
