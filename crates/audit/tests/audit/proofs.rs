//! Proofs: they prove what they say without a database, and nothing else.

use florin_audit::{Document, Error, Filter, ProofError, PublicKey, Trusted};
use florin_kernel::Uuid;
use serde_json::{Value, json};

use crate::world::{World, auditor, worlds};

async fn proof_of(world: &World, seq: i64) -> Value {
    let found = world.audit.search(&auditor(), Filter::default(), i64::MAX, 100).await.unwrap();
    let record = found.records.into_iter().find(|record| record.seq == seq).unwrap();
    serde_json::to_value(world.audit.proof(&auditor(), record.id()).await.unwrap()).unwrap()
}

fn check(document: &Value) -> Result<(), ProofError> {
    Document::read(&document.to_string())?.check(None)
}

#[tokio::test]
async fn each_record_is_proved_and_what_waits_is_sealed_for_it() {
    for world in worlds() {
        world.write(21).await;
        for seq in 1..=21 {
            let proof = proof_of(&world, seq).await;
            assert_eq!(check(&proof), Ok(()), "{seq}");
        }
        let unknown = world.audit.proof(&auditor(), Uuid::from_u128(7)).await.unwrap_err();
        assert!(matches!(unknown, Error::RecordNotFound));
    }
}

#[tokio::test]
async fn a_proof_that_is_changed_anywhere_proves_nothing() {
    let world = World::sqlite();
    world.write(9).await;
    world.seal().await;
    let proof = proof_of(&world, 5).await;
    let mut changed = Vec::new();
    for (part, fields) in [("record", proof["record"].clone()), ("seal", proof["seal"].clone())] {
        for (field, value) in fields.as_object().unwrap() {
            let mut other = proof.clone();
            other[part][field] = match value {
                Value::Number(n) => json!(n.as_i64().unwrap() + 1),
                Value::String(text) if part == "seal" => json!(text.replace(['0', '1', '2', '3'], "9")),
                Value::String(text) if field.ends_with("_id") && field != "request_id" => {
                    json!(text.replace('0', "1"))
                }
                Value::String(text) => json!(format!("{text}x")),
                _ => json!("something"),
            };
            changed.push((format!("{part}.{field}"), other));
        }
    }
    for field in ["index", "path"] {
        let mut other = proof.clone();
        other[field] = if field == "index" { json!(3) } else { json!([]) };
        changed.push((field.to_owned(), other));
    }

    assert!(changed.len() > 25);
    for (what, other) in changed {
        assert!(check(&other).is_err(), "{what}");
    }
    assert_eq!(check(&proof), Ok(()));
}

#[tokio::test]
async fn a_proof_by_a_key_that_does_not_count_proves_nothing() {
    let world = World::sqlite();
    world.write(3).await;
    let proof = Document::read(&proof_of(&world, 2).await.to_string()).unwrap();
    let other = florin_audit::Keys::open(&world.data.path().join("other")).unwrap();

    assert_eq!(proof.check(Some(world.audit.trusted())), Ok(()));
    assert!(matches!(proof.check(Some(other.trusted())), Err(ProofError::Untrusted { .. })));
    let key: PublicKey = world.audit.anchor().await.unwrap().unwrap().key().unwrap();
    assert_eq!(proof.check(Some(&Trusted::of([key]))), Ok(()));
}

#[tokio::test]
async fn of_two_seals_one_log_is_proved_to_be_a_beginning_of_the_other() {
    for world in worlds() {
        let mut anchors = Vec::new();
        for _ in 0..9 {
            world.write(3).await;
            world.seal().await;
            anchors.push(world.audit.anchor().await.unwrap().unwrap());
        }
        for anchor in &anchors {
            let proof = serde_json::to_value(world.audit.consistency(&anchor.seal).await.unwrap()).unwrap();
            assert_eq!(check(&proof), Ok(()), "{}", anchor.seal.number);
            let mut other = proof.clone();
            other["path"] = json!([]);
            if anchor.seal.number < 9 {
                assert!(check(&other).is_err());
            }
        }
        // A seal of another trail is a beginning of nothing here.
        let elsewhere = World::sqlite();
        elsewhere.write(2).await;
        elsewhere.seal().await;
        let foreign = elsewhere.audit.anchor().await.unwrap().unwrap();
        let proof = world.audit.consistency(&foreign.seal).await.unwrap();
        assert!(check(&serde_json::to_value(proof).unwrap()).is_err());
    }
}

#[test]
fn what_is_no_document_is_refused() {
    for text in ["", "{}", "[]", r#"{"format":"florin-audit-anchor-1"}"#, r#"{"format":"other"}"#] {
        assert!(matches!(Document::read(text), Err(ProofError::Form(_))), "{text}");
    }
}
