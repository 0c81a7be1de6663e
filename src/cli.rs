//! The command line: arguments as typed, turned into what is meant.

mod extract;
mod live;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};

use crate::exposure::Vantage;

pub use extract::Extract;
pub use live::{Live, Saving};

/// Shows what a TURN relay can see of the calls it carries, and proves it from packets.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// What to do; without it, FILE is shown: on a terminal as a dashboard, else as its report.
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    show: Show,
}

/// Arguments without a command.
#[derive(Debug, Args)]
pub struct Show {
    /// What to read.
    #[command(flatten)]
    pub reading: Reading,
    /// How it is judged.
    #[command(flatten)]
    pub judging: Judging,
    /// Play the capture back, so many times as fast as it was; without it, all is read at once.
    #[arg(long, value_name = "TIMES", value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub speed: Option<u32>,
    /// What is hidden.
    #[command(flatten)]
    pub privacy: Privacy,
}

/// For whom claims are judged, and by what is known beside the packets.
#[derive(Debug, Args)]
pub struct Judging {
    /// For whom the claims are judged; the relay where one is seen.
    #[arg(long, value_enum)]
    pub observer: Option<Observer>,
    /// SHA-256 fingerprints of certificates that are known to be right, in hexadecimal.
    #[arg(long, value_name = "SHA256", value_delimiter = ',')]
    pub fingerprint: Vec<String>,
}

/// Which packets are read: the arguments of every command that reads a capture.
#[derive(Debug, Args)]
pub struct Reading {
    /// Capture: pcap or pcapng, also gzip or zstd; - is standard input. Several are one capture in
    /// the order of time.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Only packets that pass this filter, in the language of tcpdump. They keep their numbers.
    #[arg(long, value_name = "BPF")]
    pub filter: Option<String>,
    /// Key log of a party or of the relay, as SSLKEYLOGFILE writes it: what it opens of TLS is read.
    /// Keys that stand in the capture are used too.
    #[arg(long, value_name = "FILE")]
    pub keylog: Option<PathBuf>,
    /// Keys of SRTP, a line each: suite, and `inline:` with Base64 as SDP writes it, or key and salt
    /// in hexadecimal. Each opens the media whose tags fit it.
    #[arg(long, value_name = "FILE")]
    pub srtp_keys: Option<PathBuf>,
    /// Session descriptions that the parties exchanged, as applications log them: offer and answer
    /// one after the other, or JSON with both. Give it again for more files. What they say joins
    /// the calls to which addresses, ICE, fingerprints, keys or SSRCs bind it.
    #[arg(long, value_name = "FILE")]
    pub sdp: Vec<PathBuf>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show files.
    #[command(skip)]
    Show(Show),
    /// Analyse a capture: who talked through which relay, what it forwarded, who could read what.
    Analyze(Analyze),
    /// Follow the calls on interfaces of this machine until Ctrl-C, then report as analyze does.
    Live(Live),
    /// List the interfaces that live can capture on.
    Interfaces {
        /// How to write the list.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Show every packet dissected, or one packet octet by octet.
    Packets(Packets),
    /// Write what an observer can play of a call: sound as WAV and Ogg, a picture of each video
    /// stream as WebP.
    Extract(Extract),
    /// Explain the claims: what each says, how it is decided, what stands behind it.
    Claims(Claims),
    /// Print the JSON Schema of what --format json writes.
    Schema {
        /// Of which output.
        #[arg(value_enum, default_value_t = Schema::Report)]
        of: Schema,
    },
}

/// Arguments of `analyze`.
#[derive(Debug, Args)]
pub struct Analyze {
    /// What to read.
    #[command(flatten)]
    pub reading: Reading,
    /// What to report, and where.
    #[command(flatten)]
    pub reporting: Reporting,
}

/// What is reported, and where: the arguments of every command that ends with a report.
#[derive(Debug, Args)]
pub struct Reporting {
    /// How to write the report.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// How it is judged.
    #[command(flatten)]
    pub judging: Judging,
    /// End with 1 where one of these claims is violated, with 3 where one cannot be told or is not
    /// exercised.
    #[arg(long, value_name = "CLAIM", value_delimiter = ',')]
    pub check: Vec<String>,
    /// Write the keys that opened media, as --srtp-keys takes them: whoever has the report can then
    /// open it too.
    #[arg(long, conflicts_with = "redact")]
    pub show_keys: bool,
    /// Write to this file, which appears whole or not at all; - is standard output.
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// What is hidden.
    #[command(flatten)]
    pub privacy: Privacy,
}

/// Arguments of `claims`.
#[derive(Debug, Args)]
pub struct Claims {
    /// One claim by its name.
    #[arg(conflicts_with = "origin")]
    pub id: Option<String>,
    /// The dispute with which it began: what was said, and which claims answer it. With FILE, how
    /// that capture answers it.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    pub origin: Option<Option<PathBuf>>,
    /// Key log that opens TLS in that capture.
    #[arg(long, value_name = "FILE", requires = "origin")]
    pub keylog: Option<PathBuf>,
    /// What is hidden.
    #[command(flatten)]
    pub privacy: Privacy,
}

/// Arguments of `packets`.
#[derive(Debug, Args)]
pub struct Packets {
    /// What to read, twice.
    #[command(flatten)]
    pub reading: Reading,
    /// How to write the packets.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Only the packet with this number, octet by octet.
    #[arg(long)]
    pub number: Option<u64>,
    /// What is hidden.
    #[command(flatten)]
    pub privacy: Privacy,
}

/// What is hidden.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Privacy {
    /// Replace addresses, names and identifiers, to show the output to others.
    ///
    /// The same value has the same stand-in throughout one run, and another one in the next run.
    /// Addresses of one network stay in one network, and private addresses stay private. Payload is
    /// never shown. What evidence is checked with stays: ports, times, sizes, packet numbers, SSRCs,
    /// RTP numbers and the names of products. By these, whoever has the same packets can still tell
    /// which call it is.
    #[arg(long)]
    pub redact: bool,
}

