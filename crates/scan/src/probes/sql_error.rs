//! SQL injection that shows itself by the database's own complaints.

use crate::ask::{Found, Scan};
use crate::error::Stop;
use crate::finding::{Rule, Severity};
use crate::probes::injection::Spot;

pub(crate) static ERROR: Rule = Rule {
    id: "sql-injection-error",
    title: "SQL injection, shown by the database's error",
    cwe: 89,
    severity: Severity::Critical,
    remedy: "Bind values as parameters of a prepared statement; take names of columns from a fixed list.",
};
pub(crate) const RULES: &[&Rule] = &[&ERROR];

/// What databases say of a statement that does not parse.
const COMPLAINTS: &[&str] = &[
    "unrecognized token",
    "SQL logic error",
    "SQLITE_ERROR",
    "sqlite3.OperationalError",
    "incomplete input",
    "syntax error at or near",
    "unterminated quoted",
    "unterminated string literal",
    "You have an error in your SQL syntax",
    "Unclosed quotation mark",
    "Incorrect syntax near",
    "quoted string not properly terminated",
    "ORA-00933",
    "ORA-01756",
    "SQLSTATE[",
    "PG::SyntaxError",
    "Microsoft OLE DB Provider",
    "com.mysql.jdbc",
    "org.hibernate.exception",
    "DB2 SQL error",
];

pub(crate) fn complaint(body: &str) -> Option<&'static str> {
    let near = || body.contains("near \"").then_some("syntax error").filter(|words| body.contains(words));
    COMPLAINTS.iter().find(|words| body.contains(**words)).copied().or_else(near)
}

pub(crate) async fn run(scan: &mut Scan, spot: &Spot) -> Result<bool, Stop> {
    if complaint(&spot.base.1.body).is_some() {
        return Ok(false);
    }
    let first = spot.put(scan, &format!("{}'\"", spot.sample)).await?;
    let Some(words) = complaint(&first.1.body) else { return Ok(false) };
    let word = scan.chance.word();
    let second = spot.put(scan, &format!("{word}'\")(,")).await?;
    let harmless = spot.put(scan, &spot.sample).await?;
    if complaint(&second.1.body).is_none() || complaint(&harmless.1.body).is_some() {
        return Ok(false);
    }
    let detail = format!("quotes in `{}` reach the database, which complains: “{words}”", spot.name);
    scan.report(Found::certain(&ERROR, detail, &[first, second]).in_parameter(&spot.name).about(words));
    Ok(true)
}
