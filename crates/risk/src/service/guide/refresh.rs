//! Taking in what is stored, and what lies in files.

use std::path::Path;

use florin_db::{DbError, Reader};

use super::files::{self, Stamp};
use super::{GuideError, InUse, Part, Risk, Roles, Taken, list_store, model_store, revision, rule_store};
use crate::engine::{Champion, Lists, Models, Scorer};
use crate::rules::RuleSet;
use crate::training::Kept;

/// How many sets that were active are tried in the place of one that cannot be used.
const RETIRED_TRIED: i64 = 20;

/// What was read of models.
#[derive(Debug)]
pub(in crate::service) struct ModelsRead {
    revision: i64,
    roles: Roles,
    champion: Option<Result<Scorer, String>>,
    challenger: Option<Result<Scorer, String>>,
}

/// What was read of stored rules: the active set or why it cannot be used, and what may take its place.
struct RulesRead {
    revision: i64,
    active: Result<RuleSet, String>,
    before: Option<RuleSet>,
}

/// What a look at the database and the files says.
struct Looked {
    revisions: [i64; 4],
    roles: Roles,
    rules_stamp: Option<Stamp>,
    model_stamp: Option<Stamp>,
}

impl Risk {
    /// Takes in what changed since the last time, here or in another process: lists, rules, snoozes, models, and the files that
    /// take the place of stored ones. True if anything had.
    ///
    /// # Errors
    /// What the database says; what is in use stays.
    pub async fn refresh(&self) -> Result<bool, DbError> {
        let guides = &self.0.guides;
        let rules_stamp = guides.rules_file.as_deref().map(Stamp::of);
        let model_stamp = guides.model_file.as_deref().map(Stamp::of);
        let looked = self
            .db()
            .read(move |r| {
                let parts = [Part::Lists, Part::Snoozes, Part::Rules, Part::Models];
                let mut revisions = [0; 4];
                for (slot, part) in revisions.iter_mut().zip(parts) {
                    *slot = revision(r, part)?;
                }
                Ok::<_, DbError>(Looked {
                    revisions,
                    roles: model_store::roles(r)?,
                    rules_stamp,
                    model_stamp,
                })
            })
            .await?;
        let [lists, snoozes, rules, models] = looked.revisions;
        let stale = {
            let taken = guides.taken.lock();
            [
                taken.lists.is_none_or(|at| at < lists),
                taken.snoozes.is_none_or(|at| at < snoozes),
                taken.rules.as_ref().is_none_or(|(at, stamp)| *at < rules || *stamp != looked.rules_stamp),
                taken.models.as_ref().is_none_or(|(at, stamp, roles)| {
                    *at < models || *stamp != looked.model_stamp || *roles != looked.roles
                }),
            ]
        };
        let [of_lists, of_snoozes, of_rules, of_models] = stale;
        if of_lists || of_snoozes {
            self.take_lists().await?;
        }
        if of_rules {
            self.take_rules(looked.rules_stamp).await?;
        }
        if of_models {
            self.take_models(looked.model_stamp).await?;
        }
        Ok(stale.contains(&true))
    }

    /// Takes in what this process just changed. Where that fails it is told, and done at the next look.
    pub(super) async fn take_in(&self) {
        if let Err(error) = self.refresh().await {
            tracing::warn!(%error, "what guides decisions was changed and could not be read yet");
        }
    }

    async fn take_lists(&self) -> Result<(), DbError> {
        let now = self.db().env().now();
        let (lists_at, entries, snoozes_at, snoozes) = self
            .db()
            .read(move |r| {
                let (lists_at, entries) = (revision(r, Part::Lists)?, list_store::in_force(r, now)?);
                let (snoozes_at, snoozes) =
                    (revision(r, Part::Snoozes)?, rule_store::snoozes_in_force(r, now)?);
                Ok::<_, DbError>((lists_at, entries, snoozes_at, snoozes))
            })
            .await?;
        let lists = Lists::new(entries);
        let mut taken = self.0.guides.taken.lock();
        // Whoever read earlier may come later.
        if taken.lists.is_none_or(|at| at <= lists_at) {
            self.engine().use_lists(lists);
            taken.lists = Some(lists_at);
        }
        if taken.snoozes.is_none_or(|at| at <= snoozes_at) {
            self.engine().use_snoozes(snoozes);
            taken.snoozes = Some(snoozes_at);
        }
        Ok(())
    }

