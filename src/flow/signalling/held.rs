//! What a description takes of the room that all share.

use super::MediaDescription;

/// What each part of it takes beside its text.
const PART: usize = 192;

impl MediaDescription {
    /// About how many octets it takes.
    pub(super) fn held(&self) -> usize {
        let codecs = self.payload_types.values().map(|map| map.encoding.len());
        let extensions = self.extensions.values().map(String::len);
        let hashes = self.fingerprints.iter().map(|known| known.value.len());
        let keys = self.crypto.iter().map(|known| known.key.expose().len());
        let candidates = self.candidates.iter().map(|known| known.address.len());
        let sources = self.sources.values().flatten().map(String::len);
        let firsts = codecs.chain(extensions).chain(hashes);
        let texts = firsts.chain(keys).chain(candidates).chain(sources);
        size_of::<Self>() + texts.map(|text| text + PART).sum::<usize>()
    }
}
