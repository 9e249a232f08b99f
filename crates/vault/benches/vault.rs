//! What sealing costs: a field, a token for other systems, and files on one core.
#![expect(clippy::expect_used, reason = "a benchmark may fail loudly")]

use std::hint::black_box;
use std::io::{Read as _, Write as _};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use florin_kernel::{Timestamp, Uuid};
use florin_vault::fernet::{Age, Fernet};
use florin_vault::file::{FileKey, Opener, Sealer};
use florin_vault::{Column, Keyring, Normal, Place, Purpose};

const FILE: usize = 16 * 1024 * 1024;

fn fields(criterion: &mut Criterion) {
    let keyring = Keyring::for_tests();
    let place = Place::new("person", "tax_number", Uuid::from_u128(7));
    let sealed = keyring.seal(&place, b"078-05-1120").expect("sealed");
    let index = keyring.blind_index(Column { table: "person", column: "tax_number", normal: Normal::Code });

    criterion.bench_function("field/seal", |bencher| {
        bencher.iter(|| keyring.seal(&place, black_box(b"078-05-1120")).expect("sealed"));
    });
    criterion.bench_function("field/open", |bencher| {
        bencher.iter(|| keyring.open(&place, black_box(&sealed)).expect("opened"));
    });
    criterion.bench_function("field/blind_index", |bencher| {
        bencher.iter(|| index.of(black_box("078-05-1120")));
    });
}

fn tokens(criterion: &mut Criterion) {
    let key = Fernet::generate_key().expect("a key");
    let fernet = Fernet::try_new([key.expose_str().expect("text")]).expect("a key");
    let token = fernet.seal(b"078-05-1120", Timestamp::UNIX_EPOCH).expect("sealed");

    criterion.bench_function("fernet/seal", |bencher| {
        bencher.iter(|| fernet.seal(black_box(b"078-05-1120"), Timestamp::UNIX_EPOCH).expect("sealed"));
    });
    criterion.bench_function("fernet/open", |bencher| {
        bencher.iter(|| fernet.open(black_box(&token), Age::Any).expect("opened"));
    });
}

fn files(criterion: &mut Criterion) {
    let key = FileKey::key(Keyring::for_tests().derive(Purpose::File));
    let content = vec![7; FILE];
    let seal = || {
        let mut sealer = Sealer::new(&key, Vec::with_capacity(FILE + FILE / 1024)).expect("a header");
        sealer.write_all(&content).expect("written");
        sealer.finish().expect("finished")
    };
    let sealed = seal();
    let mut released = Vec::with_capacity(FILE);

    let mut group = criterion.benchmark_group("file");
    group.throughput(Throughput::Bytes(FILE as u64)).sample_size(20);
    group.bench_function("seal", |bencher| bencher.iter(seal));
    group.bench_function("open", |bencher| {
        bencher.iter(|| {
            released.clear();
            let mut opener = Opener::new(&key, sealed.as_slice()).expect("a header");
            opener.read_to_end(&mut released).expect("opened")
        });
    });
    group.finish();
}

criterion_group!(benches, fields, tokens, files);
criterion_main!(benches);
