//! `florin sanctions`: lists are loaded beside whoever serves, or refused with the place of what is wrong.

use super::support::{command, run};

const HEAD: &str = "id,kind,name,aliases,weak_aliases,births,countries,gender,identifiers,remarks\n";

#[test]
fn a_list_is_loaded_listed_and_not_loaded_twice() {
    let data = tempfile::tempdir().unwrap();
    let with = |arguments: &[&str]| run(command(arguments).arg("--data").arg(data.path()));
    let list = data.path().join("house.csv");
    let file = list.to_str().unwrap();
    std::fs::write(&list, format!("{HEAD}1,person,Marta Kellermann,,,,,,,\n")).unwrap();
    assert_eq!(with(&["migrate"]).code, 0);

    let none = with(&["sanctions", "list"]);
    assert!(none.code == 0 && none.stderr.contains("no list is loaded"), "{}", none.stderr);
    let loaded = with(&["sanctions", "load", "house", file]);
    assert!(loaded.code == 0 && loaded.stderr.contains("1 entries, of which 1 are new"), "{}", loaded.stderr);
    let again = with(&["sanctions", "load", "house", file]);
    assert!(again.code == 0 && again.stderr.contains("loaded already"), "{}", again.stderr);

    std::fs::write(&list, format!("{HEAD}1,person,Marta Kellermann,,,,,,,\n2,robot,R2,,,,,,,\n")).unwrap();
    let broken = with(&["sanctions", "load", "house", file]);
    assert!(broken.code == 3 && broken.stderr.contains("line 3, column 2"), "{}", broken.stderr);
    let few = with(&["sanctions", "load", "ofac_sdn", file]);
    assert!(few.code == 2 && few.stderr.contains("sdn.csv, alt.csv, add.csv"), "{}", few.stderr);
    assert_eq!(with(&["sanctions", "load", "eu", file]).code, 2);

    let listed = with(&["sanctions", "list", "--json"]).json();
    assert_eq!((&listed[0]["source"], &listed[0]["entries"]), (&"house".into(), &1.into()));
    let doctor = with(&["doctor"]);
    assert!(doctor.stdout.contains("sanctions: 1 lists with 1 entries are loaded"), "{}", doctor.stdout);
}
