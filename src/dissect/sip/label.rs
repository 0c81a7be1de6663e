//! Labels of SIP and SDP: one for each line, and apart from it the keys and passwords in it.

use super::{Sip, StartLine, line, next_line, sdp, secret};
use crate::base::field::Field;
use crate::base::label::{Sink, Value};
use crate::base::span::Span;

/// Labels a message whose first line begins at `begin`.
pub(super) fn message<S: Sink>(sip: &Sip<'_>, begin: usize, sink: &mut S) {
    let secrets: Vec<_> = secret::spans(sip.octets.captured).collect();
    let mut page = Page {
        text: sip.octets.captured,
        offset: sip.octets.offset,
        secrets: &secrets,
        sink,
    };
    page.mark(0, begin, Field::SipBlank);
    page.start(sip, begin);
    for header in sip.headers() {
        let (start, end) = header.range;
        page.mark(start, end, header.field);
        // A header without a field of its own is told with its name.
        let value_at = match header.field {
            Field::SipHeader => start,
            _ => header.value_at,
        };
        let value_end = header.value_at.saturating_add(header.value.len());
        page.fact(value_at, value_end, header.field);
    }
    page.body(sip);
}

/// The text of a message, and where its labels go.
struct Page<'a, 's, S> {
    text: &'a [u8],
    offset: u32,
    secrets: &'s [(usize, usize, Field)],
    sink: &'s mut S,
}

impl<S: Sink> Page<'_, '_, S> {
    fn span(&self, start: usize, end: usize) -> Span {
        let at = |position: usize| self.offset.saturating_add(position as u32);
        Span::new(at(start), at(end))
    }

    /// Marks octets as a field, and the secrets among them as what they are.
    fn mark(&mut self, start: usize, end: usize, field: Field) {
        let mut at = start;
        for (from, to, secret) in self.secrets {
            let (from, to) = ((*from).clamp(at, end), (*to).clamp(at, end));
            if from < to {
                self.sink.mark(self.span(at, from), field, Value::None);
                self.sink.mark(self.span(from, to), *secret, Value::Text);
                at = to;
            }
        }
        self.sink.mark(self.span(at, end), field, Value::None);
    }

    /// A value as text. It never reaches over a secret: it is told in parts around it.
    fn fact(&mut self, start: usize, end: usize, field: Field) {
        let mut at = start;
        for (from, to, _) in self.secrets {
            let (from, to) = ((*from).clamp(at, end), (*to).clamp(at, end));
            if from < to {
                self.sink.fact(self.span(at, from), field, Value::Text);
                at = to;
            }
        }
        if at < end || start == end {
            self.sink.fact(self.span(at, end), field, Value::Text);
        }
    }

    /// The place of a part of the text in it.
    fn place(&self, part: &[u8]) -> (usize, usize) {
        let start = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        (start, start.saturating_add(part.len()))
    }

    fn start(&mut self, sip: &Sip<'_>, begin: usize) {
        let first = line(self.text, begin).unwrap_or_default();
        let end = begin.saturating_add(first.len());
        let (field, facts) = match sip.start {
            StartLine::Request { method, uri } => (
                Field::SipRequestLine,
                [(Field::SipMethod, method), (Field::SipRequestUri, uri)],
            ),
            StartLine::Response { code, .. } => {
                let number = Value::Number(code.into());
                let at = begin.saturating_add(8);
                let span = self.span(at, at.saturating_add(3));
                self.sink.fact(span, Field::SipStatusCode, number);
                (Field::SipStatusLine, [(Field::SipStatusLine, first); 2])
            }
        };
        self.mark(begin, sip.headers_at, field);
        self.fact(begin, end, field);
        for (fact, part) in facts.into_iter().filter(|(fact, _)| *fact != field) {
            let (start, end) = self.place(part);
            self.fact(start, end, fact);
        }
    }

    fn body(&mut self, sip: &Sip<'_>) {
        let headers_end = sip.headers().last().map_or(sip.headers_at, |h| h.range.1);
        self.mark(headers_end, sip.body_at, Field::SipBlank);
        let (start, end) = sdp::find(sip.body()).unwrap_or((0, 0));
        let (start, end) = (
            sip.body_at.saturating_add(start),
            sip.body_at.saturating_add(end),
        );
        let mut at = sip.body_at;
        while at < self.text.len() {
            let next = next_line(self.text, at);
            if (start..end).contains(&at) {
                self.description(at, next);
            } else {
                self.mark(at, next, Field::SipBody);
            }
            at = next;
        }
        let cut = Span::new(self.span(at, at).start, sip.octets.span().end);
        self.sink.mark(cut, Field::SipBody, Value::None);
    }

    /// One line of a session description.
    fn description(&mut self, at: usize, next: usize) {
        let text = line(self.text, at).unwrap_or_default();
        let Some(read) = sdp::lines(text).next() else {
            self.mark(at, next, Field::SdpLine);
            return;
        };
        let field = read.field();
        self.mark(at, next, field);
        let value = match read.attribute() {
            Some((_, value)) if field != Field::SdpAttribute && !value.is_empty() => value,
            _ => read.value,
        };
        let (start, end) = self.place(value);
        self.fact(start, end, field);
        if field == Field::SdpCrypto {
            let words = value.split(|octet| *octet == b' ');
            for (fact, word) in [Field::SdpCryptoTag, Field::SdpCryptoSuite]
                .into_iter()
                .zip(words)
            {
                let (start, end) = self.place(word);
                self.fact(start, end, fact);
            }
        }
    }
}
