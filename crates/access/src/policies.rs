//! The policies: shipped with the program, overridable, checked before use.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use cedar_policy::{EntityUid, Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};
use florin_kernel::{Action, Department, Role};
use thiserror::Error;

const SCHEMA: &str = include_str!("../policies/florin.cedarschema");

const SHIPPED: [(&str, &str); 5] = [
    ("anyone.cedar", include_str!("../policies/anyone.cedar")),
    ("customers.cedar", include_str!("../policies/customers.cedar")),
    ("departments.cedar", include_str!("../policies/departments.cedar")),
    ("safeguards.cedar", include_str!("../policies/safeguards.cedar")),
    ("staff.cedar", include_str!("../policies/staff.cedar")),
];

/// Why policies cannot be used.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// A file or the directory cannot be read.
    #[error("{} cannot be read", .path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Text that is no Cedar.
    #[error("{file}: {reason}")]
    Malformed {
        /// The file.
        file: String,
        /// Where and why.
        reason: String,
    },
    /// A policy without a name, or with that of another.
    #[error("{file}: every policy needs an @id of its own, and {id:?} is not")]
    Unnamed {
        /// The file.
        file: String,
        /// The name, empty when there is none.
        id: String,
    },
    /// A policy that does not fit the schema, or names a person, resource or role that no question has.
    #[error("the policies do not fit the schema: {0}")]
    Invalid(String),
}

/// Policies that fit the schema.
#[derive(Debug)]
pub struct Policies {
    pub(crate) schema: Schema,
    pub(crate) set: PolicySet,
}

impl Policies {
    /// The policies that are shipped with the program.
    pub fn shipped() -> Result<Self, PolicyError> {
        Self::load(None)
    }

    /// The shipped policies, with files of `dir` added; a file with a shipped one's name takes its place.
    pub fn load(dir: Option<&Path>) -> Result<Self, PolicyError> {
        let mut files: BTreeMap<String, String> =
            SHIPPED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        if let Some(dir) = dir {
            files.extend(read_dir(dir)?);
        }

        let (schema, _warnings) =
            Schema::from_cedarschema_str(SCHEMA).map_err(|error| PolicyError::Invalid(error.to_string()))?;
        let mut set = PolicySet::new();
        for (file, text) in &files {
            add_file(&mut set, file, text)?;
        }
        check(&schema, &set)?;
        Ok(Self { schema, set })
    }

    /// The names of the policies, sorted.
    pub fn ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.set.policies().map(|policy| policy.id().to_string()).collect();
        ids.sort_unstable();
        ids
    }
}

fn read_dir(dir: &Path) -> Result<BTreeMap<String, String>, PolicyError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| PolicyError::Unreadable { path, source }
    };
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir).map_err(unreadable(dir))? {
        let path = entry.map_err(unreadable(dir))?.path();
        if path.extension().is_some_and(|extension| extension == "cedar") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.insert(name, fs::read_to_string(&path).map_err(unreadable(&path))?);
        }
    }
    Ok(files)
}

fn add_file(set: &mut PolicySet, file: &str, text: &str) -> Result<(), PolicyError> {
    let malformed = |reason: String| PolicyError::Malformed { file: file.to_owned(), reason };
    let parsed = PolicySet::from_str(text).map_err(|error| malformed(error.to_string()))?;
    if parsed.num_of_templates() > 0 {
        return Err(malformed(
            "a template is not a policy: ?principal and ?resource are never filled in".to_owned(),
        ));
    }
    let mut policies: Vec<&Policy> = parsed.policies().collect();
    policies.sort_unstable_by(|a, b| a.id().cmp(b.id()));
    for policy in policies {
        let id = policy.annotation("id").unwrap_or_default();
        let unnamed = || PolicyError::Unnamed { file: file.to_owned(), id: id.to_owned() };
        if id.is_empty() {
            return Err(unnamed());
        }
        set.add(policy.new_id(PolicyId::new(id))).map_err(|_| unnamed())?;
    }
    Ok(())
}

