//! Where the engine of risk decides about money.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use florin_compliance::cases::{CaseKind, Deadlines, Evidence, OpenCase, Opening, Priority};
use florin_compliance::screening::Sanctions;
use florin_db::{Bulk, Db, DbError, Reader};
use florin_identity::{SignInAttempt, SignInRecord, SignInRisk, SignInVerdict, Unwatched};
use florin_kernel::{AccountId, Currency, Env, Money, Origin, PayeeId, Timestamp, TransferId, UserId, Uuid};
use florin_payments::{
    Assessment, Decision, DecisionRecord, Fate, Moving, ReviewVerdict, RiskCheck, TransferLimit, Verdict,
};
use florin_risk::service::{Decided, Review, Risk};
use florin_risk::{Attempt, Country, Kind, Outcome, Rates, Settings, Token};

use crate::StartError;
use crate::config::{Config, RiskMode};

/// The service of decisions; it remembers what was decided where that is wanted, which is read from the database.
pub(crate) async fn start(config: &Config, db: &Db, remember: bool) -> Result<Risk, StartError> {
    let risk = open(config, db)?;
    if remember {
        take_in(config, &risk).await?;
    }
    if remember && config.risk.mode != RiskMode::Off {
        let remembered = risk.rebuild().await?;
        tracing::info!(decisions = remembered.read, "decisions about risk are remembered");
    }
    Ok(risk)
}

/// Remembering nothing yet, with the rules that the program comes with.
fn open(config: &Config, db: &Db) -> Result<Risk, StartError> {
    let reference = reference(config)?;
    let mut settings = Settings::new(reference);
    settings.rates = Rates::new(reference);
    let rules = florin_risk::rules::RuleSet::parse(&florin_risk::rules::starter(reference));
    let named = |path: &PathBuf| Some(path.clone()).filter(|path| !path.as_os_str().is_empty());
    let files = (named(&config.risk.rules_file), named(&config.risk.model_file));
    Risk::with_files(db.clone(), settings, rules, files.0, files.1)
        .map_err(|error| StartError::System(format!("risk: {error}")))
}

fn reference(config: &Config) -> Result<Currency, StartError> {
    Currency::parse(&config.risk.reference)
        .map_err(|_| StartError::System(format!("risk.reference: {} is no currency", config.risk.reference)))
}

/// Takes in the rules, lists, snoozes and models that are stored; a database that has no rules yet is given those that the
/// program comes with.
pub(crate) async fn take_in(config: &Config, risk: &Risk) -> Result<(), StartError> {
    let starter = florin_risk::rules::starter(reference(config)?);
    let stored = risk.store_first_rules(starter).await;
    stored.map_err(|error| StartError::System(format!("risk: {error}")))?;
    risk.refresh().await?;
    Ok(())
}

/// Who decides about money before it moves.
pub(crate) fn check(config: &Config, risk: &Risk, sanctions: &Sanctions, env: &Env) -> Arc<dyn RiskCheck> {
    let cases = Opener { deadlines: deadlines(config), env: env.clone() };
    let inner = engine(config, risk, &cases);
    Arc::new(ScreenedDesk { inner, sanctions: sanctions.clone(), risk: risk.clone(), cases })
}

fn engine(config: &Config, risk: &Risk, cases: &Opener) -> Arc<dyn RiskCheck> {
    let limit = TransferLimit { major_max: config.payments.amount_max };
    match config.risk.mode {
        RiskMode::Off => Arc::new(limit),
        mode @ (RiskMode::Active | RiskMode::Shadow) => Arc::new(MoneyDesk {
            risk: risk.clone(),
            cases: cases.clone(),
            limit,
            shadow: mode == RiskMode::Shadow,
            balance_from: config.risk.balance_from,
        }),
    }
}

/// In how many days cases are to be decided.
pub(crate) fn deadlines(config: &Config) -> Deadlines {
    Deadlines {
        fraud_days: config.compliance.fraud_case_days,
        aml_days: config.compliance.aml_case_days,
        screening_days: config.compliance.screening_case_days,
    }
}

