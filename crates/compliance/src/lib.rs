//! Compliance: monitoring for laundering, alerts, cases and screening, over the same books.
