//! Alerts from the first reading to everybody who is told, on both databases.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use axum::http::Method;
use florin_monitoring::rules::Rules;
use florin_testkit::{Call, Database, TestApp, test_databases};
use jiff::ToSpan;
use serde_json::{Value, json};
use tempfile::TempDir;

/// What somebody outside was sent: the request or mail, as text.
type Received = Arc<Mutex<Vec<String>>>;

/// A server of HTTP that answers each request with the next of these statuses, and with 204 after the last.
fn endpoint(statuses: &[u16]) -> (SocketAddr, Received) {
    let received = Received::default();
    let (kept, mut statuses) = (Arc::clone(&received), statuses.to_vec());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut request, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                request.push_str(&line);
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            request.push_str(&String::from_utf8(body).unwrap());
            let status = if statuses.is_empty() { 204 } else { statuses.remove(0) };
            if status < 300 {
                kept.lock().unwrap().push(request);
            }
            write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
        }
    });
    (address, received)
}

/// A mail server that takes what it is given.
fn mail_server() -> (SocketAddr, Received) {
    let received = Received::default();
    let kept = Arc::clone(&received);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            write!(stream, "220 mail.example ESMTP\r\n").unwrap();
            let (mut mail, mut in_mail) = (String::new(), false);
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
                let answer = match (in_mail, line.trim_end()) {
                    (true, ".") => {
                        kept.lock().unwrap().push(std::mem::take(&mut mail));
                        in_mail = false;
                        "250 taken\r\n"
                    }
                    (true, _) => {
                        mail.push_str(&line);
                        ""
                    }
                    (false, "DATA") => {
                        in_mail = true;
                        "354 go on\r\n"
                    }
                    (false, "QUIT") => "221 bye\r\n",
                    (false, _) => "250 mail.example\r\n",
                };
                stream.write_all(answer.as_bytes()).unwrap();
                line.clear();
            }
        }
    });
    (address, received)
}

