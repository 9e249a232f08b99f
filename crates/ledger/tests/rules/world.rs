//! The people and accounts of the tests.

use florin_kernel::{AccountId, Currency, Date, TransferId, UserId, Uuid};
use florin_ledger::rules::{Account, Accumulators, Overdraft, Side};

pub const TODAY: Date = Date::constant(2026, 3, 31);
pub const EUR: Currency = Currency::EUR;

/// The bank's own account: money comes from it and goes back to it without end.
pub const BANK: u128 = 1;
/// A customer's account, no overdraft.
pub const ALICE: u128 = 2;
/// Another customer's account.
pub const BOB: u128 = 3;
/// An account with an overdraft of 50 and a ceiling of 200.
pub const CAROL: u128 = 4;
/// What somebody owes: grows by debits, may not be overpaid, at most 120.
pub const LOAN: u128 = 5;
/// An account in yen.
pub const YEN: u128 = 6;
/// An account without limits.
pub const POOL: u128 = 7;
/// Another one.
pub const RESERVE: u128 = 8;
/// No account has this number.
pub const NOBODY: u128 = 9;

pub fn account_id(n: u128) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(n))
}

pub fn transfer_id(n: u128) -> TransferId {
    TransferId::from_uuid(Uuid::from_u128(1 << 64 | n))
}

pub fn person(n: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(1 << 65 | n))
}

pub fn account(n: u128, normal: Side, overdraft: Overdraft) -> Account {
    Account {
        no: i64::try_from(n).unwrap(),
        id: account_id(n),
        currency: EUR,
        code: 1,
        owner: None,
        normal,
        overdraft,
        ceiling: None,
        frozen_debit: false,
        frozen_credit: false,
        closed: false,
        version: 0,
        balance: Accumulators::default(),
        last_seq: 0,
        last_at: 0,
        day: TODAY,
        day_debits: 0,
        day_credits: 0,
    }
}

/// The accounts of the streams, all empty.
pub fn accounts() -> Vec<Account> {
    vec![
        account(BANK, Side::Debit, Overdraft::Unlimited),
        Account { owner: Some(person(ALICE)), ..account(ALICE, Side::Credit, Overdraft::None) },
        Account { owner: Some(person(BOB)), ..account(BOB, Side::Credit, Overdraft::None) },
        Account { ceiling: Some(200), ..account(CAROL, Side::Credit, Overdraft::Limit(50)) },
        Account { ceiling: Some(120), ..account(LOAN, Side::Debit, Overdraft::None) },
        account(POOL, Side::Credit, Overdraft::Unlimited),
        account(RESERVE, Side::Debit, Overdraft::Unlimited),
        Account { currency: Currency::JPY, ..account(YEN, Side::Credit, Overdraft::Unlimited) },
    ]
}
