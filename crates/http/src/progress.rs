//! What is known of a request while it is worked on, shared by the edge and the extractors.

use std::sync::OnceLock;

use parking_lot::Mutex;

use crate::gate::{Full, Gate, Place};
use crate::rates::{RateLimits, RouteClass, Standing};
use crate::{Problem, codes};

/// What is told to whoever finds no place inside the gate.
fn full() -> Problem {
    Problem::of(codes::OVERLOADED).retry_after(1)
}

/// One request on its way.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    gate: Option<Gate>,
    place: Mutex<Option<Place>>,
    limits: Option<(RateLimits, RouteClass)>,
    standing: OnceLock<Standing>,
}

impl Progress {
    pub(crate) fn new(
        gate: Option<Gate>,
        place: Option<Place>,
        limits: Option<(RateLimits, RouteClass)>,
    ) -> Self {
        Self { gate, place: Mutex::new(place), limits, standing: OnceLock::new() }
    }

    /// What limits it, if anything does.
    pub(crate) fn limits(&self) -> Option<(&RateLimits, RouteClass)> {
        self.limits.as_ref().map(|(limits, class)| (limits, *class))
    }

    /// Keeps what the answer is to tell of the limit.
    pub(crate) fn stands(&self, standing: Standing) {
        let _ = self.standing.set(standing);
    }

    /// What the answer is to tell of the limit.
    pub(crate) fn standing(&self) -> Option<&Standing> {
        self.standing.get()
    }

    /// Gives the place inside the gate to others, while the request waits for its client.
    pub(crate) fn step_out(&self) {
        drop(self.place.lock().take());
    }

    /// Takes a place inside the gate again, or for the first time.
    ///
    /// # Errors
    /// `overloaded`.
    pub(crate) async fn step_in(&self) -> Result<(), Problem> {
        if let Some(gate) = &self.gate {
            let place = gate.enter().await.map_err(|Full| full())?;
            *self.place.lock() = Some(place);
        }
        Ok(())
    }
}
