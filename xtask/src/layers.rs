//! Which crate may use which: the map of the workspace, kept.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What most crates may stand on.
const BASE: &[&str] = &["kernel", "calendar", "vault", "db", "jobs", "volatile"];
/// The crates that own one domain each; they do not know each other, the ledger aside.
const DOMAINS: &[&str] = &[
    "ledger",
    "identity",
    "access",
    "audit",
    "notify",
    "parties",
    "risk",
    "screening",
    "compliance",
    "fx",
    "payments",
    "lending",
    "cards",
    "investing",
    "insight",
    "monitoring",
    "documents",
    "rails",
];
/// What both faces of the program may use.
const FACE: &[&str] = &["kernel", "app", "http"];

/// The map: a crate, and the groups of crates that it may use.
const MAP: &[(&str, &[&[&str]])] = &[
    ("kernel", &[]),
    ("calendar", &[]),
    ("vault", &[&["kernel"]]),
    ("volatile", &[&["kernel"]]),
    ("db", &[&["kernel", "vault"]]),
    ("jobs", &[&["kernel", "db"]]),
    ("ledger", &[&["kernel", "db", "jobs"]]),
    ("identity", &[BASE]),
    ("access", &[BASE]),
    ("audit", &[BASE]),
    ("notify", &[BASE]),
    ("parties", &[BASE]),
    ("risk", &[BASE]),
    ("screening", &[]),
    ("compliance", &[BASE, &["ledger", "screening"]]),
    ("fx", &[BASE, &["ledger"]]),
    ("payments", &[BASE, &["ledger", "rails"]]),
    ("lending", &[BASE, &["ledger"]]),
    ("cards", &[BASE, &["ledger"]]),
    ("investing", &[BASE, &["ledger"]]),
    ("insight", &[BASE]),
    ("monitoring", &[BASE]),
    ("documents", &[&["kernel"]]),
    ("rails", &[&["kernel"]]),
    ("app", &[BASE, DOMAINS]),
    // An answer kept under an idempotency key is a row, and what both faces share thaws it.
    ("http", &[&["kernel", "volatile", "db", "app"], DOMAINS]),
    // An answer is rendered inside the commit that earns it, and sign-ins are counted where instances share state.
    ("api", &[FACE, DOMAINS, &["volatile", "db"]]),
    ("web", &[FACE, DOMAINS, &["db"]]),
    ("scan", &[]),
    // The binary starts the faces over the services, and its commands speak to the services directly.
    (
        "florin",
        &[
            BASE,
            &[
                "ledger",
                "identity",
                "access",
                "audit",
                "notify",
                "parties",
                "payments",
                "risk",
                "screening",
                "compliance",
                "monitoring",
                "app",
                "http",
                "api",
                "web",
                "scan",
            ],
        ],
    ),
    ("testkit", &[BASE, DOMAINS, &["app", "http", "api", "web", "scan"]]),
    ("xtask", &[]),
];
/// Tests of any crate may use it; nothing that is shipped may.
const TESTS_ONLY: &str = "testkit";
/// Libraries that must not be linked, as packages' names: TLS here is rustls. (`openssl-probe` links nothing; it knows
/// where systems keep the certificates they trust.)
const BANNED: &[&str] = &["openssl", "openssl-sys", "native-tls"];

/// Every way in which the workspace departs from the map, as sentences.
///
/// # Errors
/// When the workspace cannot be read.
pub fn check(root: &Path) -> Result<Vec<String>, String> {
    let packages = packages(root)?;
    let mut faults = arrows(&packages);
    for package in &packages {
        let manifest = read(Path::new(&package.manifest))?;
        if !inherits_lints(&manifest)? {
            faults.push(format!("{} does not inherit the workspace's lints", package.name));
        }
    }
    faults.extend(banned(&read(&root.join("Cargo.lock"))?));
    Ok(faults)
}

/// A crate of ours and what it uses of ours.
struct Package {
    name: String,
    manifest: String,
    uses: Vec<Use>,
}

struct Use {
    name: String,
    in_tests: bool,
}

