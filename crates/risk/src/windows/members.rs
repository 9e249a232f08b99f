//! With whom a key was seen, and when last: the newest exactly, all of them in a sketch where there are many.

use super::coding::{Reader, put};
use super::sketch::Sketch;
use super::{DISTINCT_EXACT, MEMBERS_DAYS, MINUTES_A_DAY, RETENTION_DAYS};

/// One more than are counted exactly, so that it shows when there are more.
const LISTED: usize = DISTINCT_EXACT as usize + 1;

/// Those a key was seen with: 32 bits of each, and the minute when last.
///
/// The list holds those seen last, by minute and then by bits: whatever the order in which they came, it is the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    listed: Vec<(u32, u32)>,
    sketch: Sketch,
}

impl Members {
    pub(super) fn clear(&mut self) {
        self.listed.clear();
        self.sketch.clear();
    }

    /// Notes that a member was seen in a minute.
    pub(super) fn touch(&mut self, member: u32, minute: u32, newest: u32) {
        self.list(member, minute);
        let oldest = newest.saturating_sub(RETENTION_DAYS * MINUTES_A_DAY);
        if !self.sketch.is_empty() {
            self.sketch.touch(member, minute);
        } else if self.listed.len() == LISTED {
            for (member, minute) in &self.listed {
                if *minute > oldest {
                    self.sketch.touch(*member, *minute);
                }
            }
        }
    }

    fn list(&mut self, member: u32, minute: u32) {
        if let Some(known) = self.listed.iter_mut().find(|(known, _)| *known == member) {
            known.1 = known.1.max(minute);
        } else if self.listed.len() < LISTED {
            self.listed.push((member, minute));
        } else if let Some(least) = self.listed.iter_mut().min_by_key(|(member, minute)| (*minute, *member))
            && (least.1, least.0) < (minute, member)
        {
            *least = (member, minute);
        }
    }

    /// Forgets those not seen for long.
    pub(super) fn settle(&mut self, newest: u32) {
        let oldest = newest.saturating_sub(MEMBERS_DAYS * MINUTES_A_DAY);
        self.listed.retain(|(_, minute)| *minute >= oldest);
        self.sketch.settle(newest.saturating_sub(RETENTION_DAYS * MINUTES_A_DAY));
    }

    /// How many were seen since a minute.
    pub(super) fn count(&self, since: u32) -> u32 {
        let listed = self.listed.iter().filter(|(_, minute)| *minute >= since).count();
        if listed < LISTED {
            u32::try_from(listed).unwrap_or(u32::MAX)
        } else {
            self.sketch.count(since).max(DISTINCT_EXACT + 1)
        }
    }

    /// Whether a member was seen since a minute; none where there are too many to know.
    pub(super) fn knows(&self, member: u32, since: u32) -> Option<bool> {
        if self.listed.iter().any(|(known, minute)| *known == member && *minute >= since) {
            return Some(true);
        }
        (self.listed.len() < LISTED).then_some(false)
    }

    pub(super) fn put(&mut self, bytes: &mut Vec<u8>, newest: u32) {
        self.listed.sort_unstable_by_key(|(member, minute)| (*minute, *member));
        let sketched = u64::from(!self.sketch.is_empty());
        put(bytes, (u64::try_from(self.listed.len()).unwrap_or(0) << 1) | sketched);
        for (member, minute) in &self.listed {
            bytes.extend(member.to_le_bytes());
            put(bytes, u64::from(newest.saturating_sub(*minute)));
        }
        if sketched == 1 {
            self.sketch.put(bytes, newest);
        }
    }

    pub(super) fn read(&mut self, from: &mut Reader<'_>, newest: u32) {
        let head = from.short();
        for _ in 0..head >> 1 {
            let member = from.word();
            self.listed.push((member, newest.saturating_sub(from.short())));
        }
        if head & 1 == 1 {
            self.sketch.read(from, newest);
        }
    }
}
