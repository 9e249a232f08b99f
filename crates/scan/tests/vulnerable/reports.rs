//! The forms of a report.

use florin_scan::{Format, Severity};
use serde_json::Value;

use crate::recall::options;
use crate::server::{PEOPLE, Style, World, serve};
use crate::{pages, tokens};

async fn report() -> florin_scan::Report {
    let faults = pages::faults().into_iter().chain(tokens::faults()).take(16).collect();
    let address = serve(World::new(faults, Style::default())).await;
    florin_scan::scan(options(&format!("http://{address}"))).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_valid_in_every_form_and_tells_no_secrets() {
    let report = report().await;

    assert!(report.findings.len() >= 10);
    assert_eq!(report.worst(), Some(Severity::Critical));
    let (sarif, json) = (report.write(Format::Sarif), report.write(Format::Json));
    is_sarif(&serde_json::from_str(&sarif).unwrap());
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["findings"].as_array().unwrap().len(), report.findings.len());
    assert_eq!((&json["complete"], &json["accounts"]), (&Value::Bool(true), &Value::from(2)));
    let html = report.write(Format::Html);
    for foreign in ["<script", "<img", "<link", "src=", "onload", "@import", "url("] {
        let markup = html.split("<pre>").map(|part| part.split("</pre>").last().unwrap()).collect::<String>();
        assert!(!markup.contains(foreign), "{foreign}");
    }
    assert!(html.contains("&lt;") && !html.contains("<svg"));
    let table = report.write(Format::Table);
    assert!(table.contains("xss-reflected") && !table.chars().any(|c| c.is_control() && c != '\n'));
    for text in [&sarif, &html, &table, &json.to_string()] {
        for (_, password) in PEOPLE {
            assert!(!text.contains(password));
        }
        // The beginning of a token's claims.
        assert!(!text.contains("eyJzdWIi") && !text.contains("eyJleHAi"));
    }
}

/// What the schema of SARIF 2.1.0 asks for, of the parts that are used.
fn is_sarif(log: &Value) {
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().ends_with("sarif-schema-2.1.0.json"));
    let runs = log["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 1);
    let driver = &runs[0]["tool"]["driver"];
    assert!(driver["name"].is_string());
    let rules = driver["rules"].as_array().unwrap();
    for rule in rules {
        assert!(
            rule["id"].is_string()
                && rule["shortDescription"]["text"].is_string()
                && rule["help"]["text"].is_string()
        );
        assert!(
            ["none", "note", "warning", "error"]
                .contains(&rule["defaultConfiguration"]["level"].as_str().unwrap())
        );
        url::Url::parse(rule["helpUri"].as_str().unwrap()).unwrap();
        let score = rule["properties"]["security-severity"].as_str().unwrap();
        assert!(
            score
                .split_once('.')
                .is_some_and(|(whole, part)| whole.parse::<u8>().is_ok() && part.parse::<u8>().is_ok())
        );
    }
    assert!(runs[0]["invocations"][0]["executionSuccessful"].is_boolean());
    for result in runs[0]["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["none", "note", "warning", "error"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        url::Url::parse(uri).unwrap();
        assert!(!uri.contains(['{', '}', ' ']));
        assert!(result["partialFingerprints"].as_object().unwrap().values().all(Value::is_string));
    }
}
