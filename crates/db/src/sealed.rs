//! Which columns hold sealed values: each crate declares its own, and what concerns all of them walks the list.

use florin_vault::Keyring;

/// A column whose values are sealed for their place; made by [`sealed_column!`](crate::sealed_column).
#[derive(Debug)]
pub struct SealedColumn {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// What is kept beside it so that its values can be found.
    pub indexes: &'static [IndexColumn],
    /// The statements about it: see [`sealed_column!`](crate::sealed_column).
    #[doc(hidden)]
    pub sql: SealedSql,
}

impl SealedColumn {
    /// Its name, `table.column`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.table, self.column)
    }
}

/// A blind index of a sealed column.
#[derive(Debug)]
pub struct IndexColumn {
    /// The column of the index.
    pub column: &'static str,
    /// The index of an opened value, given what is kept beside it; `None` for what is no value of the column.
    pub of: fn(&Keyring, Option<&str>, &str) -> Option<[u8; 32]>,
    #[doc(hidden)]
    pub replace: &'static str,
}

/// The statements about a sealed column.
#[derive(Debug)]
#[doc(hidden)]
pub struct SealedSql {
    /// The rows after `$1` in their order, at most `$2`: row, sealed value, what is beside it.
    pub page: &'static str,
    /// Puts `$3` in the place of `$2` in the row `$1`, if that is still there.
    pub replace: &'static str,
    /// How many values there are.
    pub count: &'static str,
    /// How many values begin as `$1` says.
    pub like: &'static str,
}

/// Declares a sealed column: table, column and the column that identifies its rows (a UUID), then what its blind indexes
/// need besides the value (a text column or `NULL`), and the indexes, each with what makes it.
///
/// ```
/// use florin_db::{SealedColumn, sealed_column};
///
/// static SECRET: SealedColumn = sealed_column!("identity_totp", "secret", "user_id");
/// static TAX_ID: SealedColumn = sealed_column!("customer", "tax_id", "user_id", beside "tax_id_kind",
///     index "tax_id_index" by |keyring, kind, number| None);
/// assert_eq!(TAX_ID.name(), "customer.tax_id");
/// ```
#[macro_export]
macro_rules! sealed_column {
    ($table:literal, $column:literal, $row:literal) => {
        $crate::sealed_column!($table, $column, $row, beside "NULL")
    };
    ($table:literal, $column:literal, $row:literal, beside $beside:literal $(, index $index:literal by $of:expr)* $(,)?) => {
        $crate::SealedColumn {
            table: $table,
            column: $column,
            indexes: &[$($crate::IndexColumn {
                column: $index,
                of: $of,
                replace: concat!(
                    "UPDATE ", $table, " SET ", $index, " = $3 WHERE ", $row, " = $1 AND ", $column, " = $2 AND (",
                    $index, " IS NULL OR ", $index, " <> $3)"
                ),
            }),*],
            sql: $crate::SealedSql {
                page: concat!(
                    "SELECT ", $row, ", ", $column, ", CAST(", $beside, " AS TEXT) FROM ", $table, " WHERE ", $column,
                    " IS NOT NULL AND ", $row, " > $1 ORDER BY ", $row, " LIMIT $2"
                ),
                replace: concat!(
                    "UPDATE ", $table, " SET ", $column, " = $3 WHERE ", $row, " = $1 AND ", $column, " = $2"
                ),
                count: concat!("SELECT COUNT(*) FROM ", $table, " WHERE ", $column, " IS NOT NULL"),
                like: concat!("SELECT COUNT(*) FROM ", $table, " WHERE ", $column, " LIKE $1"),
            },
        }
    };
}
