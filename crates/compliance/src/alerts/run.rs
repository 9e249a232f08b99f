//! What a run writes: each finding as an alert with its case, or as what a known one went on to.

use florin_db::{DbError, Tx};
use florin_kernel::{AccountId, Env, Timestamp, UserId};
use foldhash::HashMap;

use super::{
    Alert, AlertId, AlertStatus, EVIDENCE_MOVEMENTS, Error, MOVEMENTS_KEPT, RunId, known, store, words,
};
use crate::cases::{CaseId, CaseKind, Deadlines, Evidence, OpenCase, Priority, open_within};
use crate::monitor::{Finding, Movement, MovementId};

/// From which score on, in thousandths, a case comes before others.
const HIGH: u16 = 800;

/// What was looked at: movements by their identifiers, and whose the accounts are.
#[derive(Debug)]
pub(super) struct Looked {
    movements: Vec<Movement>,
    owners: HashMap<AccountId, UserId>,
}

impl Looked {
    pub(super) fn new(mut movements: Vec<Movement>, owners: HashMap<AccountId, UserId>) -> Self {
        movements.sort_unstable_by_key(|movement| movement.id);
        Self { movements, owners }
    }

    pub(super) fn len(&self) -> usize {
        self.movements.len()
    }

    fn movement(&self, id: MovementId) -> Option<&Movement> {
        let place = self.movements.binary_search_by_key(&id, |movement| movement.id).ok()?;
        self.movements.get(place)
    }

    /// Whom a finding is about.
    fn subject(&self, finding: &Finding) -> Option<UserId> {
        self.owners.get(&finding.accounts.first()?.account).copied()
    }
}

/// What writing a finding came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// It was not known.
    Opened,
    /// It was known and went on.
    WentOn,
    /// It was known, and is as it was.
    Known,
}

/// Writes findings, in units of work of whoever calls.
#[derive(Clone, Debug)]
pub(super) struct Clerk {
    pub env: Env,
    pub deadlines: Deadlines,
    pub run: RunId,
    /// Where the range begins: what ended before cannot be found again.
    pub from_us: i64,
}

impl Clerk {
    /// Writes findings in one unit, after whatever other runs wrote.
    ///
    /// # Errors
    /// What the cases or the database refuse.
    pub(super) fn write(
        &self,
        tx: &mut Tx<'_>,
        looked: &Looked,
        findings: &[Finding],
    ) -> Result<Vec<Written>, Error> {
        store::take_turn(tx)?;
        let mut alerts = store::recent(&mut tx.reader(), self.from_us)?;
        let mut written = Vec::with_capacity(findings.len());
        for finding in findings {
            let place = known(finding, &alerts);
            match place.and_then(|place| alerts.get_mut(place)) {
                None => {
                    alerts.push(self.open(tx, looked, finding)?);
                    written.push(Written::Opened);
                }
                Some(alert) if finding.last_at_us > alert.last_at.as_microsecond() => {
                    self.go_on(tx, looked, finding, alert)?;
                    written.push(Written::WentOn);
                }
                Some(_) => written.push(Written::Known),
            }
        }
        Ok(written)
    }

    fn open(&self, tx: &mut Tx<'_>, looked: &Looked, finding: &Finding) -> Result<Alert, Error> {
        let now = self.env.now();
        let id = AlertId::from_uuid(self.env.new_uuid());
        let reference = finding.reference();
        let evidence = evidence(id, looked, finding, &finding.movements);
        let case = self.case(tx, looked, finding, &reference, evidence)?;
        let alert = Alert {
            id,
            typology: finding.typology,
            also: finding.also.clone(),
            reference,
            first_at: at(finding.first_at_us)?,
            last_at: at(finding.last_at_us)?,
            amount: finding.amount,
            score: thousandths(finding.score),
            explanation: finding.explanation.clone(),
            accounts: finding.accounts.clone(),
            movements: latest(&finding.movements, MOVEMENTS_KEPT).to_vec(),
            movement_count: u32::try_from(finding.movements.len()).unwrap_or(u32::MAX),
            case,
            status: AlertStatus::Open,
            run: self.run,
            created_at: now,
            changed_at: now,
        };
        store::insert(tx, &alert)?;
        florin_jobs::outbox::publish(tx, "aml_alert.raised", id.uuid(), now.as_microsecond())?;
        Ok(alert)
    }

