//! What two must agree on before it decides about money: a set of rules, the model.

use std::sync::Arc;

use florin_access::{Afterwards, Approvals, Held, HeldCommand};
use florin_db::{Db, DbError, Tx};
use florin_kernel::{Action, Actor, Permit, Resource, Timestamp, UserId};
use florin_risk::service::{GuideError, ModelBook, ModelRole, Risk, RuleBook};
use serde_json::{Value, json};

use crate::Change;

/// The kinds of held commands about decisions.
const ACTIVATE_RULES: &str = "risk_rules.activate";
const GIVE_ROLE: &str = "risk_model.activate";

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// That a set of rules decides, in the place of another.
    Rules {
        /// The hash of its text.
        hash: String,
    },
    /// That a model has a role.
    Role {
        /// The model.
        version: String,
        /// The role.
        role: ModelRole,
    },
}

/// Where two agree on what decides. Clones share it.
#[derive(Clone)]
pub struct GuideDesk {
    db: Db,
    risk: Risk,
    approvals: Approvals,
    four_eyes: bool,
}

impl GuideDesk {
    pub(crate) fn new(db: Db, risk: Risk, approvals: Approvals, four_eyes: bool) -> Self {
        Self { db, risk, approvals, four_eyes }
    }

    /// Does what is asked, or asks a second person to: rules, and who is or was the champion, are no one person's to choose.
    ///
    /// # Errors
    /// [`GuideError`].
    pub async fn ask(&self, by: &Actor, asked: Asked) -> Result<Change, GuideError> {
        let (permit, held, weighty) = self.held(by, &asked).await?;
        let person = by.user();
        let Some(asked_by) = person.filter(|_| self.four_eyes && weighty) else {
            if weighty {
                by.must_be_recent(self.db.env().now())?;
            }
            let risk = self.risk.clone();
            let done = self.db.write(permit, move |tx| carry_out(&risk, tx, &held.payload, person)).await?;
            done();
            return Ok(Change::Made);
        };
        let (env, approvals) = (self.db.env().clone(), self.approvals.clone());
        let id = self
            .db
            .write(permit, move |tx| {
                // Of several requests about the same the last counts.
                Approvals::withdraw(tx, &held.kind, held.subject, env.now())?;
                Ok::<_, GuideError>(approvals.hold(tx, &held, asked_by, env.now())?)
            })
            .await?;
        Ok(Change::Held(id))
    }

    /// What is asked as a command, and whether two must agree on it.
    async fn held(&self, by: &Actor, asked: &Asked) -> Result<(Permit, Held, bool), GuideError> {
        let asked_by = by.user().map(|user| user.to_string());
        Ok(match asked {
            Asked::Rules { hash } => {
                let (permit, replaces) = self.risk.may_activate_rules(by, hash).await?;
                let payload = json!({ "hash": hash, "replaces": replaces, "asked_by": asked_by });
                let subject = RuleBook::subject(hash);
                (permit, Held { kind: ACTIVATE_RULES.to_owned(), subject, payload }, true)
            }
            Asked::Role { version, role } => {
                let (permit, present) = self.risk.may_give_role(by, version, *role).await?;
                let payload = json!({ "version": version, "role": role.code(), "asked_by": asked_by });
                let held = Held { kind: GIVE_ROLE.to_owned(), subject: ModelBook::subject(version), payload };
                (permit, held, [*role, present].contains(&ModelRole::Champion))
            }
        })
    }
}

/// Does what a command says, and gives what is to be done once that is durable.
fn carry_out(
    risk: &Risk,
    tx: &mut Tx<'_>,
    payload: &Value,
    by: Option<UserId>,
) -> Result<Afterwards, GuideError> {
    let text = |name: &str| payload.get(name).and_then(Value::as_str);
    let unclear = || GuideError::Conflict("the request does not say what is to be done".to_owned());
    if let Some(hash) = text("hash") {
        let change = risk.activate_rules_in(tx, hash, text("replaces"), by)?;
        return Ok(Box::new(move || change.settled()));
    }
    let role = text("role").and_then(ModelRole::find).ok_or_else(unclear)?;
    let change = risk.give_role_in(tx, text("version").ok_or_else(unclear)?, role, by)?;
    Ok(Box::new(move || change.settled()))
}

/// Does one kind of these once a second person agreed.
struct HeldGuide {
    kind: &'static str,
    action: Action,
    noun: &'static str,
    risk: Risk,
}

/// The commands about decisions that can be held.
pub(crate) fn commands(risk: &Risk) -> [Arc<dyn HeldCommand>; 2] {
    let command = |kind, action, noun| Arc::new(HeldGuide { kind, action, noun, risk: risk.clone() });
    [
        command(ACTIVATE_RULES, Action::ChangeRiskRules, "risk_rule"),
        command(GIVE_ROLE, Action::ChangeRiskModels, "risk_model"),
    ]
}

impl HeldCommand for HeldGuide {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn action(&self) -> Action {
        self.action
    }

    fn resource(&self, _: &Held) -> Resource {
        Resource::kind(self.noun)
    }

    fn carry_out(
        &self,
        tx: &mut Tx<'_>,
        held: &Held,
        _: Timestamp,
    ) -> Result<Result<Afterwards, String>, DbError> {
        let asked_by = held.payload.get("asked_by").and_then(Value::as_str).and_then(|id| id.parse().ok());
        match carry_out(&self.risk, tx, &held.payload, asked_by) {
            Ok(afterwards) => {
                tx.about(held.subject);
                Ok(Ok(afterwards))
            }
            Err(GuideError::Db(error)) => Err(error),
            Err(refused) => Ok(Err(refused.to_string())),
        }
    }
}
