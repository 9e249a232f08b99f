//! Reading an encrypted file.

use std::io::{self, Read};

use zeroize::Zeroizing;

use super::header::Header;
use super::seal::Nonces;
use super::{FileError, FileKey, SEGMENT, told};
use crate::cipher::{Cipher, TAG};

/// Decrypts what it reads from. It ends without an error only where the file really ends.
pub struct Opener<R: Read> {
    source: R,
    cipher: Cipher,
    nonces: Nonces,
    /// Room for a segment with its tag, and one byte more that tells whether another follows.
    buffer: Zeroizing<Vec<u8>>,
    /// How much of the buffer is the beginning of the next segment.
    ahead: usize,
    /// Which part of the buffer is content that was not yet read.
    content: std::ops::Range<usize>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Ended,
    /// At this segment; it stays so.
    Damaged(u32),
}

/// A segment with its tag.
const SEALED: usize = SEGMENT + TAG;

impl<R: Read> Opener<R> {
    /// Reads and checks the header. With a password this takes as long as the file's cost says.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn new(key: &FileKey, mut source: R) -> Result<Self, FileError> {
        let (header, segments) = Header::read(key, &mut source)?;
        Ok(Self {
            source,
            cipher: Cipher::new(&segments),
            nonces: Nonces::new(header.prefix),
            buffer: Zeroizing::new(vec![0; SEALED + 1]),
            ahead: 0,
            content: 0..0,
            state: State::Open,
        })
    }

    /// Reads, checks and decrypts the next segment.
    fn next_segment(&mut self) -> Result<(), FileError> {
        // The byte that was read ahead begins this segment.
        if self.ahead == 1
            && let [first, .., last] = self.buffer.as_mut_slice()
        {
            *first = *last;
        }
        let filled = self.fill()?;
        let last = filled <= SEALED;
        let index = self.nonces.index();
        let opened = self.nonces.next(last).and_then(|nonce| {
            let (segment, _) = self.buffer.split_at_mut_checked(filled.min(SEALED))?;
            let (text, tag) = segment.split_last_chunk_mut::<TAG>()?;
            // A file that has content has no empty segment.
            let useful = !text.is_empty() || index == 0;
            (useful && self.cipher.open_in_place(&nonce, b"", text, tag)).then_some(text.len())
        });
        let Some(length) = opened else {
            self.state = State::Damaged(index);
            return Err(FileError::Damaged(index));
        };
        self.ahead = usize::from(!last);
        self.content = 0..length;
        if last {
            self.state = State::Ended;
        }
        Ok(())
    }

    /// Fills the buffer after what was read ahead, as far as the source goes.
    fn fill(&mut self) -> Result<usize, FileError> {
        let mut filled = self.ahead;
        while let Some(room) = self.buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
            match self.source.read(room) {
                Ok(0) => break,
                Ok(read) => filled = filled.saturating_add(read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    // Where the source stands is not known any more.
                    self.state = State::Damaged(self.nonces.index());
                    return Err(told(error));
                }
            }
        }
        Ok(filled)
    }
}

impl<R: Read> Read for Opener<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if target.is_empty() {
            return Ok(0);
        }
        while self.content.is_empty() {
            match self.state {
                State::Open => self.next_segment()?,
                State::Ended => return Ok(0),
                State::Damaged(index) => return Err(FileError::Damaged(index).into()),
            }
        }
        let waiting = self.buffer.get(self.content.clone()).unwrap_or_default();
        let length = waiting.len().min(target.len());
        target.iter_mut().zip(waiting).for_each(|(slot, byte)| *slot = *byte);
        self.content.start = self.content.start.saturating_add(length);
        Ok(length)
    }
}
