//! How far a handshake got, told from the records that pass.

use super::certificate::Role;
use crate::dissect::dtls::Record;
use crate::dissect::dtls::names::ContentType;

/// What was seen of each side, client first.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    /// `change_cipher_spec`.
    changed: [bool; 2],
    /// A handshake record under the new keys: Finished of DTLS 1.2.
    finished: [bool; 2],
    /// Records of epoch 2, which seals the handshake of DTLS 1.3.
    sealed: [bool; 2],
    /// A record of epoch 3 from the client, after records of epoch 2 both ways.
    client_ready: bool,
    /// An ACK of the client's Finished, by its length.
    acknowledged: bool,
}

/// Length of a sealed ACK that names one record: two octets of length, sixteen for the record,
/// one for the content type, and a tag of sixteen (RFC 9147, sections 4 and 7).
const ACK: u32 = 35;

impl Progress {
    /// Takes a record that is not in clear, or a `change_cipher_spec`.
    pub(super) fn record(&mut self, sender: Role, record: &Record<'_>) {
        let [own_changed, own_finished, own_sealed] =
            [&mut self.changed, &mut self.finished, &mut self.sealed]
                .map(|sides| sides.get_mut(sender.index()));
        match (record.content, record.epoch) {
            (Some(ContentType::CHANGE_CIPHER_SPEC), 0) => set(own_changed),
            (Some(ContentType::HANDSHAKE), 1) => set(own_finished),
            (None, 2) => set(own_sealed),
            (None, 3) => self.application(sender, record.body.wire_len),
            _ => {}
        }
    }

    /// Whether a sealed record belongs to the handshake.
    pub(super) fn is_handshake(record: &Record<'_>) -> bool {
        match record.content {
            Some(content) => content == ContentType::HANDSHAKE,
            None => record.epoch == 2,
        }
    }

    /// The server may send data before the client is done, the client not: its first record of
    /// epoch 3 comes after all of the server's flight. The server is done when it acknowledges.
    fn application(&mut self, sender: Role, len: u32) {
        let [client, server] = self.sealed;
        match sender {
            Role::Client => self.client_ready |= client && server,
            Role::Server => {
                self.acknowledged |= client && len >= ACK && (len - ACK).is_multiple_of(16);
            }
        }
    }

    /// Whether both sides have finished.
    pub(super) fn is_complete(self) -> bool {
        let both = |[client, server]: [bool; 2]| client && server;
        both(self.changed) && both(self.finished)
            || both(self.sealed) && self.client_ready && self.acknowledged
    }
}

fn set(flag: Option<&mut bool>) {
    if let Some(flag) = flag {
        *flag = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::span::Octets;

    const SEALED: [u8; 67] = [7; 67];

    fn after(records: &[(Role, Option<u8>, u16, usize)]) -> bool {
        let mut progress = Progress::default();
        for (sender, content, epoch, len) in records {
            let record = Record {
                content: content.map(ContentType),
                epoch: *epoch,
                number: 0,
                header: &[],
                body: Octets::whole(&SEALED[..*len], 0),
            };
            progress.record(*sender, &record);
        }
        progress.is_complete()
    }

    #[test]
    fn dtls_1_2_is_complete_when_both_have_changed_keys_and_finished() {
        use Role::{Client, Server};
        let client = [(Client, Some(20), 0, 1), (Client, Some(22), 1, 40)];
        let server = [(Server, Some(20), 0, 1), (Server, Some(22), 1, 40)];
        assert!(!after(&client));
        assert!(after(&[client, server].concat()));
        assert!(!after(&[client[0], client[1], server[0]]));
    }

    #[test]
    fn dtls_1_3_is_complete_when_the_server_acknowledges_the_finished_of_the_client() {
        use Role::{Client, Server};
        let flights = [
            (Server, None, 2, 40),
            (Client, None, 2, 40),
            (Client, None, 3, 40),
        ];
        assert!(!after(&flights));
        assert!(after(
            &[flights.as_slice(), &[(Server, None, 3, 35)]].concat()
        ));
        assert!(after(
            &[flights.as_slice(), &[(Server, None, 3, 67)]].concat()
        ));
        assert!(!after(
            &[flights.as_slice(), &[(Server, None, 3, 36)]].concat()
        ));
    }

    #[test]
    fn what_the_server_sends_before_the_client_is_done_proves_nothing() {
        use Role::{Client, Server};
        let early = [(Server, None, 2, 40), (Server, None, 3, 35)];
        let client = [(Client, None, 2, 40), (Client, None, 3, 40)];
        assert!(!after(&[early, client].concat()));
    }
}