/// Rules of which one alone can be broken: how old the last backup is, which a file says.
fn rules(directory: &TempDir) -> String {
    let mut text = String::new();
    for rule in Rules::usual().unwrap().iter().filter(|rule| rule.name != "backup-old") {
        writeln!(text, "[[rule]]\nname = \"{}\"\nenabled = false\n", rule.name).unwrap();
    }
    let file = directory.path().join("rules.toml");
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

fn backup_is_of(app: &TestApp, hours_ago: i64) {
    let at = app.services.env.now().checked_sub(hours_ago.hours()).unwrap();
    let made = florin_app::backup::Made { at, file: "/backups/newest.tar".into() };
    florin_app::backup::note_made(app.data(), made).unwrap();
}

fn all(received: &Received) -> Vec<String> {
    received.lock().unwrap().clone()
}

async fn wait(app: &TestApp, seconds: i64) {
    app.clock.advance_seconds(seconds);
    tokio::task::yield_now().await;
}

/// Scenarios over both engines, each of which starts its own instance.
macro_rules! both {
    ($(async fn $name:ident($database:ident: Database) $body:block)+) => {$(
        #[tokio::test]
        async fn $name() {
            async fn scenario($database: Database) $body
            for database in test_databases() {
                scenario(database).await;
            }
        }
    )+};
}

both! {
    async fn an_alert_reaches_every_channel_is_acknowledged_and_resolved(database: Database) {
        let directory = tempfile::tempdir().unwrap();
        let ((chat, said), (texts, texted), (hook, called)) = (endpoint(&[500, 429]), endpoint(&[]), endpoint(&[]));
        let (mail, mailed) = mail_server();
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let settings = [
            ("monitoring.rules_file", rules(&directory)),
            ("mail.smtp_host", "127.0.0.1".to_owned()),
            ("mail.smtp_port", mail.port().to_string()),
            ("mail.smtp_security", "none".to_owned()),
            ("monitoring.email_to", "ops@bank.example".to_owned()),
            ("monitoring.slack_url", format!("http://{chat}/services/T0/B0/hush")),
            ("monitoring.sms_url", format!("http://{texts}")),
            ("monitoring.sms_account", "AC1".to_owned()),
            ("monitoring.sms_token", "hush".to_owned()),
            ("monitoring.sms_from", "+15550100".to_owned()),
            ("monitoring.sms_to", "+15550101 +15550102".to_owned()),
            ("monitoring.sms_severity", "warning".to_owned()),
            ("monitoring.webhook_url", format!("http://{hook}/alerts")),
            ("monitoring.webhook_secret", secret.to_owned()),
        ];
        let app = TestApp::try_start(database, &settings).await.unwrap();
        let admin = app.admin().await;
        backup_is_of(&app, 30);

        // Two look at the same time, as two processes do; the alert fires once.
        let (mut one, mut other) = (app.services.watch(), app.services.watch());
        let (first, second) = tokio::join!(one.look(), other.look());
        first.unwrap();
        second.unwrap();
        assert_eq!(app.count("SELECT COUNT(*) FROM monitoring_alert").await, 1);
        app.run_jobs().await;
        // The chat was down, twice; what it missed it is told once it is back.
        assert_eq!(all(&said), [""; 0]);
        for seconds in [3, 5] {
            wait(&app, seconds).await;
            app.run_jobs().await;
        }

        assert!(all(&said)[0].contains("*[warning] backup-old firing*"), "{:?}", all(&said));
        assert_eq!((all(&said).len(), all(&texted).len(), all(&called).len(), all(&mailed).len()), (1, 2, 1, 1));
        assert!(all(&texted)[1].contains("To=%2B15550102&From=%2B15550100&Body=%5Bwarning%5D+backup-old"));
        assert!(all(&texted)[0].to_lowercase().contains("authorization: basic"));
        assert!(all(&called)[0].contains("webhook-signature: v1,"), "{}", all(&called)[0]);
        assert!(all(&mailed)[0].contains("Subject: [warning] backup-old firing"), "{}", all(&mailed)[0]);

        let list = admin.get("/api/v1/monitoring/alerts?status=firing&severity=warning").await.expect(200);
        let id = list.text("/data/0/id");
        let body = json!({ "alert_id": id, "note": "the disk was full" });
        let acknowledged = admin.post("/api/v1/monitoring/alert/acknowledge", &body).await.expect(200);
        assert_eq!(acknowledged.text("/status"), "acknowledged");
        let again = admin.post("/api/v1/monitoring/alert/acknowledge", &body).await.expect(200);
        assert_eq!(again.text("/acknowledged_at"), acknowledged.text("/acknowledged_at"));
        let resolved = admin.post("/api/v1/monitoring/alert/resolve", &body).await.expect(200);
        assert_eq!(resolved.text("/status"), "resolved");
        admin.post("/api/v1/monitoring/alert/resolve", &body).await.expect(409);
        app.run_jobs().await;

        assert!(all(&called)[1].contains("alert.resolved") && all(&mailed)[1].contains("backup-old resolved"));
        let history = admin.get(&format!("/api/v1/monitoring/alerts/{id}")).await.expect(200);
        let kinds: Vec<String> = history.json()["history"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["kind"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(kinds, ["fired", "acknowledged", "resolved"]);
        let audited = "SELECT COUNT(*) FROM audit_record WHERE action = 'operations.work_alerts' AND outcome = 'success'";
        assert!(app.count(audited).await >= 3);
        app.finish().await;
    }

    async fn an_alert_ends_by_itself_once_nobody_sees_it_any_more(database: Database) {
        let directory = tempfile::tempdir().unwrap();
        let (hook, called) = endpoint(&[]);
        let settings = [
            ("monitoring.rules_file", rules(&directory)),
            ("monitoring.webhook_url", format!("http://{hook}/alerts")),
            ("monitoring.webhook_secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()),
            ("monitoring.remind_minutes", "10".to_owned()),
        ];
        let app = TestApp::try_start(database, &settings).await.unwrap();
        backup_is_of(&app, 30);
        let mut watch = app.services.watch();
        watch.look().await.unwrap();

        // Nobody looks after it: it is told of once more.
        for _ in 0..45 {
            wait(&app, 15).await;
            watch.look().await.unwrap();
        }
        app.run_jobs().await;
        assert_eq!(all(&called).len(), 2);
        assert!(all(&called)[1].contains("alert.still_firing"));

        // A restart ends nothing, although the process that begins knows nothing yet.
        backup_is_of(&app, 1);
        let mut restarted = app.services.watch();
        wait(&app, 15).await;
        restarted.look().await.unwrap();
        assert_eq!(app.count("SELECT COUNT(*) FROM monitoring_alert WHERE status = 'firing'").await, 1);
        for _ in 0..5 {
            wait(&app, 15).await;
            restarted.look().await.unwrap();
        }
        app.run_jobs().await;

        assert_eq!(app.count("SELECT COUNT(*) FROM monitoring_alert WHERE status = 'resolved'").await, 1);
        assert!(all(&called)[2].contains("alert.resolved"));
        app.finish().await;
    }

    async fn nobody_is_told_while_a_silence_lasts(database: Database) {
        let directory = tempfile::tempdir().unwrap();
        let (hook, called) = endpoint(&[]);
        let settings = [
            ("monitoring.rules_file", rules(&directory)),
            ("monitoring.webhook_url", format!("http://{hook}/alerts")),
            ("monitoring.webhook_secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()),
        ];
        let app = TestApp::try_start(database, &settings).await.unwrap();
        let admin = app.admin().await;
        let ends = app.services.env.now().checked_add(1.hours()).unwrap().to_string();
        let body = json!({ "rule": "backup-old", "reason": "the disks are changed", "ends_at": ends });
        admin.post("/api/v1/monitoring/silences", &body).await.expect(201);
        let wrong = json!({ "rule": "no-such-rule", "reason": "", "ends_at": "2020-01-01T00:00:00Z" });
        let refused = admin.post("/api/v1/monitoring/silences", &wrong).await.expect(422);
        assert_eq!(refused.json()["errors"].as_array().unwrap().len(), 3);
        backup_is_of(&app, 30);

        let mut watch = app.services.watch();
        watch.look().await.unwrap();
        app.run_jobs().await;
        assert_eq!(all(&called), [""; 0]);
        let list = admin.get("/api/v1/monitoring/alerts").await.expect(200);
        assert_eq!(list.text("/data/0/status"), "firing");
        let silences = admin.get("/api/v1/monitoring/silences").await.expect(200);
        let end = format!("/api/v1/monitoring/silences/{}", silences.text("/data/0/id"));
        admin.send(&Call::new(Method::DELETE, &*end)).await.expect(204);
        admin.send(&Call::new(Method::DELETE, &*end)).await.expect(404);
        wait(&app, 15).await;
        watch.look().await.unwrap();
        app.run_jobs().await;

        assert!(all(&called)[0].contains("alert.still_firing"));
        app.finish().await;
    }

    async fn metrics_and_the_dashboard_tell_what_was_done(database: Database) {
        let app = TestApp::start(database).await;
        let admin = app.admin().await;
        let (ada, account) = app.funded_customer("100.00").await;
        let other = ada.open_account("EUR").await;
        let body = json!({ "from": account, "to": other, "amount": "30.00", "currency": "EUR" });
        app.services.operations.paint();
        ada.send(&Call::post("/api/v1/transfers").key("one").json(&body)).await;
        let wrong = json!({ "email": "nobody@example.org", "password": "not the password" });
        app.stranger().post("/api/v1/auth/login", &wrong).await.expect(401);
        wait(&app, 2).await;
        app.services.operations.take_census().await;
        app.services.operations.paint();

        let metrics = admin.get("/api/v1/monitoring/metrics").await.expect(200);
        let value = |name: &str, label: Option<(&str, &str)>| -> String {
            let all = metrics.json();
            let readings = all["data"].as_array().unwrap();
            let is_it = |reading: &&Value| {
                reading["name"] == name && label.is_none_or(|(label, value)| reading["labels"][label] == value)
            };
            readings.iter().find(is_it).unwrap_or_else(|| panic!("{name}"))["value"].as_str().unwrap().to_owned()
        };
        assert_ne!(value("florin_transfers_total", Some(("kind", "transfer"))), "0");
        assert_eq!(value("florin_auth_failures_total", Some(("reason", "password"))), "1");
        assert_eq!(value("florin_ledger_imbalance_minor", None), "0");
        assert_eq!(value("florin_audit_faults", None), "0");
        assert_ne!(value("florin_sessions_active", None), "0");

        let board = admin.get("/api/v1/monitoring/dashboard").await.expect(200);
        assert_ne!(board.text("/traffic/requests_per_second"), "0");
        assert_eq!(board.json()["postings"]["imbalance_minor"], 0);
        assert_eq!(board.json()["points"].as_array().unwrap().len(), 2);
        assert!(board.json()["parts"].as_array().unwrap().iter().all(|part| part["state"] == "up"));

        ada.get("/api/v1/monitoring/dashboard").await.expect(403);
        app.finish().await;
    }
}
