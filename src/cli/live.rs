//! Arguments of `live`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, value_parser};

use super::Reporting;

/// Arguments of `live`.
#[derive(Debug, Args)]
pub struct Live {
    /// Capture on this interface, also on several; any is all of them (Linux). Without it, on the
    /// first that is up and has an address.
    #[arg(short, long, value_name = "IF")]
    pub interface: Vec<String>,
    /// Only packets that pass this filter, in the language of tcpdump. The kernel takes the others
    /// out and does not count them: no claim holds then.
    #[arg(short, long, value_name = "BPF")]
    pub filter: Option<String>,
    /// Octets to keep of each frame.
    #[arg(long, value_name = "OCTETS", default_value_t = 65_535)]
    #[arg(value_parser = value_parser!(u32).range(64..=262_144))]
    pub snaplen: u32,
    /// Room for frames that were not read yet, in MiB: in the kernel for each interface, and twice
    /// as much before the analysis.
    #[arg(long, value_name = "MIB", default_value_t = 64)]
    #[arg(value_parser = value_parser!(u32).range(1..=2047))]
    pub buffer: u32,
    /// Also take frames for other hosts, where the network hands them here. A relay needs none: what
    /// it forwards is sent to it and by it.
    #[arg(long)]
    pub promiscuous: bool,
    /// Without a dashboard: a line when something changes, and the report at the end; as JSON one
    /// event in each line.
    #[arg(long)]
    pub headless: bool,
    /// End after this time: 90, 90s, 15m, 2h, 1d.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub duration: Option<Duration>,
    /// What is saved.
    #[command(flatten)]
    pub saving: Saving,
    /// Serve numbers for Prometheus at this address, or at this port of 127.0.0.1.
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "9477")]
    #[arg(value_parser = metrics)]
    pub metrics: Option<SocketAddr>,
    /// Keys of SRTP, a line each: suite, and `inline:` with Base64 as SDP writes it, or key and salt
    /// in hexadecimal. Each opens the media whose tags fit it.
    #[arg(long, value_name = "FILE")]
    pub srtp_keys: Option<PathBuf>,
    /// Session descriptions that the parties exchanged, as applications log them or as JSON.
    #[arg(long, value_name = "FILE")]
    pub sdp: Vec<PathBuf>,
    /// Keep all that the process may do, also what it does not need: a fault in the reading of
    /// frames then has all of it.
    #[arg(long)]
    pub no_sandbox: bool,
    /// What to report, and where.
    #[command(flatten)]
    pub reporting: Reporting,
}

/// What is saved of a capture, and how it is divided.
#[derive(Debug, Args)]
pub struct Saving {
    /// Save what was seen to this new pcapng file; - is standard output. In several files where
    /// they are divided: `NAME_00001_20240229235959.pcapng` and so on.
    #[arg(short, long, value_name = "FILE")]
    pub write: Option<PathBuf>,
    /// Begin a new file after so many octets: 500M, 1GiB.
    #[arg(long, value_name = "SIZE", requires = "write", value_parser = size)]
    pub rotate_size: Option<u64>,
    /// Begin a new file after this time.
    #[arg(long, value_name = "TIME", requires = "write", value_parser = duration)]
    pub rotate_time: Option<Duration>,
    /// Key log of a party, as SSLKEYLOGFILE writes it; it may grow meanwhile.
    #[arg(long, value_name = "FILE")]
    pub keylog: Option<PathBuf>,
    /// Save the keys of --keylog with the packets: whoever has the file can then open them.
    #[arg(long, requires = "keylog", requires = "write")]
    pub write_keys: bool,
}

/// A time as people write it: a number of seconds, or of what the letter behind it says.
fn duration(text: &str) -> Result<Duration, String> {
    let units = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400)];
    let marked = units
        .iter()
        .find_map(|(letter, unit)| Some((text.strip_suffix(*letter)?, *unit)));
    let (digits, unit) = marked.unwrap_or((text, 1));
    let number = digits.parse::<u64>().ok().filter(|number| *number > 0);
    let seconds = number.and_then(|number| number.checked_mul(unit));
    let seconds = seconds.filter(|seconds| *seconds <= LONGEST);
    let duration = seconds.map(Duration::from_secs);
    duration.ok_or_else(|| "give a number of seconds, or one with s, m, h or d".to_owned())
}

/// A number of octets as people write it: with K, M or G in thousands, with KiB, MiB or GiB in 1024.
fn size(text: &str) -> Result<u64, String> {
    let units = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("K", 1000),
        ("M", 1_000_000),
        ("G", 1_000_000_000),
    ];
    let marked = units
        .iter()
        .find_map(|(name, unit)| Some((text.strip_suffix(name)?, *unit)));
    let (digits, unit) = marked.unwrap_or((text, 1));
    let number = digits.parse::<u64>().ok().filter(|number| *number > 0);
    let octets = number.and_then(|number| number.checked_mul(unit));
    octets.ok_or_else(|| "give a number of octets, or one with K, M, G, KiB, MiB or GiB".to_owned())
}

/// An address, or a port of this machine alone.
fn metrics(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse() {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    let address = text.parse();
    address.map_err(|_| "give an address with its port, or a port".to_owned())
}

/// Seconds that a clock can be told to wait, and a hundred years.
const LONGEST: u64 = 36_525 * 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("90", 90),
            ("90s", 90),
            ("15m", 900),
            ("2h", 7200),
            ("1d", 86_400),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "0",
            "0s",
            "s",
            "-1",
            "1.5h",
            "1w",
            "5sm",
            "99999999999d",
            "18446744073709551615",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
