//! From a document to its bytes.

use crate::model::Document;
use crate::{Error, Format, Paper, Rendered, camt053, compose, csv, json, ofx, pdf, ties};

/// The document in this format, on the paper that is usual for its currency.
///
/// # Errors
/// [`Error`].
pub fn render(document: &Document, format: Format) -> Result<Rendered, Error> {
    render_on(document, format, document.usual_paper())
}

/// The document in this format; `paper` counts for PDF alone. The figures are checked first.
///
/// # Errors
/// [`Error`].
pub fn render_on(document: &Document, format: Format, paper: Paper) -> Result<Rendered, Error> {
    ties::check(document)?;
    let bytes = match (format, document) {
        (Format::Pdf, _) => pdf::set(&compose::sheet(document)?, paper)?,
        (Format::Json, _) => json::write(document),
        (Format::Csv, _) => csv::write(document).ok_or_else(|| not_in(document, format))?.into_bytes(),
        (Format::Ofx, Document::AccountStatement(statement)) => ofx::write(statement).into_bytes(),
        (Format::Camt053, Document::AccountStatement(statement)) => camt053::write(statement)?.into_bytes(),
        (Format::Ofx | Format::Camt053, _) => return Err(not_in(document, format)),
    };
    let file_name = format!("{}.{}", document.file_stem(), format.extension());
    Ok(Rendered { content_type: format.content_type(), file_name, bytes })
}

fn not_in(document: &Document, format: Format) -> Error {
    Error::NotInThisFormat { document: document.name(), format }
}
