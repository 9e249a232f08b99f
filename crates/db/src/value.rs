//! Values that both engines store, and rows of them.

use std::borrow::Cow;
use std::net::IpAddr;

use florin_kernel::{Currency, Date, Timestamp, Uuid};

use crate::DbError;

/// One value, as both engines know it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// A whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// Text.
    Text(Cow<'static, str>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A UUID: sixteen bytes on SQLite.
    Uuid(Uuid),
}

/// The parameters of a statement: `params![loan.uuid(), now, "open"]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { [$($crate::Value::from($value)),*] };
}

macro_rules! into_value {
    ($($from:ty => |$name:ident| $value:expr),+ $(,)?) => {$(
        impl From<$from> for Value {
            fn from($name: $from) -> Self { $value }
        }
    )+};
}

into_value! {
    i64 => |n| Value::Int(n),
    i32 => |n| Value::Int(n.into()),
    u32 => |n| Value::Int(n.into()),
    u16 => |n| Value::Int(n.into()),
    u8 => |n| Value::Int(n.into()),
    bool => |b| Value::Bool(b),
    String => |text| Value::Text(Cow::Owned(text)),
    &'_ String => |text| Value::Text(Cow::Owned(text.clone())),
    &'_ str => |text| Value::Text(Cow::Owned(text.to_owned())),
    Vec<u8> => |bytes| Value::Bytes(bytes),
    &'_ [u8] => |bytes| Value::Bytes(bytes.to_vec()),
    [u8; 32] => |bytes| Value::Bytes(bytes.to_vec()),
    Uuid => |uuid| Value::Uuid(uuid),
    Timestamp => |at| Value::Int(at.as_microsecond()),
    Date => |on| Value::Text(Cow::Owned(on.to_string())),
    Currency => |currency| Value::Text(Cow::Borrowed(currency.code())),
    IpAddr => |ip| Value::Text(Cow::Owned(ip.to_string())),
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A value that can be read from a row.
pub trait FromValue: Sized {
    /// Reads it; the text says what was found instead.
    fn from_value(value: Value) -> Result<Self, String>;
}

fn unexpected<T>(wanted: &str, found: &Value) -> Result<T, String> {
    let found = match found {
        Value::Null => "nothing",
        Value::Int(_) => "a number",
        Value::Bool(_) => "a boolean",
        Value::Text(_) => "text",
        Value::Bytes(_) => "bytes",
        Value::Uuid(_) => "a UUID",
    };
    Err(format!("{wanted} is wanted and {found} was found"))
}

impl FromValue for i64 {
    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Int(n) => Ok(n),
            other => unexpected("a number", &other),
        }
    }
}

macro_rules! smaller_integers {
    ($($int:ty),+) => {$(
        impl FromValue for $int {
            fn from_value(value: Value) -> Result<Self, String> {
                let n = i64::from_value(value)?;
                n.try_into().map_err(|_| format!("{n} is out of range"))
            }
        }
    )+};
}

smaller_integers!(i32, u8, u16, u32, u64, usize);

impl FromValue for bool {
    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Bool(b) => Ok(b),
            Value::Int(n @ (0 | 1)) => Ok(n == 1),
            other => unexpected("a boolean", &other),
        }
    }
}

impl FromValue for String {
    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => Ok(text.into_owned()),
            other => unexpected("text", &other),
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Bytes(bytes) => Ok(bytes),
            other => unexpected("bytes", &other),
        }
    }
}

impl FromValue for Uuid {
    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Uuid(uuid) => Ok(uuid),
            Value::Bytes(bytes) => {
                Self::from_slice(&bytes).map_err(|_| "a UUID has sixteen bytes".to_owned())
            }
            other => unexpected("a UUID", &other),
        }
    }
}

impl FromValue for Timestamp {
    fn from_value(value: Value) -> Result<Self, String> {
        Self::from_microsecond(i64::from_value(value)?).map_err(|error| error.to_string())
    }
}

impl FromValue for Date {
    fn from_value(value: Value) -> Result<Self, String> {
        String::from_value(value)?.parse().map_err(|error: jiff_error::Error| error.to_string())
    }
}

/// The error type of the calendar, named without a dependency of our own.
mod jiff_error {
    pub(super) type Error = <florin_kernel::Date as std::str::FromStr>::Err;
}

impl FromValue for Currency {
    fn from_value(value: Value) -> Result<Self, String> {
        Self::parse(&String::from_value(value)?).map_err(|error| error.to_string())
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

/// One row of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(Vec<Value>);

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self(values)
    }

    /// All its values, in the order of the columns.
    pub fn values(&self) -> &[Value] {
        &self.0
    }

    /// Reads the column at `index`, counted from 0.
    ///
    /// # Errors
    /// [`DbError::Corrupt`] when the column is absent or holds something else.
    pub fn get<T: FromValue>(&self, index: usize) -> Result<T, DbError> {
        let value = self
            .0
            .get(index)
            .cloned()
            .ok_or_else(|| DbError::Corrupt(format!("there is no column {index}")))?;
        T::from_value(value).map_err(|why| DbError::Corrupt(format!("column {index}: {why}")))
    }
}
