//! Writing an encrypted file.

use std::io::{self, Write};

use zeroize::Zeroizing;

use super::header::{Header, PREFIX};
use super::{FileError, FileKey, SEGMENT};
use crate::cipher::{Cipher, NONCE, TAG};

/// Encrypts what is written to it. Without [`Sealer::finish`] the file has no end, and does not open.
pub struct Sealer<W: Write> {
    target: W,
    cipher: Cipher,
    nonces: Nonces,
    /// Content that is not yet encrypted: a whole segment waits here until it is known whether it is the last.
    waiting: Zeroizing<Vec<u8>>,
}

impl<W: Write> Sealer<W> {
    /// Writes the header. With a password this takes as long as its cost says.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn new(key: &FileKey, mut target: W) -> Result<Self, FileError> {
        let header = Header::new(key.lock())?;
        let (bytes, segments) = header.write(key)?;
        target.write_all(&bytes)?;
        Ok(Self {
            target,
            cipher: Cipher::new(&segments),
            nonces: Nonces::new(header.prefix),
            waiting: Zeroizing::new(Vec::with_capacity(SEGMENT + TAG)),
        })
    }

    /// Writes the last segment and gives back what was written to.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn finish(mut self) -> Result<W, FileError> {
        self.write_segment(true)?;
        self.target.flush()?;
        Ok(self.target)
    }

    fn write_segment(&mut self, last: bool) -> Result<(), FileError> {
        let nonce = self.nonces.next(last).ok_or(FileError::TooLong)?;
        let tag = self.cipher.seal_in_place(&nonce, b"", &mut self.waiting).ok_or(FileError::TooLong)?;
        self.waiting.extend_from_slice(&tag);
        self.target.write_all(&self.waiting)?;
        self.waiting.clear();
        Ok(())
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        if content.is_empty() {
            return Ok(0);
        }
        if self.waiting.len() >= SEGMENT {
            self.write_segment(false)?;
        }
        let room = SEGMENT.saturating_sub(self.waiting.len());
        let (taken, _) = content.split_at(room.min(content.len()));
        self.waiting.extend_from_slice(taken);
        Ok(taken.len())
    }

    /// Passes on what is whole; a segment that is not stays until there is more, or the end.
    fn flush(&mut self) -> io::Result<()> {
        self.target.flush()
    }
}

/// The nonces of a file, each once.
pub(super) struct Nonces {
    prefix: [u8; PREFIX],
    index: Option<u32>,
}

impl Nonces {
    pub(super) fn new(prefix: [u8; PREFIX]) -> Self {
        Self { prefix, index: Some(0) }
    }

    /// The next segment's nonce; `None` when there are no more.
    pub(super) fn next(&mut self, last: bool) -> Option<[u8; NONCE]> {
        let index = self.index?;
        self.index = index.checked_add(1);
        let mut nonce = [0; NONCE];
        let parts = self.prefix.into_iter().chain(index.to_be_bytes()).chain([u8::from(last)]);
        nonce.iter_mut().zip(parts).for_each(|(slot, byte)| *slot = byte);
        Some(nonce)
    }

    /// The number of the next segment, from zero.
    pub(super) fn index(&self) -> u32 {
        self.index.unwrap_or(u32::MAX)
    }
}