fn check(schema: &Schema, set: &PolicySet) -> Result<(), PolicyError> {
    let result = Validator::new(schema.clone()).validate(set, ValidationMode::Strict);
    if !result.validation_passed() {
        let errors: Vec<String> = result.validation_errors().map(ToString::to_string).collect();
        return Err(PolicyError::Invalid(errors.join("; ")));
    }
    for action in Action::ALL {
        let known = |uid: &&EntityUid| uid.id().unescaped() == action.code();
        if !schema.actions().any(|uid| known(&uid)) {
            return Err(PolicyError::Invalid(format!("the schema has no action {action}")));
        }
    }
    for policy in set.policies() {
        if let Some(literal) = policy.entity_literals().iter().find(|literal| !is_in_questions(literal)) {
            return Err(PolicyError::Invalid(format!(
                "{} names {literal}, which no question does",
                policy.id()
            )));
        }
    }
    Ok(())
}

/// Whether a policy may name it: actions do not change, and of entities only roles and departments are the
/// same in every question.
fn is_in_questions(literal: &EntityUid) -> bool {
    match literal.type_name().basename() {
        "Action" => true,
        "Department" => literal.id().unescaped().parse::<Department>().is_ok(),
        "Role" => literal.id().unescaped().parse::<Role>().is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(name: &str, text: &str) -> Result<Policies, PolicyError> {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(name), text).unwrap();
        fs::write(dir.path().join("README.txt"), "not a policy").unwrap();
        Policies::load(Some(dir.path()))
    }

    #[test]
    fn the_shipped_policies_fit_the_schema_and_are_named() {
        let ids = Policies::shipped().unwrap().ids();

        assert!(ids.contains(&"admin.administer".to_owned()));
        assert!(ids.iter().all(|id| id.contains('.')));
    }

    #[test]
    fn a_directory_adds_files_and_replaces_those_of_the_same_name() {
        let permit = r#"@id("local.tellers-see-audit") permit (principal is User in Role::"teller", action == Action::"audit.read", resource);"#;

        let added = with_file("local.cedar", permit).unwrap().ids();
        let replaced = with_file("staff.cedar", permit).unwrap().ids();

        assert!(added.contains(&"local.tellers-see-audit".to_owned()));
        assert!(added.contains(&"admin.administer".to_owned()));
        assert!(replaced.contains(&"local.tellers-see-audit".to_owned()));
        assert!(!replaced.contains(&"admin.administer".to_owned()));
    }

    #[test]
    fn policies_that_do_not_fit_are_refused_before_any_decision() {
        let cases = [
            (r#"@id("a.b") permit (principal, action == Action::"account.raed", resource);"#, "account.raed"),
            (
                r#"@id("a.b") permit (principal is User, action, resource) when { principal.verfied };"#,
                "verfied",
            ),
            (r#"@id("a.b") permit (principal in Role::"boss", action, resource);"#, "boss"),
            (
                r#"@id("a.b") permit (principal is User, action, resource) when { principal has department && principal.department == Department::"HR" };"#,
                "HR",
            ),
            (
                r#"@id("a.b") permit (principal is User, action, resource) when { principal.department == Department::"hr" };"#,
                "department",
            ),
            (r#"@id("a.b") permit (principal == User::"mallory", action, resource);"#, "mallory"),
            (r"permit (principal, action, resource);", "@id"),
            (r#"@id("admin.administer") permit (principal, action, resource);"#, "admin.administer"),
            (r#"@id("a.b") permit (principal == ?principal, action, resource);"#, "template"),
            (r#"@id("a.b") permit (principal,"#, "local.cedar"),
        ];
        for (text, named) in cases {
            let refusal = with_file("local.cedar", text).unwrap_err().to_string();
            assert!(refusal.contains(named), "{text}\n  gave: {refusal}");
        }
    }

    #[test]
    fn a_missing_directory_is_said() {
        let refusal = Policies::load(Some(Path::new("/nowhere/at/all"))).unwrap_err();

        assert!(matches!(refusal, PolicyError::Unreadable { .. }));
        assert!(refusal.to_string().contains("/nowhere/at/all"));
    }
}
