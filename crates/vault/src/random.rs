//! Randomness that nobody can guess.

use zeroize::Zeroizing;

use crate::VaultError;

/// `N` bytes from the operating system.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|_| VaultError::Randomness)?;
    Ok(bytes)
}

/// A key of 256 bits from the operating system.
pub(crate) fn key() -> Result<Zeroizing<[u8; 32]>, VaultError> {
    bytes().map(Zeroizing::new)
}
