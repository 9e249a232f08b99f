//! A record of the trail as it is read back.

use florin_db::{DbError, Row, Value};
use florin_kernel::{Timestamp, Uuid};
use serde::{Deserialize, Serialize};

use crate::encoding;
use crate::merkle::{Hash, leaf_hash};

/// The columns of `audit_record`, in the order in which they are read and hashed.
macro_rules! columns {
    () => {
        "seq, at_us, action, resource_kind, resource_id, actor_kind, user_id, session_id, operator, ip, user_agent, \
         request_id, outcome, error, detail"
    };
}
pub(crate) use columns;

/// Who did what to what, when and from where, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Its number; numbers order the trail, times do not.
    pub seq: i64,
    /// When, in microseconds since 1970, UTC.
    pub at_us: i64,
    /// The action's code.
    pub action: String,
    /// The noun acted upon.
    pub resource_kind: String,
    /// Which one.
    pub resource_id: Option<Uuid>,
    /// `anonymous`, `user`, `client` or `system`.
    pub actor_kind: String,
    /// The person.
    pub user_id: Option<Uuid>,
    /// The sign-in, or the key that a client signed in with.
    pub session_id: Option<Uuid>,
    /// The part of the program.
    pub operator: Option<String>,
    /// The client's address.
    pub ip: Option<String>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// The request's id.
    pub request_id: Option<String>,
    /// `success` or `failure`.
    pub outcome: String,
    /// The code of the failure.
    pub error: Option<String>,
    /// Notes, and what changed from what to what, as the text of a JSON object with secrets masked.
    pub detail: Option<String>,
}

impl Record {
    /// Reads a row of the columns in their order.
    pub(crate) fn read(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            seq: row.get(0)?,
            at_us: row.get(1)?,
            action: row.get(2)?,
            resource_kind: row.get(3)?,
            resource_id: row.get(4)?,
            actor_kind: row.get(5)?,
            user_id: row.get(6)?,
            session_id: row.get(7)?,
            operator: row.get(8)?,
            ip: row.get(9)?,
            user_agent: row.get(10)?,
            request_id: row.get(11)?,
            outcome: row.get(12)?,
            error: row.get(13)?,
            detail: row.get(14)?,
        })
    }

    fn columns(&self) -> [Value; 15] {
        [
            self.seq.into(),
            self.at_us.into(),
            (&self.action).into(),
            (&self.resource_kind).into(),
            self.resource_id.into(),
            (&self.actor_kind).into(),
            self.user_id.into(),
            self.session_id.into(),
            self.operator.as_ref().into(),
            self.ip.as_ref().into(),
            self.user_agent.as_ref().into(),
            self.request_id.as_ref().into(),
            (&self.outcome).into(),
            self.error.as_ref().into(),
            self.detail.as_ref().into(),
        ]
    }

    /// The hash of its leaf.
    pub fn hash(&self) -> Hash {
        let mut bytes = Vec::new();
        encoding::record(&self.columns(), &mut bytes);
        leaf_hash(&bytes)
    }

    /// The identifier by which the world knows it.
    pub fn id(&self) -> Uuid {
        id_of(self.seq, self.at_us)
    }

    /// When it happened; what lies outside of all calendars is the end of them.
    pub fn at(&self) -> Timestamp {
        Timestamp::from_microsecond(self.at_us).unwrap_or(Timestamp::MAX)
    }

    /// Its notes as JSON; `null` where there are none.
    pub fn details(&self) -> serde_json::Value {
        self.detail.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

/// The hash of the leaf of a row, whatever it holds.
pub(crate) fn hash_of(row: &Row, scratch: &mut Vec<u8>) -> Hash {
    encoding::record(row.values(), scratch);
    leaf_hash(scratch)
}

/// The hash that the row would have with another number.
pub(crate) fn hash_as(row: &Row, seq: i64, scratch: &mut Vec<u8>) -> Hash {
    let mut columns = row.values().to_vec();
    if let Some(first) = columns.first_mut() {
        *first = Value::Int(seq);
    }
    encoding::record(&columns, scratch);
    leaf_hash(scratch)
}

/// The identifier of the record of this number and time: a UUID of version 7, made of both, so that the row needs none of
/// its own. Its last 62 bits are the number.
pub(crate) fn id_of(seq: i64, at_us: i64) -> Uuid {
    let micros = u64::try_from(at_us).unwrap_or(0);
    let (millis, rest) = (micros / 1_000, micros % 1_000);
    let mut bytes = [0_u8; 10];
    let [_, _, _, _, _, _, high, low] = rest.to_be_bytes();
    let number = u64::try_from(seq).unwrap_or(0).to_be_bytes();
    for (slot, byte) in bytes.iter_mut().zip([high, low].into_iter().chain(number)) {
        *slot = byte;
    }
    uuid_of(millis, &bytes)
}

fn uuid_of(millis: u64, rest: &[u8; 10]) -> Uuid {
    let mut value = u128::from(millis & 0xffff_ffff_ffff) << 80;
    let mut low = 0_u128;
    for byte in rest {
        low = low << 8 | u128::from(*byte);
    }
    value |= low;
    // Version 7, and the variant of RFC 9562.
    value = value & !(0xf_u128 << 76) | 7_u128 << 76;
    value = value & !(0b11_u128 << 62) | 0b10_u128 << 62;
    Uuid::from_u128(value)
}

/// The number of the record with this identifier.
pub(crate) fn seq_of(id: Uuid) -> i64 {
    let number = id.as_u128() & ((1_u128 << 62) - 1);
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_a_uuid_of_version_7_that_tells_its_number() {
        let id = id_of(123_456_789, 1_795_275_200_123_456);

        assert_eq!((id.get_version_num(), seq_of(id)), (7, 123_456_789));
        assert_eq!(id.get_timestamp().unwrap().to_unix().0, 1_795_275_200);
        assert!(id_of(7, 1_000) < id_of(8, 1_000) && id_of(8, 1_000) < id_of(1, 2_000));
        assert_ne!(id_of(7, 1_000), id_of(7, 1_001));
    }
}
