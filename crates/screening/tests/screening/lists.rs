//! Lists as their publishers write them, whole and broken.

use florin_screening::lists::{Error, OfacFiles, UnNames, read_bis, read_house, read_ofac, read_un};
use florin_screening::{Birth, Entry, Gender, Kind, List, NameKind, Quality};

const SDN: &str = include_str!("../data/ofac_sdn.csv");
const ALT: &str = include_str!("../data/ofac_alt.csv");
const ADD: &str = include_str!("../data/ofac_add.csv");
const UN: &str = include_str!("../data/un_sample.xml");
const BIS: &str = include_str!("../data/bis_denied.txt");

fn ofac(primary: &str, alternates: &str, addresses: &str) -> Result<Vec<Entry>, Error> {
    let files = OfacFiles {
        primary: primary.as_bytes(),
        alternates: alternates.as_bytes(),
        addresses: addresses.as_bytes(),
    };
    read_ofac(&List::OfacSdn, files)
}

fn un(text: &str) -> Result<Vec<Entry>, Error> {
    read_un(text.as_bytes(), UnNames::All)
}

fn of<'a>(entries: &'a [Entry], id: &str) -> &'a Entry {
    entries.iter().find(|entry| entry.id == id).unwrap()
}

fn place<T: std::fmt::Debug>(outcome: Result<T, Error>) -> (u64, u64, String) {
    match outcome.unwrap_err() {
        Error::Malformed { line, column, problem, .. } => (line, column, problem),
        Error::Io(error) => panic!("{error}"),
    }
}

#[test]
fn the_treasurys_list_is_read_with_its_remarks() {
    let entries = ofac(SDN, ALT, ADD).unwrap();
    assert_eq!(entries.len(), 8);

    let person = of(&entries, "6944");
    assert_eq!(person.kind, Kind::Person);
    assert_eq!(person.primary_name(), "AL-SHARIF, Sa'd Abdullah Hussein");
    assert_eq!(person.births.len(), 3);
    assert!(person.births.contains(&Birth::parse("1964-02-11").unwrap()));
    assert_eq!(person.identifiers[1].number, "G 649385");
    assert_eq!(person.countries.iter().map(ToString::to_string).collect::<Vec<_>>(), ["SA"]);
    assert_eq!(person.programmes, ["SDGT"]);

    let weak = of(&entries, "4106").names.iter().filter(|name| name.quality == Quality::Low).count();
    assert_eq!(weak, 2);
    let ship = of(&entries, "15037");
    assert_eq!(ship.kind, Kind::Vessel);
    assert!(ship.identifiers.iter().any(|i| i.number == "9187655"));
    assert_eq!(of(&entries, "15431").kind, Kind::Aircraft);
    let company = of(&entries, "36");
    assert_eq!((company.kind, company.countries[0].code()), (Kind::Organisation, "CU"));
    assert_eq!(company.names[1].kind, NameKind::Alias);
}

#[test]
fn a_treasury_list_that_is_broken_is_refused_with_its_place() {
    let row = "7,\"X\",-0- ,\"CUBA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n";
    assert!(ofac(row, "", "").is_ok());
    assert_eq!(place(ofac(&format!("{row}8,\"Y\"\n"), "", "")).0, 2);
    assert_eq!(place(ofac(&row.repeat(2), "", "")), (2, 1, "the number stands twice".to_owned()));
    assert_eq!(place(ofac(&row.replace("-0- ,\"CUBA\"", "robot,\"CUBA\""), "", "")).1, 3);
    assert_eq!(place(ofac(&row.replace('7', "x"), "", "")).1, 1);
    assert_eq!(place(ofac(row, "9,1,\"aka\",\"Z\",-0- \n", "")).0, 1);
    assert_eq!(place(ofac(row, "7,1,\"xyz\",\"Z\",-0- \n", "")).1, 3);
    assert_eq!(place(ofac(row, "", "9,1,-0- ,-0- ,\"Cuba\",-0- \n")).0, 1);
    let long = row.replace('X', &"x".repeat(70_000));
    assert_eq!(place(ofac(&long, "", "")).2, "the field is too long");
}

#[test]
fn text_that_is_not_utf_8_is_refused() {
    let row = b"7,\"\xff\",-0- ,\"CUBA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n";
    let files = OfacFiles { primary: &row[..], alternates: &b""[..], addresses: &b""[..] };
    assert_eq!(place(read_ofac(&List::OfacSdn, files)).1, 2);
}

