//! What is known of the other side of payments, for whoever looks at many of them.

use std::collections::HashMap;

use florin_db::{DbError, Engine, Reader, params};
use florin_kernel::{AccountId, TransferId};

/// By what means a payment was made, and where its other side is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// The payment.
    pub payment: TransferId,
    /// Whether a card paid it.
    pub by_card: bool,
    /// The country of the bank account that it went to, or came from, by its two letters, where there is one.
    pub country: Option<String>,
}

macro_rules! select {
    ($wanted:literal) => {
        concat!(
            "SELECT o.id, o.method_kind, COALESCE(p.country, m.country) FROM payment_order o \
             LEFT JOIN payee p ON p.id = o.payee_id LEFT JOIN payment_method m ON m.id = o.method_id \
             WHERE o.id IN (",
            $wanted,
            ")"
        )
    };
}

/// What is known of the other side of these payments; an identifier that is no payment's is left out.
///
/// # Errors
/// What the database says.
pub fn outside(
    reader: &mut Reader<'_>,
    payments: &[TransferId],
) -> Result<HashMap<TransferId, Outside>, DbError> {
    const SQLITE: &str = select!("SELECT unhex(value) FROM json_each($1)");
    const POSTGRES: &str = select!("SELECT value::uuid FROM json_array_elements_text($1::text::json)");
    if payments.is_empty() {
        return Ok(HashMap::new());
    }
    let names: Vec<String> = payments.iter().map(|id| format!("\"{}\"", id.uuid().simple())).collect();
    let sql = if reader.engine() == Engine::Sqlite { SQLITE } else { POSTGRES };
    let rows = reader.rows(sql, &params![format!("[{}]", names.join(","))])?;
    rows.iter()
        .map(|row| {
            let payment = TransferId::from_uuid(row.get(0)?);
            let by_card = row.get::<String>(1)? == "card";
            Ok((payment, Outside { payment, by_card, country: row.get(2)? }))
        })
        .collect()
}

/// The accounts that enterprises are paid on which all can pay.
///
/// # Errors
/// What the database says.
pub fn biller_accounts(reader: &mut Reader<'_>) -> Result<Vec<AccountId>, DbError> {
    let rows =
        reader.rows("SELECT DISTINCT account_id FROM biller WHERE account_id IS NOT NULL", &params![])?;
    rows.iter().map(|row| Ok(AccountId::from_uuid(row.get(0)?))).collect()
}