    /// A known scheme has movements that were not there before.
    fn go_on(
        &self,
        tx: &mut Tx<'_>,
        looked: &Looked,
        finding: &Finding,
        alert: &mut Alert,
    ) -> Result<(), Error> {
        let before_us = alert.last_at.as_microsecond();
        let is_new = |id: &&MovementId| looked.movement(**id).is_some_and(|one| one.at_us > before_us);
        let new: Vec<MovementId> = finding.movements.iter().filter(is_new).copied().collect();
        let evidence = evidence(alert.id, looked, finding, &new);
        alert.case = self.case(tx, looked, finding, &alert.reference, evidence)?;
        for other in finding.also.iter().chain([&finding.typology]) {
            if *other != alert.typology && !alert.also.contains(other) {
                alert.also.push(*other);
            }
        }
        for named in &finding.accounts {
            if !alert.accounts.iter().any(|there| there.account == named.account) {
                alert.accounts.push(*named);
            }
        }
        let added = u32::try_from(new.len()).unwrap_or(u32::MAX);
        alert.movement_count = alert.movement_count.saturating_add(added);
        alert.movements.extend(new);
        alert.movements = latest(&alert.movements, MOVEMENTS_KEPT).to_vec();
        alert.first_at = alert.first_at.min(at(finding.first_at_us)?);
        alert.last_at = at(finding.last_at_us)?;
        alert.amount = finding.amount;
        alert.score = thousandths(finding.score);
        alert.explanation.clone_from(&finding.explanation);
        alert.run = self.run;
        alert.changed_at = self.env.now();
        Ok(store::update(tx, alert)?)
    }

    fn case(
        &self,
        tx: &mut Tx<'_>,
        looked: &Looked,
        finding: &Finding,
        reference: &str,
        evidence: Vec<Evidence>,
    ) -> Result<CaseId, Error> {
        let high = thousandths(finding.score) >= HIGH;
        let case = OpenCase {
            kind: CaseKind::Aml,
            reference: reference.to_owned(),
            subject: looked.subject(finding),
            title: words::title(finding),
            priority: if high { Priority::High } else { Priority::Normal },
            evidence,
        };
        Ok(open_within(tx, &self.env, self.deadlines, None, &case)?.id)
    }
}

/// What was seen, and the latest of the movements.
fn evidence(alert: AlertId, looked: &Looked, finding: &Finding, movements: &[MovementId]) -> Vec<Evidence> {
    let last = movements.last().map_or_else(String::new, ToString::to_string);
    let seen = Evidence {
        kind: "finding".to_owned(),
        reference: format!("{alert}:{last}"),
        text: words::seen(finding),
    };
    let moved = latest(movements, EVIDENCE_MOVEMENTS).iter().filter_map(|id| {
        let text = words::moved(looked.movement(*id)?);
        Some(Evidence { kind: "transfer".to_owned(), reference: id.to_string(), text })
    });
    std::iter::once(seen).chain(moved).collect()
}

fn latest(movements: &[MovementId], count: usize) -> &[MovementId] {
    movements.get(movements.len().saturating_sub(count)..).unwrap_or_default()
}

fn at(at_us: i64) -> Result<Timestamp, DbError> {
    Timestamp::from_microsecond(at_us)
        .map_err(|_| DbError::Corrupt("a movement was booked at no time that there is".to_owned()))
}

/// A score between 0 and 1 in thousandths.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 0 to 1,000")]
fn thousandths(score: f64) -> u16 {
    (score.clamp(0.0, 1.0) * 1_000.0).round() as u16
}
