//! What a loan is owed for: five components, and a sum for each.

use serde::{Deserialize, Serialize};

/// What a borrower owes a sum for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    /// For being late.
    Penalty,
    /// For a service.
    Fee,
    /// Interest.
    Interest,
    /// For the borrower's taxes and insurance.
    Escrow,
    /// What was lent.
    Principal,
}

impl Component {
    /// Each of them.
    pub const ALL: [Self; 5] = [Self::Penalty, Self::Fee, Self::Interest, Self::Escrow, Self::Principal];
}

/// A sum for each component, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub struct Parts {
    /// For being late.
    pub penalty: i64,
    /// For services.
    pub fee: i64,
    /// Interest.
    pub interest: i64,
    /// Escrow.
    pub escrow: i64,
    /// Principal.
    pub principal: i64,
}

impl Parts {
    /// `minor` of one component and nothing of the others.
    pub fn one(component: Component, minor: i64) -> Self {
        let mut parts = Self::default();
        *parts.part(component) = minor;
        parts
    }

    /// The sum of one component.
    pub const fn of(&self, component: Component) -> i64 {
        match component {
            Component::Penalty => self.penalty,
            Component::Fee => self.fee,
            Component::Interest => self.interest,
            Component::Escrow => self.escrow,
            Component::Principal => self.principal,
        }
    }

    /// All five together; sums of a loan stay far below what would saturate.
    pub fn total(&self) -> i64 {
        Component::ALL.iter().fold(0_i64, |sum, component| sum.saturating_add(self.of(*component)))
    }

    /// Each sum with the other's added.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.each(other, i64::saturating_add)
    }

    /// Each sum with the other's taken away.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.each(other, i64::saturating_sub)
    }

    pub(crate) const fn part(&mut self, component: Component) -> &mut i64 {
        match component {
            Component::Penalty => &mut self.penalty,
            Component::Fee => &mut self.fee,
            Component::Interest => &mut self.interest,
            Component::Escrow => &mut self.escrow,
            Component::Principal => &mut self.principal,
        }
    }

    fn each(self, other: Self, sum: impl Fn(i64, i64) -> i64) -> Self {
        Self {
            penalty: sum(self.penalty, other.penalty),
            fee: sum(self.fee, other.fee),
            interest: sum(self.interest, other.interest),
            escrow: sum(self.escrow, other.escrow),
            principal: sum(self.principal, other.principal),
        }
    }
}