/// Opens cases within the commits that make them necessary.
#[derive(Clone, Debug)]
struct Opener {
    deadlines: Deadlines,
    env: Env,
}

impl Opener {
    /// The rows of a case about what is held.
    fn rows(&self, decided: &Decided) -> Vec<Bulk> {
        let texts: Vec<&str> =
            decided.ruling.iter().flat_map(|ruling| &ruling.reasons).map(|one| one.text.as_str()).collect();
        let alone = if decided.instead == SCREENING { SCREENING_TEXT } else { UNAVAILABLE_TEXT };
        let text = if texts.is_empty() { alone.to_owned() } else { texts.join("; ") };
        let subject = decided.attempt.user.map(|user| UserId::from_uuid(Uuid::from_u128(user.bits())));
        let case = OpenCase {
            kind: CaseKind::Fraud,
            reference: decided.attempt.id.to_string(),
            subject,
            title: format!("A {} is held for review", decided.attempt.kind.name().replace('_', " ")),
            priority: if decided.score >= URGENT { Priority::High } else { Priority::Normal },
            evidence: vec![Evidence { kind: "decision".to_owned(), reference: decided.id.to_string(), text }],
        };
        let mut opening = Opening::new();
        match opening.add(&self.env, self.deadlines, None, &case) {
            Ok(_) => opening.into_bulks().into_iter().filter(|rows| !rows.is_empty()).collect(),
            Err(error) => {
                tracing::error!(%error, decision = %decided.id, "no case can be opened about what is held");
                Vec::new()
            }
        }
    }
}

/// Why money of whom screening found is held.
const SCREENING: &str = "sanctions_screening";
/// What its case says.
const SCREENING_TEXT: &str =
    "the customer, or whom they pay, may be on a list of sanctions; see the case of that screening";
/// From which score on a case is urgent.
const URGENT: u16 = 800;
/// What a case says that the engine has no reasons for.
const UNAVAILABLE_TEXT: &str = "the engine of risk could not decide";

/// Holds money out of whom screening found, and to them, whatever the engine would say, and whether or not it is asked.
struct ScreenedDesk {
    inner: Arc<dyn RiskCheck>,
    sanctions: Sanctions,
    risk: Risk,
    cases: Opener,
}

impl RiskCheck for ScreenedDesk {
    fn assess(&self, assessment: &Assessment<'_>) -> Decision {
        let decision = self.inner.assess(assessment);
        let out = assessment.moving != Moving::Deposit && decision.verdict != Verdict::Decline;
        let blocked = self.sanctions.blocked();
        if !out || !blocked.concerns(assessment.user, assessment.from, assessment.payee) {
            return decision;
        }
        let decided = self.risk.hold(attempt_of(assessment), SCREENING);
        Decision {
            verdict: Verdict::Review,
            score: decided.score,
            reasons: vec![Cow::Borrowed(SCREENING)],
            record: Some(Arc::new(Record { risk: self.risk.clone(), cases: self.cases.clone(), decided })),
        }
    }

    fn review(
        &self,
        reader: &mut Reader<'_>,
        subject: TransferId,
        verdict: ReviewVerdict,
        by: Option<UserId>,
    ) -> Result<Option<Arc<dyn DecisionRecord>>, DbError> {
        reviewed(&self.risk, reader, subject, verdict, by)
    }

    fn wants_available(&self, amount: Money) -> bool {
        self.inner.wants_available(amount)
    }
}

fn reviewed(
    risk: &Risk,
    reader: &mut Reader<'_>,
    subject: TransferId,
    verdict: ReviewVerdict,
    by: Option<UserId>,
) -> Result<Option<Arc<dyn DecisionRecord>>, DbError> {
    let review = risk.review(reader, subject.uuid(), verdict == ReviewVerdict::Release, by)?;
    Ok(review.map(|review| Arc::new(Reviewed(review)) as Arc<dyn DecisionRecord>))
}

