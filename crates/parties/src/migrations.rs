//! The schema, once for both engines.

use florin_db::Migration;

/// The migrations of this crate, in their order.
pub static MIGRATIONS: &[Migration] = &[Migration::new(
    "parties_0001_customers_and_employees",
    "CREATE TABLE parties_customer (
        user_id {uuid} PRIMARY KEY,
        phone TEXT NOT NULL,
        phone_index {bytes} NOT NULL,
        date_of_birth TEXT NOT NULL,
        address TEXT NOT NULL,
        tax_id_kind TEXT CHECK (tax_id_kind IN ('ssn', 'sin')),
        tax_id TEXT,
        tax_id_index {bytes} UNIQUE,
        tax_id_last_four_index {bytes},
        version BIGINT NOT NULL CHECK (version >= 1),
        created_at_us BIGINT NOT NULL,
        changed_at_us BIGINT NOT NULL,
        CHECK ((tax_id IS NULL) = (tax_id_kind IS NULL)),
        CHECK ((tax_id IS NULL) = (tax_id_index IS NULL)),
        CHECK ((tax_id IS NULL) = (tax_id_last_four_index IS NULL))
     ) {strict};
     CREATE INDEX parties_customer_by_phone ON parties_customer (phone_index, user_id);
     CREATE INDEX parties_customer_by_last_four ON parties_customer (tax_id_last_four_index, user_id);

     CREATE TABLE parties_employee (
        user_id {uuid} PRIMARY KEY,
        department TEXT NOT NULL CHECK (department IN ('hr', 'accounts', 'loans', 'customer_service')),
        title TEXT NOT NULL,
        manager_id {uuid} REFERENCES parties_employee (user_id),
        status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'left')),
        hired_on TEXT NOT NULL,
        left_on TEXT,
        version BIGINT NOT NULL CHECK (version >= 1),
        created_at_us BIGINT NOT NULL,
        changed_at_us BIGINT NOT NULL,
        CHECK (manager_id <> user_id),
        CHECK ((status = 'left') = (left_on IS NOT NULL)),
        CHECK (left_on >= hired_on)
     ) {strict};
     CREATE INDEX parties_employee_by_department ON parties_employee (department, user_id);
     CREATE INDEX parties_employee_by_manager ON parties_employee (manager_id);",
)];
