//! Values as PostgreSQL's protocol carries them.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::bulk::Column;
use crate::{DbError, Row, Value};

type Encoded = Result<IsNull, Box<dyn Error + Sync + Send>>;

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Encoded {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(n) if *kind == Type::INT4 => i32::try_from(*n)?.to_sql(kind, out),
            Self::Int(n) => n.to_sql(&Type::INT8, out),
            Self::Bool(b) => b.to_sql(kind, out),
            Self::Text(text) => text.as_ref().to_sql(&Type::TEXT, out),
            Self::Bytes(bytes) => bytes.to_sql(&Type::BYTEA, out),
            Self::Uuid(uuid) => uuid.to_sql(&Type::UUID, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(
            *kind,
            Type::INT8 | Type::INT4 | Type::BOOL | Type::TEXT | Type::VARCHAR | Type::BYTEA | Type::UUID
        )
    }

    to_sql_checked!();
}

impl ToSql for Column {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Encoded {
        match self {
            Self::Int(column) => column.to_sql(kind, out),
            Self::Bool(column) => column.to_sql(kind, out),
            Self::Text(column) => {
                let column: Vec<Option<&str>> = column.iter().map(Option::as_deref).collect();
                column.to_sql(kind, out)
            }
            Self::Bytes(column) => column.to_sql(kind, out),
            Self::Uuid(column) => column.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(
            *kind,
            Type::INT8_ARRAY | Type::BOOL_ARRAY | Type::TEXT_ARRAY | Type::BYTEA_ARRAY | Type::UUID_ARRAY
        )
    }

    to_sql_checked!();
}

/// A row as both engines give it.
pub(super) fn row(found: &tokio_postgres::Row) -> Result<Row, DbError> {
    let corrupt = |error: tokio_postgres::Error| DbError::Corrupt(error.to_string());
    let mut values = Vec::with_capacity(found.len());
    for (index, column) in found.columns().iter().enumerate() {
        let value = match *column.type_() {
            Type::INT8 => found.try_get::<_, Option<i64>>(index).map_err(corrupt)?.into(),
            Type::INT4 => found.try_get::<_, Option<i32>>(index).map_err(corrupt)?.into(),
            Type::BOOL => found.try_get::<_, Option<bool>>(index).map_err(corrupt)?.into(),
            Type::TEXT | Type::VARCHAR | Type::NAME => {
                found.try_get::<_, Option<String>>(index).map_err(corrupt)?.into()
            }
            Type::BYTEA => found.try_get::<_, Option<Vec<u8>>>(index).map_err(corrupt)?.into(),
            Type::UUID => found.try_get::<_, Option<florin_kernel::Uuid>>(index).map_err(corrupt)?.into(),
            Type::VOID => Value::Null,
            ref other => {
                return Err(DbError::Other(format!("column {} has type {other}: cast it", column.name())));
            }
        };
        values.push(value);
    }
    Ok(Row::new(values))
}
