use std::collections::HashSet;
use std::path::Path;

use super::*;

fn requests(collection: &Value) -> Vec<&Value> {
    let folders = collection["item"].as_array().unwrap();
    folders.iter().flat_map(|folder| folder["item"].as_array().unwrap()).collect()
}

#[test]
fn the_committed_collection_and_environment_are_current() {
    let collection = collection(&crate::face::openapi());
    let environment = environment(&collection);
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/postman");
    for (made, name) in [(&collection, "collection"), (&environment, "environment")] {
        let file = directory.join(format!("florin.postman_{name}.json"));
        if std::env::var_os("FLORIN_UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(&file, format!("{made:#}\n")).unwrap();
        }
        let committed: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();

        assert!(*made == committed, "run `florin postman --out docs/postman`");
    }
}

#[test]
fn every_operation_is_a_request_of_the_form_that_the_schema_asks_for() {
    let document = crate::face::openapi();
    let collection = collection(&document);
    let mut seen = HashSet::new();

    assert_eq!(collection["info"]["schema"], SCHEMA);
    for item in requests(&collection) {
        let request = &item["request"];
        let url = &request["url"];
        assert!(!item["name"].as_str().unwrap().is_empty());
        assert!(
            ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&request["method"].as_str().unwrap()),
            "{request}"
        );
        assert!(url["raw"].as_str().unwrap().starts_with("{{base_url}}/"), "{url}");
        let path = url["path"].as_array().unwrap();
        for named in path.iter().filter_map(|part| part.as_str()?.strip_prefix(':')) {
            let name = named.split('.').next().unwrap();
            assert!(url["variable"].as_array().unwrap().iter().any(|one| one["key"] == name), "{url}");
        }
        for header in request["header"].as_array().unwrap() {
            assert!(header["key"].is_string() && header["value"].is_string(), "{header}");
        }
        if request["body"]["options"]["raw"]["language"] == "json" {
            let body: Value = serde_json::from_str(request["body"]["raw"].as_str().unwrap()).unwrap();
            assert!(!body.is_null(), "{item}");
        }
        assert!(seen.insert((request["method"].clone(), url["path"].clone())), "twice: {item}");
    }
    assert_eq!(seen.len(), operations(&document).count(), "a request for each operation");
}

#[test]
fn every_variable_is_in_the_environment_and_secrets_are_hidden() {
    let collection = collection(&crate::face::openapi());
    let environment = environment(&collection);
    let values = environment["values"].as_array().unwrap();
    let mut used = BTreeSet::new();
    variables(&collection.to_string(), &mut used);

    assert!(used.contains("access_token") && used.contains("from_account_id"), "{used:?}");
    for name in used {
        assert!(values.iter().any(|value| value["key"] == name), "{name}");
    }
    for name in SECRET {
        let value = values.iter().find(|value| value["key"] == *name).unwrap();
        assert_eq!((&value["type"], &value["value"]), (&json!("secret"), &json!("")));
    }
}

#[test]
fn whoever_need_not_sign_in_does_not_and_money_moves_under_a_key() {
    let collection = collection(&crate::face::openapi());
    let find = |method: &str, path: &str| {
        let found = requests(&collection).into_iter().find(|item| {
            let request = &item["request"];
            request["method"] == method && request["url"]["raw"] == format!("{{{{base_url}}}}{path}")
        });
        found.unwrap_or_else(|| panic!("{path}"))["request"].clone()
    };

    let (login, transfer) = (find("POST", "/api/v1/auth/login"), find("POST", "/api/v1/transfers"));

    assert_eq!(login["auth"]["type"], "noauth");
    assert!(transfer.get("auth").is_none());
    let key =
        transfer["header"].as_array().unwrap().iter().find(|one| one["key"] == "X-Idempotency-Key").unwrap();
    assert_eq!((&key["value"], &key["disabled"]), (&json!("{{$guid}}"), &json!(false)));
    let body: Value = serde_json::from_str(transfer["body"]["raw"].as_str().unwrap()).unwrap();
    assert_eq!(body["from_account_id"], "{{from_account_id}}");
    assert!(body["amount"]["amount"].is_string() && body["amount"]["currency"].is_string(), "{body}");
}
