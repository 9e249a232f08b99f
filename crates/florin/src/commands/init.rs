//! `florin init`.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder};
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use florin_app::config::{Loaded, Setting, Sources, documented};
use florin_app::keys;
use florin_kernel::Env;

use crate::{Exit, Failure, archive, instance, output};

/// Make the directory of a new instance: a commented configuration file and its keys, for your user alone
#[derive(Args)]
#[command(after_help = "Example:\n  florin init /var/lib/florin")]
pub(super) struct Init {
    /// The directory; what is in it already stays as it is
    #[arg(default_value = ".")]
    directory: PathBuf,
}

impl Init {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let at = |error: std::io::Error| Failure::from(error).during(self.directory.display());
        DirBuilder::new().recursive(true).mode(0o700).create(&self.directory).map_err(at)?;
        let directory = fs::canonicalize(&self.directory).map_err(at)?;
        let (file, data) = (directory.join("florin.toml"), directory.join("data"));
        let text = file_text(&documented(), &data)?;
        let mut created = match archive::create_private(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                let why = format!("{} is there already; it is left as it is", file.display());
                return Err(Failure::new(Exit::Refused, why));
            }
            created => created.map_err(|error| Failure::from(error).during(file.display()))?,
        };
        created.write_all(text.as_bytes())?;
        created.sync_all()?;

        let sources = Sources { file: Some(file.clone()), ..Sources::default() };
        let config = Loaded::read(&sources)?.config;
        DirBuilder::new().recursive(true).mode(0o700).create(&data).map_err(at)?;
        let is_new = !instance::database_file(&config).exists();
        let made = keys::generate(&config, is_new, Env::system().now())?;
        output::line(&file.display().to_string())?;
        made.iter().try_for_each(|key| output::line(&key.display().to_string()))?;
        let file = file.display();
        tell!("\nThe configuration says what each setting does. What comes next:");
        tell!("  florin config check --config {file}");
        tell!("  florin admin create --config {file} --email you@example.org");
        tell!("  florin serve --config {file}");
        Ok(ExitCode::SUCCESS)
    }
}

/// A configuration file that says of each setting what it is and what it is by default, and sets the data directory.
fn file_text(settings: &[Setting], data: &Path) -> Result<String, Failure> {
    let data = data.to_str().ok_or_else(|| Failure::new(Exit::Usage, "the directory's name is not UTF-8"))?;
    let data = serde_json::Value::from(data).to_string();
    let mut text = String::from(
        "# The configuration of an instance of Florin. A setting that is commented out has its default, which is the one\n\
         # that stands there. The environment (FLORIN_SECTION__KEY) and flags of the command line go before this file.\n",
    );
    let mut section = "";
    for Setting { key, value, doc, .. } in settings {
        let Some((of, name)) = key.split_once('.') else { continue };
        if of != section {
            section = of;
            let _ = write!(text, "\n[{section}]\n");
        }
        let line =
            if key == "instance.data" { format!("{name} = {data}") } else { format!("#{name} = {value}") };
        let _ = write!(text, "\n# {doc}\n{line}\n");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_sets_the_directory_alone_and_every_line_of_it_could_be_set() {
        let text = file_text(&documented(), Path::new("/var/lib/florin \"a\"")).unwrap();
        let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
        let read = |text: &str| {
            fs::write(file.path(), text).unwrap();
            Loaded::read(&Sources { file: Some(file.path().to_owned()), ..Sources::default() }).unwrap()
        };

        let as_written = read(&text);
        let uncommented: Vec<&str> = text
            .lines()
            .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
            .collect();
        let all = read(&uncommented.join("\n"));

        let set: Vec<_> =
            as_written.settings.iter().filter(|one| one.origin != "default").map(|one| &one.key).collect();
        assert_eq!(set, ["instance.data"]);
        assert_eq!(as_written.config.instance.data, Path::new("/var/lib/florin \"a\""));
        assert!(all.settings.iter().all(|one| one.origin != "default"), "each is set by the file");
    }
}
