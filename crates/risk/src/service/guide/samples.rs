//! Stored decisions as rows to learn from.

use florin_db::{DbError, Reader, Row as DbRow, params};
use florin_kernel::{Action, Actor, Resource, Timestamp, Uuid};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::{GuideError, Risk};
use crate::engine::money_features;
use crate::features::{FEATURES, Features};
use crate::service::Evidence;
use crate::service::rebuild::first_of;
use crate::training::{Data, Row, hex};

/// How many decisions are read at once.
const PAGE: i64 = 2_000;

/// A page of rows, with their instants, the next place, and what the rows were.
struct Sampled {
    rows: Vec<(i64, Row)>,
    last: Option<Uuid>,
    digest: Sha256,
}

impl Risk {
    /// Decisions about money that would leave, made from `since` on and before `until`, with what they turned out to be and since
    /// which day that is known. Those of which nobody said anything count as genuine: `until` lies as far back as such word takes.
    /// What was refused at once is among them only where somebody said what it was, for nobody else can know.
    ///
    /// # Errors
    /// [`GuideError::Denied`], or what the database says.
    pub async fn samples(&self, by: &Actor, since: Timestamp, until: Timestamp) -> Result<Data, GuideError> {
        by.permit(Action::ReadRiskEvents, Resource::kind("risk_event"))?;
        let (mut after, before) = (first_of(since), first_of(until));
        let (mut rows, mut digest) = (Vec::new(), Sha256::new());
        loop {
            let sampled =
                self.db().read(move |r| page(r, after, before, digest).map_err(GuideError::from)).await?;
            digest = sampled.digest;
            rows.extend(sampled.rows);
            let Some(last) = sampled.last else { break };
            after = last;
        }
        // Identifiers are made a moment after the instants of what they are about.
        rows.sort_by_key(|(at_us, _)| *at_us);
        Ok(Data {
            features: money_features(),
            names: FEATURES.iter().map(|feature| feature.name.to_owned()).collect(),
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            digest: hex(&digest.finalize()),
        })
    }
}

fn page(reader: &mut Reader<'_>, after: Uuid, before: Uuid, digest: Sha256) -> Result<Sampled, DbError> {
    let found = reader.rows(
        "SELECT d.id, d.evidence, d.features, (SELECT l.fraud FROM risk_label l WHERE l.subject_id = d.subject_id \
         ORDER BY l.at_us DESC, l.source LIMIT 1), (SELECT MIN(l.at_us) FROM risk_label l \
         WHERE l.subject_id = d.subject_id AND l.fraud), d.outcome FROM risk_decision d \
         WHERE d.id > $1 AND d.id < $2 ORDER BY d.id LIMIT $3",
        &params![after, before, PAGE],
    )?;
    let mut sampled = Sampled { rows: Vec::new(), last: None, digest };
    for row in &found {
        let id: Uuid = row.get(0)?;
        sampled.last = Some(id);
        if let Some((at_us, read)) = sample(row)? {
            sampled.digest.update(id.as_bytes());
            sampled.digest.update([u8::from(read.fraud)]);
            sampled.rows.push((at_us, read));
        }
    }
    Ok(sampled)
}

fn sample(row: &DbRow) -> Result<Option<(i64, Row)>, DbError> {
    let corrupt = |column| DbError::Corrupt(format!("risk_decision.{column} is not what was written"));
    let evidence = Evidence::from_bytes(&row.get::<Vec<u8>>(1)?)?;
    let Some(bytes) = row.get::<Option<Vec<u8>>>(2)? else { return Ok(None) };
    let features = Features::from_bytes(&bytes).map_err(|_| corrupt("features"))?;
    let (label, known): (Option<bool>, Option<Timestamp>) = (row.get(3)?, row.get(4)?);
    let refused = row.get::<String>(5)? == "declined" && label.is_none();
    let attempt = evidence.attempt;
    if refused || !attempt.kind.moves_money_out() || features.values().len() != FEATURES.len() {
        return Ok(None);
    }
    let Some(day) = day_of(attempt.at_us) else { return Ok(None) };
    let whose = attempt.subject().map_or(0, crate::Token::bits);
    let fraud = label == Some(true);
    let read = Row {
        day,
        card: u64::try_from(whose & u128::from(u64::MAX)).unwrap_or(0),
        features: features.values().into(),
        fraud,
        known_on: known.filter(|_| fraud).and_then(|at| day_of(at.as_microsecond())),
    };
    Ok(Some((attempt.at_us, read)))
}

fn day_of(at_us: i64) -> Option<Date> {
    Some(Timestamp::from_microsecond(at_us).ok()?.to_zoned(TimeZone::UTC).date())
}
