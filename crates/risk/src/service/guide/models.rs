//! Models, as people keep them.

use florin_db::{DbError, Tx};
use florin_kernel::{Action, Actor, Fault, Permit, Resource, Timestamp, UserId, Uuid};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::model_store::{self, NewRow};
use super::{GuideError, Part, Risk, count_up};
use crate::engine::Scorer;
use crate::training::{Evaluation, Kept};

/// How many models are shown, the newest.
const SHOWN: i64 = 200;

/// What a model is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelRole {
    /// Nothing.
    None,
    /// It decides.
    Champion,
    /// It is asked and recorded, and decides nothing.
    Challenger,
}

impl ModelRole {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Champion => "champion",
            Self::Challenger => "challenger",
        }
    }

    /// The role of this name.
    pub fn find(code: &str) -> Option<Self> {
        [Self::None, Self::Champion, Self::Challenger].into_iter().find(|role| role.code() == code)
    }
}

/// How good a model was on days that it had not seen; figures that could not be told are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelReport {
    /// The first day that was judged.
    pub test_from: Option<Date>,
    /// The day after the last.
    pub test_to: Option<Date>,
    /// How many rows were judged.
    pub rows: u64,
    /// How many of them were frauds.
    pub frauds: u64,
    /// The area under the receiver's curve.
    pub auc_roc: Option<f64>,
    /// The average precision.
    pub average_precision: Option<f64>,
    /// The mean share of true ones among the hundred accounts of the highest scores of a day.
    pub card_precision_100: Option<f64>,
    /// The share of frauds among the rows of the highest 0.5 % of scores.
    pub recall_at_alerts: Option<f64>,
}

impl ModelReport {
    /// The figures of an evaluation.
    pub fn of(found: &Evaluation) -> Self {
        let told = |figure: f64| Some(figure).filter(|figure| figure.is_finite());
        Self {
            test_from: Some(found.test.0),
            test_to: Some(found.test.1),
            rows: found.test_rows.0,
            frauds: found.test_rows.1,
            auc_roc: told(found.auc_roc),
            average_precision: told(found.average_precision),
            card_precision_100: told(found.card_precision_100),
            recall_at_alerts: told(found.recall_at_alerts),
        }
    }

    fn check(&self) -> Result<(), GuideError> {
        let figures = [self.auc_roc, self.average_precision, self.card_precision_100, self.recall_at_alerts];
        if figures.into_iter().flatten().all(|figure| (0.0..=1.0).contains(&figure))
            && self.frauds <= self.rows
        {
            return Ok(());
        }
        Err(GuideError::invalid("report", "figures are shares from 0 to 1, and frauds are rows"))
    }
}

/// A model that is wanted.
#[derive(Clone, Debug)]
pub struct NewModel {
    /// The file, as training writes it.
    pub text: String,
    /// How good it was.
    pub report: Option<ModelReport>,
    /// Whether it is the challenger from now on.
    pub challenge: bool,
}

/// A model as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptModel {
    /// The first digits of its hash.
    pub version: String,
    /// Which set of features it asks about.
    pub features: String,
    /// How good it was.
    pub report: Option<ModelReport>,
    /// The first day that it was learned from.
    pub trained_from: Date,
    /// The day after the last.
    pub trained_to: Date,
    /// Of how many rows it was learned.
    pub rows: i64,
    /// How many of them were frauds.
    pub frauds: i64,
    /// Who brought it; the program itself is nobody.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
    /// What it is used for.
    pub role: ModelRole,
}

/// All about models.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelBook {
    /// The version of the model that decides now, if one does.
    pub in_use: Option<String>,
    /// All that are kept, the newest first.
    pub models: Vec<KeptModel>,
}

impl ModelBook {
    /// What stands for a version where an identifier is wanted.
    pub fn subject(version: &str) -> Uuid {
        u128::from_str_radix(version, 16).map_or(Uuid::nil(), Uuid::from_u128)
    }
}

/// A change of roles in a unit of work, to be taken in once that is durable.
#[derive(Debug)]
pub struct RoleChange {
    pub(super) taken: super::refresh::ModelsRead,
    pub(super) risk: Risk,
}

impl RoleChange {
    /// The commit is durable: models are used so from now on.
    pub fn settled(self) {
        self.risk.use_models_read(self.taken);
    }
}

impl Risk {
    /// The models that are kept.
    ///
    /// # Errors
    /// [`GuideError::Denied`], or what the database says.
    pub async fn model_book(&self, by: &Actor) -> Result<ModelBook, GuideError> {
        by.permit(Action::ReadRiskModels, Resource::kind("risk_model"))?;
        let in_use = match &self.engine().models().champion {
            crate::engine::Champion::Ready(scorer) => Some(scorer.version().to_owned()),
            crate::engine::Champion::None | crate::engine::Champion::Missing => None,
        };
        let models = self.db().read(|r| model_store::list(r, SHOWN).map_err(GuideError::from)).await?;
        Ok(ModelBook { in_use, models })
    }

