//! The tables of payments.

use florin_db::Migration;

/// The schema of this crate.
pub static MIGRATIONS: &[Migration] = &[
    Migration::new(
        "payments_0001_payment",
        "CREATE TABLE payment (
            id {uuid} PRIMARY KEY,
            kind TEXT NOT NULL CHECK (kind IN ('transfer', 'deposit', 'withdrawal', 'post', 'void', 'reversal')),
            user_id {uuid},
            from_account {uuid},
            to_account {uuid},
            amount BIGINT NOT NULL,
            currency TEXT NOT NULL,
            description TEXT,
            status TEXT NOT NULL CHECK (status IN ('pending', 'completed', 'failed', 'refunded', 'cancelled')),
            error TEXT,
            decision TEXT NOT NULL CHECK (decision IN ('approve', 'review', 'decline')),
            score BIGINT NOT NULL,
            reasons TEXT,
            created_at_us BIGINT NOT NULL
         ) {clustered};
         {append_only:payment}",
    ),
    Migration::new("payments_0002_parties", PARTIES),
    Migration::new("payments_0003_order", ORDERS),
    Migration::new("payments_0004_processor", PROCESSORS),
    crate::scheduled::MIGRATION,
    Migration::new("payments_0006_bank_file", crate::bank_files::BANK_FILES),
];

/// Whom to pay, and what with.
const PARTIES: &str = "
    CREATE TABLE biller (
        id {uuid} PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        category TEXT NOT NULL,
        currency TEXT NOT NULL,
        account_id {uuid},
        reference_min BIGINT NOT NULL CHECK (reference_min >= 1),
        reference_max BIGINT NOT NULL CHECK (reference_max >= reference_min),
        reference_rule TEXT NOT NULL CHECK (reference_rule IN ('any', 'digits', 'luhn')),
        active {bool} NOT NULL,
        version BIGINT NOT NULL CHECK (version >= 1),
        created_at_us BIGINT NOT NULL,
        changed_at_us BIGINT NOT NULL
    ) {strict};

    CREATE TABLE payee (
        id {uuid} PRIMARY KEY,
        user_id {uuid} NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('biller', 'account', 'bank_account')),
        name TEXT NOT NULL,
        biller_id {uuid} REFERENCES biller (id),
        account_id {uuid},
        country TEXT CHECK (country IN ('US', 'CA')),
        account_type TEXT CHECK (account_type IN ('checking', 'savings')),
        details TEXT,
        details_index {bytes} NOT NULL,
        holder TEXT,
        version BIGINT NOT NULL CHECK (version >= 1),
        created_at_us BIGINT NOT NULL,
        changed_at_us BIGINT NOT NULL,
        removed_at_us BIGINT,
        CHECK ((kind = 'biller') = (biller_id IS NOT NULL)),
        CHECK ((kind = 'account') = (account_id IS NOT NULL)),
        CHECK ((kind = 'account') = (details IS NULL)),
        CHECK ((kind = 'bank_account') = (country IS NOT NULL)),
        CHECK ((kind = 'bank_account') = (holder IS NOT NULL))
    ) {strict};
    CREATE INDEX payee_by_user ON payee (user_id, id);
    CREATE UNIQUE INDEX payee_once ON payee (user_id, details_index) WHERE removed_at_us IS NULL;

    CREATE TABLE payment_method (
        id {uuid} PRIMARY KEY,
        user_id {uuid} NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('bank_account', 'card')),
        country TEXT CHECK (country IN ('US', 'CA')),
        account_type TEXT CHECK (account_type IN ('checking', 'savings')),
        details TEXT,
        details_index {bytes},
        holder TEXT NOT NULL,
        card_token TEXT,
        card_masked TEXT,
        brand TEXT,
        expires_year BIGINT,
        expires_month BIGINT CHECK (expires_month BETWEEN 1 AND 12),
        processor TEXT,
        processor_reference TEXT,
        processor_customer TEXT,
        created_at_us BIGINT NOT NULL,
        removed_at_us BIGINT,
        CHECK ((kind = 'bank_account') = (details IS NOT NULL)),
        CHECK ((kind = 'bank_account') = (details_index IS NOT NULL)),
        CHECK ((kind = 'card') = (card_token IS NOT NULL OR processor IS NOT NULL)),
        CHECK (card_token IS NULL OR processor IS NULL),
        CHECK ((processor IS NULL) = (processor_reference IS NULL)),
        CHECK ((kind = 'card') = (expires_year IS NOT NULL))
    ) {strict};
    CREATE INDEX payment_method_by_user ON payment_method (user_id, id);
    CREATE UNIQUE INDEX payment_method_account_once ON payment_method (user_id, details_index) WHERE removed_at_us IS NULL;
    CREATE UNIQUE INDEX payment_method_card_once ON payment_method (user_id, card_token) WHERE removed_at_us IS NULL;
    CREATE UNIQUE INDEX payment_method_kept_once ON payment_method (processor, processor_reference)
        WHERE removed_at_us IS NULL;
";

