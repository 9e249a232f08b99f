//! Closing a case in a unit of work that decides what the case is about.

use florin_db::{DbError, Tx};
use florin_kernel::{Env, UserId};

use super::deciding::decided;
use super::{Case, CaseKind, Error, Status, Verdict, store};

/// Decides the case of this reference, whatever its version: whoever decides what it is about has decided it. None where there is
/// no such case, or it was decided before.
///
/// # Errors
/// [`Error::WrongDecision`], and what the database says. The reason is taken as it is.
pub fn close_within(
    tx: &mut Tx<'_>,
    env: &Env,
    by: Option<UserId>,
    (kind, reference): (CaseKind, &str),
    verdict: &Verdict,
) -> Result<Option<Case>, Error> {
    if !verdict.decision.fits(kind) {
        return Err(Error::WrongDecision(kind));
    }
    let Some(found) = store::by_reference(&mut tx.reader(), kind, reference)? else { return Ok(None) };
    let locked = store::lock(tx, found.id)?.filter(|case| case.status != Status::Closed);
    let Some(before) = locked else { return Ok(None) };
    let after = decided(tx, env, by, before, verdict)?;
    if store::update(tx, &after)? {
        return Ok(Some(Case { version: after.version.saturating_add(1), ..after }));
    }
    Err(DbError::Corrupt("compliance_case changed under its lock".to_owned()).into())
}
