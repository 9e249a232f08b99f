//! Lists and snoozes.

use florin_kernel::{Action, PageRequest, UserId};
use florin_risk::engine::Effect;
use florin_risk::service::{GuideError, ListFilter, NewListEntry, NewSnooze};
use florin_risk::{ListDimension, Token, Verdict};
use jiff::SignedDuration;

use crate::world::{process, with_hundred, worlds};

fn block(dimension: ListDimension, value: &str) -> NewListEntry {
    NewListEntry {
        dimension,
        value: value.to_owned(),
        effect: Effect::Block,
        reason: "seen in a fraud".to_owned(),
        expires_at: None,
    }
}

#[tokio::test]
async fn what_is_listed_counts_from_the_next_decision_on_until_it_expires_or_is_removed() {
    for world in worlds().await {
        let (ada, _) = world.analyst(&[]);
        let payer = world.env.new_uuid();
        let other = process(&world.db, None, None).await;
        let verdict = |risk: &florin_risk::service::Risk| {
            let mut attempt = world.attempt(payer, 10_00);
            attempt.device = Some(Token::of_device("phone-7"));
            risk.assess(attempt).verdict
        };
        assert_eq!(verdict(&world.risk), Verdict::Approve);

        let new = block(ListDimension::Device, "phone-7");
        let until = world.env.now() + SignedDuration::from_hours(1);
        let new = NewListEntry { expires_at: Some(until), ..new };
        let entry = world.risk.add_list_entry(&ada, new.clone()).await.unwrap();

        assert_eq!(verdict(&world.risk), Verdict::Decline);
        assert_eq!(verdict(&other), Verdict::Approve, "the other process has not looked yet");
        assert!(other.refresh().await.unwrap());
        assert!(!other.refresh().await.unwrap(), "nothing changed since");
        assert_eq!(verdict(&other), Verdict::Decline);
        let again = world.risk.add_list_entry(&ada, new.clone()).await;
        assert!(matches!(again, Err(GuideError::Conflict(_))));

        world.clock.advance_seconds(3_600);
        assert_eq!((verdict(&world.risk), verdict(&other)), (Verdict::Approve, Verdict::Approve));
        let later = NewListEntry { expires_at: None, ..new };
        let second = world.risk.add_list_entry(&ada, later).await.unwrap();
        assert_eq!(verdict(&world.risk), Verdict::Decline);
        world.risk.remove_list_entry(&ada, second.id).await.unwrap();
        assert_eq!(verdict(&world.risk), Verdict::Approve);
        let gone = world.risk.remove_list_entry(&ada, second.id).await;
        assert!(matches!(gone, Err(GuideError::NotFound(_))));

        let page = PageRequest::first();
        let all = world.risk.list_entries(&ada, ListFilter::default(), &page).await.unwrap();
        assert_eq!(all.rows.iter().map(|one| one.id).collect::<Vec<_>>(), [second.id, entry.id]);
        let active = ListFilter { active: Some(true), ..ListFilter::default() };
        assert!(world.risk.list_entries(&ada, active, &page).await.unwrap().rows.is_empty());
        let records = "SELECT COUNT(*) FROM audit_record WHERE action = 'risk_list.change'";
        assert_eq!(world.count(records).await, 3);
    }
}

#[tokio::test]
async fn nobody_spares_themselves_and_not_everybody_may() {
    for world in worlds().await {
        let (ada, id) = world.analyst(&[]);
        let (ben, _) = world.analyst(&[Action::ChangeRiskLists, Action::ChangeRiskRules]);
        let own = NewListEntry { effect: Effect::Allow, ..block(ListDimension::User, &id.to_string()) };

        assert!(matches!(world.risk.add_list_entry(&ada, own).await, Err(GuideError::Invalid(_))));
        let blocked =
            world.risk.add_list_entry(&ada, block(ListDimension::User, &id.to_string())).await.unwrap();
        let undone = world.risk.remove_list_entry(&ada, blocked.id).await;
        assert!(matches!(undone, Err(GuideError::Invalid(_))), "nor do they take a block of theirs away");
        let until = world.env.now() + SignedDuration::from_hours(24);
        let snooze = NewSnooze { user: id, until, reason: "mine".to_owned() };
        let refused = world.risk.snooze(&ada, "structured-burst", snooze.clone()).await;
        assert!(matches!(refused, Err(GuideError::Invalid(_))));
        let refused = world.risk.add_list_entry(&ben, block(ListDimension::Country, "KP")).await;
        assert!(matches!(refused, Err(GuideError::Denied(_))));
        let refused = world.risk.snooze(&ben, "structured-burst", snooze).await;
        assert!(matches!(refused, Err(GuideError::Denied(_))));
    }
}

#[tokio::test]
async fn a_rule_rests_for_one_person_until_its_time_is_over() {
    for world in worlds().await {
        let (ada, _) = world.analyst(&[]);
        let set = world.risk.draft_rules(&ada, with_hundred("active"), None).await.unwrap();
        world.activate(&ada, &set.hash).await;
        let payer = world.env.new_uuid();
        let verdict = || world.risk.assess(world.attempt(payer, 150_00)).verdict;
        assert_eq!(verdict(), Verdict::Review);

        let until = world.env.now() + SignedDuration::from_hours(24);
        let snooze = NewSnooze { user: UserId::from_uuid(payer), until, reason: "buys a house".to_owned() };
        world.risk.snooze(&ada, "more-than-a-hundred", snooze.clone()).await.unwrap();
        assert_eq!(verdict(), Verdict::Approve);
        let other = world.risk.assess(world.attempt(world.env.new_uuid(), 150_00)).verdict;
        assert_eq!(other, Verdict::Review, "for nobody else");
        assert_eq!(world.risk.rule_book(&ada).await.unwrap().snoozes.len(), 1);
        world.risk.end_snooze(&ada, "more-than-a-hundred", snooze.user).await.unwrap();
        assert_eq!(verdict(), Verdict::Review);

        world.risk.snooze(&ada, "more-than-a-hundred", snooze.clone()).await.unwrap();
        world.clock.advance_seconds(24 * 3_600);
        assert_eq!(verdict(), Verdict::Review);
        let unknown = world.risk.snooze(&ada, "no-such-rule", snooze).await;
        assert!(matches!(unknown, Err(GuideError::NotFound(_))));
    }
}