/// Payments, what became of them, and the transfers that they made.
const ORDERS: &str = "
    CREATE TABLE payment_order (
        id {uuid} PRIMARY KEY,
        user_id {uuid} NOT NULL,
        created_by {uuid},
        idempotency {uuid},
        source_kind TEXT NOT NULL CHECK (source_kind IN ('account', 'method')),
        source_account {uuid},
        method_id {uuid} REFERENCES payment_method (id),
        target_kind TEXT NOT NULL CHECK (target_kind IN ('payee', 'account', 'loan')),
        payee_id {uuid} REFERENCES payee (id),
        biller_id {uuid} REFERENCES biller (id),
        target_account {uuid},
        loan_id {uuid},
        principal_only {bool} NOT NULL,
        amount BIGINT NOT NULL CHECK (amount > 0),
        currency TEXT NOT NULL,
        fee BIGINT NOT NULL CHECK (fee >= 0),
        method_kind TEXT NOT NULL CHECK (method_kind IN ('internal', 'bank_account', 'card')),
        method_masked TEXT,
        description TEXT,
        status TEXT NOT NULL CHECK (status IN
            ('pending', 'processing', 'completed', 'failed', 'unknown', 'refunded', 'cancelled')),
        refunded_amount BIGINT NOT NULL CHECK (refunded_amount >= 0 AND refunded_amount <= amount),
        processor TEXT,
        processor_id TEXT,
        processor_fee BIGINT CHECK (processor_fee >= 0),
        decline_code TEXT,
        decision TEXT NOT NULL CHECK (decision IN ('approve', 'review', 'decline')),
        score BIGINT NOT NULL,
        reasons TEXT,
        allocated {bool} NOT NULL,
        under_review {bool} NOT NULL,
        looks BIGINT NOT NULL,
        look_at_us BIGINT,
        created_at_us BIGINT NOT NULL,
        processed_at_us BIGINT,
        completed_at_us BIGINT,
        reconciled {bool} NOT NULL,
        reconciled_at_us BIGINT,
        version BIGINT NOT NULL CHECK (version >= 1),
        CHECK ((source_kind = 'account') = (source_account IS NOT NULL)),
        CHECK ((source_kind = 'method') = (method_id IS NOT NULL)),
        CHECK ((target_kind = 'loan') = (loan_id IS NOT NULL)),
        CHECK ((target_kind = 'payee') = (payee_id IS NOT NULL)),
        CHECK (reconciled = {false} OR reconciled_at_us IS NOT NULL)
    ) {strict};
    CREATE INDEX payment_order_by_user ON payment_order (user_id, id);
    CREATE INDEX payment_order_by_loan ON payment_order (loan_id, id) WHERE loan_id IS NOT NULL;
    CREATE INDEX payment_order_by_method ON payment_order (method_id) WHERE method_id IS NOT NULL;
    CREATE INDEX payment_order_by_processor ON payment_order (processor_id) WHERE processor_id IS NOT NULL;
    CREATE INDEX payment_order_to_look_at ON payment_order (look_at_us) WHERE look_at_us IS NOT NULL;

    CREATE TABLE payment_order_event (
        payment_id {uuid} NOT NULL REFERENCES payment_order (id),
        version BIGINT NOT NULL,
        status TEXT NOT NULL,
        cause TEXT NOT NULL,
        detail TEXT,
        refunded_amount BIGINT NOT NULL,
        at_us BIGINT NOT NULL,
        PRIMARY KEY (payment_id, version)
    ) {clustered};
    {append_only:payment_order_event}

    CREATE TABLE payment_order_leg (
        payment_id {uuid} NOT NULL REFERENCES payment_order (id),
        transfer_id {uuid} NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('principal', 'fee', 'processor_fee', 'shortfall', 'refund')),
        step TEXT NOT NULL CHECK (step IN ('hold', 'move', 'post', 'void', 'reverse')),
        amount BIGINT NOT NULL,
        PRIMARY KEY (payment_id, transfer_id)
    ) {clustered};
    {append_only:payment_order_leg}

    CREATE TABLE payment_refund (
        id {uuid} PRIMARY KEY,
        payment_id {uuid} NOT NULL REFERENCES payment_order (id),
        amount BIGINT NOT NULL CHECK (amount > 0),
        reason TEXT,
        status TEXT NOT NULL CHECK (status IN ('pending', 'completed', 'failed', 'unknown')),
        hold_id {uuid},
        processor_id TEXT,
        decline_code TEXT,
        requested_by {uuid},
        looks BIGINT NOT NULL,
        look_at_us BIGINT,
        created_at_us BIGINT NOT NULL,
        completed_at_us BIGINT
    ) {strict};
    CREATE INDEX payment_refund_by_payment ON payment_refund (payment_id, id);
    CREATE INDEX payment_refund_to_look_at ON payment_refund (look_at_us) WHERE look_at_us IS NOT NULL;
";

/// What processors told, and the simulated one.
const PROCESSORS: &str = "
    CREATE TABLE payment_webhook_event (
        processor TEXT NOT NULL,
        event_id TEXT NOT NULL,
        instruction_id {uuid},
        effect TEXT NOT NULL CHECK (effect IN ('applied', 'ignored', 'unknown_payment')),
        at_us BIGINT NOT NULL,
        PRIMARY KEY (processor, event_id)
    ) {clustered};
    {append_only:payment_webhook_event}

    CREATE TABLE payment_simulation (
        id {uuid} PRIMARY KEY,
        behaviour TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('processing', 'succeeded', 'declined', 'silent', 'returned', 'cancelled')),
        currency TEXT NOT NULL,
        amount BIGINT NOT NULL,
        looks BIGINT NOT NULL,
        created_at_us BIGINT NOT NULL
    ) {strict};
";
