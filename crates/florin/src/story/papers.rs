//! Papers: what there is in black and white.

use super::opening::Opened;
use super::steps::Steps;
use super::{Stage, failed};
use crate::Failure;

/// Stella takes her statement home, as everybody wants it.
pub(super) async fn tell(stage: &mut Stage<'_>, steps: &mut Steps, opened: &Opened) -> Result<(), Failure> {
    for (format, begins) in [("pdf", "%PDF-"), ("csv", ""), ("ofx", "<?xml"), ("camt053", "<?xml")] {
        let path = format!("/api/v1/accounts/{}/statement?format={format}", opened.account);
        let taken = opened.customer.document(&path);
        let document = steps.take(format!("her statement as {format}"), taken).await?;
        if !document.starts_with(begins.as_bytes()) {
            return Err(failed(format!("the statement is no {format}")));
        }
        if format == "pdf" {
            stage.findings.push(("statement_pdf", format!("{} bytes", document.len())));
        }
    }
    Ok(())
}
