//! The seal of a batch of records, and the stub that is left of batches that were removed.

use serde::{Deserialize, Serialize};

use crate::encoding::Encoder;
use crate::hex;
use crate::keys::{KeyId, Keys, Trusted};
use crate::merkle::{Hash, leaf_hash};

const SEAL: &str = "florin-audit-seal-1";
const LOG: &str = "florin-audit-log-1";
const REMOVAL: &str = "florin-audit-removal-1";

/// What seals the records of a range of numbers, and everything before them.
///
/// Its hash is a leaf of the *log*, the Merkle tree over all seals. Signed are the hash and the log's root with this seal in
/// it, so that of any two seals it can be proved that one log is a beginning of the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// Its number, from 1, without gaps.
    pub number: i64,
    /// The hash of the seal before; zeros for the first.
    #[serde(with = "hex::array")]
    pub previous: Hash,
    /// The first number of the range, one after the last of the seal before.
    pub first_seq: i64,
    /// The last number of the range.
    pub last_seq: i64,
    /// How many records there are in it; numbers that were given out and never committed are not among them.
    pub count: i64,
    /// The earliest time of a record, in microseconds since 1970.
    pub earliest_at_us: i64,
    /// The latest.
    pub latest_at_us: i64,
    /// The root of the Merkle tree over the records, by their numbers.
    #[serde(with = "hex::array")]
    pub root: Hash,
    /// When they were sealed, in microseconds since 1970; never before the seal before.
    pub sealed_at_us: i64,
    /// The key that signed.
    #[serde(with = "key_id")]
    pub key_id: KeyId,
    /// The root of the log, this seal included.
    #[serde(with = "hex::array")]
    pub log_root: Hash,
    /// The signature.
    #[serde(with = "hex::array")]
    pub signature: [u8; 64],
}

mod key_id {
    use serde::{Deserializer, Serializer};

    use super::KeyId;
    use crate::hex;

    pub(super) fn serialize<S: Serializer>(id: &KeyId, out: S) -> Result<S::Ok, S::Error> {
        hex::array::serialize(&id.0, out)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<KeyId, D::Error> {
        hex::array::deserialize(from).map(KeyId)
    }
}

impl Seal {
    /// The hash, of everything but the log's root and the signature.
    pub fn hash(&self) -> Hash {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::begin(&mut bytes, SEAL);
        encoder.number(self.number);
        encoder.fixed(&self.previous);
        encoder.number(self.first_seq);
        encoder.number(self.last_seq);
        encoder.number(self.count);
        encoder.number(self.earliest_at_us);
        encoder.number(self.latest_at_us);
        encoder.fixed(&self.root);
        encoder.number(self.sealed_at_us);
        encoder.fixed(&self.key_id.0);
        leaf_hash(&bytes)
    }

    /// The hash in hexadecimal.
    pub fn hash_text(&self) -> String {
        hex::encode(&self.hash())
    }

    /// The bytes that are signed.
    fn statement(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::begin(&mut bytes, LOG);
        encoder.number(self.number);
        encoder.fixed(&self.hash());
        encoder.fixed(&self.log_root);
        bytes
    }

    /// Signs it.
    pub(crate) fn sign(&mut self, keys: &Keys) {
        self.signature = keys.sign(&self.statement());
    }

    /// Whether one of these keys signed it.
    pub fn is_signed_by(&self, trusted: &Trusted) -> bool {
        trusted.verifies(self.key_id, &self.statement(), &self.signature)
    }
}

/// What is left of seals whose records were removed when their time was over: which, how many, and that it was done by the
/// program itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// Its number, from 1, without gaps.
    pub number: i64,
    /// The first seal, one after the last of the removal before.
    pub first_seal: i64,
    /// The last seal.
    pub last_seal: i64,
    /// The first number of a record.
    pub first_seq: i64,
    /// The last number.
    pub last_seq: i64,
    /// How many records there were.
    pub count: i64,
    /// The root of the Merkle tree over the seals' hashes.
    #[serde(with = "hex::array")]
    pub root: Hash,
    /// When, in microseconds since 1970.
    pub removed_at_us: i64,
    /// The key that signed.
    #[serde(with = "key_id")]
    pub key_id: KeyId,
    /// The signature.
    #[serde(with = "hex::array")]
    pub signature: [u8; 64],
}

impl Removal {
    fn statement(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::begin(&mut bytes, REMOVAL);
        for n in [self.number, self.first_seal, self.last_seal, self.first_seq, self.last_seq, self.count] {
            encoder.number(n);
        }
        encoder.fixed(&self.root);
        encoder.number(self.removed_at_us);
        encoder.fixed(&self.key_id.0);
        bytes
    }

    /// Signs it.
    pub(crate) fn sign(&mut self, keys: &Keys) {
        self.signature = keys.sign(&self.statement());
    }

    /// Whether one of these keys signed it.
    pub fn is_signed_by(&self, trusted: &Trusted) -> bool {
        trusted.verifies(self.key_id, &self.statement(), &self.signature)
    }
}
