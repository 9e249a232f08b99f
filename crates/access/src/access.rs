//! The one place that decides.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression, Schema,
};
use florin_kernel::{Action, Authority, Denied, Department, Principal, Resource};
use parking_lot::RwLock;
use thiserror::Error;

use crate::question::Who;
use crate::{Ownership, Policies, Question};

/// How many answers are remembered; there are fewer different questions than this in any institution.
const REMEMBERED_MAX: usize = 100_000;

/// What decides for API and pages alike.
pub struct Access {
    schema: Schema,
    set: PolicySet,
    authorizer: Authorizer,
    remembered: RwLock<HashMap<Question, Verdict, foldhash::fast::RandomState>>,
}

/// An answer, and the policies that gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The answer.
    pub decision: Result<(), Denied>,
    /// The names of the policies that decided, sorted; none when nothing permits it.
    pub policies: Vec<String>,
}

/// An answer as it is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Allow,
    Deny,
    /// Refused, and allowed as soon as the email is proved.
    DenyUntilVerified,
    /// Refused, and allowed as soon as a second factor is set up.
    DenyUntilEnrolled,
}

impl Verdict {
    fn answer(self, question: &Question) -> Result<(), Denied> {
        match self {
            Self::Allow => Ok(()),
            Self::Deny if question.standing.0 == Who::Anonymous => Err(Denied::Unauthenticated),
            Self::Deny => Err(Denied::Forbidden { action: question.action }),
            Self::DenyUntilVerified => Err(Denied::EmailUnverified),
            Self::DenyUntilEnrolled => Err(Denied::MfaEnrolmentRequired),
        }
    }
}

impl Access {
    /// Decides by `policies`.
    pub fn new(policies: Policies) -> Self {
        let Policies { schema, set } = policies;
        Self { schema, set, authorizer: Authorizer::new(), remembered: RwLock::default() }
    }

    /// What would be decided, and by which policies; asks Cedar anew each time.
    pub fn explain(&self, principal: &Principal, action: Action, resource: &Resource) -> Explanation {
        self.explain_question(&Question::new(principal, action, resource))
    }

    /// The same for a question put directly.
    pub fn explain_question(&self, question: &Question) -> Explanation {
        let (_, policies) = self.ask_cedar(question);
        Explanation { decision: self.judge(question).answer(question), policies }
    }

    /// The answer to a question put directly: the remembered one, or Cedar's.
    pub fn answer(&self, question: &Question) -> Result<(), Denied> {
        let known = self.remembered.read().get(question).copied();
        known.unwrap_or_else(|| self.judge_and_remember(question)).answer(question)
    }

    #[cold]
    fn judge_and_remember(&self, question: &Question) -> Verdict {
        let verdict = self.judge(question);
        let mut remembered = self.remembered.write();
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        remembered.insert(*question, verdict);
        verdict
    }

    fn judge(&self, question: &Question) -> Verdict {
        if self.ask_cedar(question).0 {
            return Verdict::Allow;
        }
        let verified = Question { standing: question.standing.once_verified(), ..*question };
        if verified != *question && self.ask_cedar(&verified).0 {
            return Verdict::DenyUntilVerified;
        }
        let enrolled = Question { standing: question.standing.once_enrolled(), ..*question };
        if enrolled != *question {
            return match self.judge(&enrolled) {
                Verdict::Allow => Verdict::DenyUntilEnrolled,
                other => other,
            };
        }
        Verdict::Deny
    }

    /// Whether Cedar allows it, and the policies that decided; an error refuses.
    fn ask_cedar(&self, question: &Question) -> (bool, Vec<String>) {
        let (request, entities) = match self.translate(question) {
            Ok(translated) => translated,
            Err(error) => {
                tracing::error!(%error, action = %question.action, "a question cannot be put to the policies: refused");
                return (false, Vec::new());
            }
        };
        let response = self.authorizer.is_authorized(&request, &self.set, &entities);
        let mut failed = false;
        for error in response.diagnostics().errors() {
            tracing::error!(%error, action = %question.action, "a policy failed: refused");
            failed = true;
        }
        let mut policies: Vec<String> = response.diagnostics().reason().map(ToString::to_string).collect();
        policies.sort_unstable();
        (response.decision() == Decision::Allow && !failed, policies)
    }

    /// The question in Cedar's terms; who asks, other people and the resource have no names but these.
    fn translate(&self, question: &Question) -> Result<(Request, Entities), Untranslatable> {
        let mut entities = Vec::with_capacity(3);
        let asking = match question.standing.0 {
            Who::Anonymous => uid("Anonymous", "anonymous")?,
            Who::System => uid("System", "system")?,
            Who::User { roles, department, verified, mfa_due } => {
                let asking = uid("User", "asking")?;
                let parents =
                    roles.iter().map(|role| uid("Role", role.code())).collect::<Result<HashSet<_>, _>>()?;
                entities.push(person(asking.clone(), department, verified, mfa_due, parents)?);
                asking
            }
        };
        let owner = match (question.ownership, question.standing.0) {
            (Ownership::Unowned, _) => None,
            (Ownership::Own, Who::User { .. }) => Some(asking.clone()),
            (Ownership::Own | Ownership::Others, _) => {
                let other = uid("User", "other")?;
                entities.push(person(other.clone(), None, true, false, HashSet::new())?);
                Some(other)
            }
        };
        let resource = uid("Resource", question.kind)?;
        let kind = RestrictedExpression::new_string(question.kind.to_owned());
        let mut attributes = HashMap::from([("kind".to_owned(), kind)]);
        if let Some(owner) = owner {
            attributes.insert("owner".to_owned(), RestrictedExpression::new_entity_uid(owner));
        }
        entities
            .push(Entity::new(resource.clone(), attributes, HashSet::new()).map_err(Untranslatable::new)?);

        let action = uid("Action", question.action.code())?;
        let request = Request::new(asking, action, resource, Context::empty(), Some(&self.schema))
            .map_err(Untranslatable::new)?;
        let entities = Entities::from_entities(entities, Some(&self.schema)).map_err(Untranslatable::new)?;
        Ok((request, entities))
    }
}

impl Authority for Access {
    fn decide(&self, principal: &Principal, action: Action, resource: &Resource) -> Result<(), Denied> {
        self.answer(&Question::new(principal, action, resource))
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").finish_non_exhaustive()
    }
}

fn uid(kind: &str, id: &str) -> Result<EntityUid, Untranslatable> {
    let kind = EntityTypeName::from_str(kind).map_err(Untranslatable::new)?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

fn person(
    name: EntityUid,
    department: Option<Department>,
    verified: bool,
    mfa_due: bool,
    roles: HashSet<EntityUid>,
) -> Result<Entity, Untranslatable> {
    let mut attributes = HashMap::from([
        ("verified".to_owned(), RestrictedExpression::new_bool(verified)),
        ("mfa_due".to_owned(), RestrictedExpression::new_bool(mfa_due)),
    ]);
    if let Some(department) = department {
        let department = RestrictedExpression::new_entity_uid(uid("Department", department.code())?);
        attributes.insert("department".to_owned(), department);
    }
    Entity::new(name, attributes, roles).map_err(Untranslatable::new)
}

/// A question that does not fit the schema.
#[derive(Debug, Error)]
#[error("{0}")]
struct Untranslatable(String);

impl Untranslatable {
    fn new(error: impl std::error::Error) -> Self {
        Self(error.to_string())
    }
}