    fn read_rules(&self, reader: &mut Reader<'_>) -> Result<RulesRead, DbError> {
        let revision = revision(reader, Part::Rules)?;
        let active = match rule_store::active(reader)? {
            Some(kept) => self
                .usable(&kept.text)
                .map_err(|error| format!("the active rules {} cannot be used: {error}", kept.version)),
            None => Err("no rules are active".to_owned()),
        };
        let mut before = None;
        if active.is_err() {
            let retired = rule_store::retired(reader, RETIRED_TRIED)?;
            before = retired.iter().find_map(|kept| self.usable(&kept.text).ok());
        }
        Ok(RulesRead { revision, active, before })
    }

    async fn take_rules(&self, stamp: Option<Stamp>) -> Result<(), DbError> {
        let this = self.clone();
        let read = self.db().read(move |r| this.read_rules(r)).await?;
        let from_file = self.0.guides.rules_file.as_deref().map(|path| self.rules_of_file(path));
        let mut to_keep = None;
        {
            let mut taken = self.0.guides.taken.lock();
            if taken.rules.as_ref().is_some_and(|(at, _)| *at > read.revision) {
                return Ok(());
            }
            taken.rules = Some((read.revision, stamp));
            match from_file {
                Some(Ok((set, text))) => {
                    to_keep = Some((set.clone(), text));
                    self.put_rules(&mut taken, set, InUse::File, None);
                }
                Some(Err(why)) if taken.in_use == InUse::File => broken(&mut taken, why),
                Some(Err(why)) => self.choose_stored(&mut taken, read, Some(why)),
                None => self.choose_stored(&mut taken, read, None),
            }
        }
        if let Some((set, text)) = to_keep
            && let Err(error) = self.keep_for_replay(set, text).await
        {
            tracing::warn!(%error, "the rules of the file could not be kept: their decisions cannot be made again");
        }
        Ok(())
    }

