//! The report as one page that needs nothing else. All that came from the target is escaped.

use std::fmt::Write as _;

use crate::finding::Finding;
use crate::report::Report;

const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
    <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
    <meta name=\"viewport\" content=\"width=device-width\">\n<title>Scan report</title>\n<style>\n\
    body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c;background:#fff}\n\
    article{border-left:.4rem solid #767676;padding:0 1rem;margin:2rem 0}\n\
    .critical{border-color:#7a0019}.high{border-color:#b3261e}.medium{border-color:#a05a00}.low{border-color:#2b5d8a}\n\
    pre{background:#f3f3f3;padding:.6rem;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}\n\
    h2{font-size:1.15rem;margin:0}\n</style>\n</head>\n<body>\n<main>\n<h1>Scan report</h1>\n";

pub(super) fn write(report: &Report) -> String {
    let mut out = HEAD.to_owned();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "<p>{}</p>", escaped(&report.summary()));
    if let Some(why) = &report.incomplete {
        let _ = writeln!(out, "<p><strong>The scan is not complete: {}.</strong></p>", escaped(why));
    }
    for finding in &report.findings {
        article(&mut out, finding);
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn article(out: &mut String, finding: &Finding) {
    let rule = finding.rule;
    let severity = rule.severity.name();
    let parameter =
        finding.parameter.as_deref().map(|name| format!(", parameter {name}")).unwrap_or_default();
    let place = format!("{} {}{parameter}", finding.method, finding.path);
    let _ = writeln!(
        out,
        "<article class=\"{severity}\">\n<h2>{}: {}</h2>",
        escaped(severity),
        escaped(rule.title)
    );
    let _ = writeln!(out, "<p><code>{}</code></p>\n<p>{}</p>", escaped(&place), escaped(&finding.detail));
    let _ = writeln!(
        out,
        "<p>{}, <a href=\"https://cwe.mitre.org/data/definitions/{}.html\">CWE-{}</a>, {}</p>\n<p>{}</p>",
        escaped(rule.id),
        rule.cwe,
        rule.cwe,
        escaped(finding.confidence.name()),
        escaped(rule.remedy)
    );
    for one in &finding.evidence {
        let _ = writeln!(
            out,
            "<details><summary>Evidence</summary><pre>{}</pre><pre>{}</pre></details>",
            escaped(&one.request),
            escaped(&one.response)
        );
    }
    out.push_str("</article>\n");
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
