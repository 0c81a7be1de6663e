//! The folder that files are written to: for their owner alone, and none over another.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use tempfile::{Builder, TempPath};

use crate::base::label::printable_path;

/// A folder.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Whether files that are there are replaced.
    force: bool,
    /// Whether it was made for this.
    made: bool,
}

/// Where a file is while it is written, and where it is to be.
#[derive(Debug)]
pub(super) struct Place {
    now: TempPath,
    meant: PathBuf,
    force: bool,
}

impl Folder {
    /// Looks whether files can be written there, and makes the folder where there is none.
    ///
    /// # Errors
    /// Where they cannot.
    pub(super) fn prepare(path: &Path, force: bool) -> Result<Self> {
        let mut folder = Self {
            path: path.to_owned(),
            force,
            made: false,
        };
        match fs::metadata(path) {
            Ok(found) if !found.is_dir() => {
                bail!("{} is no folder: give one with -o", printable_path(path))
            }
            Ok(_) => {}
            Err(_) => {
                make(path).with_context(|| folder.failed())?;
                folder.made = true;
            }
        }
        folder.temporary()?;
        Ok(folder)
    }

    /// Begins a file.
    ///
    /// # Errors
    /// Where one of this name is there already, or none can be written.
    pub(super) fn begin(&self, name: &str) -> Result<(BufWriter<File>, Place)> {
        let meant = self.path.join(name);
        if !self.force && fs::symlink_metadata(&meant).is_ok() {
            return Err(there_already(&meant));
        }
        let (file, now) = self.temporary()?;
        let place = Place {
            now,
            meant,
            force: self.force,
        };
        Ok((BufWriter::new(file), place))
    }

    /// Its name, safe to print.
    pub(super) fn name(&self) -> String {
        printable_path(&self.path)
    }

    /// A new file, for its owner alone, that is gone again unless it is given a name.
    fn temporary(&self) -> Result<(File, TempPath)> {
        let file = Builder::new()
            .prefix(".relayscope-")
            .tempfile_in(&self.path);
        Ok(file.with_context(|| self.failed())?.into_parts())
    }

    fn failed(&self) -> String {
        format!("cannot write to {}", printable_path(&self.path))
    }
}

/// Where nothing was written, a folder that was made for it is taken away again.
impl Drop for Folder {
    fn drop(&mut self) {
        if self.made {
            // It stays where it is not empty.
            let _ = fs::remove_dir(&self.path);
        }
    }
}

impl Place {
    /// Gives the file its name.
    ///
    /// # Errors
    /// Where one of this name is there by now.
    pub(super) fn keep(self) -> Result<()> {
        let failed = self.failed();
        let kept = if self.force {
            self.now.persist(&self.meant)
        } else {
            self.now.persist_noclobber(&self.meant)
        };
        kept.map_err(|failure| failure.error).context(failed)
    }

    pub(super) fn failed(&self) -> String {
        format!("cannot write {}", printable_path(&self.meant))
    }
}

fn there_already(path: &Path) -> anyhow::Error {
    let path = printable_path(path);
    anyhow::anyhow!("{path} is there already: give another folder, or --force to replace it")
}

/// Makes a folder for its owner alone.
#[cfg(unix)]
fn make(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make(path: &Path) -> std::io::Result<()> {
    fs::create_dir(path)
}
