//! What the records of one DTLS datagram are, in words.

use crate::base::label::printable;
use crate::base::told::{Name, Told, told};
use crate::dissect::dtls::handshake::{Fragment, Handshake};
use crate::dissect::dtls::names::{ContentType, Version};
use crate::dissect::dtls::{Dtls, Record};

/// The version where a hello tells it, then what each record holds.
pub(super) fn in_words(dtls: &Dtls<'_>) -> Told {
    let mut version = None;
    let mut parts: Vec<Told> = Vec::new();
    let mut add = |part: Told| {
        if parts.last() != Some(&part) {
            parts.push(part);
        }
    };
    for record in dtls.records() {
        let mut fragments = record.fragments().peekable();
        if fragments.peek().is_none() {
            add(content(&record));
        }
        for fragment in fragments {
            let message = fragment.message();
            version = version.or(message.as_ref().and_then(version_of));
            add(handshake(&fragment, message.as_ref()));
        }
    }
    let named = match version {
        Some(version) if version.name().is_some() => version.to_string(),
        Some(version) => format!("DTLS version {version}"),
        None if dtls.first.content.is_none() => Version::DTLS_1_3.to_string(),
        None => "DTLS".to_owned(),
    };
    told![Told::plain(named), " ", Told::joined(parts, ", ")]
}

/// The version that a server takes, or the one that a client would like best.
fn version_of(message: &Handshake<'_>) -> Option<Version> {
    match message {
        Handshake::ClientHello(hello) => hello.versions().first().copied(),
        Handshake::ServerHello(hello) => Some(hello.version()),
        Handshake::Certificate(_) | Handshake::EncryptedExtensions(_) | Handshake::Other => None,
    }
}

fn handshake(fragment: &Fragment<'_>, message: Option<&Handshake<'_>>) -> Told {
    let mut words = if fragment.begins_retry() {
        "HelloRetryRequest".to_owned()
    } else if fragment.kind.name().is_some() {
        fragment.kind.to_string()
    } else {
        format!("handshake message {}", fragment.kind)
    };
    let part = fragment.body.wire_len;
    if part != fragment.length {
        let end = fragment.offset.saturating_add(part);
        let piece = format!(" part {}-{end} of {}", fragment.offset, fragment.length);
        words.push_str(&piece);
    }
    let words = Told::plain(words);
    match message {
        Some(Handshake::ClientHello(hello)) => match hello.server_name() {
            Some(name) => told![words, ", sni ", Name::Host.of(printable(name))],
            None => words,
        },
        _ => words,
    }
}

fn content(record: &Record<'_>) -> Told {
    Told::plain(match (record.content, record.alert()) {
        (_, Some(alert)) => format!("alert {alert}"),
        (Some(ContentType::CHANGE_CIPHER_SPEC), _) => "ChangeCipherSpec".to_owned(),
        (Some(content), _) if record.is_clear() => content.to_string(),
        (Some(content), _) => format!("sealed {content}"),
        (None, _) => format!("sealed, epoch {}", record.epoch),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::label::Quiet;
    use crate::base::span::Octets;
    use crate::base::told::Part;
    use crate::dissect::dtls::parse;

    fn words(records: &[(u8, u8, &[u8])]) -> String {
        let mut datagram = Vec::new();
        for (content, epoch, body) in records {
            datagram.extend([*content, 0xFE, 0xFD, 0, *epoch, 0, 0, 0, 0, 0, 0, 0]);
            datagram.push(body.len() as u8);
            datagram.extend(*body);
        }
        let dtls = parse(Octets::whole(&datagram, 0), false, &mut Quiet).expect("DTLS");
        let told = in_words(&dtls);
        let text = told.parts().iter().map(|part| match part {
            Part::Plain(text) => text.as_ref(),
            _ => "?",
        });
        text.collect()
    }

    #[test]
    fn each_record_is_named_in_its_order() {
        let done = [14, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0];
        let part = [11, 0, 1, 0, 0, 4, 0, 0, 0, 0, 0, 2, 0, 0];
        assert_eq!(
            words(&[
                (22, 0, &part),
                (22, 0, &done),
                (20, 0, &[1]),
                (22, 1, &[7; 40])
            ]),
            "DTLS Certificate part 0-2 of 256, ServerHelloDone, ChangeCipherSpec, sealed handshake"
        );
        assert_eq!(words(&[(21, 0, &[2, 40])]), "DTLS alert handshake_failure");
        assert_eq!(words(&[(23, 1, &[7]), (23, 1, &[8])]), "DTLS sealed data");
    }
}
