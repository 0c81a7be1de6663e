//! Key logs in the format of NSS: one secret to a line, named by the random of its ClientHello.
//!
//! Comments and labels that are of no use here are skipped; a line that should be one of ours and
//! cannot be read is told by its number. The rest of the log counts.

use hashbrown::HashMap;
use zeroize::Zeroizing;

use super::problem::{Fault, Problems};
use crate::base::secret::Secret;
use crate::dissect::dtls::Random;

/// The secrets of many handshakes.
#[derive(Debug, Default)]
pub struct KeyLog {
    handshakes: HashMap<Random, SessionSecrets>,
    problems: Problems,
    logs: u64,
}

/// What a key log tells of one handshake.
#[derive(Debug, Clone, Default)]
pub struct SessionSecrets {
    /// Master secret, up to TLS 1.2 and DTLS 1.2.
    pub master: Option<Secret>,
    /// Secrets of the handshake of client and server, from TLS 1.3 on.
    pub handshake: [Option<Secret>; 2],
    /// First secrets of the application data of client and server, from TLS 1.3 on.
    pub traffic: [Option<Secret>; 2],
    /// Secret from which applications take keys, from TLS 1.3 on.
    pub exporter: Option<Secret>,
}

impl SessionSecrets {
    /// How many secrets are known.
    pub fn count(&self) -> usize {
        let [client, server] = &self.handshake;
        let [client_data, server_data] = &self.traffic;
        let others = [&self.master, client, server, client_data, server_data];
        let known = others.into_iter().chain([&self.exporter]);
        known.flatten().count()
    }
}

impl KeyLog {
    /// Takes all lines of a log. What was known before is kept, and the later line of one label
    /// and random counts.
    pub fn read(&mut self, source: &str, log: &[u8]) {
        self.logs += 1;
        self.read_on(source, 1, log);
    }

    /// Reads more of a log that grew; its first line has the number `first`.
    pub fn read_on(&mut self, source: &str, first: u64, log: &[u8]) {
        for (number, line) in (first..).zip(log.split(|octet| *octet == b'\n')) {
            if let Err(fault) = self.line(line.trim_ascii()) {
                self.problems.add(source, number, fault);
            }
        }
    }

    /// The secrets of the handshake with this random in its ClientHello.
    pub fn of(&self, client_random: &Random) -> Option<&SessionSecrets> {
        self.handshakes.get(client_random)
    }

    /// Logs that were read, whatever stood in them.
    pub const fn logs(&self) -> u64 {
        self.logs
    }

    /// Handshakes of which it holds a secret.
    pub fn handshakes(&self) -> usize {
        self.handshakes.len()
    }

    /// Lines that could not be read.
    pub const fn problems(&self) -> &Problems {
        &self.problems
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Fault> {
        if line.first().is_none_or(|first| *first == b'#') {
            return Ok(());
        }
        let mut words = line
            .split(u8::is_ascii_whitespace)
            .filter(|w| !w.is_empty());
        let Some(label) = words.next().and_then(Label::of) else {
            return Ok(());
        };
        let (Some(random), Some(secret), None) = (words.next(), words.next(), words.next()) else {
            return Err(Fault::Words);
        };
        let random = octets(random).ok_or(Fault::Random)?;
        let random: Random = random.expose().try_into().map_err(|_| Fault::Random)?;
        let secret = octets(secret).filter(|secret| label.fits(secret.expose().len()));
        let secret = secret.ok_or(Fault::Secret)?;
        let known = self.handshakes.entry(random).or_default();
        *label.place(known) = Some(secret);
        Ok(())
    }
}

/// Labels that are of use here.
#[derive(Debug, Clone, Copy)]
enum Label {
    Master,
    ClientHandshake,
    ServerHandshake,
    ClientTraffic,
    ServerTraffic,
    Exporter,
}

impl Label {
    fn of(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"CLIENT_RANDOM" => Self::Master,
            b"CLIENT_HANDSHAKE_TRAFFIC_SECRET" => Self::ClientHandshake,
            b"SERVER_HANDSHAKE_TRAFFIC_SECRET" => Self::ServerHandshake,
            b"CLIENT_TRAFFIC_SECRET_0" => Self::ClientTraffic,
            b"SERVER_TRAFFIC_SECRET_0" => Self::ServerTraffic,
            b"EXPORTER_SECRET" => Self::Exporter,
            _ => return None,
        })
    }

    /// Whether a secret may be so long: a master secret has 48 octets, others have those of the
    /// hash.
    const fn fits(self, len: usize) -> bool {
        match self {
            Self::Master => len == 48,
            _ => matches!(len, 32 | 48),
        }
    }

    fn place(self, of: &mut SessionSecrets) -> &mut Option<Secret> {
        let [client, server] = &mut of.handshake;
        let [client_data, server_data] = &mut of.traffic;
        match self {
            Self::Master => &mut of.master,
            Self::ClientHandshake => client,
            Self::ServerHandshake => server,
            Self::ClientTraffic => client_data,
            Self::ServerTraffic => server_data,
            Self::Exporter => &mut of.exporter,
        }
    }
}