/// Decides about money by the limit and the engine.
struct MoneyDesk {
    risk: Risk,
    cases: Opener,
    limit: TransferLimit,
    shadow: bool,
    /// From how many major units on the balance is looked at.
    balance_from: i64,
}

impl RiskCheck for MoneyDesk {
    fn assess(&self, assessment: &Assessment<'_>) -> Decision {
        if self.limit.is_exceeded_by(assessment.amount) {
            return self.limit.assess(assessment);
        }
        let decided = self.risk.assess(attempt_of(assessment));
        let verdict = match decided.verdict {
            _ if self.shadow => Verdict::Approve,
            florin_risk::Verdict::Approve => Verdict::Approve,
            florin_risk::Verdict::Review => Verdict::Review,
            florin_risk::Verdict::Decline => Verdict::Decline,
        };
        Decision {
            verdict,
            score: decided.score,
            reasons: decided.reasons().into_iter().map(Cow::Owned).collect(),
            record: Some(Arc::new(Record { risk: self.risk.clone(), cases: self.cases.clone(), decided })),
        }
    }

    fn review(
        &self,
        reader: &mut Reader<'_>,
        subject: TransferId,
        verdict: ReviewVerdict,
        by: Option<UserId>,
    ) -> Result<Option<Arc<dyn DecisionRecord>>, DbError> {
        reviewed(&self.risk, reader, subject, verdict, by)
    }

    fn wants_available(&self, amount: Money) -> bool {
        amount.minor() >= self.balance_from.saturating_mul(amount.currency().minor_per_major())
    }
}

/// Looks at sign-ins by the engine.
struct Doorkeeper {
    risk: Risk,
    shadow: bool,
}

/// Who looks at sign-ins before they begin.
pub(crate) fn sign_ins(config: &Config, risk: &Risk) -> Arc<dyn SignInRisk> {
    match config.risk.mode {
        RiskMode::Off => Arc::new(Unwatched),
        mode @ (RiskMode::Active | RiskMode::Shadow) => {
            Arc::new(Doorkeeper { risk: risk.clone(), shadow: mode == RiskMode::Shadow })
        }
    }
}

fn sign_in_of(attempt: &SignInAttempt<'_>) -> Attempt {
    let mut known =
        Attempt::new(attempt.session.uuid(), Kind::Login, attempt.at.as_microsecond(), 0, Currency::USD);
    known.user = attempt.user.map(|user| user.uuid().into());
    known.user_known_since_us = attempt.user.and_then(|user| made_at_us(user.uuid()));
    known.email = attempt.email.map(|email| Token::of_email(email.as_str()));
    from_origin(&mut known, attempt.origin);
    known
}

impl SignInRisk for Doorkeeper {
    fn assess(&self, attempt: &SignInAttempt<'_>) -> SignInVerdict {
        let decided = self.risk.assess(sign_in_of(attempt));
        // Who cannot be judged is let in: their money is looked at once more before it moves.
        let refused = !self.shadow && decided.verdict == florin_risk::Verdict::Decline;
        let outcome = if refused { Outcome::Declined } else { Outcome::Approved };
        SignInVerdict {
            refused,
            record: Some(Arc::new(SignIn { risk: self.risk.clone(), decided, outcome })),
        }
    }

    fn failed(&self, attempt: &SignInAttempt<'_>) -> Option<Arc<dyn SignInRecord>> {
        let decided = self.risk.assess(sign_in_of(attempt));
        Some(Arc::new(SignIn { risk: self.risk.clone(), decided, outcome: Outcome::FailedLogin }))
    }
}

/// What was thought of a sign-in, for its commit.
#[derive(Debug)]
struct SignIn {
    risk: Risk,
    decided: Decided,
    outcome: Outcome,
}

impl SignInRecord for SignIn {
    fn rows(&self) -> Vec<Bulk> {
        vec![self.decided.rows(self.outcome)]
    }

    fn settled(&self) {
        self.risk.settled(&self.decided, self.outcome);
    }
}

