//! How long things live, and how much of them there may be.

use crate::{
    BrowserSettings, DriftSettings, Error, FactorSettings, FederationSettings, HashingSettings, Lockout,
    PasswordPolicy,
};

/// The settings of identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Who issues access tokens: the public address of this installation.
    pub issuer: String,
    /// Whom access tokens are for.
    pub audience: String,
    /// How long an access token lives, in seconds.
    pub access_seconds: u32,
    /// How long a sign-in lives, however often it is refreshed, in seconds.
    pub session_seconds: u32,
    /// Whether sign-ins are given refresh tokens; without, each ends with its access token.
    pub refresh: bool,
    /// How long browsers' sign-ins last.
    pub browser: BrowserSettings,
    /// When a sign-in is used from too far away.
    pub drift: DriftSettings,
    /// How long a refresh token that was just used gives the same answer again, in seconds; 0 for never.
    pub reuse_grace_seconds: u32,
    /// How far the clocks of two machines may be apart when a token's times are checked, in seconds.
    pub leeway_seconds: u32,
    /// After how long a sign-in that this process remembers is read from the database again, in seconds.
    ///
    /// What ends or changes a sign-in in this process counts at once, as does what a shared
    /// [`RevocationFilter`](crate::RevocationFilter) is told. What another process does without one counts after this
    /// long at the latest: 0 asks the database for every request, more is faster and later.
    pub recheck_seconds: u32,
    /// How long the proof of an email address can be used, in seconds.
    pub verification_seconds: u32,
    /// How long nobody gets another proof for the same address, in seconds.
    pub resend_seconds: u32,
    /// How many sign-ins a person may have; the oldest ends when there is another.
    pub sessions_max: u32,
    /// What second factors are set up by.
    pub factors: FactorSettings,
    /// Which providers people sign in through.
    pub federation: FederationSettings,
    /// What new passwords must be.
    pub passwords: PasswordPolicy,
    /// How passwords are hashed.
    pub hashing: HashingSettings,
    /// How long the letter that resets a password can be used, in seconds.
    pub reset_seconds: u32,
    /// How long the letter that invites somebody can be used, in seconds.
    pub invitation_seconds: u32,
    /// When too many sign-ins failed.
    pub lockout: Lockout,
}

impl Settings {
    /// The usual settings of an installation at `public_url`.
    pub fn new(public_url: &str) -> Self {
        Self {
            issuer: public_url.to_owned(),
            audience: public_url.to_owned(),
            access_seconds: 15 * 60,
            session_seconds: 30 * 24 * 60 * 60,
            refresh: true,
            browser: BrowserSettings::default(),
            drift: DriftSettings::default(),
            reuse_grace_seconds: 5,
            leeway_seconds: 5,
            recheck_seconds: 5,
            verification_seconds: 24 * 60 * 60,
            resend_seconds: 60,
            sessions_max: 10,
            factors: FactorSettings::new(public_url),
            federation: FederationSettings::new(public_url),
            passwords: PasswordPolicy::default(),
            hashing: HashingSettings::default(),
            reset_seconds: 30 * 60,
            invitation_seconds: 72 * 60 * 60,
            lockout: Lockout::default(),
        }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let wrong = if self.issuer.is_empty() || self.audience.is_empty() {
            "tokens need an issuer and an audience"
        } else if self.access_seconds == 0 || self.access_seconds > 24 * 60 * 60 {
            "an access token lives for a second at least and a day at most"
        } else if self.session_seconds < self.access_seconds {
            "a sign-in lives at least as long as its access tokens"
        } else if self.leeway_seconds > 5 {
            "clocks may be five seconds apart at most"
        } else if self.recheck_seconds > 60 {
            "a sign-in is read again after a minute at most"
        } else if self.reuse_grace_seconds > 60 {
            "a used refresh token answers for a minute at most"
        } else if self.verification_seconds == 0 || self.sessions_max == 0 {
            "verification_seconds and sessions_max are above zero"
        } else if self.reset_seconds == 0 || self.reset_seconds > 30 * 60 {
            "a password can be reset for 30 minutes at most"
        } else if self.invitation_seconds == 0 || self.invitation_seconds > 7 * 24 * 60 * 60 {
            "an invitation can be used for seven days at most"
        } else {
            let scheme = self.hashing.scheme.check().err();
            let fault = scheme.or(self.passwords.fault()).or(self.lockout.fault()).or(self.browser.fault());
            match fault.or(self.federation.fault()) {
                Some(fault) => fault,
                None => return Ok(()),
            }
        };
        Err(Error::Settings(wrong))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scheme;

    #[test]
    fn the_usual_settings_can_be_used_and_reckless_ones_cannot() {
        let usual = Settings::new("https://bank.example");
        assert!(usual.check().is_ok());
        for reckless in [
            Settings { issuer: String::new(), ..usual.clone() },
            Settings { access_seconds: 0, ..usual.clone() },
            Settings { access_seconds: 25 * 60 * 60, ..usual.clone() },
            Settings { session_seconds: 60, ..usual.clone() },
            Settings { leeway_seconds: 6, ..usual.clone() },
            Settings { recheck_seconds: 61, ..usual.clone() },
            Settings { sessions_max: 0, ..usual.clone() },
            Settings { reset_seconds: 31 * 60, ..usual.clone() },
            Settings { invitation_seconds: 8 * 24 * 60 * 60, ..usual.clone() },
            Settings {
                passwords: PasswordPolicy { chars_min: 4, ..PasswordPolicy::default() },
                ..usual.clone()
            },
            Settings { lockout: Lockout { lock_seconds: 0, ..Lockout::default() }, ..usual.clone() },
            Settings {
                hashing: HashingSettings { scheme: Scheme::Bcrypt { cost: 9 }, ..HashingSettings::default() },
                ..usual.clone()
            },
            Settings {
                hashing: HashingSettings {
                    scheme: Scheme::Pbkdf2Sha256 { iterations: 99_999 },
                    ..HashingSettings::default()
                },
                ..usual.clone()
            },
        ] {
            assert!(matches!(reckless.check(), Err(Error::Settings(_))));
        }
    }
}
