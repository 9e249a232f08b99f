//! How long a browser's sign-in lasts.

use florin_kernel::Role;

/// How long sign-ins of browsers last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrowserSettings {
    /// For those who have no role of staff.
    pub customers: BrowserLimits,
    /// For those who have one.
    pub staff: BrowserLimits,
}

/// The two limits of a sign-in, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrowserLimits {
    /// How long it lasts without a request.
    pub idle_seconds: u32,
    /// How long it lasts at most.
    pub lasts_seconds: u32,
}

impl Default for BrowserSettings {
    fn default() -> Self {
        Self {
            customers: BrowserLimits { idle_seconds: 30 * 60, lasts_seconds: 24 * 60 * 60 },
            staff: BrowserLimits { idle_seconds: 15 * 60, lasts_seconds: 12 * 60 * 60 },
        }
    }
}

impl BrowserSettings {
    /// The limits of somebody with these roles.
    pub fn of(&self, roles: &[Role]) -> BrowserLimits {
        if roles.iter().any(|role| role.is_staff()) { self.staff } else { self.customers }
    }

    /// What is wrong with them, if something is.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let unusable = |limits: BrowserLimits| {
            limits.idle_seconds < 60
                || limits.idle_seconds > limits.lasts_seconds
                || limits.lasts_seconds > 30 * 86_400
        };
        (unusable(self.customers) || unusable(self.staff))
            .then_some("a browser's sign-in lasts a minute without a request at least, 30 days at most, and never longer without one than with")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_role_of_staff_is_enough_for_the_limits_of_staff() {
        let settings = BrowserSettings::default();

        assert_eq!(settings.of(&[Role::Customer]).idle_seconds, 1_800);
        assert_eq!(settings.of(&[]).lasts_seconds, 86_400);
        assert_eq!(settings.of(&[Role::Customer, Role::Teller]), settings.staff);
        assert_eq!((settings.staff.idle_seconds, settings.staff.lasts_seconds), (900, 43_200));
    }

    #[test]
    fn limits_that_contradict_each_other_are_refused() {
        let usual = BrowserSettings::default();
        assert_eq!(usual.fault(), None);
        for staff in [
            BrowserLimits { idle_seconds: 59, ..usual.staff },
            BrowserLimits { lasts_seconds: 899, ..usual.staff },
            BrowserLimits { lasts_seconds: 31 * 86_400, ..usual.staff },
        ] {
            assert!(BrowserSettings { staff, ..usual }.fault().is_some());
        }
    }
}
