//! The schema, once for both engines.

use florin_db::Migration;

/// The migrations of this crate, in their order.
///
/// `audit_leaves` keeps, for each seal, the number (8 bytes) and the hash (32) of each of its records: by it a fault is named
/// record by record. `audit_lookup` says which seals hold records of a person, a resource or an action; it makes searches
/// quick, is written when records are sealed and not when they are made, and is no evidence.
pub static MIGRATIONS: &[Migration] = &[Migration::new(
    "audit_0001_seals",
    "CREATE TABLE audit_seal (
        number {rowid},
        previous {bytes} NOT NULL,
        first_seq BIGINT NOT NULL,
        last_seq BIGINT NOT NULL UNIQUE CHECK (last_seq >= first_seq),
        count BIGINT NOT NULL CHECK (count > 0),
        earliest_at_us BIGINT NOT NULL,
        latest_at_us BIGINT NOT NULL,
        root {bytes} NOT NULL,
        sealed_at_us BIGINT NOT NULL,
        key_id {bytes} NOT NULL,
        log_root {bytes} NOT NULL,
        signature {bytes} NOT NULL,
        frontier {bytes} NOT NULL
     ) {strict};
     {append_only:audit_seal}

     CREATE TABLE audit_removal (
        number {rowid},
        first_seal BIGINT NOT NULL UNIQUE,
        last_seal BIGINT NOT NULL UNIQUE CHECK (last_seal >= first_seal),
        first_seq BIGINT NOT NULL,
        last_seq BIGINT NOT NULL,
        count BIGINT NOT NULL,
        root {bytes} NOT NULL,
        removed_at_us BIGINT NOT NULL,
        key_id {bytes} NOT NULL,
        signature {bytes} NOT NULL
     ) {strict};
     {append_only:audit_removal}

     CREATE TABLE audit_leaves (
        number {rowid},
        leaves {bytes} NOT NULL
     ) {strict};
     {removable:audit_leaves:number:audit_removal:first_seal:last_seal}
     {removable:audit_record:seq:audit_removal:first_seq:last_seq}

     CREATE TABLE audit_lookup (
        word {uuid} NOT NULL,
        number BIGINT NOT NULL,
        PRIMARY KEY (word, number)
     ) {clustered};

     CREATE TABLE audit_reader (
        name TEXT PRIMARY KEY,
        seq BIGINT NOT NULL,
        holder {uuid},
        held_until_us BIGINT NOT NULL
     ) {strict};",
)];
