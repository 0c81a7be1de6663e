//! `certificate-matches-signalling`: are the certificates those that signalling announced?

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::catalogue::CERTIFICATE;
use super::signalling::in_files;
use super::{Evidence, Gap, Judgement, Scope, Verdict};
use crate::base::label::hex;
use crate::base::told::{Name, Told, told};
use crate::exposure::Vantage;
use crate::flow::{Association, Role};

pub(super) fn judge(case: &Case<'_>) -> Vec<Judgement> {
    let all = case.scene.associations.iter();
    // The handshake with the relay itself is none that signalling speaks of.
    let with_relay = |flow| {
        case.tracker
            .flow(flow)
            .is_some_and(|f| f.turn_tls.is_some())
    };
    let all = all.filter(|of| of.relayed || !with_relay(&of.flow));
    // Who reads the signalling compares it with handshakes on any leg.
    let compares = case.observer == Vantage::Signalling;
    let seen = all.filter(|association| compares || case.sees_flow(&association.flow));
    seen.filter_map(|association| {
        let (verdict, found) = verdict(case, association)?;
        let scope = Scope::Association(association.id);
        Some(case.judgement(&CERTIFICATE, scope, (verdict, found), "hashes compared"))
    })
    .collect()
}

fn verdict(case: &Case<'_>, association: &Association) -> Option<(Verdict, Told)> {
    let all = Evidence::of(association.packets.clone());
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
    let packets = |role: Role| {
        let [client, server] = &association.certificate_packets;
        if role == Role::Client { client } else { server }
    };
    let (mut missing, mut files) = (None, BTreeSet::new());
    for (role, hash) in &seen {
        let known = announced(case, association, *role, &seen);
        if let Some(file) = known.get(hash) {
            files.extend(*file);
        } else if known.is_empty() {
            missing = Some(*role);
        } else {
            let files: BTreeSet<_> = known.values().copied().flatten().collect();
            let found = told![
                "the certificate of the ",
                role.name(),
                " was not announced: ",
                Name::Fingerprint.of(hash.clone()),
                in_files(", compared with ", &files)
            ];
            let evidence = Evidence::of(packets(*role).clone())?;
            return Some((Verdict::Violated(evidence), found));
        }
    }
    if missing.is_some() {
        return inconclusive(Gap::NoFingerprint, "nothing announced a fingerprint");
    }
    if seen.len() < 2 {
        let sealed = association.seals_certificates();
        return inconclusive(
            if sealed {
                Gap::CertificatesSealed
            } else {
                Gap::NoCertificate
            },
            "the certificate of one end only was seen",
        );
    }
    let mut examined = packets(Role::Client).clone();
    examined.merge(packets(Role::Server));
    let words = format!("{} certificates, each of them announced", seen.len());
    let found = told![Told::plain(words), in_files(", given in ", &files)];
    Some((Verdict::Holds(Evidence::of(examined)?), found))
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

/// SHA-256 fingerprints that signalling announced for one end, or that the user gave, each with the
/// file of descriptions in which it was given, if it was.
///
/// One given fingerprint that is that of the other end says nothing of this one.
fn announced<'t>(
    case: &Case<'t>,
    association: &Association,
    role: Role,
    seen: &[(Role, String)],
) -> BTreeMap<String, Option<&'t str>> {
    let (client, server) = association.ends();
    let end = if role == Role::Client { client } else { server };
    let of_end = case.agreements().announced_at(end);
    let lines = of_end.flat_map(|(description, media)| {
        let lines = media.fingerprints.iter();
        lines.map(|line| (line, description.given_in()))
    });
    let told = lines.filter(|(line, _)| line.algorithm == "sha-256");
    let told = told.map(|(line, file)| (line.value.clone(), file));
    let given = &case.limits.fingerprints;
    let of_other = |only: &String| seen.iter().any(|(r, hash)| *r != role && hash == only);
    let given = match given.as_slice() {
        [only] if of_other(only) => &[],
        all => all,
    };
    let given = given.iter().map(|hash| (hash.clone(), None));
    told.chain(given).collect()
}