fn packages(root: &Path) -> Result<Vec<Package>, String> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(program)
        .current_dir(root)
        .args(["metadata", "--format-version=1", "--no-deps"])
        .output()
        .map_err(|error| format!("cargo metadata could not be started: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let metadata: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
    parse(&metadata).ok_or_else(|| "cargo metadata has another shape than expected".to_owned())
}

fn parse(metadata: &Value) -> Option<Vec<Package>> {
    metadata.get("packages")?.as_array()?.iter().map(package).collect()
}

fn package(package: &Value) -> Option<Package> {
    let mut uses = Vec::new();
    for dependency in package.get("dependencies")?.as_array()? {
        // Only what lies in the workspace has a path; other people's crates are not on the map.
        if dependency.get("path").is_some_and(Value::is_string) {
            let name = short(dependency.get("name")?.as_str()?).to_owned();
            let in_tests = dependency.get("kind").and_then(Value::as_str) == Some("dev");
            uses.push(Use { name, in_tests });
        }
    }
    let name = short(package.get("name")?.as_str()?).to_owned();
    let manifest = package.get("manifest_path")?.as_str()?.to_owned();
    Some(Package { name, manifest, uses })
}

fn short(name: &str) -> &str {
    name.strip_prefix("florin-").unwrap_or(name)
}

fn arrows(packages: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    for package in packages {
        let name = &package.name;
        let Some((_, allowed)) = MAP.iter().find(|(known, _)| known == name) else {
            faults.push(format!("{name} has no place on the map"));
            continue;
        };
        for used in &package.uses {
            // A crate names itself in its tests to turn on features of its own.
            let for_tests = used.in_tests && (used.name == TESTS_ONLY || used.name == *name);
            let on_map = allowed.iter().any(|group| group.contains(&used.name.as_str()));
            if !for_tests && !on_map {
                faults.push(format!("{name} uses {}, which the map does not allow", used.name));
            }
        }
    }
    faults
}

fn inherits_lints(manifest: &str) -> Result<bool, String> {
    let manifest: toml::Table =
        manifest.parse().map_err(|error| format!("a manifest is unreadable: {error}"))?;
    let inherits = manifest.get("lints").and_then(|lints| lints.get("workspace"));
    Ok(inherits.and_then(toml::Value::as_bool) == Some(true))
}

fn banned(lock: &str) -> Vec<String> {
    let names = lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    names
        .filter(|name| BANNED.contains(name))
        .map(|name| format!("{name} is banned and in Cargo.lock; `cargo tree --invert {name}` says why"))
        .collect()
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{} is unreadable: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults_of(name: &str, uses: &str, kind: Option<&str>) -> Vec<String> {
        let dependency = json!({ "name": uses, "kind": kind, "path": "/x" });
        let foreign = json!({ "name": "serde", "kind": null });
        let metadata = json!({ "packages": [
            { "name": name, "manifest_path": "/x/Cargo.toml", "dependencies": [dependency, foreign] },
        ]});
        arrows(&parse(&metadata).unwrap())
    }

    #[test]
    fn an_arrow_on_the_map_is_allowed_and_any_other_is_a_fault() {
        assert!(faults_of("florin-payments", "florin-ledger", None).is_empty());
        assert!(faults_of("florin-http", "florin-access", None).is_empty());
        assert_eq!(
            faults_of("florin-kernel", "florin-db", None),
            ["kernel uses db, which the map does not allow"],
        );
        assert_eq!(faults_of("florin-audit", "florin-ledger", Some("dev")).len(), 1);
        assert_eq!(faults_of("florin-db", "florin-kernel", Some("build")).len(), 0);
    }

    #[test]
    fn the_testkit_is_for_tests_alone() {
        assert!(faults_of("florin", "florin-testkit", Some("dev")).is_empty());
        assert_eq!(faults_of("florin", "florin-testkit", None).len(), 1);
        assert!(faults_of("florin-db", "florin-db", Some("dev")).is_empty());
    }

    #[test]
    fn a_crate_that_is_not_on_the_map_is_a_fault() {
        assert_eq!(faults_of("florin-utils", "florin-kernel", None), ["utils has no place on the map"]);
    }

    #[test]
    fn lints_are_inherited_only_when_the_manifest_says_so() {
        assert_eq!(inherits_lints("[lints]\nworkspace = true"), Ok(true));
        assert_eq!(inherits_lints("[lints]\nworkspace = false"), Ok(false));
        assert_eq!(inherits_lints("[package]\nname = \"x\""), Ok(false));
        assert!(inherits_lints("[").is_err());
    }

    #[test]
    fn openssl_in_the_lock_file_is_a_fault() {
        let lock = "[[package]]\nname = \"openssl-sys\"\nversion = \"1\"\n[[package]]\nname = \"rustls\"\n";

        let faults = banned(lock);

        assert_eq!(faults.len(), 1);
        assert!(faults[0].contains("openssl-sys"));
    }

    #[test]
    fn every_name_on_the_map_is_a_crate_of_the_map() {
        for group in MAP.iter().flat_map(|(_, groups)| *groups) {
            for used in *group {
                assert!(MAP.iter().any(|(name, _)| name == used), "{used}");
            }
        }
    }

    #[test]
    fn this_workspace_keeps_to_the_map() {
        assert_eq!(check(&crate::root()), Ok(Vec::new()));
    }
}
