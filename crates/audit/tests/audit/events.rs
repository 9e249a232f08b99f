//! Security events: each is told at least once, whatever crashes and whoever else tells.

use florin_audit::EventFormat;
use serde_json::Value;

use crate::world::{World, worlds};

fn lines(world: &World, file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(world.data.path().join(file)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn sequences(lines: &[String]) -> Vec<i64> {
    let number =
        |line: &String| serde_json::from_str::<Value>(line).unwrap()["event.sequence"].as_i64().unwrap();
    lines.iter().map(number).collect()
}

#[tokio::test]
async fn events_are_told_in_order_and_each_once_while_nothing_fails() {
    for world in worlds() {
        let audit = world.telling_to("events", EventFormat::Ecs);
        world.write(1_500).await;
        assert_eq!(audit.deliver().await.unwrap(), 1_500);
        assert_eq!(audit.deliver().await.unwrap(), 0);
        world.write(5).await;
        assert_eq!(audit.deliver().await.unwrap(), 5);

        assert_eq!(sequences(&lines(&world, "events")), (1..=1_505).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_crash_between_telling_and_noting_repeats_and_loses_nothing() {
    for world in worlds() {
        let audit = world.telling_to("events", EventFormat::Ecs);
        world.write(10).await;
        audit.deliver().await.unwrap();
        // As it is when the process died in the middle of a line, before the place was noted.
        world.sql("UPDATE audit_reader SET seq = 6").await;
        let path = world.data.path().join("events");
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 20]).unwrap();
        world.clock.advance_seconds(60);

        let restarted = world.telling_to("events", EventFormat::Ecs);
        assert_eq!(restarted.deliver().await.unwrap(), 4);

        let told = lines(&world, "events");
        let whole: Vec<String> =
            told.into_iter().filter(|line| serde_json::from_str::<Value>(line).is_ok()).collect();
        let mut told = sequences(&whole);
        told.sort_unstable();
        told.dedup();
        assert_eq!(told, (1..=10).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn one_process_tells_and_another_takes_over_when_it_is_gone() {
    for world in worlds() {
        let (one, two) =
            (world.telling_to("one", EventFormat::Ecs), world.telling_to("two", EventFormat::Text));
        world.write(4).await;
        assert_eq!(one.deliver().await.unwrap(), 4);
        world.write(4).await;
        assert_eq!(two.deliver().await.unwrap(), 0, "the other one holds it");
        world.clock.advance_seconds(16);
        assert_eq!(two.deliver().await.unwrap(), 4);

        assert_eq!((lines(&world, "one").len(), lines(&world, "two").len()), (4, 4));
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_written_loses_nothing() {
    let world = World::sqlite();
    let audit = world.telling_to("no/such/directory/events", EventFormat::Ecs);
    world.write(3).await;

    assert!(audit.deliver().await.is_err());
    std::fs::create_dir_all(world.data.path().join("no/such/directory")).unwrap();
    assert_eq!(audit.deliver().await.unwrap(), 3);
}
