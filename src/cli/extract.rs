//! The arguments of `extract`.

use std::path::PathBuf;

use clap::Args;

use super::{Format, Observer, Privacy, Reading};

/// Arguments of `extract`.
#[derive(Debug, Args)]
pub struct Extract {
    /// What to read, twice.
    #[command(flatten)]
    pub reading: Reading,
    /// What this observer can play is written; the relay where one is seen.
    #[arg(long, value_enum)]
    pub observer: Option<Observer>,
    /// Only the streams with these SSRCs, as reports write them.
    #[arg(long, value_name = "SSRC", value_delimiter = ',', value_parser = ssrc)]
    pub stream: Vec<u32>,
    /// Write to this folder, which is made where it is missing.
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Replace files that are there already.
    #[arg(long)]
    pub force: bool,
    /// Confirm that you may hear and see this call: without it nothing is read or written.
    ///
    /// What is written is the content of a call: what people said, and pictures of them. In many
    /// countries it is an offence to listen to a call, to record it, or to use a record of it,
    /// unless the law or those who speak allow that; to have been given a capture or a key is not
    /// to be allowed to hear. The files are for you alone, and it is yours to delete them.
    #[arg(long)]
    pub i_may_see_this_call: bool,
    /// How to write what was done.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// What is hidden.
    #[command(flatten)]
    pub privacy: Privacy,
}

/// An SSRC: hexadecimal after `0x`, else decimal.
fn ssrc(text: &str) -> Result<u32, String> {
    let read = match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => text.parse(),
    };
    read.map_err(|_| "an SSRC is a number of 32 bits, such as 0x1234abcd".to_owned())
}
