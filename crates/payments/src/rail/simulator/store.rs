//! What the simulator was told.

use florin_db::{DbError, Tx, params};
use florin_kernel::{Timestamp, TransferId};

use super::behaviour::Behaviour;
use crate::rail::Instruction;

/// What became of an instruction, at the simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Processing,
    Succeeded,
    Declined,
    Silent,
    Returned,
    Cancelled,
}

impl State {
    const ALL: [(&'static str, Self); 6] = [
        ("processing", Self::Processing),
        ("succeeded", Self::Succeeded),
        ("declined", Self::Declined),
        ("silent", Self::Silent),
        ("returned", Self::Returned),
        ("cancelled", Self::Cancelled),
    ];

    fn code(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, one)| *one == self).map_or("silent", |(code, _)| code)
    }

    fn find(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(one, _)| *one == code).map(|(_, state)| state)
    }
}

/// An instruction, at the simulator.
#[derive(Clone, Copy, Debug)]
pub(super) struct Simulation {
    pub(super) id: TransferId,
    pub(super) behaviour: Behaviour,
    pub(super) state: State,
    pub(super) looks: i64,
}

/// Takes an instruction up; false when it was taken up before.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    instruction: &Instruction,
    behaviour: Behaviour,
    state: State,
    now: Timestamp,
) -> Result<bool, DbError> {
    let inserted = tx.execute(
        "INSERT INTO payment_simulation (id, behaviour, state, currency, amount, looks, created_at_us)
         VALUES ($1, $2, $3, $4, $5, 0, $6) ON CONFLICT (id) DO NOTHING",
        &params![
            instruction.id.uuid(),
            behaviour.code(),
            state.code(),
            instruction.amount.currency(),
            instruction.amount.minor(),
            now,
        ],
    )?;
    Ok(inserted == 1)
}

/// The instruction, locked until the unit ends.
pub(super) fn lock(tx: &mut Tx<'_>, id: TransferId) -> Result<Option<Simulation>, DbError> {
    let row = tx.row(
        "SELECT behaviour, state, looks FROM payment_simulation WHERE id = $1 FOR UPDATE",
        &params![id.uuid()],
    )?;
    let Some(row) = row else { return Ok(None) };
    let corrupt = || DbError::Corrupt("payment_simulation is not what was written".to_owned());
    Ok(Some(Simulation {
        id,
        behaviour: Behaviour::find(&row.get::<String>(0)?).ok_or_else(corrupt)?,
        state: State::find(&row.get::<String>(1)?).ok_or_else(corrupt)?,
        looks: row.get(2)?,
    }))
}

pub(super) fn save(tx: &mut Tx<'_>, simulation: &Simulation) -> Result<(), DbError> {
    tx.execute(
        "UPDATE payment_simulation SET state = $2, looks = $3 WHERE id = $1",
        &params![simulation.id.uuid(), simulation.state.code(), simulation.looks],
    )?;
    Ok(())
}
