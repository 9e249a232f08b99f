//! The report as a page that needs nothing else: tables, and curves drawn as SVG.

use std::fmt::Write as _;

use super::{Evaluation, Kept};

/// The side of a drawing, in its own units.
const SIDE: f64 = 300.0;
/// How much room is left around it.
const MARGIN: f64 = 36.0;
/// How many features are drawn.
const TOP: usize = 15;

const HEAD: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
<meta name=\"color-scheme\" content=\"light dark\"><title>Model report</title><style>\
:root{--ink:#1c2430;--paper:#fff;--line:#c9d1db;--mark:#1f5fbf;--soft:#6b7684}\
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ee;--paper:#14181f;--line:#3a4450;--mark:#7db0ff;--soft:#9aa5b3}}\
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:62rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse;margin:1rem 0}th,td{padding:.25rem .75rem;border-bottom:1px solid var(--line);text-align:right}\
th:first-child,td:first-child{text-align:left}figure{display:inline-block;margin:1rem 1rem 1rem 0}\
svg{max-width:100%}svg text{fill:var(--soft);font-size:12px}svg path{stroke:var(--mark);stroke-width:2;fill:none}\
svg line,svg rect.f{stroke:var(--line);fill:none}svg rect.b{fill:var(--mark)}svg circle{fill:var(--mark)}</style></head><body>";

/// The report about a model, as HTML; several evaluations are compared, and the first is drawn.
pub fn page(kept: &Kept, found: &[Evaluation]) -> String {
    let mut page = String::from(HEAD);
    let provenance = &kept.provenance;
    let last = provenance.last_day.yesterday().unwrap_or(provenance.last_day);
    let _ = write!(
        page,
        "<h1>Model {}</h1><p>Features {}, learned from {} to {last}: {} rows, {} frauds. Data {}.</p>",
        kept.version(),
        escaped(&kept.features),
        provenance.first_day,
        provenance.rows,
        provenance.frauds,
        escaped(provenance.data.get(..12).unwrap_or_default()),
    );
    figures(&mut page, found);
    if let Some(first) = found.first() {
        drawings(&mut page, first);
        days(&mut page, first);
        importance(&mut page, first);
    }
    page.push_str("</body></html>\n");
    page
}

fn figures(page: &mut String, found: &[Evaluation]) {
    page.push_str("<table><thead><tr><th scope=\"col\">Judged</th><th scope=\"col\">Rows</th><th scope=\"col\">Frauds</th>\
        <th scope=\"col\">AUC ROC</th><th scope=\"col\">Average precision</th><th scope=\"col\">Card precision at 100</th>\
        <th scope=\"col\">Recall at 0.5 % alerts</th></tr></thead><tbody>");
    for one in found {
        let _ = write!(
            page,
            "<tr><td>{} to {}</td><td>{}</td><td>{}</td><td>{:.4}</td><td>{:.4}</td><td>{:.4}</td><td>{:.4}</td></tr>",
            one.test.0,
            one.test.1.yesterday().unwrap_or(one.test.1),
            one.test_rows.0,
            one.test_rows.1,
            one.auc_roc,
            one.average_precision,
            one.card_precision_100,
            one.recall_at_alerts,
        );
    }
    page.push_str("</tbody></table>");
}

fn drawings(page: &mut String, one: &Evaluation) {
    let told: Vec<(f64, f64)> = one.reliability.iter().map(|bin| (bin.told, bin.was)).collect();
    let area = format!("area under the curve {:.4}", one.auc_roc);
    let precision = format!("average precision {:.4}", one.average_precision);
    drawing(page, ("False-alarm rate", "Recall"), &area, &one.roc, false);
    drawing(page, ("Recall", "Precision"), &precision, &one.precision_recall, false);
    drawing(
        page,
        ("Told probability", "Share of fraud"),
        "calibration: the nearer to the diagonal the better",
        &told,
        true,
    );
}

/// A drawing over the unit square, with what it shows in words.
fn drawing(page: &mut String, (across, up): (&str, &str), words: &str, points: &[(f64, f64)], dots: bool) {
    let side = SIDE + 2.0 * MARGIN;
    let place =
        |(x, y): (f64, f64)| (MARGIN + x.clamp(0.0, 1.0) * SIDE, MARGIN + (1.0 - y.clamp(0.0, 1.0)) * SIDE);
    let _ = write!(
        page,
        "<figure><svg role=\"img\" viewBox=\"0 0 {side} {side}\" width=\"{side}\" aria-label=\"{up} over {across}: {words}\">\
         <rect class=\"f\" x=\"{MARGIN}\" y=\"{MARGIN}\" width=\"{SIDE}\" height=\"{SIDE}\"/>",
    );
    for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let (x, y) = place((tick, tick));
        let foot = MARGIN + SIDE + 16.0;
        let _ = write!(
            page,
            "<text x=\"{x:.0}\" y=\"{foot}\" text-anchor=\"middle\">{tick}</text><text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{tick}</text>",
            MARGIN - 5.0,
            y + 4.0,
        );
    }
    if dots {
        let ((x, y), (x2, y2)) = (place((0.0, 0.0)), place((1.0, 1.0)));
        let _ = write!(page, "<line x1=\"{x}\" y1=\"{y}\" x2=\"{x2}\" y2=\"{y2}\"/>");
    }
    let mut path = String::new();
    for point in points {
        let (x, y) = place(*point);
        if dots {
            let _ = write!(page, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>");
        }
        let _ = write!(path, "{}{x:.1} {y:.1}", if path.is_empty() { "M" } else { "L" });
    }
    let _ = write!(
        page,
        "<path d=\"{path}\"/></svg><figcaption>{up} over {}; {words}</figcaption></figure>",
        across.to_lowercase()
    );
}

fn days(page: &mut String, one: &Evaluation) {
    page.push_str(
        "<h2>A hundred cards a day</h2><table><thead><tr><th scope=\"col\">Day</th>\
        <th scope=\"col\">Compromised cards</th><th scope=\"col\">Found</th></tr></thead><tbody>",
    );
    for day in &one.days {
        let _ =
            write!(page, "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", day.day, day.compromised, day.found);
    }
    page.push_str("</tbody></table>");
}

fn importance(page: &mut String, one: &Evaluation) {
    let most = one.importance.first().map_or(1.0, |first| first.contribution.max(f64::MIN_POSITIVE));
    page.push_str("<h2>What decides</h2><p>The mean of what each feature moved the log-odds by, either way.</p><table><tbody>");
    for feature in one.importance.iter().take(TOP) {
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{}</th><td>{:.4}</td><td><svg aria-hidden=\"true\" width=\"200\" height=\"12\">\
             <rect class=\"b\" width=\"{:.1}\" height=\"12\"/></svg></td></tr>",
            escaped(&feature.feature),
            feature.contribution,
            200.0 * feature.contribution / most,
        );
    }
    page.push_str("</tbody></table>");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