/// What the engine knows of money that is to move.
pub(crate) fn attempt_of(assessment: &Assessment<'_>) -> Attempt {
    let kind = match assessment.moving {
        Moving::Transfer => Kind::Transfer,
        Moving::Payment => Kind::Payment,
        Moving::Deposit => Kind::Deposit,
        Moving::Withdrawal => Kind::Withdrawal,
    };
    let (amount, at_us) = (assessment.amount, assessment.at.as_microsecond());
    let mut attempt =
        Attempt::new(assessment.id.uuid(), kind, at_us, amount.minor().max(0), amount.currency());
    let account = if kind == Kind::Deposit { assessment.to } else { assessment.from };
    attempt.user = assessment.user.map(|user| user.uuid().into());
    attempt.account = account.map(|account| account.uuid().into());
    attempt.account_opened_at_us = account.and_then(|account| made_at_us(account.uuid()));
    attempt.user_known_since_us = assessment.user.and_then(|user| made_at_us(user.uuid()));
    // Cash comes from nobody and goes to nobody. Whoever has an account here is known by that.
    if matches!(kind, Kind::Transfer | Kind::Payment) {
        let account = assessment.to.map(AccountId::uuid);
        attempt.counterparty = account.or(assessment.payee.map(PayeeId::uuid)).map(Token::from);
    }
    attempt.available_minor = assessment.available;
    // The request of a teller at the counter says nothing about the customer's own devices.
    if matches!(kind, Kind::Transfer | Kind::Payment) {
        from_origin(&mut attempt, assessment.origin);
    }
    attempt
}

/// Where it comes from.
pub(crate) fn from_origin(attempt: &mut Attempt, origin: &Origin) {
    attempt.ip = origin.ip;
    attempt.device = origin.device.as_deref().map(Token::of_device);
    attempt.country = origin
        .country
        .and_then(|letters| std::str::from_utf8(&letters).ok().and_then(|code| Country::parse(code).ok()));
}

/// When something was made known here, in microseconds since 1970: identifiers that are made here begin with it.
fn made_at_us(id: Uuid) -> Option<i64> {
    let (seconds, nanos) = id.get_timestamp().filter(|_| id.get_version_num() == 7)?.to_unix();
    let micros = i64::from(nanos).checked_div(1_000)?;
    i64::try_from(seconds).ok()?.checked_mul(1_000_000)?.checked_add(micros)
}

/// A decision, for the commit that carries it out.
#[derive(Debug)]
struct Record {
    risk: Risk,
    cases: Opener,
    decided: Decided,
}

/// What somebody found who looked, for the commit that releases or refuses.
#[derive(Debug)]
struct Reviewed(Review);

impl DecisionRecord for Reviewed {
    /// Nothing was found where what was to be done about it is refused: whoever looks again finds it undecided.
    fn rows(&self, fate: Fate, now_us: i64) -> Vec<Bulk> {
        if matches!(fate, Fate::Refused(_)) { Vec::new() } else { self.0.rows(at(now_us)) }
    }

    fn settled(&self, fate: Fate) {
        if !matches!(fate, Fate::Refused(_)) {
            self.0.settled();
        }
    }
}

/// An instant of a commit, which is one.
fn at(us: i64) -> Timestamp {
    Timestamp::from_microsecond(us).unwrap_or(Timestamp::UNIX_EPOCH)
}

const fn outcome_of(fate: Fate) -> Outcome {
    match fate {
        Fate::Moved => Outcome::Approved,
        Fate::Held => Outcome::Held,
        Fate::Refused(_) => Outcome::Declined,
    }
}

impl DecisionRecord for Record {
    fn rows(&self, fate: Fate, _: i64) -> Vec<Bulk> {
        let mut rows = vec![self.decided.rows(outcome_of(fate))];
        if fate == Fate::Held {
            rows.extend(self.cases.rows(&self.decided));
        }
        rows
    }

    fn settled(&self, fate: Fate) {
        self.risk.settled(&self.decided, outcome_of(fate));
    }
}
