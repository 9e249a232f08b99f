//! The handbook: every page is in its table of contents, and every link in it leads somewhere.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// The table of contents, from which the book is built.
const SUMMARY: &str = "docs/SUMMARY.md";

/// What is wrong with the documents of the workspace in `root`, a sentence each.
pub fn check(root: &Path) -> io::Result<Vec<String>> {
    let mut pages = BTreeSet::new();
    collect(root, Path::new("docs"), &mut pages)?;
    let mut documents = pages.clone();
    for entry in fs::read_dir(root)? {
        let name = PathBuf::from(entry?.file_name());
        if is_page(&name) {
            documents.insert(name);
        }
    }
    let mut faults = Vec::new();
    let listed = listed(root)?;
    for page in pages.iter().filter(|page| page != &Path::new(SUMMARY) && !listed.contains(*page)) {
        faults.push(format!("{} is not in {SUMMARY}", page.display()));
    }
    for document in &documents {
        let text = fs::read_to_string(root.join(document))?;
        for target in links(&text) {
            if let Some(fault) = follow(root, document, &target) {
                faults.push(format!("{}: {fault}", document.display()));
            }
        }
    }
    Ok(faults)
}

fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md")
}

fn collect(root: &Path, directory: &Path, pages: &mut BTreeSet<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(directory))? {
        let entry = entry?;
        let path = directory.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            collect(root, &path, pages)?;
        } else if is_page(&path) {
            pages.insert(path);
        }
    }
    Ok(())
}

/// The pages that the table of contents names.
fn listed(root: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let text = fs::read_to_string(root.join(SUMMARY))?;
    Ok(links(&text).iter().map(|target| Path::new("docs").join(target)).collect())
}

/// The targets of links in a text of Markdown, but for those in code.
fn links(text: &str) -> Vec<String> {
    let mut targets = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        // What stands between backquotes is no link.
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for part in prose.split("](").skip(1) {
            if let Some((target, _)) = part.split_once(')') {
                targets.push(target.trim_matches(['<', '>']).to_owned());
            }
        }
    }
    targets
}

/// What is wrong with a link; nothing is known of those that leave the sources.
fn follow(root: &Path, document: &Path, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") || target.starts_with('/') {
        return None;
    }
    let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let path = if file.is_empty() {
        document.to_owned()
    } else {
        document.parent().unwrap_or(Path::new("")).join(file)
    };
    let Some(path) = normal(&path) else { return Some(format!("{target} leads out of the sources")) };
    if !root.join(&path).exists() {
        return Some(format!("{target} leads nowhere"));
    }
    let anchor = anchor.filter(|_| is_page(&path))?;
    let text = fs::read_to_string(root.join(&path)).ok()?;
    let found = text.lines().filter(|line| line.starts_with('#')).any(|line| slug(line) == anchor);
    (!found).then(|| format!("{target}: there is no such heading"))
}

/// The path without `.` and `..`; none where it leads out.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if !normal.pop() => return None,
            Component::ParentDir | Component::CurDir => {}
            part => normal.push(part),
        }
    }
    Some(normal)
}

/// What a heading is called in a link.
fn slug(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_in_the_book_and_every_link_leads_somewhere() {
        let faults = check(&crate::root()).unwrap();

        assert!(faults.is_empty(), "{faults:#?}");
    }

    #[test]
    fn what_leads_nowhere_is_found() {
        let root = tempfile_dir();
        fs::create_dir_all(root.join("docs/sub")).unwrap();
        fs::write(root.join("docs/SUMMARY.md"), "- [One](one.md)\n").unwrap();
        let text = "# One: a page\n[a](sub/two.md) [b](gone.md) [c](#one-a-page) [d](#two) `[e](code.md)`\n\
                    [f](../../outside.md) [g](https://example.org)\n```\n[h](code.md)\n```\n";
        fs::write(root.join("docs/one.md"), text).unwrap();
        fs::write(root.join("docs/sub/two.md"), "[up](../one.md)\n").unwrap();

        let faults = check(&root).unwrap();

        fs::remove_dir_all(&root).unwrap();
        assert_eq!(
            faults,
            [
                "docs/sub/two.md is not in docs/SUMMARY.md",
                "docs/one.md: gone.md leads nowhere",
                "docs/one.md: #two: there is no such heading",
                "docs/one.md: ../../outside.md leads out of the sources",
            ]
        );
    }

    fn tempfile_dir() -> PathBuf {
        std::env::temp_dir().join(format!("florin-xtask-book-{}", std::process::id()))
    }
}
