//! Records as lines: JSON, and CSV that a spreadsheet takes for what it is.

use std::fmt::Write as _;
use std::str::FromStr;

use serde::Serialize;

use crate::record::Record;

/// How records are written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A JSON object a line.
    JsonLines,
    /// RFC 4180, with a heading.
    Csv,
}

impl Format {
    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::JsonLines => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    /// What comes before all records.
    pub fn heading(self) -> &'static str {
        match self {
            Self::JsonLines => "",
            Self::Csv => {
                "id,seq,at,action,resource_kind,resource_id,actor,user_id,session_id,operator,ip,user_agent,request_id,\
                 result,error,details\r\n"
            }
        }
    }

    /// Adds a record's line.
    pub fn write(self, record: &Record, out: &mut String) {
        match self {
            Self::JsonLines => {
                out.push_str(&serde_json::to_string(&Line::from(record)).unwrap_or_default());
                out.push('\n');
            }
            Self::Csv => write_csv(record, out),
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "jsonl" => Ok(Self::JsonLines),
            "csv" => Ok(Self::Csv),
            _ => Err("jsonl or csv is wanted".to_owned()),
        }
    }
}

/// A record as the world sees it.
#[derive(Clone, Debug, Serialize)]
pub struct Line<'a> {
    /// The identifier.
    pub id: String,
    /// Its number.
    pub seq: i64,
    /// When, RFC 3339.
    pub at: String,
    /// The action's code.
    pub action: &'a str,
    /// The noun acted upon.
    pub resource_kind: &'a str,
    /// Which one.
    pub resource_id: Option<String>,
    /// `anonymous`, `user`, `client` or `system`.
    pub actor: &'a str,
    /// The person.
    pub user_id: Option<String>,
    /// The sign-in.
    pub session_id: Option<String>,
    /// The part of the program.
    pub operator: Option<&'a str>,
    /// The client's address.
    pub ip: Option<&'a str>,
    /// What the client calls itself.
    pub user_agent: Option<&'a str>,
    /// The request.
    pub request_id: Option<&'a str>,
    /// `success` or `failure`.
    pub result: &'a str,
    /// The code of the failure.
    pub error: Option<&'a str>,
    /// Notes, and what changed.
    pub details: serde_json::Value,
}

impl<'a> From<&'a Record> for Line<'a> {
    fn from(record: &'a Record) -> Self {
        let text = |id: Option<florin_kernel::Uuid>| id.map(|id| id.to_string());
        Self {
            id: record.id().to_string(),
            seq: record.seq,
            at: record.at().to_string(),
            action: &record.action,
            resource_kind: &record.resource_kind,
            resource_id: text(record.resource_id),
            actor: &record.actor_kind,
            user_id: text(record.user_id),
            session_id: text(record.session_id),
            operator: record.operator.as_deref(),
            ip: record.ip.as_deref(),
            user_agent: record.user_agent.as_deref(),
            request_id: record.request_id.as_deref(),
            result: &record.outcome,
            error: record.error.as_deref(),
            details: record.details(),
        }
    }
}

fn write_csv(record: &Record, out: &mut String) {
    let line = Line::from(record);
    let _ = write!(out, "{},{},{}", line.id, line.seq, line.at);
    let details = record.detail.as_deref();
    let cells = [
        Some(line.action),
        Some(line.resource_kind),
        line.resource_id.as_deref(),
        Some(line.actor),
        line.user_id.as_deref(),
        line.session_id.as_deref(),
        line.operator,
        line.ip,
        line.user_agent,
        line.request_id,
        Some(line.result),
        line.error,
        details,
    ];
    for cell in cells {
        out.push(',');
        write_cell(cell.unwrap_or_default(), out);
    }
    out.push_str("\r\n");
}

/// A cell in quotes where it needs them. What a spreadsheet would run as a formula gets an apostrophe before it, which makes
/// it text there.
fn write_cell(text: &str, out: &mut String) {
    let is_formula =
        text.trim_start().starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
            || text.starts_with(['\t', '\r', '\n']);
    if !is_formula && !text.contains([',', '"', '\r', '\n', ';']) {
        out.push_str(text);
        return;
    }
    out.push('"');
    if is_formula {
        out.push('\'');
    }
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> String {
        let mut out = String::new();
        write_cell(text, &mut out);
        out
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "\u{ff1d}1"] {
            assert!(cell(formula).starts_with("\"'"), "{formula:?}");
        }
        assert_eq!(cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
    }

    #[test]
    fn a_cell_is_quoted_where_it_must_be() {
        assert_eq!(cell("plain text"), "plain text");
        assert_eq!(cell("a,b"), "\"a,b\"");
        assert_eq!(cell("a\"b"), "\"a\"\"b\"");
        assert_eq!(cell(""), "");
    }
}
