//! Screening over both databases.
