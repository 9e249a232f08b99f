//! The transfers that a payment is made of.

use florin_db::{Bulk, BulkStatement, DbError, Kind, Tx, params};
use florin_jobs::outbox;
use florin_kernel::{AccountId, Currency, Env, TransferId, UserId};
use florin_ledger::Ledger;
use florin_ledger::rules::{Code, Event, Flags};

/// What a transfer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// What is paid.
    Principal,
    /// What the institution charges.
    Fee,
    /// What the processor charges the institution.
    ProcessorFee,
    /// What could not be taken back where it went.
    Shortfall,
    /// What is given back through a processor.
    Refund,
}

impl Role {
    const ALL: [Self; 5] = [Self::Principal, Self::Fee, Self::ProcessorFee, Self::Shortfall, Self::Refund];

    const fn code(self) -> &'static str {
        match self {
            Self::Principal => "principal",
            Self::Fee => "fee",
            Self::ProcessorFee => "processor_fee",
            Self::Shortfall => "shortfall",
            Self::Refund => "refund",
        }
    }
}

/// What a transfer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Hold,
    Move,
    Post,
    Void,
    Reverse,
}

impl Step {
    const ALL: [Self; 5] = [Self::Hold, Self::Move, Self::Post, Self::Void, Self::Reverse];

    const fn code(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Move => "move",
            Self::Post => "post",
            Self::Void => "void",
            Self::Reverse => "reverse",
        }
    }

    const fn topic(self) -> &'static str {
        match self {
            Self::Hold | Self::Move => "transfer.created",
            Self::Post => "transfer.posted",
            Self::Void => "transfer.voided",
            Self::Reverse => "transfer.reversed",
        }
    }
}

/// One transfer to be.
#[derive(Clone, Debug)]
pub(crate) struct Leg {
    pub(crate) role: Role,
    pub(crate) step: Step,
    pub(crate) amount: i64,
    event: Event,
}

/// A transfer that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) id: TransferId,
    pub(crate) role: Role,
    pub(crate) step: Step,
    pub(crate) amount: i64,
}

/// Between which accounts, and how much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path {
    pub(crate) debit: AccountId,
    pub(crate) credit: AccountId,
    pub(crate) amount: i64,
    pub(crate) currency: Currency,
}

impl Leg {
    /// Reserves the money until it is posted or voided: a hold without an end.
    pub(crate) fn hold(role: Role, id: TransferId, path: Path, reach: Option<UserId>) -> Self {
        let event = Event::hold(id, path.debit, path.credit, path.amount, path.currency);
        Self { role, step: Step::Hold, amount: path.amount, event: Event { reach, fresh: true, ..event } }
    }

    /// Moves the money at once.
    pub(crate) fn moves(role: Role, id: TransferId, path: Path, reach: Option<UserId>) -> Self {
        let event = Event::transfer(id, path.debit, path.credit, path.amount, path.currency);
        Self { role, step: Step::Move, amount: path.amount, event: Event { reach, fresh: true, ..event } }
    }

    /// Moves what a hold reserved.
    pub(crate) fn post(env: &Env, hold: &Made, currency: Currency) -> Self {
        let event = Event::post(TransferId::from_uuid(env.new_uuid()), hold.id, currency);
        Self { role: hold.role, step: Step::Post, amount: hold.amount, event: Event { fresh: true, ..event } }
    }

    /// Releases what a hold reserved.
    pub(crate) fn void(env: &Env, hold: &Made, currency: Currency) -> Self {
        let event = Event::void(TransferId::from_uuid(env.new_uuid()), hold.id, currency);
        Self { role: hold.role, step: Step::Void, amount: hold.amount, event: Event { fresh: true, ..event } }
    }

    /// Gives back so much of what was moved.
    pub(crate) fn reverse(env: &Env, moved: &Made, amount: i64, currency: Currency) -> Self {
        let id = TransferId::from_uuid(env.new_uuid());
        let event = Event::reversal(id, moved.id, amount, currency);
        Self { role: moved.role, step: Step::Reverse, amount, event: Event { fresh: true, ..event } }
    }
}

/// What became of the legs of one payment: what was made, or why nothing was.
pub(crate) type Legs = Result<Vec<Made>, Code>;

