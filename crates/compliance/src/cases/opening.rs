//! Opening cases: in a unit of work of one's own, in somebody else's, or as rows of a posting's commit.

use florin_db::{Bulk, BulkStatement, DbError, Kind as Column, Tx, params};
use florin_kernel::{Env, Timestamp, UserId, Uuid};

use super::{Case, CaseId, CaseKind, Error, Evidence, OpenCase, row_id, store};

/// In how many days a case must be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Fraud: the customer's money is held meanwhile.
    pub fraud_days: u16,
    /// Laundering: 30 days from detection until a report is due (31 CFR 1020.320(b)(3)).
    pub aml_days: u16,
    /// Sanctions: what matches is blocked meanwhile, and reported within 10 business days (31 CFR 501.603).
    pub screening_days: u16,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { fraud_days: 2, aml_days: 30, screening_days: 2 }
    }
}

impl Deadlines {
    /// By when a case that is opened at `at_us` must be decided, in microseconds since 1970.
    pub fn due_us(&self, kind: CaseKind, at_us: i64) -> i64 {
        let days = match kind {
            CaseKind::Fraud => self.fraud_days,
            CaseKind::Aml => self.aml_days,
            CaseKind::Screening => self.screening_days,
        };
        at_us.saturating_add(i64::from(days).saturating_mul(86_400_000_000))
    }
}

/// What a case needs to be opened, after its row is called `given`: no closed case of the reference, or one that does not have the
/// evidence that speaks for opening another.
macro_rules! is_news {
    ($kind:literal, $reference:literal, $evidence:literal, $which:literal) => {
        concat!(
            "(NOT EXISTS (SELECT 1 FROM compliance_case c WHERE c.kind = ",
            $kind,
            " AND c.reference = ",
            $reference,
            " AND c.status = 'closed') OR (",
            $evidence,
            " <> '' AND NOT EXISTS (SELECT 1 FROM compliance_case_evidence e \
             JOIN compliance_case c ON c.id = e.case_id WHERE c.kind = ",
            $kind,
            " AND c.reference = ",
            $reference,
            " AND c.status = 'closed' AND e.kind = ",
            $evidence,
            " AND e.reference = ",
            $which,
            ")))"
        )
    };
}

/// The case that was decided last of those of the reference.
macro_rules! decided_before {
    ($kind:literal, $reference:literal) => {
        concat!(
            "(SELECT c.id FROM compliance_case c WHERE c.kind = ",
            $kind,
            " AND c.reference = ",
            $reference,
            " AND c.status = 'closed' ORDER BY c.opened_at_us DESC, c.id DESC LIMIT 1)"
        )
    };
}

static CASES: BulkStatement = BulkStatement {
    sqlite: concat!(
        "INSERT INTO compliance_case (id, kind, reference, subject, title, status, priority, sar, version, opened_at_us, \
         due_at_us, follows) SELECT $1, $2, $3, $4, $5, 'open', $6, FALSE, 1, $7, $8, ",
        decided_before!("$2", "$3"),
        " WHERE ",
        is_news!("$2", "$3", "$9", "$10"),
        " ON CONFLICT (kind, reference) WHERE status <> 'closed' DO NOTHING"
    ),
    postgres: concat!(
        "INSERT INTO compliance_case (id, kind, reference, subject, title, status, priority, sar, version, opened_at_us, \
         due_at_us, follows) SELECT id, kind, reference, subject, title, 'open', priority, FALSE, 1, opened_at_us, due_at_us, ",
        decided_before!("given.kind", "given.reference"),
        " FROM UNNEST($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], \
         $9::text[], $10::text[]) \
         AS given (id, kind, reference, subject, title, priority, opened_at_us, due_at_us, evidence, which) WHERE ",
        is_news!("given.kind", "given.reference", "given.evidence", "given.which"),
        " ON CONFLICT (kind, reference) WHERE status <> 'closed' DO NOTHING"
    ),
    columns: &[
        Column::Uuid,
        Column::Text,
        Column::Text,
        Column::Uuid,
        Column::Text,
        Column::Text,
        Column::Int,
        Column::Int,
        Column::Text,
        Column::Text,
    ],
};

/// Tells of cases that were kept: a reference that has one opens no other, and nobody is told of one.
static OPENED: BulkStatement = florin_jobs::events_about_kept!("compliance_case");

// The case is looked up: another opening of the same reference may have been first.
static EVIDENCE: BulkStatement = BulkStatement {
    sqlite: "INSERT INTO compliance_case_evidence (id, case_id, kind, reference, text, added_by, added_at_us) \
             SELECT $1, c.id, $4, $5, $6, $7, $8 FROM compliance_case c \
             WHERE c.kind = $2 AND c.reference = $3 AND c.status <> 'closed' \
             ON CONFLICT (case_id, kind, reference) DO NOTHING",
    postgres: "INSERT INTO compliance_case_evidence (id, case_id, kind, reference, text, added_by, added_at_us) \
               SELECT given.id, c.id, given.kind, given.reference, given.text, given.added_by, given.added_at_us \
               FROM UNNEST($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::bigint[]) \
               AS given (id, case_kind, case_reference, kind, reference, text, added_by, added_at_us) \
               JOIN compliance_case c ON c.kind = given.case_kind AND c.reference = given.case_reference \
               AND c.status <> 'closed' ON CONFLICT (case_id, kind, reference) DO NOTHING",
    columns: &[
        Column::Uuid,
        Column::Text,
        Column::Text,
        Column::Text,
        Column::Text,
        Column::Text,
        Column::Uuid,
        Column::Int,
    ],
};

