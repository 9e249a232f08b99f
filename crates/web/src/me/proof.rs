//! What a change of one's factors asks for: the password, and a code where there is an app that shows codes.

use florin_http::{Problem, codes};
use florin_identity::{Code, Password};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::values::fault;

/// The password and the code as they were typed.
#[derive(Default, Deserialize)]
pub(super) struct Proof {
    #[serde(default)]
    password: SecretString,
    #[serde(default)]
    code: SecretString,
}

impl Proof {
    /// The two as the services take them.
    ///
    /// # Errors
    ///
    /// `INVALID_CREDENTIALS`, where what was typed can be nobody's password.
    pub(super) fn read(&self) -> Result<(Password, Option<Code>), Problem> {
        let password = Password::try_new(self.password.expose_secret())
            .map_err(|_| Problem::of(codes::INVALID_CREDENTIALS))?;
        let code = Some(self.code.expose_secret().trim()).filter(|code| !code.is_empty()).map(Code::read);
        Ok((password, code))
    }
}

/// What the form says beside its fields where the proof was wrong.
///
/// # Errors
///
/// The problem itself, where it is another.
pub(super) fn told(problem: Problem) -> Result<Problem, Problem> {
    if problem.code() == codes::INVALID_CREDENTIALS.name {
        return Ok(fault("password", "The password or the code is wrong"));
    }
    Err(problem)
}
