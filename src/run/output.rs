//! A file that appears whole or not at all.
//!
//! What is written goes to a file beside the one that is meant, and takes its name at the end.
//! Where something fails before, what stood there still stands.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anstream::StripStream;
use anyhow::{Context as _, Result, bail};
use tempfile::{Builder, TempPath};

use crate::base::label::printable_path;

/// Takes colours out.
pub(super) type Writer = BufWriter<StripStream<File>>;

/// An output file while it is written.
#[derive(Debug)]
pub(super) struct Output {
    out: Writer,
    /// The name so far and the name at the end; `None` for a device or pipe, which is written as
    /// it is: to rename a file over it would take it away.
    rename: Option<(TempPath, PathBuf)>,
    meant: PathBuf,
}

impl Output {
    /// Opens an output beside `path`, which none of `inputs` may be.
    ///
    /// # Errors
    /// Where `path` is a directory or one of `inputs`, or cannot be written.
    pub(super) fn create(path: &Path, inputs: &[PathBuf]) -> Result<Self> {
        let failed = || format!("cannot write {}", printable_path(path));
        // A link is followed: the file behind it is replaced, not the link.
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let same = |input: &PathBuf| fs::canonicalize(input).is_ok_and(|input| input == real);
        if inputs.iter().any(same) {
            bail!(
                "{} is the capture itself: give another output",
                printable_path(path)
            );
        }
        let (file, rename) = match fs::metadata(&real) {
            Ok(found) if found.is_dir() => {
                bail!("{} is a directory: give a file in it", printable_path(path))
            }
            Ok(found) if !found.is_file() => {
                let file = File::options().write(true).open(&real);
                (file.with_context(failed)?, None)
            }
            _ => {
                let folder = real.parent().filter(|p| !p.as_os_str().is_empty());
                let folder = folder.unwrap_or(Path::new("."));
                // Opened like any new file: what the temporary files of the crate are given is less.
                let new = |name: &Path| File::options().write(true).create_new(true).open(name);
                let file = Builder::new().prefix(".relayscope-").make_in(folder, new);
                let (file, name) = file.with_context(failed)?.into_parts();
                (file, Some((name, real)))
            }
        };
        Ok(Self {
            out: BufWriter::new(StripStream::new(file)),
            rename,
            meant: path.to_owned(),
        })
    }

    /// The file itself.
    pub(super) fn file(&self) -> &File {
        self.out.get_ref().as_inner()
    }

    /// The name that the file has until it is written, where that is another one.
    pub(super) fn unfinished(&self) -> Option<PathBuf> {
        let (name, _) = self.rename.as_ref()?;
        Some(name.to_path_buf())
    }

    /// Writes the file, then gives it its name.
    ///
    /// # Errors
    /// Where it cannot be written to the last octet, or not renamed.
    pub(super) fn write(mut self, fill: impl FnOnce(&mut Writer) -> Result<()>) -> Result<()> {
        let failed = || format!("cannot write {}", printable_path(&self.meant));
        fill(&mut self.out).with_context(failed)?;
        self.out.flush().with_context(failed)?;
        if let Some((name, real)) = self.rename {
            let renamed = name.persist(real).map_err(|failure| failure.error);
            renamed.with_context(failed)?;
        }
        Ok(())
    }
}