#[test]
fn the_united_nations_list_is_read() {
    let entries = un(UN).unwrap();
    assert_eq!(entries.len(), 53);
    assert_eq!(entries.iter().filter(|entry| entry.kind == Kind::Organisation).count(), 3);
    assert!(entries.iter().any(|entry| entry.gender == Some(Gender::Male)));
    assert!(entries.iter().flat_map(|entry| &entry.births).any(|birth| birth.first_year < birth.last_year));
    assert!(entries.iter().flat_map(|entry| &entry.births).any(|birth| birth.approximate));
    assert!(entries.iter().any(|entry| !entry.identifiers.is_empty()));
    let original = |entries: &[Entry]| {
        entries
            .iter()
            .flat_map(|entry| &entry.names)
            .filter(|name| name.kind == NameKind::OriginalScript)
            .count()
    };
    assert!(original(&entries) > 10);
    let without = read_un(UN.as_bytes(), UnNames::WithoutOriginalScript).unwrap();
    assert_eq!(original(&without), 0);
}

fn record(inside: &str) -> String {
    format!("<CONSOLIDATED_LIST>\n<ENTITIES>\n<ENTITY>{inside}</ENTITY>\n</ENTITIES>\n</CONSOLIDATED_LIST>")
}

#[test]
fn characters_by_number_and_the_five_entities_are_read() {
    let entries =
        un(&record("<DATAID>1</DATAID><FIRST_NAME>A &amp; B &#x41;<![CDATA[ <C>]]></FIRST_NAME>")).unwrap();
    assert_eq!(entries[0].primary_name(), "A & B A <C>");
}

#[test]
fn hostile_documents_are_refused() {
    let named = "<DATAID>1</DATAID><FIRST_NAME>A</FIRST_NAME>";
    assert!(un(&record(named)).is_ok());
    let laughs = format!("<!DOCTYPE x [<!ENTITY a \"aaaa\">]>{}", record(named));
    assert_eq!(place(un(&laughs)).2, "the document declares a type");
    assert_eq!(place(un(&record("<FIRST_NAME>&a;</FIRST_NAME>"))).2, "the document refers to an entity");
    assert_eq!(place(un(&record(&format!("{named}{}", "<A>".repeat(50))))).2, "elements are nested too deep");
    assert_eq!(
        place(un(&record(&format!("<FIRST_NAME>{}</FIRST_NAME>", "x".repeat(70_000))))).2,
        "a text is too long"
    );
    assert_eq!(place(un(&record("<DATAID>1</DATAID>"))).0, 3);
    assert!(un("").is_err());
    assert!(un("<html></html>").is_err());
    assert!(un(&record(named)[..60]).is_err());
    assert!(un(&record("</ENTITIES>")).is_err());
}

#[test]
fn denied_persons_are_read() {
    let entries = read_bis(BIS.as_bytes()).unwrap();
    assert_eq!(entries[0].primary_name(), "AARON ABRAHAM VILLA");
    assert_eq!(entries[0].kind, Kind::Person);
    assert!(
        entries.iter().any(|entry| entry.kind == Kind::Organisation && entry.countries[0].code() == "IQ")
    );
    assert_eq!(place(read_bis(&BIS.as_bytes()[8..])).0, 1);
    assert_eq!(place(read_bis(&b""[..])).2, "the headings are missing");
}

#[test]
fn a_house_list_is_checked_to_the_field() {
    let head = "id,kind,name,aliases,weak_aliases,births,countries,gender,identifiers,remarks\n";
    let read = |row: &str| read_house("own", format!("{head}{row}\n").as_bytes());
    let entries =
        read("1,person,Ana Rivera,A. Rivera|Ani,Nena,1970|circa 1972,es|fr,female,A1234567,note").unwrap();
    assert_eq!(entries[0].names.len(), 4);
    assert_eq!(entries[0].births.len(), 2);
    assert_eq!(entries[0].list, List::House("own".to_owned()));

    assert_eq!(place(read("1,robot,R2,,,,,,,")).1, 2);
    assert_eq!(place(read("1,person,,,,,,,,")).1, 3);
    assert_eq!(place(read("1,person,A B,,,someday,,,,")).1, 6);
    assert_eq!(place(read("1,person,A B,,,,Atlantis,,,")).1, 7);
    assert_eq!(place(read("1,person,A B,,,,,other,,")).1, 8);
    assert_eq!(
        place(read("1,person,A B,,,,,,,\n1,person,C D,,,,,,,")),
        (3, 1, "the identifier stands twice".to_owned())
    );
    assert_eq!(place(read_house("own", &b"a,b\n"[..])).0, 1);
}
