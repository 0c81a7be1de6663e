//! Keys of SRTP that the two ends of a DTLS handshake take from it (RFC 5764, section 4.2).

use zeroize::Zeroizing;

use super::NotOpened;
use super::derive::Hash;
use super::log::SessionSecrets;
use super::srtp::{MasterKey, SrtpSuite};
use crate::base::secret::Secret;
use crate::dissect::dtls::names::Version;
use crate::dissect::dtls::{CipherSuite, Random};

/// What the keys are asked by.
const LABEL: &str = "EXTRACTOR-dtls_srtp";

/// The master keys with which client and server of a handshake seal their media under `srtp`.
///
/// # Errors
/// [`NotOpened`] where no keys are exported from this version or suite, or its secrets are not
/// there.
pub fn srtp_masters(
    version: Version,
    suite: CipherSuite,
    randoms: [&Random; 2],
    secrets: &SessionSecrets,
    srtp: SrtpSuite,
) -> Result<[MasterKey; 2], NotOpened> {
    let hash = hash_of(suite).ok_or(NotOpened::Suite(suite))?;
    let mut material = Zeroizing::new(vec![0; 2 * (srtp.key_len() + srtp.salt_len())]);
    let exported = match version {
        Version::DTLS_1_2 => {
            let master = secrets.master.as_ref().ok_or(NotOpened::Secrets)?;
            let [client, server] = randoms;
            hash.prf(master.expose(), LABEL, &[client, server], &mut material);
            Some(())
        }
        Version::DTLS_1_3 => {
            let exporter = secrets.exporter.as_ref().ok_or(NotOpened::Secrets)?;
            export(hash, exporter, &mut material)
        }
        other => return Err(NotOpened::Version(other)),
    };
    let masters = exported.and_then(|()| divided(srtp, &material));
    masters.ok_or(NotOpened::Secrets)
}

/// The keys of client and server, then their salts.
fn divided(srtp: SrtpSuite, material: &[u8]) -> Option<[MasterKey; 2]> {
    let (keys, salts) = material.split_at_checked(2 * srtp.key_len())?;
    let (client_key, server_key) = keys.split_at_checked(srtp.key_len())?;
    let (client_salt, server_salt) = salts.split_at_checked(srtp.salt_len())?;
    let client = MasterKey::new(srtp, client_key, client_salt)?;
    let server = MasterKey::new(srtp, server_key, server_salt)?;
    Some([client, server])
}

/// The exporter of RFC 8446, section 7.5, without a context and with the prefix of RFC 9147,
/// section 5.9.
fn export(hash: Hash, secret: &Secret, out: &mut [u8]) -> Option<()> {
    let nothing = hash.of_nothing();
    let mut derived = Zeroizing::new(vec![0; hash.octets()]);
    let label = ["dtls13", LABEL].concat();
    hash.expand_label_in(secret.expose(), &label, &nothing, &mut derived)?;
    hash.expand_label_in(&derived, "dtls13exporter", &nothing, out)
}

