//! The metrics there are. Their names, types and labels are promises: dashboards and rules of others are built on them.

use crate::reading::{Kind, Metric, Unit};

macro_rules! metrics {
    ($($id:ident: $kind:ident of $unit:ident, $name:literal [$($label:literal),*] $(folding [$($folded:literal),*])?, $help:literal;)+) => {
        /// Each metric by its own name.
        pub mod metric {
            use super::{Kind, Metric, Unit};
            $(
                #[doc = concat!("`", $name, "`.")]
                pub static $id: Metric = Metric {
                    name: $name,
                    kind: Kind::$kind,
                    unit: Unit::$unit,
                    labels: &[$($label),*],
                    folded: &[$($($folded),*)?],
                    help: $help,
                };
            )+
        }

        /// All metrics, in the order in which they are documented.
        pub static METRICS: &[&Metric] = &[$(&metric::$id),+];
    };
}

metrics! {
    BUILD: Info of Count, "florin_build" ["version"], "The program";
    REQUESTS: Counter of Count, "florin_http_requests" ["route", "method", "status_class"] folding ["route", "method"], "Requests that were answered";
    REQUEST_DURATION: Histogram of Seconds, "florin_http_request_duration_seconds" ["route", "method"] folding ["route", "method"], "Time from a request's head to its answer's";
    RATE_REFUSALS: Counter of Count, "florin_rate_limit_refusals" ["class"], "Requests refused because somebody asked too often, by class of route";
    TRANSFERS: Counter of Count, "florin_transfers" ["kind", "outcome"], "Events that the ledger decided: transfer, pending, post or void; made or refused";
    BATCHES: Counter of Count, "florin_posting_batches" [], "Transactions of the poster that were committed";
    BATCH_EVENTS: Counter of Count, "florin_posting_batch_events" [], "Events in those transactions";
    BATCH_DURATION: Histogram of Seconds, "florin_posting_batch_duration_seconds" [], "Time to decide and write a batch, its commit included";
    COMMIT_DURATION: Histogram of Seconds, "florin_db_commit_duration_seconds" [], "Time of a commit, until it is durable";
    WRITE_WAITING: Gauge of Count, "florin_db_write_waiting" [], "Pieces of work that wait for the writer or the poster";
    POOL_CONNECTIONS: Gauge of Count, "florin_db_pool_connections" ["pool", "state"], "Connections to the database by what they do, readers, writers or posters: in_use or idle";
    POOL_WAITING: Gauge of Count, "florin_db_pool_waiting" ["pool"], "Pieces of work that wait for a connection";
    POOL_WAIT: Histogram of Seconds, "florin_db_pool_wait_duration_seconds" ["pool"], "Time that work waited until a connection took it up; on the embedded database that of the writer is the wait for its turn";
    UNITS: Counter of Count, "florin_db_units" ["outcome"], "Units of work: committed or undone";
    IMBALANCE: Gauge of Minor, "florin_ledger_imbalance_minor" [], "By how much debits and credits differ, over all currencies, when last reckoned; it must be 0";
    LEDGER_CHECKED: Gauge of Timestamp, "florin_ledger_last_check_timestamp_seconds" [], "When debits and credits were last compared";
    AUDIT_FAULTS: Gauge of Count, "florin_audit_faults" [], "Faults of the sealed audit trail when it was last looked at; it must be 0";
    AUDIT_UNSEALED: Gauge of Count, "florin_audit_unsealed_records" [], "Audit records that no seal covers yet";
    JOBS_PENDING: Gauge of Count, "florin_jobs_pending" ["queue"], "Jobs that are due or will be, by kind";
    JOB_AGE: Gauge of Seconds, "florin_job_oldest_age_seconds" ["queue"], "For how long the oldest job that is due has waited";
    JOBS_DEAD: Gauge of Count, "florin_jobs_dead" ["queue"], "Jobs that failed too often and wait for a person";
    SESSIONS: Gauge of Count, "florin_sessions_active" [], "Sign-ins that are neither ended nor over";
    SIGN_INS: Counter of Count, "florin_auth_successes" [], "Sign-ins that were begun";
    AUTH_FAILURES: Counter of Count, "florin_auth_failures" ["reason"], "Refused tries to sign in or to use a sign-in: password, second_factor, refresh_token, device or access_token";
    LOCKOUTS: Counter of Count, "florin_auth_lockouts" [], "Accounts closed to tries because too many failed";
    LOCKED: Gauge of Count, "florin_auth_accounts_locked" [], "Accounts that are closed to tries now";
    WORST_ACCOUNT: Gauge of Count, "florin_auth_failures_of_one_account" [], "The most failures against one account within ten minutes";
    WORST_ADDRESS: Gauge of Count, "florin_auth_accounts_of_one_address" [], "The most accounts that tries from one address failed against within ten minutes";
    FAILING_ADDRESSES: Gauge of Count, "florin_auth_failing_addresses" [], "Addresses that tries failed from within ten minutes";
    MFA_RATIO: Gauge of Ratio, "florin_mfa_adoption_ratio" ["group"], "The share of active people with a second factor: staff or customers";
    FRAUD: Counter of Count, "florin_fraud_decisions" ["decision"], "Decisions about risk: approve, review or decline";
    FRAUD_DURATION: Histogram of Seconds, "florin_fraud_decision_duration_seconds" [], "Time of a decision about risk";
    CASES: Gauge of Count, "florin_cases_open" ["kind"], "Cases that are not decided: fraud, aml or screening";
    CASES_OVERDUE: Gauge of Count, "florin_cases_overdue" ["kind"], "Cases that are not decided though they were due";
    PAYMENTS_UNKNOWN: Gauge of Count, "florin_payments_unknown" [], "Payments of which the processor does not tell what became of them";
    BACKUP: Gauge of Timestamp, "florin_backup_last_success_timestamp_seconds" [], "When `florin backup` last made a backup of this instance's data";
    CERTIFICATE: Gauge of Timestamp, "florin_certificate_expiry_timestamp_seconds" [], "When the certificate that is served ends";
    COMPONENT: Gauge of Count, "florin_component_up" ["component"], "1 where the part works, 0 where it does not: database, shared_state or risk";
    ALERTS: Gauge of Count, "florin_alerts_open" ["severity"], "Alerts that are not resolved";
    DELIVERIES: Counter of Count, "florin_alert_deliveries" ["channel", "outcome"], "News of alerts handed to a channel: sent or failed";
    DISK_FREE: Gauge of Bytes, "florin_disk_free_bytes" [], "Space that is left on the disk of the data directory";
    DISK_SIZE: Gauge of Bytes, "florin_disk_size_bytes" [], "The size of that disk";
    HOST_MEMORY: Gauge of Bytes, "florin_host_memory_available_bytes" [], "Memory of the machine that could be had";
    NET_RECEIVED: Counter of Bytes, "florin_host_network_receive_bytes" [], "What the machine received, loopback left out";
    NET_SENT: Counter of Bytes, "florin_host_network_transmit_bytes" [], "What the machine sent, loopback left out";
    CPU: Counter of Seconds, "process_cpu_seconds" [], "Processor time used, user's and system's";
    MEMORY: Gauge of Bytes, "process_resident_memory_bytes" [], "Memory held";
    FILES: Gauge of Count, "process_open_fds" [], "Files and sockets open";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_keep_to_the_conventions() {
        let names: BTreeSet<&str> = METRICS.iter().map(|metric| metric.name).collect();

        assert_eq!(names.len(), METRICS.len());
        for metric in METRICS {
            let name = metric.name;
            assert!(name.starts_with("florin_") || name.starts_with("process_"), "{name}");
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
            assert!(!name.ends_with("_total"), "{name}: collectors add that");
            let suffix = match metric.unit {
                Unit::Seconds => "_seconds",
                Unit::Timestamp => "_timestamp_seconds",
                Unit::Bytes => "_bytes",
                Unit::Ratio => "_ratio",
                Unit::Minor => "_minor",
                Unit::Count => "",
            };
            assert!(name.ends_with(suffix), "{name} is in {}", metric.unit.code());
            assert!(metric.folded.iter().all(|label| metric.labels.contains(label)), "{name}");
        }
    }

    #[test]
    fn no_label_tells_of_a_person() {
        let known =
            ["version", "route", "method", "status_class", "class", "kind", "outcome", "queue", "reason"];
        let known =
            known.iter().chain(&["group", "decision", "component", "severity", "channel", "pool", "state"]);
        let known: BTreeSet<&str> = known.copied().collect();
        for metric in METRICS {
            assert!(metric.labels.iter().all(|label| known.contains(label)), "{}", metric.name);
        }
    }
}
