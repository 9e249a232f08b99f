//! Making a decision again with the rules and models of then.

use florin_db::{DbError, Reader};

use super::refresh::stored_scorer;
use super::{GuideError, Risk, rule_store};
use crate::engine::{Champion, Models, Scorer};
use crate::rules::RuleSet;
use crate::ruling::Ruling;
use crate::service::StoredDecision;
use crate::service::decided::short;

impl Risk {
    /// What a decision comes to when it is made again of what was written, with the rules and models of then, and whether that is
    /// the same to the bit. None where the engine did not decide, or its rules or models of then are not kept.
    pub(in crate::service) fn made_again(
        &self,
        reader: &mut Reader<'_>,
        found: &StoredDecision,
    ) -> Result<Option<(Ruling, bool)>, DbError> {
        let made = || -> Result<Option<(Ruling, bool)>, GuideError> {
            let Some(rules) = found.rules.as_deref() else { return Ok(None) };
            let Some(rules) = self.rules_of(reader, rules)? else { return Ok(None) };
            let champion = match found.model.as_deref() {
                None => Champion::None,
                Some(version) => match self.scorer_of_then(reader, version)? {
                    Some(scorer) => Champion::Ready(Box::new(scorer)),
                    None => return Ok(None),
                },
            };
            let challenger = match found.evidence.challenger.as_deref() {
                None => None,
                Some(version) => match self.scorer_of_then(reader, version)? {
                    Some(scorer) => Some(scorer),
                    None => return Ok(None),
                },
            };
            Ok(found.replayed(&rules, &Models { champion, challenger }))
        };
        let mut made = made;
        made().map_err(|error| match error {
            GuideError::Db(error) => error,
            other => DbError::Other(other.to_string()),
        })
    }

    fn rules_of(&self, reader: &mut Reader<'_>, of_then: &str) -> Result<Option<RuleSet>, GuideError> {
        let now = self.engine().rules();
        if short(&now.name().hash) == of_then {
            return Ok(Some(RuleSet::clone(&now)));
        }
        let text = rule_store::text_of(reader, of_then)?;
        Ok(text.and_then(|text| self.usable(&text).ok()))
    }

    fn scorer_of_then(&self, reader: &mut Reader<'_>, version: &str) -> Result<Option<Scorer>, GuideError> {
        let now = self.engine().models();
        let champion = match &now.champion {
            Champion::Ready(scorer) => Some(scorer.as_ref()),
            Champion::None | Champion::Missing => None,
        };
        let known = champion.into_iter().chain(now.challenger.as_ref()).find(|one| one.version() == version);
        match known {
            Some(scorer) => Ok(Some(scorer.clone())),
            None => stored_scorer(reader, version),
        }
    }
}
