use std::fs;
use std::io::{self, Cursor, Read, Write};

use proptest::prelude::*;

use super::header::{Header, Lock};
use super::*;
use crate::cipher::TAG;
use crate::{Keyring, Purpose, Secret};

const HEADER: usize = 92;
const CHEAP: PasswordCost = PasswordCost { memory_kib: 64, passes: 1, lanes: 1 };

fn key() -> FileKey {
    FileKey::key(Keyring::for_tests().derive(Purpose::File))
}

fn password(text: &str) -> FileKey {
    FileKey::password(Secret::new(text.as_bytes().to_vec()), CHEAP)
}

fn seal(key: &FileKey, content: &[u8]) -> Vec<u8> {
    let mut sealer = Sealer::new(key, Vec::new()).unwrap();
    sealer.write_all(content).unwrap();
    sealer.finish().unwrap()
}

/// What is released, and how reading ended.
fn open(key: &FileKey, sealed: &[u8]) -> (Vec<u8>, Result<(), FileError>) {
    let mut released = Vec::new();
    let ended = Opener::new(key, sealed)
        .and_then(|mut opener| opener.read_to_end(&mut released).map(drop).map_err(told));
    (released, ended)
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

#[test]
fn what_is_encrypted_reads_back_whatever_its_length() {
    let key = key();
    for length in [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 3 * SEGMENT + 17] {
        let sealed = seal(&key, &content(length));

        let (released, ended) = open(&key, &sealed);

        assert!(ended.is_ok() && released == content(length), "{length}: {ended:?}");
        let segments = length.div_ceil(SEGMENT).max(1);
        assert_eq!(sealed.len(), HEADER + length + segments * TAG);
    }
}

#[test]
fn how_it_is_written_and_read_makes_no_difference() {
    let key = key();
    let mut writer = Sealer::new(&key, Vec::new()).unwrap();
    for piece in content(2 * SEGMENT + 5).chunks(997) {
        writer.write_all(piece).unwrap();
        writer.flush().unwrap();
    }
    let sealed = writer.finish().unwrap();

    let mut reader = Opener::new(&key, OneByteAtATime(Cursor::new(sealed))).unwrap();
    let mut released = Vec::new();
    reader.read_to_end(&mut released).unwrap();

    assert_eq!(released, content(2 * SEGMENT + 5));
}

struct OneByteAtATime(Cursor<Vec<u8>>);

impl Read for OneByteAtATime {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let length = target.len().min(1);
        self.0.read(&mut target[..length])
    }
}

