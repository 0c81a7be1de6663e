//! What a DTLS handshake shows to whoever sees it pass.
//!
//! A profile or certificate that is sealed, as in DTLS 1.3, is no item: nobody here reads it.

use super::What;
use crate::base::label::hex;
use crate::base::sample::Sample;
use crate::base::told::{Name, Told, told};
use crate::flow::{Association, Role};

/// Each value with the packets that show it.
pub(super) fn rows(association: &Association) -> Vec<(What, Told, Sample)> {
    let (asked, answered) = (&association.client_hello, &association.server_hello);
    let mut hellos = asked.clone();
    hellos.merge(answered);
    let version = match (association.version, association.offered_versions.as_slice()) {
        (Some(version), _) => Told::plain(version.to_string()),
        (None, []) => "begun".into(),
        (None, offered) => told![listed(offered), " offered, not answered"],
    };
    let mut rows = vec![(HANDSHAKE, version, hellos)];
    if let Some(cipher) = association.cipher {
        rows.push((CIPHER, Told::plain(cipher.to_string()), answered.clone()));
    }
    if let Some(offered) = association.offered_profiles.as_deref()
        && !offered.is_empty()
    {
        rows.push((PROFILES, listed(offered), asked.clone()));
    }
    if let Some(profile) = association.profile {
        let profile = Told::plain(profile.to_string());
        rows.push((PROFILE, profile, answered.clone()));
    }
    if let Some(name) = &association.sni {
        rows.push((SERVER_NAME, Name::Host.of(name), asked.clone()));
    }
    if !association.alpn.is_empty() {
        let names = association.alpn.iter().map(|name| Name::Text.of(name));
        rows.push((ALPN, Told::joined(names, " "), asked.clone()));
    }
    let [of_client, of_server] = &association.certificate_packets;
    for certificate in &association.certificates {
        let packets = match certificate.role {
            Role::Client => of_client,
            Role::Server => of_server,
        };
        let subject = match &certificate.subject {
            Some(subject) => Name::Subject.of(subject),
            None => "not readable".into(),
        };
        let hash = Name::Fingerprint.of(hex(&certificate.sha256));
        let role = certificate.role.name();
        let value = told![subject, " (", role, "), sha256 ", hash];
        rows.push((CERTIFICATE, value, packets.clone()));
    }
    rows
}

fn listed<T: ToString>(values: &[T]) -> Told {
    let texts: Vec<_> = values.iter().map(T::to_string).collect();
    Told::plain(texts.join(" "))
}

const HANDSHAKE: What = (
    "DTLS handshake",
    "dtls.handshake.version",
    "5 and 6: ClientHello",
);
const CIPHER: What = (
    "DTLS cipher",
    "dtls.handshake.ciphersuite",
    "5 and 6: ClientHello",
);
const PROFILES: What = (
    "SRTP offered",
    "dtls.use_srtp.protection_profile",
    "5: use_srtp",
);
const PROFILE: What = (
    "SRTP chosen",
    "dtls.use_srtp.protection_profile",
    "5: use_srtp",
);
const SERVER_NAME: What = (
    "server name",
    "dtls.handshake.extensions_server_name",
    "5: SNI / ALPN",
);
const ALPN: What = (
    "application",
    "dtls.handshake.extensions_alpn_str",
    "5: SNI / ALPN",
);
const CERTIFICATE: What = (
    "certificate",
    "dtls.handshake.certificate",
    "5: both certificates",
);