/// The hash with which a cipher suite derives keys, as its name says; suites from before TLS 1.2
/// take SHA-256 there (RFC 5246, section 5).
fn hash_of(suite: CipherSuite) -> Option<Hash> {
    suite.name().map(|name| {
        if name.ends_with("_SHA384") {
            Hash::Sha384
        } else {
            Hash::Sha256
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::hex;
    use crate::keys::KeyLog;
    use crate::keys::log::octets;

    /// A handshake whose media libsrtp opens with these keys.
    struct Call {
        version: Version,
        suite: u16,
        srtp: SrtpSuite,
        /// Randoms of client and server.
        randoms: [&'static str; 2],
        secret: &'static str,
        /// Keys of client and server, then their salts.
        masters: [&'static str; 4],
    }

    const CALLS: [Call; 3] = [
        Call {
            version: Version::DTLS_1_2,
            suite: 0xC02B,
            srtp: SrtpSuite::AeadAes256Gcm,
            randoms: [
                "d3655cf232f41d945589477e45eb2141891b103b60a6e822c92625058fdd2d56",
                "6b1db59ae32ac7d5fca247b732485dd010b4ae9626f0fa510c48db3ef11b5d11",
            ],
            secret: "8f3af698e4ca3f06ab6be912b349b6d1b4e6b1259f29d34b57ba645b8b6b7824\
                     bf2c4421137a0c2b2ebbb0ef736d9660",
            masters: [
                "4de2c44469324d5340ee11fe9183f00eee1355882000c558fa3618c1e14c729d",
                "a1f4764f80b0026f23008f6d4f92f25570410abeeff04a5cc17f635392fdfe90",
                "86f93039217494f421e114fa",
                "7f4571d15566751f1aeaa972",
            ],
        },
        Call {
            version: Version::DTLS_1_2,
            suite: 0xC030,
            srtp: SrtpSuite::AesCm128Sha1Tag80,
            randoms: [
                "a7b9a8c8c75f10e4205637f2359ea1a8dac16efd512d06e678b9a1d1ba7beb40",
                "ffccf6960af781309c49e5168e57364dbc41b52a1c234f0f03112c28cc85611f",
            ],
            secret: "3468353b8e26346988551b937703229f2fdbe94458b5cb0a43465aa6e4cd59d0\
                     4ef9f4410dd8b99ee552d78e81ec4ffb",
            masters: [
                "680cd2ff5ea16b92fcf0e89f38498582",
                "bbee589b5c1dbd747bbc2cc3cd3a9fb5",
                "2a82d3663a30495d8d79c515cbbe",
                "f11ef7a3d2b3896e30548f31ea00",
            ],
        },
        Call {
            version: Version::DTLS_1_3,
            suite: 0x1301,
            srtp: SrtpSuite::AesCm128Sha1Tag80,
            randoms: [
                "ab95c0cf95d5a07491e5dfc85ca769b8294176098d94ad5771fa2f306b6d9594",
                "bf05f4cdb9a0a03827e7fe17d60bbaeb68d922ab3dcf1124ea53caecd9398c58",
            ],
            secret: "d537c10f0302af04b0a4e55a61cfd68d42b97a18ea2d56507e4bdf7103ce39a1",
            masters: [
                "eb63b23dbffc502ff0906f6eb27b4fed",
                "3797f67a19d7cfd6071c354acb9979ce",
                "d87f1108f2a19e6d36d2daf65812",
                "62f5a9316a603d388e688fd1105e",
            ],
        },
    ];

    fn exported(call: &Call) -> Result<[MasterKey; 2], NotOpened> {
        let label = match call.secret.len() {
            64 => "EXPORTER_SECRET",
            _ => "CLIENT_RANDOM",
        };
        let mut log = KeyLog::default();
        let line = format!("{label} {} {}", call.randoms[0], call.secret);
        log.read("keys", line.as_bytes());
        let [client, server] = call.randoms.map(|random| {
            let random = octets(random.as_bytes()).expect("hexadecimal");
            Random::try_from(random.expose()).expect("32 octets")
        });
        let secrets = log.of(&client).expect("secrets");
        let suite = CipherSuite(call.suite);
        srtp_masters(call.version, suite, [&client, &server], secrets, call.srtp)
    }

    #[test]
    fn the_keys_are_those_with_which_the_media_opens() {
        for call in &CALLS {
            let [client, server] = exported(call).expect("keys");
            let parts = [&client.key, &server.key, &client.salt, &server.salt];
            assert_eq!(parts.map(|part| hex(part.expose())), call.masters);
        }
    }

    #[test]
    fn a_log_without_the_secret_of_the_version_exports_nothing() {
        let [_, _, other] = CALLS;
        let other = Call {
            version: Version::DTLS_1_2,
            ..other
        };
        assert_eq!(exported(&other), Err(NotOpened::Secrets));
        let [first, ..] = CALLS;
        let other = Call {
            suite: 0x0A0A,
            ..first
        };
        let unknown = NotOpened::Suite(CipherSuite(0x0A0A));
        assert_eq!(exported(&other), Err(unknown));
    }
}