/// Posts the legs of a payment, all or none, and publishes what was posted. What is refused changes nothing.
pub(crate) fn post(
    ledger: &Ledger,
    env: &Env,
    tx: &mut Tx<'_>,
    payment: TransferId,
    legs: &[Leg],
) -> Result<Legs, DbError> {
    let mut posted = post_many(ledger, env, tx, &[(payment, legs)])?;
    Ok(posted.pop().unwrap_or_else(|| Ok(Vec::new())))
}

/// Posts the legs of several payments at once, of each all or none, in their order; and publishes what was posted.
pub(crate) fn post_many(
    ledger: &Ledger,
    env: &Env,
    tx: &mut Tx<'_>,
    payments: &[(TransferId, &[Leg])],
) -> Result<Vec<Legs>, DbError> {
    let events: Vec<Event> = payments.iter().flat_map(|(payment, legs)| chain(*payment, legs)).collect();
    let outcomes = ledger.post(tx, &events)?;
    let now_us = env.now().as_microsecond();
    let mut told = outbox::bulk();
    let mut left = outcomes.as_slice();
    let mut posted = Vec::with_capacity(payments.len());
    for (_, legs) in payments {
        let (these, rest) = left.split_at(legs.len().min(left.len()));
        left = rest;
        let refused = |code: &Code| !code.is_success() && *code != Code::LinkedFailed;
        if let Some(code) = these.iter().map(|outcome| outcome.code).find(refused) {
            posted.push(Err(code));
            continue;
        }
        let mut made = Vec::with_capacity(legs.len());
        for leg in *legs {
            outbox::add(&mut told, leg.step.topic(), leg.event.id.uuid(), now_us);
            made.push(Made { id: leg.event.id, role: leg.role, step: leg.step, amount: leg.amount });
        }
        posted.push(Ok(made));
    }
    tx.bulk(told)?;
    Ok(posted)
}

/// The events of a payment's legs, of which all are posted or none.
fn chain(payment: TransferId, legs: &[Leg]) -> impl Iterator<Item = Event> {
    let last = legs.len().saturating_sub(1);
    legs.iter().enumerate().map(move |(at, leg)| {
        let mut event = Event { group: Some(payment.uuid()), ..leg.event.clone() };
        if at < last {
            event.flags = event.flags.with(Flags::LINKED);
        }
        event
    })
}

static INSERT: BulkStatement = BulkStatement {
    sqlite: "INSERT INTO payment_order_leg (payment_id, transfer_id, role, step, amount) VALUES ($1, $2, $3, $4, $5)",
    postgres: "INSERT INTO payment_order_leg (payment_id, transfer_id, role, step, amount) \
               SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[])",
    columns: &[Kind::Uuid, Kind::Uuid, Kind::Text, Kind::Text, Kind::Int],
};

/// No transfers of payments to be noted yet.
pub(crate) fn bulk() -> Bulk {
    Bulk::new(&INSERT)
}

/// Adds the transfers that a payment made to those to be noted.
pub(crate) fn add(bulk: &mut Bulk, payment: TransferId, made: &[Made]) {
    for one in made {
        let (role, step) = (one.role.code(), one.step.code());
        bulk.push(params![payment.uuid(), one.id.uuid(), role, step, one.amount]);
    }
}

/// Notes which transfers a payment made.
pub(crate) fn keep(tx: &mut Tx<'_>, payment: TransferId, made: &[Made]) -> Result<(), DbError> {
    let mut rows = bulk();
    add(&mut rows, payment, made);
    tx.bulk(rows)
}

/// The transfers of a payment that did this, in the order they were made.
pub(crate) fn of(tx: &mut Tx<'_>, payment: TransferId, steps: &[Step]) -> Result<Vec<Made>, DbError> {
    let rows = tx.rows(
        "SELECT transfer_id, role, step, amount FROM payment_order_leg WHERE payment_id = $1 ORDER BY transfer_id",
        &params![payment.uuid()],
    )?;
    let corrupt = || DbError::Corrupt("payment_order_leg is not what was written".to_owned());
    let mut found = Vec::new();
    for row in rows {
        let (role, step): (String, String) = (row.get(1)?, row.get(2)?);
        let role = Role::ALL.into_iter().find(|one| one.code() == role).ok_or_else(corrupt)?;
        let step = Step::ALL.into_iter().find(|one| one.code() == step).ok_or_else(corrupt)?;
        if steps.contains(&step) {
            found.push(Made { id: TransferId::from_uuid(row.get(0)?), role, step, amount: row.get(3)? });
        }
    }
    Ok(found)
}
