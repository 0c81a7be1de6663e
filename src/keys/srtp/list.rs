//! Keys of SRTP that were given in a file: a line each, a suite and its key.
//!
//! ```text
//! # of the caller
//! AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:4
//! AEAD_AES_128_GCM 000102030405060708090a0b0c0d0e0fa0a1a2a3a4a5a6a7a8a9aaab
//! ```
//!
//! A line as it stands in SDP, with `a=crypto:` before it, is read too.

use super::master::MasterKey;
use super::suite::SrtpSuite;
use crate::keys::problem::{Fault, Problems};

/// Keys that were given, and the lines that could not be read.
#[derive(Debug, Default)]
pub struct SrtpKeys {
    keys: Vec<MasterKey>,
    problems: Problems,
    files: u64,
}

impl SrtpKeys {
    /// Takes all lines of a file; `source` is how it is called.
    pub fn read(&mut self, source: &str, text: &[u8]) {
        self.files += 1;
        for (number, line) in (1..).zip(text.split(|octet| *octet == b'\n')) {
            let line = line.trim_ascii();
            if line.first().is_none_or(|first| *first == b'#') {
                continue;
            }
            match key(line) {
                Ok(key) => self.keys.push(key),
                Err(fault) => self.problems.add(source, number, fault),
            }
        }
    }

    /// The keys, in their order.
    pub fn all(&self) -> &[MasterKey] {
        &self.keys
    }

    /// Files that were read, whatever stood in them.
    pub const fn files(&self) -> u64 {
        self.files
    }

    /// Lines that could not be read.
    pub const fn problems(&self) -> &Problems {
        &self.problems
    }
}

fn key(line: &[u8]) -> Result<MasterKey, Fault> {
    let mut words = line
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty() && !word.starts_with(b"a=crypto:"));
    let (Some(suite), Some(key), None) = (words.next(), words.next(), words.next()) else {
        return Err(Fault::KeyWords);
    };
    let suite = str::from_utf8(suite).ok().and_then(SrtpSuite::of_name);
    MasterKey::read(suite.ok_or(Fault::Suite)?, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";

    fn read(text: &str) -> SrtpKeys {
        let mut keys = SrtpKeys::default();
        keys.read("srtp.txt", text.as_bytes());
        keys
    }

    #[test]
    fn keys_are_read_in_base64_and_in_hexadecimal() {
        let text = [
            "# of the caller\r\n\n",
            &format!("AES_CM_128_HMAC_SHA1_80 {KEY}|2^20|1:4\r\n"),
            &format!("a=crypto:1 AES_CM_128_HMAC_SHA1_32 {KEY}\n"),
            &format!("SRTP_AEAD_AES_256_GCM {}", "a7".repeat(44)),
        ];
        let keys = read(&text.concat());
        assert_eq!(keys.problems().told(), []);
        let told = keys.all().iter();
        let told: Vec<_> = told.map(|key| (key.suite, key.identifier_len)).collect();
        let expected = [
            (SrtpSuite::AesCm128Sha1Tag80, 4),
            (SrtpSuite::AesCm128Sha1Tag32, 0),
            (SrtpSuite::AeadAes256Gcm, 0),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_line_that_is_no_key_is_told_with_what_is_wrong() {
        let text = [
            "AES_CM_128_HMAC_SHA1_80",
            &format!("F8_128_HMAC_SHA1_80 {KEY}"),
            "AES_CM_128_HMAC_SHA1_80 inline:*",
            "AES_CM_128_HMAC_SHA1_80 xyz",
            &format!("AEAD_AES_128_GCM {KEY}"),
            &format!("AES_CM_128_HMAC_SHA1_80 {KEY}|1:900"),
            &format!("AES_CM_128_HMAC_SHA1_80 {KEY} UNENCRYPTED_SRTP"),
            &format!("AES_CM_128_HMAC_SHA1_80 {KEY}"),
        ];
        let keys = read(&text.join("\n"));
        let told = keys.problems().told().iter();
        let told: Vec<_> = told.map(|problem| (problem.line, problem.fault)).collect();
        let (needed, found) = (28, 30);
        let expected = [
            (1, Fault::KeyWords),
            (2, Fault::Suite),
            (3, Fault::KeyText),
            (4, Fault::KeyText),
            (5, Fault::KeyLength { needed, found }),
            (6, Fault::Identifier),
            (7, Fault::KeyWords),
        ];
        assert_eq!(told, expected);
        assert_eq!(keys.all().len(), 1);
    }

    #[test]
    fn no_key_of_a_list_prints_itself() {
        let printed = format!(
            "{:?}",
            read(&format!("AEAD_AES_128_GCM {}", "ab".repeat(28)))
        );
        assert!(printed.contains("**") && !printed.contains("171"));
    }
}
