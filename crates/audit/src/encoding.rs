//! The bytes that are hashed and signed: one and only one text of bytes for each value.
//!
//! A text begins with its domain, which names what it is and the version of its form, so that the bytes of one thing can
//! never be taken for those of another. Numbers are of 64 bits, big-endian; bytes of varying number have their length, of 32
//! bits, before them. `docs/audit-proof.md` writes it down for those who check proofs with a program of their own.

use florin_db::Value;

/// The domain of a record.
const RECORD: &str = "florin-audit-record-1";

/// A text of bytes in the making.
pub(crate) struct Encoder<'a>(&'a mut Vec<u8>);

impl<'a> Encoder<'a> {
    /// Begins a text of this domain in `out`, which loses what it held.
    pub(crate) fn begin(out: &'a mut Vec<u8>, domain: &str) -> Self {
        out.clear();
        let mut encoder = Self(out);
        encoder.varying(domain.as_bytes());
        encoder
    }

    pub(crate) fn number(&mut self, n: i64) {
        self.0.extend_from_slice(&n.to_be_bytes());
    }

    /// Bytes whose number follows from the domain.
    pub(crate) fn fixed(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn varying(&mut self, bytes: &[u8]) {
        // No column holds 4 GiB on either engine.
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(bytes);
    }

    /// A column of a record, after a byte that says what it holds.
    fn column(&mut self, value: &Value) {
        match value {
            Value::Null => self.0.push(0),
            Value::Int(n) => {
                self.0.push(1);
                self.number(*n);
            }
            Value::Text(text) => {
                self.0.push(2);
                self.varying(text.as_bytes());
            }
            Value::Uuid(id) => {
                self.0.push(3);
                self.fixed(id.as_bytes());
            }
            // Sixteen bytes are how the embedded database keeps an identifier; any other number was never written.
            Value::Bytes(bytes) if bytes.len() == 16 => {
                self.0.push(3);
                self.fixed(bytes);
            }
            Value::Bytes(bytes) => {
                self.0.push(4);
                self.varying(bytes);
            }
            Value::Bool(b) => self.0.extend_from_slice(&[5, u8::from(*b)]),
        }
    }
}

/// The bytes of a record, its columns in the order of [`crate::record::COLUMNS`].
pub(crate) fn record(columns: &[Value], out: &mut Vec<u8>) {
    let mut encoder = Encoder::begin(out, RECORD);
    for column in columns {
        encoder.column(column);
    }
}

#[cfg(test)]
mod tests {
    use florin_kernel::Uuid;

    use super::*;

    fn bytes(columns: &[Value]) -> Vec<u8> {
        let mut out = vec![9; 9];
        record(columns, &mut out);
        out
    }

    #[test]
    fn columns_that_differ_have_texts_that_differ() {
        let text = |text: &'static str| Value::Text(text.into());
        let all = [
            vec![text("ab"), text("c")],
            vec![text("a"), text("bc")],
            vec![text("abc"), Value::Null],
            vec![text("abc"), text("")],
            vec![Value::Null, text("abc")],
            vec![Value::Int(0), Value::Null],
            vec![Value::Bytes(b"abc".to_vec()), Value::Null],
            vec![Value::Bool(false), Value::Null],
        ];

        for (n, one) in all.iter().enumerate() {
            for other in &all[n + 1..] {
                assert_ne!(bytes(one), bytes(other));
            }
        }
    }

    #[test]
    fn an_identifier_is_the_same_on_both_engines() {
        let id = Uuid::from_u128(7);

        assert_eq!(bytes(&[Value::Uuid(id)]), bytes(&[Value::Bytes(id.as_bytes().to_vec())]));
    }
}
