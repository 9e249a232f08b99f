//! Becoming known: registering, proving an address, and the staff that others make.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use florin_kernel::{Action, Actor, Resource, Role, UserId};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::identity::later;
use crate::store::{self, NewUser};
use crate::{Email, Error, Identity, NewPerson, Registered, random};

/// A proof is 32 random bytes in base64url; longer text is none and is not even hashed.
const PROOF_CHARS_MAX: usize = 64;

impl Identity {
    /// Makes a customer known and sends them a proof to confirm their address with.
    ///
    /// For an email that is taken the answer is the same, after the same work: its owner is told by mail, and nothing
    /// else happens.
    ///
    /// # Errors
    /// [`Error::WeakPassword`], [`Error::Overloaded`], [`Error::Denied`] when somebody is signed in already.
    #[tracing::instrument(name = "identity.person.register", skip_all)]
    pub async fn register(&self, by: &Actor, person: NewPerson) -> Result<Registered, Error> {
        let permit = by.permit(Action::Register, Resource::kind("user"))?;
        self.judge(&person.password, &person.owner()).await?;
        let password_hash = self.hasher.hash(person.password.clone()).await?;

        let id = UserId::from_uuid(self.env.new_uuid());
        let answer = Registered { id, email: person.email.clone(), full_name: person.full_name.clone() };
        let (proof, proof_hash) = new_proof()?;
        let (env, settings, letters) =
            (self.env.clone(), Arc::clone(&self.settings), Arc::clone(&self.letters));
        let phone = self.phones.seal(id, person.phone.as_ref())?;
        self.db
            .write(permit, move |tx| {
                let now = env.now();
                let user = NewUser {
                    id,
                    email: &person.email,
                    full_name: &person.full_name,
                    phone: phone.as_ref(),
                    password_hash: &password_hash,
                    verified_at: None,
                    created_at: now,
                };
                if store::insert_user(tx, &user, &[Role::Customer])? {
                    let expires_at = later(now, settings.verification_seconds.into());
                    store::insert_verification(tx, id, proof_hash, now, expires_at)?;
                    letters.verify_email(tx, &person.email, &person.full_name, &proof)?;
                    tx.about(id.uuid());
                } else {
                    tx.outcome_failed("email_taken");
                    let owner = store::user_by_key(tx, person.email.key())?;
                    let owner = owner.map(|owner| store::profile(tx, owner)).transpose()?.flatten();
                    if let Some(owner) = owner {
                        tx.about(owner.id.uuid());
                        letters.already_registered(tx, &owner.email, &owner.full_name)?;
                    }
                }
                Ok::<_, Error>(())
            })
            .await?;
        Ok(answer)
    }

    /// Takes a proof that somebody read the mail to their address; it counts from the next request on.
    ///
    /// # Errors
    /// [`Error::InvalidVerification`] when it is unknown, used up or too old.
    #[tracing::instrument(name = "identity.email.verify", skip_all)]
    pub async fn verify_email(&self, by: &Actor, proof: &str) -> Result<(), Error> {
        let permit = by.permit(Action::VerifyEmail, Resource::kind("user"))?;
        if proof.len() > PROOF_CHARS_MAX {
            return Err(Error::InvalidVerification);
        }
        let hash = hash_of(proof);
        let (env, letters) = (self.env.clone(), Arc::clone(&self.letters));
        let verified = self
            .db
            .write(permit, move |tx| {
                let now = env.now();
                let user = store::use_verification(tx, hash, now)?;
                let profile = user.map(|user| store::profile(tx, user)).transpose()?.flatten();
                let Some(profile) = profile else {
                    tx.outcome_failed("invalid_proof");
                    return Ok::<_, Error>(None);
                };
                tx.about(profile.id.uuid());
                tx.on_behalf_of(profile.id.uuid());
                store::set_verified(tx, profile.id, now)?;
                letters.welcome(tx, &profile.email, &profile.full_name)?;
                Ok(Some(store::live_sessions(tx, profile.id, now, 0)?))
            })
            .await?;
        self.changed(&verified.ok_or(Error::InvalidVerification)?);
        Ok(())
    }

