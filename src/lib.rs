//! relayscope shows, packet by packet, what each party that handles a call can read of it, and
//! proves or refutes what is claimed about TURN relays.
//!
//! Three questions about every octet are answered in this order and in three places: what is it
//! ([`dissect`]), what guards it and who can read it ([`exposure`]). [`claim`] turns the answers
//! into verdicts that name their packets.
//!
//! # The map
//!
//! A module names only modules on lower floors; `tests/layers.rs` enforces it.
//!
//! * Floor 0, [`base`]: spans, the cursor that names what it reads, fields, addresses, times.
//!   Nothing here knows a protocol.
//! * Floor 1, [`capture`]: frames from files, in blocks, sliced in place; several files are copied
//!   together in the order of time. Packets are numbered before a filter takes any out. Frames of
//!   live interfaces are read by a thread of their own, which waits for nobody: what an analysis
//!   has no room for is counted as lost. What was lost is kept as intervals of time, which may
//!   grow and never go. The recorder writes whole blocks at once, and is told the time. Knows no
//!   protocol.
//! * Floor 2, [`decode`]: from a frame to the datagram in it, through tunnels, whose depth is
//!   bounded. Keeps what it understood. Puts the octets of one direction of a TCP connection in
//!   order, and fragments of IP packets together, which may be tunnels with fragments inside; knows
//!   no message.
//! * Floor 3, [`dissect`]: from octets to named fields. Pure: no state, no clock, no keys. What
//!   only seems to be a message is a candidate, and its caller says whether to believe it. The
//!   first reading believes every shape; a second one, for whoever looks at packets, asks the
//!   tracker, so that a stream is RTP from its first packet on. Of a stream it tells the length of
//!   the next message, and the framing by its first ones. Headers of codecs are read where the
//!   caller knows the codec, and the payload to be in clear. Dialects of one maker are told by what
//!   only they have; what is proprietary in them is recognised and not read.
//! * Floor 4, [`keys`]: key logs and other keys, and the records and packets that they open: those
//!   of a stream in order, datagrams as they come. Only what is authenticated is opened. No key
//!   prints itself, and each is wiped when it is dropped.
//! * Floor 5, [`flow`]: before anything else, a datagram that a second interface saw is known for a
//!   copy; it adds to the octets of its flow, which are whole, and to nothing else. Flows, TURN
//!   state, streams, senders of reports, what signalling said, DTLS handshakes put together from
//!   their fragments wherever these came, and the comparison of the two legs. What a stream carries
//!   and what its header extensions mean is learned from sums that are kept from its first packet
//!   on, and judged when a report is made; its payloads are examined on its first packets and again
//!   now and then, then what was gathered is freed. Entering datagrams are copied into a window of
//!   two seconds of capture time: the block of the capture in which they stood is filled anew
//!   before they leave. So many of these are looked at for one that leaves, and no more; past that
//!   it is counted as not compared. What has left is kept in the window too, so that a second copy
//!   is known for one. Where two clients of one relay talk, a leaving datagram waits until it is
//!   known whether the bare hop is in the capture; time goes on with the slowest interface, since
//!   captures of several are in order only on each. Of each bare stream the lengths of its last
//!   packets are kept, and of all the lengths that arrived of late one table: by these a stream is
//!   found that a host receives and sends again, with other keys, SSRC and numbers; what it does is
//!   judged from that, and from the sources that it names. That nothing was found is no proof: a
//!   host is said to mix only where something shows it, and else may be either kind, or a party.
//!   A report speaks of a scene: all that is known, or one call with all on which
//!   its verdicts rest; that judging call by call comes to the same is tested, so a call that did
//!   not change is not judged again. Over TCP a connection owns what puts it in order and what cuts
//!   it into messages; each of these is taken as a datagram. Its octets are not understood until a
//!   message takes them. What looks at packets follows connections anew in the same way, and lets
//!   frames wait that hold part of a message, since only the whole tells what the part is. Where a
//!   relay carries TCP to a peer it joins two connections, whose octets no message frames: they are
//!   compared one by one in the order of their streams, and not understood. A packet in fragments
//!   is taken at the frame with which it is whole; until then its octets are of no flow and not
//!   understood, and while one waits for long, nothing that leaves a relay is said to be its own.
//!   Between whose hosts one never came whole, or may be read in several ways, is remembered while
//!   a flow lives that it may have been of, and no verdict holds there. Flows are keyed by the
//!   innermost addresses alone, since a packet may change its tag or tunnel on its way, and a call
//!   while it goes on: the same addresses in another network are one flow, and told. What keys open
//!   of TLS or DTLS is a flow of its own, with the same ends over another transport: its octets are
//!   counted once, sealed, around it, and what it says is for observers who hold the keys. Of data
//!   channels lengths are put together, and no octet is kept. Keys in a capture open what comes
//!   after them. A key of media is that of the streams whose tags it verifies: reports are opened
//!   as they come, media in batches on all cores, each stream in its order, and the few packets
//!   that came before their key when it is there. Each frame of opened media is looked at for the
//!   marks of a layer that seals it once more, and behind its codec's header for structure: a mark
//!   on all shows a layer, structure refutes it, and noise shows nothing. What keys do not open of
//!   TLS is compared by length and time with the datagrams at its server: that shows TURN, and
//!   proves nothing of what is forwarded. Session descriptions that are given beside the capture
//!   are bound to calls when a report is made, by what was seen of these: no packet carried them,
//!   so of a call to which nothing binds them they say nothing. Whatever grows has its bound beside
//!   it, and what messages say has one room for all that keep it. A capture that goes on forgets
//!   calls that have fallen silent, each whole, and remembers of them only which hosts relayed and
//!   who spoke with these.
//! * Floor 6, [`exposure`]: what guards each payload, which legs each observer sees, and the ledger
//!   of what is readable, sealed, or not to be told there. Octets are counted by shape on the way
//!   and by protection here. Whoever looks at packets again may hear chosen streams: each packet as
//!   it was before it was sealed.
//! * Floor 7, [`claim`]: the catalogue and its verdicts, one file for each claim, all judged from
//!   the same case. No verdict without a packet; what is left out makes none hold, and what was
//!   lost none of what was alive then, or may have begun: that is asked of the flow, since anything
//!   may pass on it unseen.
//! * Floor 8, [`report`]: text and JSON. Works nothing out while writing. Addresses and names come
//!   up to here as what they are, in [`base::told`], and become text only through the report's
//!   redactor, which shows or hides them: what takes a bare text cannot be hidden any more. Of a
//!   capture that goes on, [`report::live`] keeps a part for each call and tells what changed.
//! * Floor 9, [`tui`]: the dashboard. A snapshot holds all that is shown at one moment; what a key
//!   does to the state of the screen is pure, and views draw both without working anything out.
//!   Of thousands of rows, the values of those on the screen are made. Knows a terminal, no file
//!   and no thread.
//!
//! Beside them, [`cli`] knows the command line and [`run`] every floor; [`run::confine`] gives away
//! what a run that reads hostile octets for days no longer needs. Such a run has a thread that reads
//! interfaces and never waits, one that follows the calls and tells what changed, and one that
//! records. The dashboard has a thread that draws, one that waits for keys and one that analyses:
//! all that happens comes to the screen by one channel, so that an idle screen costs nothing, and
//! all that is asked goes to the analysis by another. What answers a key is drawn at once, other
//! news ten times a second; for another observer the calls on the screen are judged first. Both
//! dashboards have one desk, on which calls are judged and packets looked at; only the shelf from
//! which these come is another. Those of files are read once more, from the nearest of the places
//! that were marked on the way, or from before the oldest connection that still lives there, whose
//! octets would have no names otherwise; of those of interfaces the last ones are kept, and those
//! that calls name.
//!
//! What an observer can play is asked of the claims, and written in a second reading, when the keys
//! are known: a player for each stream puts its packets in order and hands them, one by one, to
//! what writes its file. No media is kept in the first reading, and in the second no more than waits
//! for a packet before it, or for the rest of a picture.
#![cfg_attr(
    not(test),
    deny(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

pub mod base;
pub mod capture;
pub mod claim;
pub mod cli;
pub mod decode;
pub mod dissect;
pub mod exposure;
pub mod flow;
pub mod keys;
pub mod report;
pub mod run;
pub mod tui;
