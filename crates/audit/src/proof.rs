//! Proofs that need no database: that a record is in a seal, that one log is a beginning of another, and the line that is
//! kept elsewhere so that a trail cannot be cut or written anew. `docs/audit-proof.md` describes their form.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::hex;
use crate::keys::{KeyId, Keys, PublicKey, Trusted};
use crate::merkle::{self, Hash};
use crate::record::Record;
use crate::seal::Seal;

/// A seal to be kept elsewhere, with the key that signed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// `florin-audit-anchor-1`.
    format: String,
    /// The seal.
    pub seal: Seal,
    /// The public key, 32 bytes in hexadecimal.
    public_key: String,
}

/// That a record is one of those that a seal seals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InclusionProof {
    /// `florin-audit-inclusion-1`.
    format: String,
    /// The record.
    pub record: Record,
    /// Its place among the seal's records, from 0.
    pub index: u64,
    /// The neighbours on the way to the root, from the leaf up.
    #[serde(with = "hex::list")]
    pub path: Vec<Hash>,
    /// The seal.
    pub seal: Seal,
    /// The public key, 32 bytes in hexadecimal.
    public_key: String,
}

/// That the log up to one seal is a beginning of the log up to a later one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsistencyProof {
    /// `florin-audit-consistency-1`.
    format: String,
    /// The earlier seal.
    pub first: Seal,
    /// The later one.
    pub second: Seal,
    /// The proof of RFC 9162, 2.1.4.1.
    #[serde(with = "hex::list")]
    pub path: Vec<Hash>,
    /// The public keys of both, 32 bytes in hexadecimal.
    public_keys: Vec<String>,
}

const ANCHOR: &str = "florin-audit-anchor-1";
const INCLUSION: &str = "florin-audit-inclusion-1";
const CONSISTENCY: &str = "florin-audit-consistency-1";

/// Any of the three, as a file holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// A seal.
    Anchor(Box<Anchor>),
    /// A record in a seal.
    Inclusion(Box<InclusionProof>),
    /// Two logs.
    Consistency(Box<ConsistencyProof>),
}

/// Why a proof proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProofError {
    /// It is not of a form that is known.
    #[error("it is no proof or anchor of the audit trail: {0}")]
    Form(String),
    /// The key in it did not sign it.
    #[error("seal {0} is not signed by the key that the document names")]
    Signature(i64),
    /// The key in it is not one that was said to count.
    #[error("seal {seal} is signed by key {key}, which is not among those that count")]
    Untrusted {
        /// The seal.
        seal: i64,
        /// The key's name.
        key: String,
    },
    /// The record and the path do not lead to the seal's root.
    #[error("record {0} is not one of the seal's")]
    NotIncluded(i64),
    /// One log is not a beginning of the other.
    #[error("the log at seal {0} is not a beginning of the log at seal {1}")]
    NotConsistent(i64, i64),
}

/// The public key of this name, as documents have it.
fn public_key(keys: &Keys, id: KeyId) -> String {
    keys.trusted().key(id).map(ToString::to_string).unwrap_or_default()
}

impl Anchor {
    /// The anchor of this seal.
    pub fn of(seal: Seal, keys: &Keys) -> Self {
        let public_key = public_key(keys, seal.key_id);
        Self { format: ANCHOR.to_owned(), seal, public_key }
    }

    /// The anchor as a line of text, without its end.
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads one line; the key in it must have signed it.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn from_line(line: &str) -> Result<Self, ProofError> {
        let anchor: Self = serde_json::from_str(line).map_err(|error| ProofError::Form(error.to_string()))?;
        expect_format(&anchor.format, ANCHOR)?;
        check_seal(&anchor.seal, &keys_of(std::slice::from_ref(&anchor.public_key))?, None)?;
        Ok(anchor)
    }

    /// The public key in it.
    pub fn key(&self) -> Option<PublicKey> {
        self.public_key.parse().ok()
    }
}

impl InclusionProof {
    pub(crate) fn new(record: Record, index: usize, path: Vec<Hash>, seal: Seal, keys: &Keys) -> Self {
        let public_key = public_key(keys, seal.key_id);
        Self { format: INCLUSION.to_owned(), record, index: index as u64, path, seal, public_key }
    }

