//! Where a sealed field lies.

use florin_kernel::Uuid;

/// The table, the column and the row of a sealed field: it opens there and nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place<'a> {
    table: &'static str,
    column: &'static str,
    row: Row<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Row<'a> {
    Id(Uuid),
    Key(&'a [u8]),
}

impl Place<'static> {
    /// The column of the row with this identifier.
    pub const fn new(table: &'static str, column: &'static str, row: Uuid) -> Self {
        Self { table, column, row: Row::Id(row) }
    }
}

impl<'a> Place<'a> {
    /// The column of a row whose primary key is not a UUID; the bytes say which row, always in the same way.
    pub const fn keyed(table: &'static str, column: &'static str, row: &'a [u8]) -> Self {
        Self { table, column, row: Row::Key(row) }
    }

    /// The associated data: every part with its length before it, so that no two places read the same.
    pub(crate) fn context(&self, version: u32) -> Vec<u8> {
        let row = match &self.row {
            Row::Id(id) => id.as_bytes().as_slice(),
            Row::Key(key) => key,
        };
        let mut context = Vec::with_capacity(64);
        context.extend_from_slice(b"florin field 1");
        for part in [self.table.as_bytes(), self.column.as_bytes(), row] {
            context.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.extend_from_slice(part);
        }
        context.extend_from_slice(&version.to_be_bytes());
        context
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_places_have_the_same_context() {
        let places = [
            Place::keyed("a", "bc", b"d").context(1),
            Place::keyed("ab", "c", b"d").context(1),
            Place::keyed("a", "b", b"cd").context(1),
            Place::keyed("a", "bc", b"").context(1),
            Place::keyed("a", "bc", b"d").context(2),
        ];
        for (index, place) in places.iter().enumerate() {
            assert!(places.iter().skip(index + 1).all(|other| other != place));
        }
    }
}
