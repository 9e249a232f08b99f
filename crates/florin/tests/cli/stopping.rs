//! How a server ends under load: it says so first, answers what it took on, and loses nothing that it acknowledged.

use std::io::Write;
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use florin_testkit::Database;
use serde_json::Value;

use super::load::{Instance, Load, Payer, answer};
use super::support::Served;

fn terminate(server: &Served) {
    rustix::process::kill_process(server.pid(), rustix::process::Signal::TERM).unwrap();
}

fn loses_nothing(instance: &Instance) {
    let server = instance.serve(&[("FLORIN_SERVER__DRAIN_DELAY_SECONDS", "2")]);
    let payer = Payer::of(instance, &server);
    let load = Load::start(&payer, server.address);
    load.wait_for(50);

    terminate(&server);
    let mut polls = 0;
    // As a load balancer does, which stops sending when it learns of it.
    while server.ask("GET", "/health/ready", &Value::Null).0 == 200 {
        polls += 1;
        assert!(polls < 100, "it stays ready");
        std::thread::sleep(Duration::from_millis(10));
    }
    let served_before = load.acknowledged().len();
    load.wait_for(served_before + 10);
    let (acknowledged, odd) = load.stop();
    let live = server.ask("GET", "/health/live", &Value::Null).0;
    let (code, said) = server.wait();

    assert_eq!((code, live), (0, 200), "{said}");
    assert_eq!(odd, Vec::<String>::new(), "everybody got an answer");
    let there = instance.transfers();
    assert!(acknowledged.iter().all(|id| there.contains(id)), "what was acknowledged is there");
    for verify in [&["ledger", "verify"][..], &["audit", "verify"]] {
        let said = instance.florin(verify);
        assert_eq!(said.code, 0, "{said:?}");
    }
}

/// Without any delay, and whoever still asks: a request that was begun is answered, and the others learn that nobody is there.
fn answers_what_it_took_on(instance: &Instance) {
    let server = instance.serve(&[]);
    let payer = Payer::of(instance, &server);
    let request = payer.request();
    let (first, second) = request.split_at(request.len() - 20);
    let mut begun = TcpStream::connect(server.address).unwrap();
    begun.write_all(first.as_bytes()).unwrap();
    let load = Load::start(&payer, server.address);
    load.wait_for(50);

    terminate(&server);
    std::thread::sleep(Duration::from_millis(300));
    begun.write_all(second.as_bytes()).unwrap();
    let (status, body) = answer(begun).expect("what was begun is answered");
    let (code, said) = server.wait();
    let (acknowledged, odd) = load.stop();

    assert_eq!((status, code), (201, 0), "{body} {said}");
    assert!(odd.iter().all(|one| one == "no answer"), "nobody is told that something failed: {odd:?}");
    let there = instance.transfers();
    assert!(acknowledged.iter().all(|id| there.contains(id)), "what was acknowledged is there");
    assert!(there.contains(&body["id"].as_str().unwrap().parse().unwrap()));
}

#[test]
fn a_server_that_leaves_under_load_loses_nothing_on_sqlite() {
    loses_nothing(&Instance::new(String::new()));
}

#[test]
fn a_server_that_leaves_under_load_loses_nothing_on_postgres() {
    let Some(Database::Postgres(url)) = Database::postgres() else { return };
    loses_nothing(&Instance::new(url));
}

#[test]
fn a_request_that_was_begun_is_answered_after_the_signal_on_sqlite() {
    answers_what_it_took_on(&Instance::new(String::new()));
}

#[test]
fn a_request_that_was_begun_is_answered_after_the_signal_on_postgres() {
    let Some(Database::Postgres(url)) = Database::postgres() else { return };
    answers_what_it_took_on(&Instance::new(url));
}

#[test]
fn the_supervisor_is_told_of_the_start_the_pulse_and_the_end() {
    let instance = Instance::new(String::new());
    let path = instance.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let server = instance.serve(&[("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "300000")]);
    let hear = || {
        let mut buffer = [0; 256];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    };

    let (first, second, third) = (hear(), hear(), hear());
    terminate(&server);
    let last = std::iter::repeat_with(hear).find(|said| !said.contains("WATCHDOG=1")).unwrap();

    assert!(first.contains("READY=1"), "{first}");
    assert!(second.contains("WATCHDOG=1") && third.contains("WATCHDOG=1"), "{second} {third}");
    assert!(last.contains("STOPPING=1") && last.contains("EXTEND_TIMEOUT_USEC="), "{last}");
    assert_eq!(server.wait().0, 0);
}