    fn check(&self, trusted: Option<&Trusted>) -> Result<(), ProofError> {
        check_seal(&self.seal, &keys_of(std::slice::from_ref(&self.public_key))?, trusted)?;
        let size = u64::try_from(self.seal.count).unwrap_or(0);
        let root = merkle::root_from_inclusion(self.index, size, &self.record.hash(), &self.path);
        if root == Some(self.seal.root) { Ok(()) } else { Err(ProofError::NotIncluded(self.record.seq)) }
    }
}

impl ConsistencyProof {
    pub(crate) fn new(first: Seal, second: Seal, path: Vec<Hash>, keys: &Keys) -> Self {
        let mut public_keys = vec![public_key(keys, first.key_id), public_key(keys, second.key_id)];
        public_keys.dedup();
        Self { format: CONSISTENCY.to_owned(), first, second, path, public_keys }
    }

    fn check(&self, trusted: Option<&Trusted>) -> Result<(), ProofError> {
        let given = keys_of(&self.public_keys)?;
        check_seal(&self.first, &given, trusted)?;
        check_seal(&self.second, &given, trusted)?;
        let (old, new) = (self.first.number, self.second.number);
        let size = |number| u64::try_from(number).unwrap_or(0);
        let (first, second) = (&self.first.log_root, &self.second.log_root);
        if merkle::is_consistent(size(old), size(new), first, second, &self.path) {
            Ok(())
        } else {
            Err(ProofError::NotConsistent(old, new))
        }
    }
}

impl Document {
    /// Reads a document by the format that it names.
    ///
    /// # Errors
    /// [`ProofError::Form`].
    pub fn read(text: &str) -> Result<Self, ProofError> {
        let form = |error: serde_json::Error| ProofError::Form(error.to_string());
        let value: serde_json::Value = serde_json::from_str(text).map_err(form)?;
        let format = value.get("format").and_then(|format| format.as_str()).unwrap_or_default().to_owned();
        match format.as_str() {
            ANCHOR => serde_json::from_value(value).map(Self::Anchor).map_err(form),
            INCLUSION => serde_json::from_value(value).map(Self::Inclusion).map_err(form),
            CONSISTENCY => serde_json::from_value(value).map(Self::Consistency).map_err(form),
            other => Err(ProofError::Form(format!("its format is `{other}`"))),
        }
    }

    /// Checks it, against keys that are known to count, or against those in it where none are given.
    ///
    /// # Errors
    /// [`ProofError`]: why it proves nothing.
    pub fn check(&self, trusted: Option<&Trusted>) -> Result<(), ProofError> {
        match self {
            Self::Anchor(anchor) => {
                let given = keys_of(std::slice::from_ref(&anchor.public_key))?;
                check_seal(&anchor.seal, &given, trusted)
            }
            Self::Inclusion(proof) => proof.check(trusted),
            Self::Consistency(proof) => proof.check(trusted),
        }
    }

    /// The latest seal in it.
    pub fn seal(&self) -> &Seal {
        match self {
            Self::Anchor(anchor) => &anchor.seal,
            Self::Inclusion(proof) => &proof.seal,
            Self::Consistency(proof) => &proof.second,
        }
    }
}

fn expect_format(found: &str, wanted: &str) -> Result<(), ProofError> {
    if found == wanted { Ok(()) } else { Err(ProofError::Form(format!("its format is `{found}`"))) }
}

fn keys_of(texts: &[String]) -> Result<Trusted, ProofError> {
    let keys: Result<Vec<PublicKey>, String> = texts.iter().map(|text| text.parse()).collect();
    keys.map(Trusted::of).map_err(ProofError::Form)
}

fn check_seal(seal: &Seal, given: &Trusted, trusted: Option<&Trusted>) -> Result<(), ProofError> {
    if !seal.is_signed_by(given) {
        return Err(ProofError::Signature(seal.number));
    }
    match trusted {
        Some(trusted) if trusted.key(seal.key_id).is_none() || !seal.is_signed_by(trusted) => {
            Err(ProofError::Untrusted { seal: seal.number, key: seal.key_id.to_string() })
        }
        _ => Ok(()),
    }
}
