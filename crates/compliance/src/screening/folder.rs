//! A folder of lists, which others put there: each is loaded when its content is another one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use florin_db::DbError;
use florin_kernel::{Actor, Timestamp};

use super::source::FILE_BYTES_MAX;
use super::{Error, Loaded, Parts, Sanctions, Source};

/// What became of each list of a folder.
pub type FolderReport = Vec<(Source, Result<Loaded, Error>)>;

/// A day later.
pub(super) fn tomorrow(now: Timestamp) -> Timestamp {
    now.as_second()
        .checked_add(86_400)
        .and_then(|at| Timestamp::from_second(at).ok())
        .unwrap_or(Timestamp::MAX)
}

impl Sanctions {
    /// Loads the lists of a folder that are complete and not loaded yet, each by itself: one that is broken keeps no other from being
    /// loaded. Files are known by the names that their publishers give them, in any case, packed (`.gz`) or not.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder cannot be read.
    pub async fn look_into(&self, by: &Actor, folder: &Path) -> Result<FolderReport, Error> {
        let folder = folder.to_owned();
        let found = tokio::task::spawn_blocking(move || complete(&folder)).await;
        let found = found.map_err(|error| DbError::Other(error.to_string()))??;
        let mut report = Vec::with_capacity(found.len());
        for (source, files) in found {
            report.push((source, self.load_files(by, source, files, false).await));
        }
        Ok(report)
    }

    /// Loads a list out of these files, in the order of [`Source::parts`].
    ///
    /// # Errors
    /// As [`Sanctions::load`], and [`Error::Io`], [`Error::Parts`], [`Error::TooLarge`].
    pub async fn load_files(
        &self,
        by: &Actor,
        source: Source,
        files: Vec<PathBuf>,
        insist: bool,
    ) -> Result<Loaded, Error> {
        let read = tokio::task::spawn_blocking(move || {
            let files = files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
            Parts::read(source, files)
        });
        let parts = read.await.map_err(|error| DbError::Other(error.to_string()))??;
        self.load(by, source, parts, insist).await
    }

    pub(super) async fn look_into_folder_quietly(&self) {
        let Some(folder) = self.0.settings.folder.clone() else { return };
        match self.look_into(&Actor::system("screening"), &folder).await {
            Ok(report) => {
                for (source, failure) in
                    report.into_iter().filter_map(|(source, done)| Some((source, done.err()?)))
                {
                    tracing::error!(list = %source, error = %failure, "a list of sanctions was not loaded; the one before stays");
                }
            }
            Err(error) => tracing::error!(%error, "the folder of lists of sanctions cannot be read"),
        }
    }
}

/// The lists of which all files are there.
fn complete(folder: &Path) -> Result<Vec<(Source, Vec<PathBuf>)>, Error> {
    let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        let name = path.file_name().and_then(|name| name.to_str()).map(str::to_ascii_lowercase);
        if let Some(name) = name.filter(|_| path.is_file()) {
            let plain = name.strip_suffix(".gz").unwrap_or(&name).to_owned();
            files.entry(plain).or_insert(path);
        }
    }
    let of = |source: Source| {
        let parts = source.parts().iter().map(|part| files.get(*part).cloned());
        parts.collect::<Option<Vec<_>>>().map(|files| (source, files))
    };
    Ok(Source::ALL.into_iter().filter_map(of).collect())
}

fn read(file: &Path) -> Result<Vec<u8>, Error> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file)?;
    let length = opened.take(FILE_BYTES_MAX.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(length).is_ok_and(|length| length > FILE_BYTES_MAX) {
        return Err(Error::TooLarge(FILE_BYTES_MAX >> 20));
    }
    Ok(bytes)
}
