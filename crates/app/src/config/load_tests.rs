//! What is made of sources, and what is refused.

use florin_kernel::Role;

use super::*;

fn sources(environment: &[(&str, &str)]) -> Sources {
    let environment =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Sources { environment, ..Sources::default() }
}

#[test]
fn the_defaults_are_a_configuration_and_every_setting_is_described() {
    let loaded = Loaded::read(&Sources::default()).unwrap();

    assert_eq!(loaded.config.tokens.access_minutes, 15);
    assert!(loaded.settings.len() > 20);
    for setting in &loaded.settings {
        assert!(setting.doc.ends_with('.'), "{} is not described by a sentence", setting.key);
    }
    loaded.check().unwrap();
}

#[test]
fn later_sources_win_and_are_named() {
    let mut sources =
        sources(&[("FLORIN_TOKENS__ACCESS_MINUTES", "7"), ("DATABASE_URL", "postgres://u:secret@h/d")]);
    sources.preset = Some("biller".to_owned());
    sources.flags.push(("server.listen", "127.0.0.1:0".to_owned()));

    let loaded = Loaded::read(&sources).unwrap();

    assert_eq!(loaded.config.tokens.access_minutes, 7);
    assert_eq!(loaded.config.server.listen.port(), 0);
    let shown = |key: &str| loaded.settings.iter().find(|setting| setting.key == key).unwrap().clone();
    assert_eq!(shown("tokens.access_minutes").origin, "FLORIN_TOKENS__ACCESS_MINUTES");
    assert_eq!(shown("database.url").value, "••••");
    assert!(!format!("{loaded:?}").contains("secret@"), "a secret shows");
}

#[test]
fn what_is_wrong_is_named_with_where_it_was_set() {
    let refused = |environment: &[(&str, &str)]| Loaded::read(&sources(environment)).unwrap_err().to_string();

    assert!(refused(&[("FLORIN_TOKENS__ACCES_MINUTES", "7")]).contains("FLORIN_TOKENS__ACCES_MINUTES"));
    assert!(refused(&[("FLORIN_TOKENS__ACCESS_MINUTES", "soon")]).contains("a whole number is wanted"));
    assert!(refused(&[("FLORIN_SERVER__LISTEN", "nowhere")]).contains("server.listen"));
    let preset = Sources { preset: Some("shop".to_owned()), ..Sources::default() };
    assert!(Loaded::read(&preset).unwrap_err().to_string().contains("biller, investing, embedded, bank"));
}

#[test]
fn production_refuses_what_is_only_fit_for_development() {
    let production = |more: &[(&str, &str)]| {
        let mut all = vec![
            ("FLORIN_ENVIRONMENT", "production"),
            ("FLORIN_INSTANCE__PUBLIC_URL", "https://bank.example"),
        ];
        all.extend_from_slice(more);
        Loaded::read(&sources(&all)).unwrap().check()
    };

    assert!(production(&[]).is_ok());
    assert!(production(&[("FLORIN_RATE_LIMITS__ENABLED", "false")]).is_err());
    let simulator = production(&[("FLORIN_PAYMENTS__PROCESSOR", "simulator")]).unwrap_err();
    assert!(simulator.to_string().contains("payments.processor"), "{simulator}");
    assert!(production(&[("FLORIN_PAYMENTS__PROCESSOR", "none")]).is_ok());
    let fee = production(&[("FLORIN_PAYMENTS__FEE_CARD", "a lot")]).unwrap_err();
    assert!(fee.to_string().contains("payments.fee_card"), "{fee}");
    assert!(production(&[("FLORIN_INSTANCE__PUBLIC_URL", "http://bank.example")]).is_err());
    for (channel, setting) in [
        ("FLORIN_MONITORING__SLACK_URL", "monitoring.slack_url"),
        ("FLORIN_MONITORING__WEBHOOK_URL", "monitoring.webhook_url"),
    ] {
        let clear = production(&[(channel, "http://hooks.example/s3cret")]).unwrap_err().to_string();
        assert!(clear.contains(setting) && !clear.contains("s3cret"), "{clear}");
        assert!(production(&[(channel, "https://hooks.example/s3cret")]).is_ok());
        assert!(production(&[(channel, "http://127.0.0.1:9/s3cret")]).is_ok(), "it stays on the machine");
    }
    let sms = ("FLORIN_MONITORING__SMS_URL", "http://sms.example");
    assert!(production(&[sms]).is_ok(), "nothing is sent there");
    assert!(production(&[sms, ("FLORIN_MONITORING__SMS_ACCOUNT", "AC1")]).is_err());
    let collector = ("FLORIN_TELEMETRY__OTLP_ENDPOINT", "http://collector.example:4318");
    assert!(production(&[collector]).is_ok());
    assert!(production(&[collector, ("FLORIN_TELEMETRY__OTLP_HEADERS", "x-token=t")]).is_err());
    let smtp = ("FLORIN_MAIL__SMTP_HOST", "smtp.bank.example");
    assert!(production(&[smtp]).unwrap_err().to_string().contains("mail.from"));
    assert!(production(&[smtp, ("FLORIN_MAIL__FROM", "no-reply@bank.example")]).is_ok());
}

