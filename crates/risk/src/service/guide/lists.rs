//! Lists, as people keep them.

use florin_kernel::{Action, Actor, Fault, Page, PageRequest, Resource, Timestamp, UserId};

use super::error::text;
use super::{GuideError, NOTE_CHARS_MAX, Part, count_up, list_store, list_value};
use crate::attempt::Token;
use crate::engine::{Effect, ListValue};
use crate::ruling::ListDimension;
use crate::service::Risk;

florin_kernel::ids! {
    /// An entry of a list.
    ListEntryId,
}

/// An entry that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewListEntry {
    /// Of what it is.
    pub dimension: ListDimension,
    /// Which one, as people write it.
    pub value: String,
    /// What it does.
    pub effect: Effect,
    /// Why; told with decisions.
    pub reason: String,
    /// From when on it does nothing.
    pub expires_at: Option<Timestamp>,
}

/// An entry as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptListEntry {
    /// Its identifier.
    pub id: ListEntryId,
    /// Of what it is.
    pub dimension: ListDimension,
    /// Which one.
    pub value: String,
    /// What it does.
    pub effect: Effect,
    /// Why.
    pub reason: String,
    /// From when on it does nothing.
    pub expires_at: Option<Timestamp>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
    /// Who removed it.
    pub removed_by: Option<UserId>,
    /// When.
    pub removed_at: Option<Timestamp>,
}

impl KeptListEntry {
    /// Whether it does anything at an instant.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.removed_at.is_none() && self.expires_at.is_none_or(|expires| now < expires)
    }
}

/// Which entries are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// Those of one dimension.
    pub dimension: Option<ListDimension>,
    /// Those with one effect.
    pub effect: Option<Effect>,
    /// Those that do something now, or those that do nothing any more.
    pub active: Option<bool>,
}

impl Risk {
    /// A page of entries, the newest first; those that were removed or expired are kept.
    ///
    /// # Errors
    /// [`GuideError::Denied`], [`GuideError::Page`].
    pub async fn list_entries(
        &self,
        by: &Actor,
        filter: ListFilter,
        page: &PageRequest,
    ) -> Result<Page<KeptListEntry>, GuideError> {
        by.permit(Action::ReadRiskLists, Resource::kind("risk_list"))?;
        let before = page.cursor_as::<ListEntryId>()?;
        let limit = i64::try_from(page.limit().saturating_add(1)).unwrap_or(i64::MAX);
        let now = self.db().env().now();
        let found = self
            .db()
            .read(move |r| list_store::list(r, filter, before, now, limit).map_err(GuideError::from))
            .await?;
        Ok(page.page(found, |entry| entry.id.to_string()))
    }

    /// Lists something: it counts from the next decision on.
    ///
    /// # Errors
    /// [`GuideError::Invalid`]; [`GuideError::Conflict`] where the same is listed; [`GuideError::Denied`].
    #[tracing::instrument(name = "risk.list.add", skip_all, fields(list.dimension = new.dimension.name()))]
    pub async fn add_list_entry(&self, by: &Actor, new: NewListEntry) -> Result<KeptListEntry, GuideError> {
        let permit = by.permit(Action::ChangeRiskLists, Resource::kind("risk_list"))?;
        let (listing, reason) = checked(&new, by.user(), self.db().env().now())?;
        let (env, person) = (self.db().env().clone(), by.user());
        let entry = self
            .db()
            .write(permit, move |tx| {
                count_up(tx, Part::Lists)?;
                let now = env.now();
                if list_store::is_listed(tx, new.dimension, listing.meets, new.effect, now)? {
                    return Err(GuideError::Conflict("the same is listed already".to_owned()));
                }
                let entry = KeptListEntry {
                    id: ListEntryId::from_uuid(env.new_uuid()),
                    dimension: new.dimension,
                    value: listing.value.clone(),
                    effect: new.effect,
                    reason: reason.clone(),
                    expires_at: new.expires_at,
                    created_by: person,
                    created_at: now,
                    removed_by: None,
                    removed_at: None,
                };
                list_store::insert(tx, &entry, listing.meets)?;
                tx.about(entry.id.uuid());
                tx.note("dimension", &new.dimension.name());
                tx.note("effect", &new.effect.name());
                Ok(entry)
            })
            .await?;
        self.take_in().await;
        Ok(entry)
    }

    /// Takes something off its list; the entry is kept for the record.
    ///
    /// # Errors
    /// [`GuideError::NotFound`] where there is none, or it was removed before; [`GuideError::Denied`].
    #[tracing::instrument(name = "risk.list.remove", skip_all, fields(list.entry = %id))]
    pub async fn remove_list_entry(&self, by: &Actor, id: ListEntryId) -> Result<(), GuideError> {
        let permit = by.permit(Action::ChangeRiskLists, Resource::one("risk_list", id.uuid()))?;
        let (env, person) = (self.db().env().clone(), by.user());
        self.db()
            .write(permit, move |tx| {
                count_up(tx, Part::Lists)?;
                let entry = list_store::lock(tx, id)?.filter(|entry| entry.removed_at.is_none());
                let entry = entry.ok_or(GuideError::NotFound("entry"))?;
                not_for_oneself(person, entry.dimension, entry.effect == Effect::Block, &entry.value)?;
                list_store::remove(tx, id, person, env.now())?;
                tx.about(id.uuid());
                tx.note("dimension", &entry.dimension.name());
                tx.note("effect", &entry.effect.name());
                Ok::<_, GuideError>(())
            })
            .await?;
        self.take_in().await;
        Ok(())
    }
}

fn checked(
    new: &NewListEntry,
    person: Option<UserId>,
    now: Timestamp,
) -> Result<(list_value::Listing, String), GuideError> {
    let mut faults = Vec::new();
    if new.expires_at.is_some_and(|expires| expires <= now) {
        faults.push(Fault::invalid("expires_at", "an instant to come is wanted"));
    }
    let listing = list_value::read(new.dimension, &new.value).map_err(|fault| faults.push(fault));
    let reason = text("reason", &new.reason, NOTE_CHARS_MAX).map_err(|fault| faults.push(fault));
    match (listing, reason) {
        (Ok(listing), Ok(reason)) if faults.is_empty() => {
            not_for_oneself(person, new.dimension, new.effect == Effect::Allow, &listing.value)?;
            Ok((listing, reason))
        }
        _ => Err(GuideError::Invalid(faults)),
    }
}

/// Nobody spares themselves.
fn not_for_oneself(
    person: Option<UserId>,
    dimension: ListDimension,
    spares: bool,
    value: &str,
) -> Result<(), GuideError> {
    let own = |person: UserId| ListValue::Token(Token::from(person.uuid()));
    let is_own = dimension == ListDimension::User
        && list_value::read(dimension, value).is_ok_and(|listing| person.map(own) == Some(listing.meets));
    if spares && is_own {
        return Err(GuideError::invalid("value", "somebody else has to decide this about you"));
    }
    Ok(())
}
