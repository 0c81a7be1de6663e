//! What the TLS handshake of a client's leg shows to whoever sees it pass.

use super::handshake::{certificate, listed};
use super::{Reader, Visibility, What};
use crate::base::sample::Sample;
use crate::base::told::{Name, Told};
use crate::dissect::dtls::names::Version;
use crate::exposure::leg::Leg;
use crate::flow::TlsSession;

const HELLO: &str = "4: TLS ClientHello";

impl Reader<'_> {
    pub(super) fn tls(&mut self, leg: &Leg<'_>) {
        let Some(session) = self.tracker.tls(&leg.flow.key) else {
            return;
        };
        let [asked, answered, shown] = &session.packets;
        for (what, value, packets) in hello(session, asked, answered) {
            self.push(what, value, packets);
        }
        let (item, field, row) = (
            "certificate",
            "tls.handshake.certificate",
            "4: server certificate",
        );
        for found in &session.certificates {
            self.push((item, field, row), certificate(found), shown);
        }
        if session.version == Some(Version::TLS_1_3) {
            let words = "sealed by TLS 1.3".into();
            self.entry(
                (item, field, row),
                words,
                answered,
                Visibility::Hidden,
                None,
            );
        }
        let what = (
            "record lengths",
            "tls.record.length",
            "4: TLS record lengths",
        );
        let words = "of each message, to a few octets; the relay reads what is inside".into();
        self.push(what, words, &leg.flow.seen);
    }
}

fn hello<'s>(
    session: &TlsSession,
    asked: &'s Sample,
    answered: &'s Sample,
) -> Vec<(What, Told, &'s Sample)> {
    let row = |item, field, value: Told, packets| ((item, field, HELLO), value, packets);
    let mut rows = Vec::new();
    if let Some(version) = session.version {
        let field = "tls.handshake.version";
        rows.push(row(
            "TLS version",
            field,
            Told::plain(version.to_string()),
            answered,
        ));
    } else if !session.offered_versions.is_empty() {
        let words = format!("{} offered", listed(&session.offered_versions));
        rows.push(row(
            "TLS version",
            "tls.handshake.version",
            Told::plain(words),
            asked,
        ));
    }
    if let Some(cipher) = session.cipher {
        let field = "tls.handshake.ciphersuite";
        rows.push(row(
            "TLS cipher",
            field,
            Told::plain(cipher.to_string()),
            answered,
        ));
    }
    if let Some(name) = &session.sni {
        let field = "tls.handshake.extensions_server_name";
        rows.push(row(
            "server name",
            field,
            Name::Host.of(name.clone()),
            asked,
        ));
    }
    if !session.alpn.is_empty() {
        let field = "tls.handshake.extensions_alpn_str";
        rows.push(row(
            "application",
            field,
            Told::plain(session.alpn.join(" ")),
            asked,
        ));
    }
    rows
}