#[test]
fn no_change_of_any_bit_opens() {
    let key = key();
    let sealed = seal(&key, b"a short one");
    for at in 0..sealed.len() {
        for bit in 0..8 {
            let mut changed = sealed.clone();
            changed[at] ^= 1 << bit;
            let (released, ended) = open(&key, &changed);
            assert!(ended.is_err() && released.is_empty(), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn a_change_releases_nothing_of_its_segment_nor_after_it() {
    let key = key();
    let sealed = seal(&key, &content(3 * SEGMENT));
    let mut changed = sealed;
    changed[HEADER + SEGMENT + TAG + 5] ^= 1;

    let (released, ended) = open(&key, &changed);

    assert!(matches!(ended, Err(FileError::Damaged(1))));
    assert_eq!(released, content(SEGMENT));
    let mut opener = Opener::new(&key, changed.as_slice()).unwrap();
    let mut room = vec![0; 4 * SEGMENT];
    assert_eq!(opener.read(&mut room).unwrap(), SEGMENT);
    assert!(opener.read(&mut room).is_err() && opener.read(&mut room).is_err(), "it stays damaged");
}

#[test]
fn a_file_that_was_cut_anywhere_does_not_end() {
    let key = key();
    let sealed = seal(&key, &content(2 * SEGMENT + 100));
    let whole = SEGMENT + TAG;
    let cuts = (0..HEADER + 40)
        .chain([HEADER + whole - 1, HEADER + whole, HEADER + whole + 1, HEADER + 2 * whole])
        .chain(sealed.len() - 120..sealed.len());
    for cut in cuts {
        let (released, ended) = open(&key, &sealed[..cut]);
        assert!(ended.is_err(), "cut at {cut}");
        assert!(released.len() <= 2 * SEGMENT && released.len().is_multiple_of(SEGMENT));
    }
}

#[test]
fn segments_in_another_order_twice_from_another_file_or_appended_do_not_open() {
    let key = key();
    let (first, second) = (seal(&key, &content(3 * SEGMENT)), seal(&key, &content(3 * SEGMENT)));
    let whole = SEGMENT + TAG;
    let segment = |file: &[u8], n: usize| file[HEADER + n * whole..HEADER + (n + 1) * whole].to_vec();
    let build = |parts: &[Vec<u8>]| [first[..HEADER].to_vec(), parts.concat()].concat();
    let [a, b, c] = [0, 1, 2].map(|n| segment(&first, n));
    let wrong = [
        build(&[b.clone(), a.clone(), c.clone()]),
        build(&[a.clone(), a.clone(), b.clone(), c.clone()]),
        build(&[a.clone(), c.clone()]),
        build(&[a.clone(), b.clone(), segment(&second, 2)]),
        build(&[a.clone(), b.clone(), c.clone(), c.clone()]),
        build(&[a.clone(), b.clone(), c.clone(), vec![0]]),
        build(&[a.clone(), b.clone(), c.clone(), vec![0; TAG]]),
        build(&[a.clone(), b.clone()]),
        build(&[]),
    ];
    assert!(open(&key, &build(&[a, b, c])).1.is_ok());
    for (case, file) in wrong.iter().enumerate() {
        assert!(open(&key, file).1.is_err(), "case {case}");
    }
}

#[test]
fn another_key_or_password_opens_nothing() {
    let (sealed, locked) = (seal(&key(), b"content"), seal(&password("correct"), b"content"));

    assert!(matches!(open(&key(), &sealed).1, Err(FileError::WrongKey)));
    assert!(matches!(open(&password("wrong"), &locked).1, Err(FileError::WrongKey)));
    assert!(matches!(open(&key(), &locked).1, Err(FileError::OtherLock(_))));
    assert!(matches!(open(&password("correct"), &sealed).1, Err(FileError::OtherLock(_))));
    assert!(matches!(open(&key(), b"PK\x03\x04 something else").1, Err(FileError::Form)));
    assert_eq!(open(&password("correct"), &locked).0, b"content");
    assert_eq!(format!("{:?}", password("correct")), "FileKey::password");
}

#[test]
fn a_file_opens_at_its_own_cost_but_not_at_any() {
    let dearer = FileKey::password(Secret::new(b"correct".to_vec()), PasswordCost { passes: 2, ..CHEAP });
    let sealed = seal(&password("correct"), b"content");
    assert_eq!(open(&dearer, &sealed).0, b"content");

    let mut greedy = sealed.clone();
    greedy[9..13].copy_from_slice(&u32::MAX.to_be_bytes());
    assert!(matches!(open(&dearer, &greedy).1, Err(FileError::CostTooHigh)));
    let mut senseless = sealed;
    senseless[13..17].copy_from_slice(&0_u32.to_be_bytes());
    assert!(matches!(open(&dearer, &senseless).1, Err(FileError::Form)));
}

#[test]
fn no_two_files_share_a_salt_or_a_key() {
    let key = key();
    let headers = [Header::new(Lock::Key).unwrap(), Header::new(Lock::Key).unwrap()];
    let keys = headers.each_ref().map(|header| header.write(&key).unwrap().1);

    assert_ne!(headers[0].salt, headers[1].salt);
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn files_are_made_whole_for_their_owner_and_never_over_others() {
    let dir = tempfile::tempdir().unwrap();
    let [plain, sealed, opened] = ["plain", "sealed", "opened"].map(|name| dir.path().join(name));
    fs::write(&plain, content(SEGMENT + 1)).unwrap();
    let key = key();

    assert_eq!(seal_file(&key, &plain, &sealed, Existing::Keep).unwrap(), 65_537);
    assert_eq!(open_file(&key, &sealed, &opened, Existing::Keep).unwrap(), 65_537);

    assert_eq!(fs::read(&opened).unwrap(), content(SEGMENT + 1));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&opened).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(matches!(seal_file(&key, &plain, &sealed, Existing::Keep), Err(FileError::Exists(_))));
    assert!(matches!(open_file(&key, &sealed, &plain, Existing::Keep), Err(FileError::Exists(_))));
    assert_eq!(fs::read(&plain).unwrap(), content(SEGMENT + 1));
}

#[test]
fn of_a_file_that_does_not_open_nothing_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let (sealed, opened) = (dir.path().join("sealed"), dir.path().join("opened"));
    let key = key();
    let mut damaged = seal(&key, &content(2 * SEGMENT));
    damaged.truncate(HEADER + SEGMENT + TAG);
    fs::write(&sealed, damaged).unwrap();

    let refusal = open_file(&key, &sealed, &opened, Existing::Keep);

    assert!(matches!(refusal, Err(FileError::Damaged(0))), "{refusal:?}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "only the encrypted file is there");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_written_is_read(
        length in 0..200_000_usize,
        piece in 1..90_000_usize,
    ) {
        let key = key();
        let mut sealer = Sealer::new(&key, Vec::new()).unwrap();
        for piece in content(length).chunks(piece) {
            sealer.write_all(piece).unwrap();
        }
        let sealed = sealer.finish().unwrap();
        prop_assert_eq!(open(&key, &sealed).0, content(length));
    }

    #[test]
    fn no_bytes_make_reading_panic_or_succeed(
        header in proptest::collection::vec(any::<u8>(), 0..300),
        ours in any::<bool>(),
    ) {
        let mut bytes = header;
        if ours {
            bytes.splice(0..0, b"FLORINF1\x01".iter().copied());
        }
        prop_assert!(open(&key(), &bytes).1.is_err());
    }
}
