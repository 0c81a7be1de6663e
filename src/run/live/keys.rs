//! A key log that grows while calls go on.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::base::label::printable_path;
use crate::base::secret::Secret;
use anyhow::{Context as _, Result};

/// A key log as a party writes it, read line by line as it grows.
pub(super) struct Keys {
    /// Its name, without its folder.
    pub(super) name: String,
    file: File,
    /// The beginning of a line whose end is still to come.
    rest: Secret,
    /// The number of the line that comes next.
    pub(super) line: u64,
}

impl Keys {
    /// Opens the log, which may be empty yet.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path);
        let file =
            file.with_context(|| format!("cannot read the key log {}", printable_path(path)))?;
        let name = path.file_name().unwrap_or(path.as_os_str());
        Ok(Self {
            name: printable_path(Path::new(name)),
            file,
            rest: Secret::new(&[]),
            line: 1,
        })
    }

    /// The whole lines that were written since the last time. A log that cannot be read any more
    /// gives none: packets are followed and recorded all the same.
    pub(super) fn lines(&mut self) -> Secret {
        let mut octets = self.rest.expose().to_vec();
        let _ = self.file.read_to_end(&mut octets);
        let whole = octets.iter().rposition(|octet| *octet == b'\n');
        self.rest = Secret::from(octets.split_off(whole.map_or(0, |end| end + 1)));
        let ends = octets.iter().filter(|octet| **octet == b'\n');
        self.line += ends.count() as u64;
        Secret::from(octets)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_line_is_read_once_its_end_is_written() {
        let mut written = tempfile::NamedTempFile::new().expect("a file");
        let mut keys = Keys::open(written.path()).expect("readable");
        assert!(keys.lines().expose().is_empty());
        for (more, lines, next) in [
            ("one\ntw", "one\n", 2),
            ("o", "", 2),
            ("\nthree\n", "two\nthree\n", 4),
        ] {
            written.write_all(more.as_bytes()).expect("room");
            assert_eq!(keys.lines().expose(), lines.as_bytes(), "{more}");
            assert_eq!(keys.line, next);
        }
    }
}
