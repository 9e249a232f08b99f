//! The tables of lending, once for both engines.

use florin_db::Migration;

/// The migrations of this crate, in their order.
pub static MIGRATIONS: &[Migration] =
    &[Migration::new("lending_0001_loans", LOANS), Migration::new("lending_0002_questions", QUESTIONS)];

const LOANS: &str =
    "CREATE TABLE lending_application (
        id {uuid} PRIMARY KEY,
        applicant {uuid},
        submitted_by {uuid},
        kind TEXT NOT NULL CHECK (kind IN ('credit-card', 'personal', 'mortgage', 'auto')),
        product_code TEXT NOT NULL,
        product_version BIGINT NOT NULL,
        currency TEXT NOT NULL,
        amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
        term_months BIGINT NOT NULL CHECK (term_months > 0),
        annual_income_minor BIGINT CHECK (annual_income_minor >= 0),
        monthly_debts_minor BIGINT CHECK (monthly_debts_minor >= 0),
        employment_months BIGINT CHECK (employment_months >= 0),
        customer_name TEXT NOT NULL,
        name_folded TEXT NOT NULL,
        tax_id_kind TEXT NOT NULL CHECK (tax_id_kind IN ('ssn', 'sin')),
        tax_id TEXT NOT NULL,
        tax_id_index {bytes} NOT NULL,
        tax_id_last_four_index {bytes} NOT NULL,
        email TEXT NOT NULL,
        email_index {bytes} NOT NULL,
        phone TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('submitted', 'approved', 'rejected', 'withdrawn')),
        score BIGINT NOT NULL,
        checks TEXT NOT NULL,
        notice TEXT,
        loan_id {uuid},
        created_at_us BIGINT NOT NULL,
        decided_at_us BIGINT,
        CHECK ((status = 'approved') = (loan_id IS NOT NULL)),
        CHECK ((status = 'rejected') = (notice IS NOT NULL)),
        CHECK ((status = 'submitted') = (decided_at_us IS NULL))
     ) {strict};
     CREATE INDEX lending_application_by_applicant ON lending_application (applicant, id);
     CREATE INDEX lending_application_by_status ON lending_application (status, id);
     CREATE INDEX lending_application_by_name ON lending_application (name_folded, id);
     CREATE INDEX lending_application_by_email ON lending_application (email_index, id);
     CREATE INDEX lending_application_by_tax_id ON lending_application (tax_id_index, id);
     CREATE INDEX lending_application_by_last_four ON lending_application (tax_id_last_four_index, id);

     CREATE TABLE lending_decision (
        application_id {uuid} NOT NULL REFERENCES lending_application (id),
        officer {uuid} NOT NULL,
        decision TEXT NOT NULL CHECK (decision IN ('approve', 'reject')),
        terms TEXT,
        reasons TEXT,
        note TEXT,
        at_us BIGINT NOT NULL,
        PRIMARY KEY (application_id, officer)
     ) {strict};
     {append_only:lending_decision}

     CREATE TABLE lending_loan (
        id {uuid} PRIMARY KEY,
        borrower {uuid},
        application_id {uuid} REFERENCES lending_application (id),
        kind TEXT NOT NULL CHECK (kind IN ('credit-card', 'personal', 'mortgage', 'auto')),
        origin TEXT NOT NULL CHECK (origin IN ('own', 'external')),
        product_code TEXT NOT NULL,
        product_version BIGINT NOT NULL,
        currency TEXT NOT NULL,
        status TEXT NOT NULL
            CHECK (status IN ('offered', 'accepted', 'active', 'paid_off', 'written_off', 'withdrawn')),
        contract TEXT NOT NULL,
        disclosure TEXT,
        lender TEXT,
        account_number TEXT,
        account_number_index {bytes},
        account_number_shown TEXT,
        principal_account {uuid},
        interest_account {uuid},
        fee_account {uuid},
        penalty_account {uuid},
        escrow_account {uuid},
        booked TEXT NOT NULL,
        booked_on TEXT NOT NULL,
        bucket BIGINT NOT NULL CHECK (bucket >= 0),
        days_past_due BIGINT NOT NULL CHECK (days_past_due >= 0),
        offer_ends_on TEXT,
        paid_to {uuid},
        created_at_us BIGINT NOT NULL,
        accepted_at_us BIGINT,
        paid_out_at_us BIGINT,
        CHECK ((lender IS NULL) = (origin = 'own')),
        CHECK ((account_number IS NULL) = (account_number_index IS NULL)),
        CHECK ((account_number IS NULL) = (account_number_shown IS NULL))
     ) {strict};
     CREATE INDEX lending_loan_by_borrower ON lending_loan (borrower, id);
     CREATE INDEX lending_loan_open ON lending_loan (id) WHERE status = 'active';
     CREATE INDEX lending_loan_on_offer ON lending_loan (offer_ends_on) WHERE status IN ('offered', 'accepted');
     CREATE INDEX lending_loan_by_account_number ON lending_loan (account_number_index, id);

     CREATE TABLE lending_event (
        id {uuid} PRIMARY KEY,
        loan_id {uuid} NOT NULL REFERENCES lending_loan (id),
        event_on TEXT NOT NULL,
        known_on TEXT NOT NULL,
        known_at_us BIGINT NOT NULL,
        what TEXT NOT NULL,
        by_user {uuid},
        allocated TEXT,
        note TEXT
     ) {strict};
     CREATE INDEX lending_event_by_loan ON lending_event (loan_id, id);
     {append_only:lending_event}

     CREATE TABLE lending_reversal (
        event_id {uuid} PRIMARY KEY REFERENCES lending_event (id),
        loan_id {uuid} NOT NULL REFERENCES lending_loan (id),
        known_on TEXT NOT NULL,
        known_at_us BIGINT NOT NULL,
        by_user {uuid},
        note TEXT
     ) {strict};
     CREATE INDEX lending_reversal_by_loan ON lending_reversal (loan_id, event_id);
     {append_only:lending_reversal}";

const QUESTIONS: &str = "CREATE TABLE lending_question (
        id {uuid} PRIMARY KEY,
        application_id {uuid} NOT NULL REFERENCES lending_application (id),
        question TEXT NOT NULL,
        asked_by {uuid} NOT NULL,
        asked_at_us BIGINT NOT NULL,
        answer TEXT,
        answered_by {uuid},
        answered_at_us BIGINT,
        CHECK ((answer IS NULL) = (answered_by IS NULL)),
        CHECK ((answer IS NULL) = (answered_at_us IS NULL))
     ) {strict};
     CREATE INDEX lending_question_by_application ON lending_question (application_id, id);";