#[test]
fn staff_owe_a_second_factor_in_production_unless_the_setting_says_whom_else() {
    let roles = |pairs: &[(&str, &str)]| Loaded::read(&sources(pairs)).unwrap().config.roles_owing_mfa();
    let production = ("FLORIN_ENVIRONMENT", "production");

    assert_eq!(roles(&[]), Ok(vec![]));
    let staff = roles(&[production]).unwrap();
    assert!(
        staff.contains(&Role::Teller) && staff.contains(&Role::Admin) && !staff.contains(&Role::Customer)
    );
    assert_eq!(roles(&[production, ("FLORIN_MFA__REQUIRED_ROLES", "")]), Ok(vec![]));
    assert_eq!(
        roles(&[("FLORIN_MFA__REQUIRED_ROLES", "customer admin")]),
        Ok(vec![Role::Customer, Role::Admin])
    );
    assert!(roles(&[("FLORIN_MFA__REQUIRED_ROLES", "king")]).unwrap_err().contains("`king`"));
}

#[test]
fn a_mail_server_that_cannot_be_used_is_refused_everywhere_and_its_password_is_not_shown() {
    let with = |more: &[(&str, &str)]| {
        let mut all = vec![("FLORIN_MAIL__SMTP_HOST", "smtp.bank.example")];
        all.extend_from_slice(more);
        Loaded::read(&sources(&all)).unwrap()
    };
    let refused = |more: &[(&str, &str)]| with(more).check().unwrap_err().to_string();
    let signed_in = [("FLORIN_MAIL__SMTP_USER", "florin"), ("FLORIN_MAIL__SMTP_PASSWORD", "hush-hush")];

    assert!(with(&signed_in).check().is_ok());
    assert!(!format!("{:?}", with(&signed_in)).contains("hush-hush"));
    assert!(refused(&[("FLORIN_MAIL__SMTP_SECURITY", "none")]).contains("mail.smtp_security"));
    assert!(refused(&signed_in[..1]).contains("mail.smtp_password"));
    assert!(refused(&[("FLORIN_MAIL__SMTP_TIMEOUT_SECONDS", "600")]).contains("mail.smtp_timeout_seconds"));
    let unknown = Loaded::read(&sources(&[("FLORIN_MAIL__SMTP_SECURITY", "ssl")])).unwrap_err();
    assert!(unknown.to_string().contains("mail.smtp_security"), "{unknown}");
}

#[test]
fn a_setting_that_is_not_utf_8_is_named_and_its_value_is_not() {
    use std::os::unix::ffi::OsStringExt as _;
    let garbled = || OsString::from_vec(b"hush\xff".to_vec());
    let read = |name: OsString| texts([(name, garbled()), ("HOME".into(), "/".into())].into_iter());

    for name in ["FLORIN_TOKENS__ACCESS_MINUTES", "FLORIN_ENVIRONMENT", "DATABASE_URL", "REDIS_URL"] {
        assert_eq!(
            read(name.into()).unwrap_err().to_string(),
            format!("the environment's {name} is not UTF-8")
        );
    }
    let garbled_name = OsString::from_vec(b"FLORIN_TOKENS__\xff".to_vec());
    assert!(read(garbled_name).unwrap_err().to_string().contains("FLORIN_TOKENS__"));
    for name in ["LS_COLORS", "FLORIN_CONFIG"] {
        let kept = read(name.into()).unwrap();
        assert_eq!(kept.keys().collect::<Vec<_>>(), ["HOME"]);
    }
}

#[test]
fn every_preset_can_be_loaded() {
    for (name, _) in PRESETS {
        Loaded::read(&Sources { preset: Some((*name).to_owned()), ..Sources::default() }).unwrap();
    }
}
