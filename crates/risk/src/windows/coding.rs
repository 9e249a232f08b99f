//! Integers in as few bytes as they need: seven bits a byte, the lowest first.

/// Appends an integer.
pub(super) fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(u8::try_from(value & 0x7f).unwrap_or(0) | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap_or(0));
}

/// Reads what was put. The bytes are this process's own; beyond their end there are zeros.
pub(super) struct Reader<'a>(std::slice::Iter<'a, u8>);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes.iter())
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    pub(super) fn word(&mut self) -> u32 {
        u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()])
    }

    pub(super) fn long(&mut self) -> u64 {
        let mut value = 0_u64;
        let mut shift = 0_u32;
        loop {
            let byte = self.byte();
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte < 0x80 {
                return value;
            }
            shift = shift.saturating_add(7);
        }
    }

    pub(super) fn short(&mut self) -> u32 {
        u32::try_from(self.long()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Reader, put};

    proptest! {
        #[test]
        fn what_is_put_is_read(values in prop::collection::vec(any::<u64>(), 0..50)) {
            let mut bytes = Vec::new();
            for value in &values {
                put(&mut bytes, *value);
            }

            let mut reader = Reader::new(&bytes);

            for value in values {
                prop_assert_eq!(reader.long(), value);
            }
        }
    }
}