/// An output that has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Schema {
    /// The report: analyze --format json.
    Report,
    /// One line of packets --format json.
    Packets,
    /// One line of live --format json.
    Events,
    /// What extract --format json writes.
    Extract,
}

/// How to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// An observer by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Observer {
    /// Somebody between client and relay.
    PathClient,
    /// Whoever runs the relay.
    Relay,
    /// Somebody between relay and peer.
    PathPeer,
    /// Whoever runs a forwarding unit (SFU) at which handshakes end.
    Sfu,
    /// Whoever runs a mixer (MCU) at which handshakes end.
    Mcu,
    /// Whoever runs the signalling server.
    Signalling,
    /// One of the parties.
    Endpoint,
}

impl From<Observer> for Vantage {
    fn from(observer: Observer) -> Self {
        match observer {
            Observer::PathClient => Self::PathClient,
            Observer::Relay => Self::Relay,
            Observer::PathPeer => Self::PathPeer,
            Observer::Sfu => Self::Sfu,
            Observer::Mcu => Self::Mcu,
            Observer::Signalling => Self::Signalling,
            Observer::Endpoint => Self::Endpoint,
        }
    }
}

impl Cli {
    /// The arguments of this process; ends it with a message where they make no sense.
    pub fn from_args() -> Self {
        Self::parse()
    }

    /// What is meant: bare files are shown.
    pub fn command(self) -> Command {
        self.command.unwrap_or(Command::Show(self.show))
    }
}

/// The report of the files, where there is no terminal to show them on.
impl From<Show> for Analyze {
    fn from(show: Show) -> Self {
        Self {
            reading: show.reading,
            reporting: Reporting {
                format: Format::Text,
                judging: show.judging,
                check: Vec::new(),
                show_keys: false,
                output: None,
                privacy: show.privacy,
            },
        }
    }
}
