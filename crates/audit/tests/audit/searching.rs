//! Searching: by everything that can be asked for, over what is sealed and what is not, page by page.

use florin_audit::{Filter, Record};
use florin_kernel::Uuid;

use crate::world::{START_SECOND, World, auditor, worlds};

/// Whether a record is one that a filter wants.
type Wanted = fn(&Record) -> bool;

async fn all(world: &World, filter: Filter, limit: usize) -> Vec<Record> {
    let (mut before, mut records) = (401, Vec::new());
    loop {
        let found = world.audit.search(&auditor(), filter.clone(), before, limit).await.unwrap();
        assert!(found.records.len() <= limit);
        records.extend(found.records);
        match found.next_before {
            Some(next) if next < before => before = next,
            Some(next) => panic!("{next} does not come before {before}"),
            None => return records,
        }
    }
}

/// 400 records, of which 300 are sealed in more seals than one search reads.
async fn written() -> Vec<World> {
    let worlds = worlds();
    for world in &worlds {
        for _ in 0..75 {
            world.write(4).await;
            world.seal().await;
        }
        world.clock.advance_seconds(3_600);
        world.write(100).await;
    }
    worlds
}

#[tokio::test]
async fn records_are_found_by_everything_that_can_be_asked_for() {
    for world in written().await {
        let records = all(&world, Filter::default(), 100).await;
        assert_eq!(
            records.iter().map(|record| record.seq).collect::<Vec<_>>(),
            (1..=400).rev().collect::<Vec<_>>()
        );
        let user = Uuid::from_u128(2);
        let resource = Uuid::from_u128(1_000_000 + 3);
        let hour = (START_SECOND + 1_800) * 1_000_000;
        let cases: [(Filter, Wanted); 8] = [
            (Filter { user_id: Some(user), ..Filter::default() }, |r| r.user_id == Some(Uuid::from_u128(2))),
            (Filter { resource_id: Some(resource), ..Filter::default() }, |r| {
                r.resource_id == Some(Uuid::from_u128(1_000_003))
            }),
            (Filter { action: Some("user.change".to_owned()), ..Filter::default() }, |r| {
                r.action == "user.change"
            }),
            (Filter { succeeded: Some(false), ..Filter::default() }, |r| r.outcome == "failure"),
            (Filter { from_us: Some(hour), ..Filter::default() }, |r| r.seq > 300),
            (Filter { to_us: Some(hour), user_id: Some(user), ..Filter::default() }, |r| {
                r.seq <= 300 && r.user_id == Some(Uuid::from_u128(2))
            }),
            (Filter { resource_kind: Some("session".to_owned()), ..Filter::default() }, |_| true),
            (Filter { action: Some("nobody.does".to_owned()), ..Filter::default() }, |_| false),
        ];
        for (filter, wanted) in cases {
            let expected: Vec<i64> =
                records.iter().filter(|record| wanted(record)).map(|record| record.seq).collect();
            for limit in [7, 100] {
                let found = all(&world, filter.clone(), limit).await;
                assert_eq!(found.iter().map(|record| record.seq).collect::<Vec<_>>(), expected, "{filter:?}");
            }
        }
    }
}

#[tokio::test]
async fn reading_the_trail_is_recorded_with_what_was_asked_for() {
    for world in worlds() {
        world.write(3).await;
        let filter = Filter { action: Some("user.change".to_owned()), ..Filter::default() };
        world.audit.search(&auditor(), filter.clone(), i64::MAX, 10).await.unwrap();
        world.audit.export(&auditor(), &filter).await.unwrap();

        let read =
            "SELECT COUNT(*) FROM audit_record WHERE action = 'audit.read' AND detail LIKE '%user.change%'";
        assert_eq!(world.count(read).await, 2);
    }
}