/// Octets written in hexadecimal.
pub(super) fn octets(text: &[u8]) -> Option<Secret> {
    let digit = |digit: u8| char::from(digit).to_digit(16).map(|digit| digit as u8);
    let (pairs, []) = text.as_chunks::<2>() else {
        return None;
    };
    let octet = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
    let octets: Option<Vec<u8>> = pairs.iter().map(octet).collect();
    octets.map(|octets| Secret::new(&Zeroizing::new(octets)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> KeyLog {
        let mut log = KeyLog::default();
        log.read("keys.txt", text.as_bytes());
        log
    }

    fn line(label: &str, random: u8, secret: usize) -> String {
        let random = format!("{random:02x}").repeat(32);
        format!("{label} {random} {}\n", "AB".repeat(secret))
    }

    #[test]
    fn secrets_are_found_by_the_random_of_their_hello() {
        let text = [
            "# comment\r\n\n",
            &line("CLIENT_RANDOM", 1, 48),
            &line("CLIENT_TRAFFIC_SECRET_0", 2, 32),
            &line("SERVER_TRAFFIC_SECRET_0", 2, 32),
            &line("EXPORTER_SECRET", 2, 32),
            "CLIENT_EARLY_TRAFFIC_SECRET of another kind\n",
            "RSA 0011 2233",
        ];
        let log = read(&text.concat());
        assert_eq!((log.handshakes(), log.problems().told()), (2, &[][..]));
        let of = |random: u8| log.of(&[random; 32]).expect("secrets");
        let master = of(1).master.as_ref().map(Secret::expose);
        assert_eq!(master, Some([0xAB; 48].as_slice()));
        assert!(of(2).traffic.iter().all(Option::is_some));
        assert!(of(2).exporter.is_some() && of(2).handshake[0].is_none());
        assert!(log.of(&[3; 32]).is_none());
    }

    #[test]
    fn broken_lines_are_told_and_the_others_count() {
        let text = [
            line("CLIENT_RANDOM", 1, 48),
            "CLIENT_RANDOM 00\n".to_owned(),
            line("CLIENT_RANDOM", 2, 48).replacen("02", "xy", 1),
            line("CLIENT_RANDOM", 3, 47),
            line("CLIENT_RANDOM", 4, 48),
        ];
        let log = read(&text.concat());
        let told: Vec<_> = log
            .problems()
            .told()
            .iter()
            .map(|p| (p.line, p.fault))
            .collect();
        let expected = [(2, Fault::Words), (3, Fault::Random), (4, Fault::Secret)];
        assert_eq!(told, expected);
        assert_eq!(log.handshakes(), 2);
        let told = log.problems().told()[0].to_string();
        assert!(told.starts_with("keys.txt, line 2: a secret needs"));
    }

    #[test]
    fn ten_thousand_lines_are_all_found() {
        let mut text = String::new();
        for n in 0..10_000_u32 {
            let (random, secret) = ("0".repeat(56), "cd".repeat(48));
            let line = format!("CLIENT_RANDOM {random}{n:08x} {secret}\n");
            text.push_str(&line);
        }
        let log = read(&text);
        assert_eq!(log.handshakes(), 10_000);
        let mut last = [0; 32];
        last[28..].copy_from_slice(&9_999_u32.to_be_bytes());
        assert!(log.of(&last).is_some());
    }

    #[test]
    fn nothing_of_a_log_prints_itself() {
        let log = read(&line("CLIENT_RANDOM", 1, 48));
        let printed = format!("{log:?}");
        assert!(printed.contains("**") && !printed.contains("171"));
    }
}
