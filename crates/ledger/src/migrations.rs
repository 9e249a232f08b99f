//! The tables of the ledger.
//!
//! A transfer is one row that holds both its entries: each side's version and sums after it, and the
//! row of the account's entry before. Half a transfer therefore cannot be written. `ledger_entry` shows
//! the two entries as rows. What the rules own of an account changes with every entry and stands apart
//! in `ledger_balance`; on SQLite that row may lag behind the transfers (see `recover`).

use florin_db::Migration;

/// The schema of this crate.
pub static MIGRATIONS: &[Migration] = &[Migration::new(
    "ledger_0001_books",
    "CREATE TABLE ledger_account (
        no {serial},
        id {uuid} NOT NULL UNIQUE,
        owner {uuid},
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        currency TEXT NOT NULL,
        code BIGINT NOT NULL,
        normal TEXT NOT NULL CHECK (normal IN ('debit', 'credit')),
        opened_at_us BIGINT NOT NULL
     ) {strict};
     CREATE INDEX ledger_account_owner ON ledger_account (owner, no) WHERE owner IS NOT NULL;
     {append_only:ledger_account}
     CREATE TABLE ledger_balance (
        account_no BIGINT PRIMARY KEY REFERENCES ledger_account (no),
        overdraft BIGINT CHECK (overdraft >= 0),
        ceiling BIGINT CHECK (ceiling >= 0),
        frozen_debit {bool} NOT NULL,
        frozen_credit {bool} NOT NULL,
        closed {bool} NOT NULL,
        version BIGINT NOT NULL CHECK (version >= 0),
        debits_pending BIGINT NOT NULL CHECK (debits_pending >= 0),
        debits_posted BIGINT NOT NULL CHECK (debits_posted >= 0),
        credits_pending BIGINT NOT NULL CHECK (credits_pending >= 0),
        credits_posted BIGINT NOT NULL CHECK (credits_posted >= 0),
        last_seq BIGINT NOT NULL,
        last_at_us BIGINT NOT NULL,
        day BIGINT NOT NULL,
        day_debits BIGINT NOT NULL,
        day_credits BIGINT NOT NULL
     ) {fillfactor_50};
     CREATE TABLE ledger_transfer (
        seq {rowid},
        id {uuid} NOT NULL UNIQUE,
        at_us BIGINT NOT NULL,
        debit_no BIGINT NOT NULL,
        credit_no BIGINT NOT NULL CHECK (credit_no <> debit_no),
        currency TEXT NOT NULL,
        amount BIGINT NOT NULL CHECK (amount >= 0),
        asked BIGINT NOT NULL CHECK (asked >= 0),
        mode BIGINT NOT NULL CHECK (mode BETWEEN 0 AND 2),
        flags BIGINT NOT NULL,
        code BIGINT NOT NULL,
        pending_id {uuid},
        timeout_s BIGINT,
        expires_at_us BIGINT,
        effective_day BIGINT NOT NULL,
        asked_day BIGINT,
        group_id {uuid},
        reverses {uuid},
        debit_version BIGINT NOT NULL,
        debit_debits_pending BIGINT NOT NULL,
        debit_debits_posted BIGINT NOT NULL,
        debit_credits_pending BIGINT NOT NULL,
        debit_credits_posted BIGINT NOT NULL,
        credit_version BIGINT NOT NULL,
        credit_debits_pending BIGINT NOT NULL,
        credit_debits_posted BIGINT NOT NULL,
        credit_credits_pending BIGINT NOT NULL,
        credit_credits_posted BIGINT NOT NULL,
        debit_prev BIGINT NOT NULL,
        credit_prev BIGINT NOT NULL
     ) {strict};
     CREATE INDEX ledger_transfer_reverses ON ledger_transfer (reverses) WHERE reverses IS NOT NULL;
     {append_only:ledger_transfer}
     CREATE VIEW ledger_entry (account_no, version, side, transfer_seq, transfer_id, at_us, effective_day, amount, flags,
        debits_pending, debits_posted, credits_pending, credits_posted, previous_seq) AS
        SELECT debit_no, debit_version, 'debit', seq, id, at_us, effective_day, amount, flags,
            debit_debits_pending, debit_debits_posted, debit_credits_pending, debit_credits_posted, debit_prev
        FROM ledger_transfer
        UNION ALL
        SELECT credit_no, credit_version, 'credit', seq, id, at_us, effective_day, amount, flags,
            credit_debits_pending, credit_debits_posted, credit_credits_pending, credit_credits_posted, credit_prev
        FROM ledger_transfer;
     CREATE TABLE ledger_hold (
        id {uuid} PRIMARY KEY,
        seq BIGINT NOT NULL,
        debit_no BIGINT NOT NULL,
        credit_no BIGINT NOT NULL,
        amount BIGINT NOT NULL,
        expires_at_us BIGINT,
        state TEXT NOT NULL CHECK (state IN ('open', 'posted', 'voided', 'expired')),
        resolved_by BIGINT
     ) {strict};
     CREATE INDEX ledger_hold_due ON ledger_hold (expires_at_us, id) WHERE state = 'open' AND expires_at_us IS NOT NULL;
     CREATE INDEX ledger_hold_debit ON ledger_hold (debit_no) WHERE state = 'open';
     CREATE INDEX ledger_hold_credit ON ledger_hold (credit_no) WHERE state = 'open';
     CREATE TABLE ledger_burned (
        id {uuid} PRIMARY KEY,
        code TEXT NOT NULL,
        fingerprint BIGINT NOT NULL,
        at_us BIGINT NOT NULL
     ) {strict};
     CREATE TABLE ledger_day (
        account_no BIGINT NOT NULL,
        day BIGINT NOT NULL,
        debits BIGINT NOT NULL,
        credits BIGINT NOT NULL,
        PRIMARY KEY (account_no, day)
     ) {clustered};
     CREATE TABLE ledger_mark (
        account_no BIGINT NOT NULL,
        version BIGINT NOT NULL,
        seq BIGINT NOT NULL,
        at_us BIGINT NOT NULL,
        PRIMARY KEY (account_no, version)
     ) {clustered};
     CREATE TABLE ledger_period_close (
        day BIGINT PRIMARY KEY,
        closed_at_us BIGINT NOT NULL
     ) {strict};
     {append_only:ledger_period_close}
     CREATE TABLE ledger_progress (
        name TEXT PRIMARY KEY,
        seq BIGINT NOT NULL
     ) {strict};
     INSERT INTO ledger_progress (name, seq) VALUES ('balances_include', 0);
     {sequence:ledger_transfer_block}",
)];