    /// Keeps a model, as the challenger if that is wanted; the same model is kept once.
    ///
    /// # Errors
    /// [`GuideError::Invalid`] where the file is no model, was changed, or is none of decisions about money;
    /// [`GuideError::Denied`].
    #[tracing::instrument(name = "risk.model.keep", skip_all)]
    pub async fn keep_model(&self, by: &Actor, new: NewModel) -> Result<KeptModel, GuideError> {
        let permit = by.permit(Action::ChangeRiskModels, Resource::kind("risk_model"))?;
        let kept = model_of(&new.text)?;
        new.report.as_ref().map_or(Ok(()), ModelReport::check)?;
        let report = new.report.as_ref().map(|report| serde_json::to_string(report).unwrap_or_default());
        let (env, person, text, challenge) = (self.db().env().clone(), by.user(), new.text, new.challenge);
        let found = self
            .db()
            .write(permit, move |tx| {
                count_up(tx, Part::Models)?;
                let row =
                    NewRow { kept: &kept, text: &text, report: report.as_deref(), by: person, at: env.now() };
                let (version, new) = (kept.version(), model_store::keep(tx, &row)?);
                let found = model_store::find(&mut tx.reader(), &version)?;
                let found = found.ok_or(GuideError::NotFound("model"))?;
                // Who decides is taken from nobody by bringing it once more.
                if challenge && found.role == ModelRole::None {
                    model_store::give(tx, &version, ModelRole::Challenger, person, env.now())?;
                }
                tx.about(ModelBook::subject(&version));
                tx.note("version", &version);
                tx.note("new", &new);
                model_store::find(&mut tx.reader(), &version)?.ok_or(GuideError::NotFound("model"))
            })
            .await?;
        self.take_in().await;
        Ok(found)
    }

    /// Whether somebody may give a model this role, and the one that it has now.
    ///
    /// # Errors
    /// [`GuideError::NotFound`]; [`GuideError::Conflict`] where it has that role; [`GuideError::Invalid`] where it cannot be
    /// asked by this program; [`GuideError::Denied`].
    pub async fn may_give_role(
        &self,
        by: &Actor,
        version: &str,
        role: ModelRole,
    ) -> Result<(Permit, ModelRole), GuideError> {
        let permit = by.permit(Action::ChangeRiskModels, Resource::kind("risk_model"))?;
        let version = version.to_owned();
        let (found, text) = self
            .db()
            .read(move |r| {
                let found = model_store::find(r, &version)?.ok_or(GuideError::NotFound("model"))?;
                Ok::<_, GuideError>((found, model_store::text_of(r, &version)?.unwrap_or_default()))
            })
            .await?;
        not_so_already(&found, role)?;
        if role != ModelRole::None {
            model_of(&text)?;
        }
        Ok((permit, found.role))
    }

    /// Gives a model a role in a unit of work.
    ///
    /// # Errors
    /// As [`Risk::may_give_role`].
    pub fn give_role_in(
        &self,
        tx: &mut Tx<'_>,
        version: &str,
        role: ModelRole,
        by: Option<UserId>,
    ) -> Result<RoleChange, GuideError> {
        count_up(tx, Part::Models)?;
        let found = model_store::find(&mut tx.reader(), version)?.ok_or(GuideError::NotFound("model"))?;
        not_so_already(&found, role)?;
        if role != ModelRole::None {
            model_of(&model_store::text_of(&mut tx.reader(), version)?.unwrap_or_default())?;
        }
        model_store::give(tx, version, role, by, self.db().env().now())?;
        tx.about(ModelBook::subject(version));
        tx.note("version", &version);
        tx.note_change("role", Some(&found.role.code()), Some(&role.code()));
        Ok(RoleChange { taken: Self::read_models(&mut tx.reader())?, risk: self.clone() })
    }

    /// Keeps a model that is used from a file, so that its decisions can be made again.
    pub(super) async fn keep_model_for_replay(&self, kept: Kept, text: String) -> Result<(), GuideError> {
        let version = kept.version();
        let known = self.db().read(move |r| model_store::find(r, &version).map_err(GuideError::from)).await?;
        if known.is_some() {
            return Ok(());
        }
        let permit = Actor::system("risk").permit(Action::ChangeRiskModels, Resource::kind("risk_model"))?;
        let env = self.db().env().clone();
        self.db()
            .write(permit, move |tx| {
                let row = NewRow { kept: &kept, text: &text, report: None, by: None, at: env.now() };
                model_store::keep(tx, &row)?;
                tx.note("version", &kept.version());
                Ok::<_, DbError>(())
            })
            .await?;
        Ok(())
    }
}

fn not_so_already(found: &KeptModel, role: ModelRole) -> Result<(), GuideError> {
    if found.role == role {
        return Err(GuideError::Conflict(format!("the model's role is {} already", role.code())));
    }
    Ok(())
}

/// The model of a file, which can be asked about money.
fn model_of(text: &str) -> Result<Kept, GuideError> {
    let wrong = |error: &dyn std::fmt::Display| GuideError::Invalid(vec![Fault::invalid("model", error)]);
    let kept = Kept::from_file(text).map_err(|error| wrong(&error))?;
    Scorer::of(&kept).map_err(|error| wrong(&error))?;
    Ok(kept)
}
