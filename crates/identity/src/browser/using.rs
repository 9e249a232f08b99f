//! Who sends a request, by the cookie of their browser.

use std::sync::Arc;

use florin_kernel::{Actor, Origin, Proved};
use secrecy::{ExposeSecret as _, SecretString};

use super::{digest, session_of};
use crate::identity::seconds;
use crate::sessions::{Live, TokenDigest, Told};
use crate::{Error, Identity};

/// What somebody who signs in is given to be known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// An access token and, where they are on, a refresh token: for programs.
    Tokens,
    /// A secret for a cookie: for browsers.
    Cookie,
}

impl Hold {
    /// The stable name.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Cookie => "cookie",
        }
    }
}

impl Identity {
    /// Whose browser this is, by the secret in its cookie; refused when it is none of ours, was replaced, lay unused for
    /// too long or its sign-in has ended. The request counts as a use.
    ///
    /// # Errors
    /// [`Error::InvalidCookie`], [`Error::SessionEnded`], [`Error::DeviceMismatch`]; [`Error::Db`] when that cannot be
    /// told.
    pub async fn authenticate_browser(&self, cookie: &str, origin: Origin) -> Result<Actor, Error> {
        let shown = digest(cookie).ok_or(Error::InvalidCookie)?;
        let now = self.env.now();
        let known = self.sessions.of_token(&shown, seconds(now));
        let live = match known.map(|known| known.live) {
            Some(live) if live.is_fresh(now, self.recheck_us()) && live.browser_is_good(&shown, now) => live,
            Some(live) => self.read_sign_in(live.session, None).await?,
            None => self.read_browser(&shown).await?,
        };
        let reading = live.reading();
        let Some(browser) = reading.browser.as_ref().filter(|browser| browser.cookie == shown) else {
            return Err(Error::InvalidCookie);
        };
        if !live.browser_is_good(&shown, now) {
            return Err(Error::SessionEnded);
        }
        let proved = browser.proved;
        self.admit(live, reading.clone(), proved, origin, now).await
    }

    /// Reads the sign-in of a cookie that this process does not know yet.
    async fn read_browser(&self, shown: &TokenDigest) -> Result<Arc<Live>, Error> {
        let cookie = *shown.bytes();
        let found = self.db.read(move |reader| session_of(reader, cookie).map_err(Error::from)).await?;
        let live = self.read_sign_in(found.ok_or(Error::InvalidCookie)?, None).await?;
        if let Some(browser) = &live.reading().browser {
            let told = Told { expires_at_s: seconds(browser.ends_at), proved: Proved::default() };
            self.sessions.put_token(*shown, Arc::clone(&live), told, seconds(self.env.now()));
        }
        Ok(live)
    }

    /// Ends the sign-in that a browser brought along when it began another: the new one takes its place. What is no
    /// sign-in of ours, or is over, is nothing to be ended.
    ///
    /// # Errors
    /// [`Error::Db`].
    pub async fn replace_browser(&self, cookie: &SecretString, origin: Origin) -> Result<(), Error> {
        match self.authenticate_browser(cookie.expose_secret(), origin).await {
            Ok(former) => self.logout(&former).await,
            Err(Error::Db(error)) => Err(error.into()),
            Err(_) => Ok(()),
        }
    }

    /// A token that requests of this browser repeat in a header when they change something; without a cookie one that
    /// opens nothing.
    ///
    /// # Errors
    /// [`Error::InvalidCookie`], [`Error::Randomness`].
    pub fn csrf_token(&self, cookie: Option<&SecretString>) -> Result<SecretString, Error> {
        let Some(cookie) = cookie else { return self.csrf.issue(None) };
        let holder = digest(cookie.expose_secret()).ok_or(Error::InvalidCookie)?;
        self.csrf.issue(Some(holder.bytes()))
    }

    /// Whether this token was made for whoever holds this cookie.
    pub fn csrf_is_good(&self, cookie: &str, token: &str) -> bool {
        digest(cookie).is_some_and(|holder| self.csrf.is_good(holder.bytes(), token))
    }
}
