//! Traces of requests, as a collector takes them in.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

use super::support::{Served, command, run};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// A collector: the head and the body of each request that it gets, which it takes.
fn collector() -> (String, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (heard, requests) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, heard) = (stream.unwrap(), heard.clone());
            std::thread::spawn(
                move || while take(&stream).is_some_and(|request| heard.send(request).is_ok()) {},
            );
        }
    });
    (address, requests)
}

/// The next request of a connection, answered.
fn take(mut stream: &TcpStream) -> Option<(String, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let head = head.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
    Some((head, body))
}

/// Sends a request that belongs to a trace; its status.
fn ask(served: &Served, path: &str) -> u16 {
    let mut stream = TcpStream::connect(served.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let body = r#"{"email":"ada@example.org","password":"correct horse battery staple"}"#;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: florin\r\nconnection: close\r\ntraceparent: 00-{TRACE}-{PARENT}-01\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len(),
    );
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

/// Serves with these settings of traces, is asked twice and stopped; the heads and spans that the collector got.
fn traced(more: &[(&str, &str)]) -> (Vec<String>, Vec<Span>, Vec<KeyValue>) {
    let data = tempfile::tempdir().unwrap();
    let (address, requests) = collector();
    let settings = [("FLORIN_TELEMETRY__OTLP_ENDPOINT", address.as_str()), ("FLORIN_LOG__FILTER", "error")];
    let served = Served::start_with(data.path(), &[&settings, more].concat());
    assert_eq!(ask(&served, "/api/v1/auth/login"), 401);
    assert_eq!(served.ask("GET", "/health", &serde_json::Value::Null).0, 200);

    let (code, said) = served.stop();

    assert_eq!(code, 0, "{said}");
    let (mut heads, mut spans, mut resource) = (Vec::new(), Vec::new(), Vec::new());
    while let Ok((head, body)) = requests.try_recv() {
        heads.push(head);
        for of_resource in ExportTraceServiceRequest::decode(body.as_slice()).unwrap().resource_spans {
            resource = of_resource.resource.unwrap().attributes;
            spans.extend(of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
    }
    (heads, spans, resource)
}

fn attribute(attributes: &[KeyValue], name: &str) -> Option<Value> {
    let found = attributes.iter().find(|one| one.key == name)?;
    found.value.clone().and_then(|AnyValue { value }| value)
}

fn text(value: &str) -> Value {
    Value::StringValue(value.to_owned())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[test]
fn a_request_is_told_to_the_collector_as_part_of_the_trace_that_it_belongs_to() {
    let token = ("FLORIN_TELEMETRY__OTLP_HEADERS", "x-token=t0ken");

    let (heads, spans, resource) = traced(&[token]);

    let head = heads.first().unwrap();
    assert!(head.starts_with("post /v1/traces ") && head.contains("x-token: t0ken"), "{head}");
    assert!(head.contains("content-type: application/x-protobuf"), "{head}");
    assert_eq!(attribute(&resource, "service.name"), Some(text("florin")));
    assert_eq!(attribute(&resource, "deployment.environment.name"), Some(text("development")));
    let request = spans.iter().find(|span| span.name == "POST /api/v1/auth/login").unwrap();
    assert_eq!((hex(&request.trace_id).as_str(), hex(&request.parent_span_id).as_str()), (TRACE, PARENT));
    assert_eq!(request.kind, 2, "a server's");
    assert_eq!(attribute(&request.attributes, "http.response.status_code"), Some(Value::IntValue(401)));
    assert_eq!(attribute(&request.attributes, "http.route"), Some(text("/api/v1/auth/login")));
    let within = spans.iter().find(|span| span.name == "identity.session.login").unwrap();
    assert_eq!((&within.trace_id, &within.parent_span_id), (&request.trace_id, &request.span_id));
    assert!(!spans.iter().any(|span| span.name.contains("/health")), "nobody follows what watches");
    let told = format!("{spans:?}");
    assert!(!told.contains("ada@example.org") && !told.contains("battery"), "{told}");
}

#[test]
fn whoever_wants_no_traces_sends_none_whatever_clients_ask_for() {
    let (_, spans, _) = traced(&[("FLORIN_TELEMETRY__SAMPLING", "0")]);

    assert!(spans.is_empty(), "{spans:?}");
}

#[test]
fn a_server_starts_and_stops_whether_or_not_its_collector_answers() {
    let data = tempfile::tempdir().unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("http://{nobody}");
    let served = Served::start_with(data.path(), &[("FLORIN_TELEMETRY__OTLP_ENDPOINT", endpoint.as_str())]);
    assert_eq!(ask(&served, "/api/v1/auth/login"), 401);

    let (code, said) = served.stop();

    assert_eq!(code, 0, "{said}");
}

#[test]
fn settings_of_traces_that_cannot_be_are_refused_by_name() {
    for (name, value) in
        [("OTLP_ENDPOINT", "collector"), ("OTLP_HEADERS", "s3cret-without-a-name"), ("SAMPLING", "1001")]
    {
        let checked = run(command(&["config", "check"]).env(format!("FLORIN_TELEMETRY__{name}"), value));
        let named = format!("telemetry.{}", name.to_lowercase());
        assert!(checked.code != 0 && checked.stderr.contains(&named), "{checked:?}");
        assert!(!checked.stderr.contains("s3cret"), "{checked:?}");
    }
}
