//! Loading: whole or not at all, as a difference, once.

use florin_compliance::screening::{Error, Parts, Source, standing};
use florin_kernel::{Action, Actor};

use crate::world::{house, worlds};

#[tokio::test]
async fn a_list_takes_the_place_of_the_one_before() {
    for world in worlds() {
        let by = world.analyst(&[]);
        let load = async |rows: &[&str]| {
            let done = world.sanctions.load(&by, Source::House, house(rows), false).await.unwrap();
            (done.changed, done.seq, done.entries, done.added, done.modified, done.removed)
        };

        assert_eq!(
            load(&["1,person,Marta Kellermann", "2,person,Yusuf Tamimi"]).await,
            (true, 1, 2, 2, 0, 0)
        );
        let again = load(&["1,person,Marta Kellermann", "2,person,Yusuf Tamimi"]).await;
        assert_eq!(again, (false, 1, 2, 0, 0, 0), "the same content is no load");
        let third = load(&["1,person,Marta Kellerman", "3,organisation,Amberline"]).await;
        assert_eq!(third, (true, 2, 2, 1, 1, 1));

        assert_eq!(world.count("SELECT COUNT(*) FROM sanctions_entry WHERE since_seq = 2").await, 2);
        let lists = world.sanctions.lists(&by).await.unwrap();
        assert_eq!((lists.len(), lists[0].seq, lists[0].loaded_by), (1, 2, by.user()));
        let loads =
            "SELECT COUNT(*) FROM audit_record WHERE action = 'screening.load' AND outcome = 'success'";
        assert_eq!(world.count(loads).await, 2);
    }
}

#[tokio::test]
async fn a_list_that_is_broken_changes_nothing_and_says_where() {
    for world in worlds() {
        world.load(&["1,person,Marta Kellermann"]).await;
        let by = Actor::system("test");
        let load = async |source, parts| world.sanctions.load(&by, source, parts, false).await.unwrap_err();

        let unknown = load(Source::House, house(&["1,person,Ana Rivera", "2,robot,R2"])).await;
        assert_eq!(
            unknown.to_string(),
            "the house list, line 3, column 2: the kind is none of person, organisation, vessel, aircraft"
        );
        let torn = Parts::read(Source::Un, vec![b"<CONSOLIDATED_LIST><INDIVIDUALS>".to_vec()]).unwrap();
        assert!(matches!(load(Source::Un, torn).await, Error::List(_)));
        let few = Parts::read(Source::OfacSdn, vec![Vec::new()]);
        assert!(matches!(few, Err(Error::Parts(Source::OfacSdn))));

        let kept = world.db.read(standing).await.unwrap();
        assert_eq!((kept.lists, kept.entries, kept.passed), (1, 1, true));
        let stranger = world.analyst(&[Action::LoadSanctions]);
        let denied = world.sanctions.load(&stranger, Source::House, house(&["9,person,X Y"]), false).await;
        assert!(matches!(denied, Err(Error::Denied(_))));
    }
}

#[tokio::test]
async fn a_list_that_lost_most_of_its_entries_is_taken_only_on_purpose() {
    for world in worlds() {
        let by = Actor::system("test");
        let rows: Vec<String> = (0..40).map(|n| format!("{n},person,Somebody Number {n}")).collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        world.load(&rows).await;

        let shrunk = world.sanctions.load(&by, Source::House, house(&rows[..19]), false).await;
        assert!(matches!(shrunk, Err(Error::Shrunk { before: 40, after: 19 })));
        let meant = world.sanctions.load(&by, Source::House, house(&rows[..19]), true).await.unwrap();
        assert_eq!((meant.entries, meant.removed), (19, 21));
    }
}

#[tokio::test]
async fn two_who_load_at_once_are_two_loads() {
    for world in worlds() {
        let (by, other) = (Actor::system("test"), world.second());
        let bis = || Parts::read(Source::Bis, vec![BIS.as_bytes().to_vec()]).unwrap();

        let (one, two) = tokio::join!(
            world.sanctions.load(&by, Source::House, house(&["1,person,Marta Kellermann"]), false),
            other.load(&by, Source::Bis, bis(), false),
        );

        let mut seqs = [one.unwrap().seq, two.unwrap().seq];
        seqs.sort_unstable();
        assert_eq!(seqs, [1, 2]);
        assert!(world.sanctions.refresh().await.unwrap());
        assert_eq!(world.sanctions.index().len(), 2);
        assert!(!world.sanctions.refresh().await.unwrap(), "nothing was loaded since");
    }
}

const BIS: &str = "Name\tStreet_Address\tCity\tState\tCountry\tPostal_Code\tEffective_Date\tExpiration_Date\tStandard_Order\tLast_Update\t\
Action\tFR_Citation\nJOHN QUILLFEATHER\t1 MAIN ST\tEL PASO\tTX\t\t79905\t08/24/2022\t01/14/2026\tY\t2022-08-29\tADDED\t87 F.R. 1\n";

#[tokio::test]
async fn a_folder_is_loaded_list_by_list_and_a_broken_one_keeps_no_other_away() {
    for world in worlds() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("DPL.TXT"), BIS).unwrap();
        std::fs::write(folder.path().join("house.csv"), "id,kind\n").unwrap();
        std::fs::write(folder.path().join("SDN.CSV"), "").unwrap();
        let look = async || world.sanctions.look_into(&Actor::system("test"), folder.path()).await.unwrap();

        let report = look().await;
        assert_eq!(
            report.iter().map(|(source, _)| *source).collect::<Vec<_>>(),
            [Source::Bis, Source::House]
        );
        assert!(report[0].1.as_ref().unwrap().changed && matches!(report[1].1, Err(Error::List(_))));
        assert!(!look().await[0].1.as_ref().unwrap().changed, "it is loaded already");
    }
}