    fn rules_of_file(&self, path: &Path) -> Result<(RuleSet, String), String> {
        let text = files::read(path)?;
        let set = self.usable(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok((set, text))
    }

    /// The active set if it can be used; else what is in use stays, or a set of before comes back, or nothing can be decided.
    fn choose_stored(&self, taken: &mut Taken, read: RulesRead, trouble: Option<String>) {
        match (read.active, read.before) {
            (Ok(set), _) => self.put_rules(taken, set, InUse::Stored, trouble),
            (Err(why), _) if taken.in_use != InUse::Nothing => broken(taken, trouble.unwrap_or(why)),
            (Err(why), Some(set)) => self.put_rules(taken, set, InUse::Stored, Some(trouble.unwrap_or(why))),
            (Err(why), None) => {
                let why = trouble.unwrap_or(why);
                broken(taken, why.clone());
                taken.unusable = Some(why.clone());
                self.set_trouble(Some(why));
            }
        }
    }

    fn put_rules(&self, taken: &mut Taken, set: RuleSet, from: InUse, trouble: Option<String>) {
        if self.engine().rules().name() != set.name() {
            tracing::info!(version = %set.name().version, hash = %set.name().hash, "rules are in use");
        }
        if let Err(error) = self.engine().use_rules(set) {
            return broken(taken, error.to_string());
        }
        taken.in_use = from;
        if let Some(unusable) = taken.unusable.take()
            && self.trouble().as_ref() == Some(&unusable)
        {
            self.set_trouble(None);
        }
        match trouble {
            Some(why) => broken(taken, why),
            None => taken.rules_trouble = None,
        }
    }

    /// Uses a stored set that was just made the active one, unless a file takes its place.
    pub(super) fn use_stored_rules(&self, set: RuleSet) {
        let mut taken = self.0.guides.taken.lock();
        if taken.in_use != InUse::File {
            let trouble = taken.rules_trouble.clone().filter(|_| self.0.guides.rules_file.is_some());
            self.put_rules(&mut taken, set, InUse::Stored, trouble);
        }
    }

    /// The models as they are stored, ready to be asked.
    pub(super) fn read_models(reader: &mut Reader<'_>) -> Result<ModelsRead, DbError> {
        let (revision, roles) = (revision(reader, Part::Models)?, model_store::roles(reader)?);
        let mut of = |role: &str| -> Result<Option<Result<Scorer, String>>, DbError> {
            let Some((_, version, _)) = roles.iter().find(|(name, ..)| name == role) else { return Ok(None) };
            let text = model_store::text_of(reader, version)?;
            let told = |why: &dyn std::fmt::Display| format!("the {role} {version} cannot be used: {why}");
            Ok(Some(match text {
                Some(text) => scorer_of(&text).map(|(_, scorer)| scorer).map_err(|why| told(&why)),
                None => Err(told(&"it is not there any more")),
            }))
        };
        let (champion, challenger) = (of("champion")?, of("challenger")?);
        Ok(ModelsRead { revision, roles, champion, challenger })
    }

    async fn take_models(&self, stamp: Option<Stamp>) -> Result<(), DbError> {
        let mut read = self.db().read(Self::read_models).await?;
        let mut to_keep = None;
        if let Some(path) = self.0.guides.model_file.as_deref() {
            let told = |why: String| format!("the model of {} cannot be used: {why}", path.display());
            let found = files::read(path).and_then(|text| Ok((scorer_of(&text)?, text)));
            read.champion = Some(found.map_err(told).map(|((kept, scorer), text)| {
                to_keep = Some((kept, text));
                scorer
            }));
        }
        self.put_models(read, stamp);
        if let Some((kept, text)) = to_keep
            && let Err(error) = self.keep_model_for_replay(kept, text).await
        {
            tracing::warn!(%error, "the model of the file could not be kept: its decisions cannot be made again");
        }
        Ok(())
    }

    /// Uses what was read in a unit of work that is durable now; a champion of a file stays.
    pub(super) fn use_models_read(&self, mut read: ModelsRead) {
        let stamp = self.0.guides.taken.lock().models.as_ref().and_then(|(_, stamp, _)| *stamp);
        if self.0.guides.model_file.is_some() {
            read.champion = match &self.engine().models().champion {
                Champion::None => None,
                Champion::Ready(scorer) => Some(Ok(scorer.as_ref().clone())),
                Champion::Missing => {
                    let text = self.0.guides.taken.lock().model_trouble.clone();
                    Some(Err(text.unwrap_or_default()))
                }
            };
        }
        self.put_models(read, stamp);
    }

    fn put_models(&self, read: ModelsRead, stamp: Option<Stamp>) {
        let mut taken = self.0.guides.taken.lock();
        if taken.models.as_ref().is_some_and(|(at, ..)| *at > read.revision) {
            return;
        }
        taken.models = Some((read.revision, stamp, read.roles));
        let mut trouble = None;
        let mut told = |found: Result<Scorer, String>| found.map_err(|why| trouble = Some(why)).ok();
        let challenger = read.challenger.and_then(&mut told);
        let champion = match read.champion {
            None => Champion::None,
            Some(found) => told(found).map_or(Champion::Missing, |scorer| Champion::Ready(Box::new(scorer))),
        };
        if taken.model_trouble != trouble
            && let Some(why) = &trouble
        {
            tracing::error!("{why}");
        }
        taken.model_trouble = trouble;
        self.engine().use_models(Models { champion, challenger });
    }
}

/// Notes what is wrong with rules, and tells it once.
fn broken(taken: &mut Taken, why: String) {
    if taken.rules_trouble.as_ref() != Some(&why) {
        tracing::error!("rules are broken: {why}");
    }
    taken.rules_trouble = Some(why);
}

fn scorer_of(text: &str) -> Result<(Kept, Scorer), String> {
    let kept = Kept::from_file(text).map_err(|error| error.to_string())?;
    let scorer = Scorer::of(&kept).map_err(|error| error.to_string())?;
    Ok((kept, scorer))
}

/// A model of the database by its version, for making a decision again.
pub(super) fn stored_scorer(reader: &mut Reader<'_>, version: &str) -> Result<Option<Scorer>, GuideError> {
    let text = model_store::text_of(reader, version)?;
    Ok(text.and_then(|text| scorer_of(&text).ok()).map(|(_, scorer)| scorer))
}
