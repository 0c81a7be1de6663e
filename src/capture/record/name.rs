//! The names of the files into which a long capture is divided.

use std::path::{Path, PathBuf};

use crate::base::time::{Timestamp, utc};

/// `call.pcapng` becomes `call_00001_20240229235959.pcapng`: the number of the file, from 1, and
/// when it begins, in universal time.
pub(super) fn divided(path: &Path, number: u64, begins: Timestamp) -> PathBuf {
    let seconds = u64::try_from(begins.0 / 1_000_000_000).unwrap_or_default();
    let digits = utc(seconds).replace(|c: char| !c.is_ascii_digit(), "");
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("_{number:05}_{digits}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_number_and_time_before_its_extension() {
        let begins = Timestamp(1_709_251_199_999_999_999);
        for (path, name) in [
            ("out/call.pcapng", "out/call_00001_20240229235959.pcapng"),
            ("call", "call_00001_20240229235959"),
            ("a.b.pcapng", "a.b_00001_20240229235959.pcapng"),
        ] {
            assert_eq!(divided(Path::new(path), 1, begins), Path::new(name));
        }
        let late = divided(Path::new("x"), 123_456, Timestamp(-1));
        assert_eq!(late, Path::new("x_123456_19700101000000"));
    }
}
