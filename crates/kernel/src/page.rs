//! Pages of a list: a limit, a cursor, and what comes next.

use thiserror::Error;

/// One page of a list, with the cursor of the page after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, in the list's order.
    pub rows: Vec<T>,
    /// What to ask for next; `None` at the end.
    pub next_cursor: Option<String>,
}

/// Which page of a list is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    limit: u16,
    cursor: Option<String>,
}

/// A page that cannot be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PageError {
    /// The limit is zero or above the largest.
    #[error("limit must be from 1 to {}", PageRequest::LIMIT_MAX)]
    Limit,
    /// The cursor was not made by this list.
    #[error("cursor is not one that this list gave out")]
    Cursor,
}

impl PageRequest {
    /// The most rows a page may have.
    pub const LIMIT_MAX: u16 = 100;
    /// How many rows a page has when nobody asks for a number.
    pub const LIMIT_DEFAULT: u16 = 25;

    /// The page of at most `limit` rows that starts at `cursor`.
    ///
    /// # Errors
    /// [`PageError::Limit`] unless `limit` is from 1 to [`PageRequest::LIMIT_MAX`].
    pub fn try_new(limit: Option<u16>, cursor: Option<String>) -> Result<Self, PageError> {
        let limit = limit.unwrap_or(Self::LIMIT_DEFAULT);
        if limit == 0 || limit > Self::LIMIT_MAX {
            return Err(PageError::Limit);
        }
        Ok(Self { limit, cursor })
    }

    /// The first page.
    pub fn first() -> Self {
        Self { limit: Self::LIMIT_DEFAULT, cursor: None }
    }

    /// How many rows at most.
    pub fn limit(&self) -> usize {
        usize::from(self.limit)
    }

    /// Where to start, as the page before said.
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// Where to start, read by the list's own type of key.
    ///
    /// # Errors
    /// [`PageError::Cursor`] when it does not read.
    pub fn cursor_as<K: std::str::FromStr>(&self) -> Result<Option<K>, PageError> {
        self.cursor().map(|text| text.parse().map_err(|_| PageError::Cursor)).transpose()
    }

    /// Makes a page of `rows`, fetched with one row more than the limit so that the end shows.
    pub fn page<T>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> String) -> Page<T> {
        let more = rows.len() > self.limit();
        rows.truncate(self.limit());
        let next_cursor = if more { rows.last().map(key) } else { None };
        Page { rows, next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_the_next_only_when_there_is_one() {
        let request = PageRequest::try_new(Some(2), None).unwrap();

        let full = request.page(vec![1, 2, 3], ToString::to_string);
        let last = request.page(vec![1, 2], ToString::to_string);

        assert_eq!((full.rows, full.next_cursor), (vec![1, 2], Some("2".to_owned())));
        assert_eq!(last.next_cursor, None);
    }

    #[test]
    fn limits_have_limits() {
        assert_eq!(PageRequest::try_new(Some(0), None), Err(PageError::Limit));
        assert_eq!(PageRequest::try_new(Some(101), None), Err(PageError::Limit));
    }
}
