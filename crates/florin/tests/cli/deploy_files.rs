//! The files that deployments are made of: units, images, the chart, the scripts.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::support::florin;

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").canonicalize().unwrap()
}

/// What a tool says, or that it is not here.
fn tool(command: &mut Command) -> Option<(bool, String)> {
    let name = command.get_program().to_string_lossy().into_owned();
    if let Ok(output) = command.output() {
        let said = [output.stdout, output.stderr].concat();
        return Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()));
    }
    let words = format!("{name} is not installed: what it looks at was not looked at\n");
    let _ = std::io::stderr().write_all(words.as_bytes());
    None
}

#[test]
fn the_units_are_understood_and_give_nothing_away() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["florin.service", "florin-backup.service", "florin-backup.timer"] {
        let text = fs::read_to_string(deploy().join("systemd").join(name)).unwrap();
        // The program of the unit is looked for by the tool: here it is this one.
        let text = text.replace("/opt/florin/current/florin", env!("CARGO_BIN_EXE_florin"));
        fs::write(directory.path().join(name), text).unwrap();
    }
    for name in ["florin.service", "florin-backup.service"] {
        let unit = directory.path().join(name);
        let Some((verified, said)) = tool(Command::new("systemd-analyze").arg("verify").arg(&unit)) else {
            return;
        };
        assert!(verified && !said.contains(name), "{said}");
        // In tenths: 2.0 is the most that is exposed.
        let mut security = Command::new("systemd-analyze");
        let judged =
            tool(security.args(["security", "--offline=true", "--threshold=20"]).arg(&unit)).unwrap();
        assert!(judged.0, "{}", judged.1);
    }
}

#[test]
fn the_scripts_have_no_faults_that_can_be_seen() {
    let mut shellcheck = Command::new("shellcheck");
    shellcheck
        .args(["-x", "-P", "SCRIPTDIR", "deploy.sh", "rollback.sh", "lib/common.sh"])
        .current_dir(deploy());
    if let Some((sound, said)) = tool(&mut shellcheck) {
        assert!(sound, "{said}");
    }
    for script in ["deploy.sh", "rollback.sh"] {
        let path = deploy().join(script);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("\nset -euo pipefail\n"), "{script}");
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions());
        assert_eq!(mode & 0o111, 0o111, "{script}");
    }
}

/// Every setting that is named by its variable in a text.
fn variables(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let words =
        text.split(|c: char| !is_part(c)).filter(|word| word.starts_with("FLORIN_") && word.contains("__"));
    words.map(str::to_owned).collect()
}

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn every_setting_that_is_named_in_a_file_or_a_page_is_one() {
    let mut known = variables(&florin(&["config", "example"]).stdout);
    // The page has the variables that name files of secrets too.
    known.extend(variables(&florin(&["config", "example", "--form", "markdown"]).stdout));
    let mut found = Vec::new();
    files(&deploy(), &mut found);
    files(&deploy().join("../docs"), &mut found);
    let mut looked = 0;
    for file in found.iter().filter(|file| file.extension().is_none_or(|extension| extension != "json")) {
        for name in variables(&fs::read_to_string(file).unwrap()) {
            // Providers of sign-ins have names of their own; a section stands for all that is in it.
            if name.starts_with("FLORIN_OIDC__") || name.ends_with('_') {
                continue;
            }
            looked += 1;
            assert!(known.contains(&name), "{}: {name}", file.display());
        }
    }
    assert!(looked > 20 && known.len() > 100);
}

/// The paths of the values of a chart, from their indentation.
fn values(text: &str) -> BTreeSet<String> {
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut paths = BTreeSet::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let indent = line.len() - line.trim_start().len();
        let Some((name, _)) = line.trim_start().split_once(':') else { continue };
        open.retain(|(at, _)| *at < indent);
        open.push((indent, name.to_owned()));
        paths.insert(open.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join("."));
    }
    paths
}

#[test]
fn the_chart_uses_the_values_that_it_has_and_all_of_them() {
    let chart = deploy().join("helm/florin");
    let values = values(&fs::read_to_string(chart.join("values.yaml")).unwrap());
    let mut templates = Vec::new();
    files(&chart.join("templates"), &mut templates);
    let mut used = BTreeSet::new();
    for file in &templates {
        let text = fs::read_to_string(file).unwrap();
        assert_eq!(text.matches("{{").count(), text.matches("}}").count(), "{}", file.display());
        let opened =
            ["{{- if ", "{{- with ", "{{- range ", "{{- define "].map(|word| text.matches(word).count());
        assert_eq!(opened.iter().sum::<usize>(), text.matches("{{- end }}").count(), "{}", file.display());
        for part in text.split(".Values.").skip(1) {
            let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(part.len());
            used.insert(part[..end].to_owned());
        }
    }
    for name in &used {
        assert!(values.contains(name), "{name} is no value of the chart");
    }
    for name in &values {
        let is_used = used.iter().any(|path| name == path || name.starts_with(&format!("{path}.")));
        let is_parent = values.iter().any(|path| path.starts_with(&format!("{name}.")));
        assert!(is_used || is_parent, "{name} is used nowhere");
    }
    for kind in [
        "Deployment",
        "Service",
        "Ingress",
        "ConfigMap",
        "PodDisruptionBudget",
        "NetworkPolicy",
        "HorizontalPodAutoscaler",
        "Job",
    ] {
        let wanted = format!("\nkind: {kind}\n");
        assert!(templates.iter().any(|file| fs::read_to_string(file).unwrap().contains(&wanted)), "{kind}");
    }
}
