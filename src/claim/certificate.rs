//! `certificate-matches-signalling`: are the certificates those that signalling announced?

use std::collections::BTreeSet;

use super::case::Case;
use super::catalogue::CERTIFICATE;
use super::{Evidence, Gap, Judgement, Scope, Verdict};
use crate::base::label::hex;
use crate::base::told::{Name, Told, told};
use crate::flow::{Association, Role};

pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    let seen = case
        .tracker
        .associations()
        .into_iter()
        .filter(|association| case.sees_flow(&association.flow));
    seen.filter_map(|association| {
        let (verdict, found) = verdict(case, association)?;
        let scope = Scope::Association(association.id);
        Some(case.judgement(&CERTIFICATE, scope, (verdict, found), "hashes compared"))
    })
    .collect()
}

fn verdict(case: &Case<'_>, association: &Association) -> Option<(Verdict, Told)> {
    let all = Evidence::of(association.packets.clone());
    let announced = announced(case, association);
    let seen: Vec<_> = leaves(association);
    let inconclusive = |gap: Gap, words: &'static str| {
        Some((Verdict::Inconclusive(gap, all.clone()), Told::plain(words)))
    };
    if seen.is_empty() {
        return if association.seals_certificates() {
            inconclusive(
                Gap::CertificatesSealed,
                "DTLS 1.3: both certificates are sealed",
            )
        } else {
            inconclusive(Gap::NoCertificate, "no certificate was captured")
        };
    }
    if announced.is_empty() {
        return inconclusive(Gap::NoFingerprint, "nothing announced a fingerprint");
    }
    let packets = |role: Role| {
        let [client, server] = &association.certificate_packets;
        if role == Role::Client { client } else { server }
    };
    if let Some((role, hash)) = seen.iter().find(|(_, hash)| !announced.contains(hash)) {
        let evidence = Evidence::of(packets(*role).clone())?;
        let found = told![
            "the certificate of the ",
            role.name(),
            " was not announced: ",
            Name::Fingerprint.of(hash.clone())
        ];
        return Some((Verdict::Violated(evidence), found));
    }
    let mut examined = packets(Role::Client).clone();
    examined.merge(packets(Role::Server));
    let words = format!("{} certificates, each of them announced", seen.len());
    Some((Verdict::Holds(Evidence::of(examined)?), Told::plain(words)))
}

/// The certificate of each end that has one in clear: its own, not those of whoever signed it.
fn leaves(association: &Association) -> Vec<(Role, String)> {
    [Role::Client, Role::Server]
        .into_iter()
        .filter_map(|role| {
            let first = association.certificates.iter().find(|c| c.role == role)?;
            Some((role, hex(&first.sha256).to_uppercase()))
        })
        .collect()
}

/// SHA-256 fingerprints that the user gave, or that signalling announced for either end.
fn announced(case: &Case<'_>, association: &Association) -> BTreeSet<String> {
    let given = case.limits.fingerprints.iter().cloned();
    let (one, other) = association.ends();
    let calls = case.tracker.signalling().calls().into_iter();
    let media = calls.flat_map(|call| call.descriptions.iter().flat_map(|d| &d.media));
    let of_ends = media.filter(|media| media.addresses().any(|end| end == one || end == other));
    let lines = of_ends.flat_map(|media| &media.fingerprints);
    let told = lines.filter(|line| line.algorithm == "sha-256");
    given.chain(told.map(|line| line.value.clone())).collect()
}