/// Cases as rows for somebody else's commit: a decision `review` opens one in the very commit that holds the money.
#[derive(Clone, Debug)]
pub struct Opening {
    cases: Bulk,
    evidence: Bulk,
    events: Bulk,
}

impl Default for Opening {
    fn default() -> Self {
        Self { cases: Bulk::new(&CASES), evidence: Bulk::new(&EVIDENCE), events: Bulk::new(&OPENED) }
    }
}

impl Opening {
    /// No cases yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a case with its evidence; gives the identifier that it gets if it is the first of its reference. After one that
    /// was decided another is opened if that does not have the last piece of the evidence.
    ///
    /// # Errors
    /// [`Error::Invalid`]: nothing is added.
    pub fn add(
        &mut self,
        env: &Env,
        deadlines: Deadlines,
        by: Option<UserId>,
        case: &OpenCase,
    ) -> Result<CaseId, Error> {
        let case = case.check()?;
        let id = self.put(env, deadlines, by, &case, case.evidence.last(), env.now());
        florin_jobs::outbox::add(&mut self.events, "case.opened", id.uuid(), env.now().as_microsecond());
        Ok(id)
    }

    fn put(
        &mut self,
        env: &Env,
        deadlines: Deadlines,
        by: Option<UserId>,
        case: &OpenCase,
        news: Option<&Evidence>,
        now: Timestamp,
    ) -> CaseId {
        let (id, now_us) = (CaseId::from_uuid(env.new_uuid()), now.as_microsecond());
        self.cases.push(params![
            id.uuid(),
            case.kind.code(),
            &case.reference,
            case.subject.map(UserId::uuid),
            &case.title,
            case.priority.code(),
            now_us,
            deadlines.due_us(case.kind, now_us),
            news.map_or("", |news| news.kind.as_str()),
            news.map_or("", |news| news.reference.as_str()),
        ]);
        for evidence in &case.evidence {
            self.evidence.push(params![
                row_id(env),
                case.kind.code(),
                &case.reference,
                &evidence.kind,
                &evidence.reference,
                &evidence.text,
                by.map(UserId::uuid),
                now_us,
            ]);
        }
        id
    }

    /// The rows, in the order in which they must be written: cases, their evidence, the outbox.
    pub fn into_bulks(self) -> [Bulk; 3] {
        [self.cases, self.evidence, self.events]
    }

    /// Whether there are no cases.
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }
}

/// Opens a case in a unit of work, or gives the one that has its reference, with the new evidence added to it.
///
/// A case that was decided stays as it was: what was decided was decided about what was known. Where there is evidence that no
/// decided case of the reference has, another is opened that names the last one ([`Case::follows`]); where there is none, that one is given.
///
/// # Errors
/// [`Error::Invalid`], and what the database says.
pub fn open_within(
    tx: &mut Tx<'_>,
    env: &Env,
    deadlines: Deadlines,
    by: Option<UserId>,
    case: &OpenCase,
) -> Result<Case, Error> {
    let case = case.check()?;
    let now = env.now();
    let mut opening = Opening::new();
    let mut news = case.evidence.last();
    for evidence in &case.evidence {
        if !store::is_known(&mut tx.reader(), case.kind, &case.reference, evidence)? {
            news = Some(evidence);
            break;
        }
    }
    let id = opening.put(env, deadlines, by, &case, news, now);
    tx.bulk(opening.cases)?;
    if !opening.evidence.is_empty() {
        tx.bulk(opening.evidence)?;
    }
    let kept = store::by_reference(&mut tx.reader(), case.kind, &case.reference)?.ok_or_else(|| {
        DbError::Corrupt("compliance_case lost a case in the unit that opened it".to_owned())
    })?;
    if kept.id == id {
        florin_jobs::outbox::publish(tx, "case.opened", id.uuid(), now.as_microsecond())?;
    }
    Ok(kept)
}

/// Adds one piece of evidence to a case that is not closed; false when it was there already.
pub(super) fn add_evidence(
    tx: &mut Tx<'_>,
    id: Uuid,
    case: CaseId,
    evidence: &Evidence,
    by: Option<UserId>,
    at: Timestamp,
) -> Result<bool, DbError> {
    let written = tx.execute(
        "INSERT INTO compliance_case_evidence (id, case_id, kind, reference, text, added_by, added_at_us) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (case_id, kind, reference) DO NOTHING",
        &params![
            id,
            case.uuid(),
            &evidence.kind,
            &evidence.reference,
            &evidence.text,
            by.map(UserId::uuid),
            at
        ],
    )?;
    Ok(written == 1)
}