    /// Sends another proof to an address that wants one; the answer is the same when it wants none.
    ///
    /// # Errors
    /// [`Error::Denied`] when somebody is signed in.
    #[tracing::instrument(name = "identity.email.resend", skip_all)]
    pub async fn resend_verification(&self, by: &Actor, email: &Email) -> Result<(), Error> {
        let permit = by.permit(Action::VerifyEmail, Resource::kind("user"))?;
        let (proof, proof_hash) = new_proof()?;
        let key = email.key().to_owned();
        let (env, settings, letters) =
            (self.env.clone(), Arc::clone(&self.settings), Arc::clone(&self.letters));
        self.db
            .write(permit, move |tx| {
                let now = env.now();
                let user = store::user_by_key(tx, &key)?;
                let profile = user.map(|user| store::profile(tx, user)).transpose()?.flatten();
                let Some(profile) = profile.filter(|profile| !profile.verified) else {
                    tx.outcome_failed("nothing_to_verify");
                    return Ok::<_, Error>(());
                };
                tx.about(profile.id.uuid());
                store::lock_user(tx, profile.id)?;
                let last = store::last_verification_at(tx, profile.id)?;
                if last.is_some_and(|last| later(last, settings.resend_seconds.into()) > now) {
                    tx.outcome_failed("too_soon");
                    return Ok(());
                }
                let expires_at = later(now, settings.verification_seconds.into());
                store::insert_verification(tx, profile.id, proof_hash, now, expires_at)?;
                letters.verify_email(tx, &profile.email, &profile.full_name, &proof)?;
                Ok(())
            })
            .await
    }

    /// Makes somebody known with these roles, their address taken as proved: staff, or the first administrator.
    ///
    /// # Errors
    /// [`Error::EmailTaken`], [`Error::WeakPassword`], [`Error::Denied`], [`Error::Overloaded`].
    #[tracing::instrument(name = "identity.staff.create", skip_all)]
    pub async fn create_staff(&self, by: &Actor, person: NewPerson, roles: &[Role]) -> Result<UserId, Error> {
        let permit = by.permit(Action::ChangeRoles, Resource::kind("user"))?;
        self.judge(&person.password, &person.owner()).await?;
        let password_hash = self.hasher.hash(person.password.clone()).await?;

        let id = UserId::from_uuid(self.env.new_uuid());
        let (env, roles) = (self.env.clone(), roles.to_vec());
        let phone = self.phones.seal(id, person.phone.as_ref())?;
        self.db
            .write(permit, move |tx| {
                let now = env.now();
                let user = NewUser {
                    id,
                    email: &person.email,
                    full_name: &person.full_name,
                    phone: phone.as_ref(),
                    password_hash: &password_hash,
                    verified_at: Some(now),
                    created_at: now,
                };
                if !store::insert_user(tx, &user, &roles)? {
                    return Err(Error::EmailTaken);
                }
                tx.about(id.uuid());
                tx.note("roles", &codes(&roles));
                Ok(id)
            })
            .await
    }
}

/// Roles as the audit trail writes them.
pub(crate) fn codes(roles: &[Role]) -> String {
    roles.iter().map(|role| role.code()).collect::<Vec<_>>().join(" ")
}

/// A new proof, and the hash it is stored by.
fn new_proof() -> Result<(Zeroizing<String>, [u8; 32]), Error> {
    let proof = Zeroizing::new(URL_SAFE_NO_PAD.encode(*Zeroizing::new(random::bytes::<32>()?)));
    let hash = hash_of(&proof);
    Ok((proof, hash))
}

fn hash_of(proof: &str) -> [u8; 32] {
    Sha256::digest(proof).into()
}
