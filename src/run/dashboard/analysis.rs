//! The thread that reads files, follows the calls in them, and answers what is asked.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use crossbeam_channel::{Receiver, RecvTimeoutError, TryRecvError};

use super::desk::Desk;
use super::playback::Playback;
use super::shelf::FileShelf;
use crate::base::told::Name;
use crate::capture::{Block, Capture, CaptureError, PacketSource as _, RawPacket};
use crate::report::live::Calls;
use crate::run::followed::Followed;
use crate::run::given::GivenKeys;
use crate::run::pace::Pace;
use crate::run::take_secrets;
use crate::tui::{Effect, Phase, Snapshot};

/// What is known of the files.
pub(super) struct Analysis {
    capture: Option<Capture>,
    given: GivenKeys,
    followed: Followed,
    desk: Desk<FileShelf>,
    pace: Pace,
    playback: Option<Playback>,
    /// Packets that were known when streams were judged last.
    settled: u64,
}

/// What ends a reading before the end of the files.
enum Stop {
    /// The screen is gone.
    Gone,
    /// They are to be read again from the start.
    Again,
    /// They cannot be read on.
    Failed(CaptureError),
}

impl From<CaptureError> for Stop {
    fn from(error: CaptureError) -> Self {
        Self::Failed(error)
    }
}

impl Analysis {
    /// Opens the files; what can be read only once is read when it is analysed.
    ///
    /// # Errors
    /// Where there is no capture to read.
    pub(super) fn open(
        mut desk: Desk<FileShelf>,
        given: GivenKeys,
        speed: Option<u32>,
    ) -> Result<Self> {
        let files = desk.shelf.files();
        let capture = files.open()?;
        desk.enter(speed.map_or(Phase::Loading(0, files.octets()), Phase::Playing));
        Ok(Self {
            followed: Followed::by(given.tracker(), capture.summary().clone()),
            capture: Some(capture),
            given,
            desk,
            pace: Pace::new(Instant::now()),
            playback: speed.map(Playback::new),
            settled: 0,
        })
    }

    /// What is shown before anything is read.
    pub(super) fn first(&self) -> Arc<Snapshot> {
        self.desk.snapshot(&self.followed)
    }

    /// Reads the files, then answers until nobody asks any more.
    pub(super) fn run(mut self, asked: &Receiver<Effect>) {
        let phase = loop {
            match self.read(asked) {
                Ok(()) => break Phase::Whole,
                Err(Stop::Gone) => return,
                Err(Stop::Again) => {}
                Err(Stop::Failed(error)) => {
                    // What was read before stands.
                    self.desk.tell(Name::Text.of(error.to_string()));
                    break Phase::Ended;
                }
            }
        };
        self.desk.enter(phase);
        self.followed.tracker.finish();
        self.playback = None;
        self.desk.tell_early_end(&self.followed.summary);
        self.settle(asked);
    }

    /// Answers until nobody asks any more; judges meanwhile what is left to judge.
    fn settle(&mut self, asked: &Receiver<Effect>) {
        self.learn();
        let Self {
            followed,
            desk,
            pace,
            ..
        } = self;
        // Nothing comes to them any more: they are taken apart once for all that is asked.
        let calls = Calls::of(&followed.tracker);
        loop {
            let effect = if judge(desk, (followed, &calls), pace, true) {
                asked.try_recv()
            } else {
                asked.recv().map_err(|_| TryRecvError::Disconnected)
            };
            match effect {
                Ok(effect) => answer(desk, followed, pace, effect),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return,
            }
        }
    }

    /// Reads to the end of the files.
    fn read(&mut self, asked: &Receiver<Effect>) -> Result<(), Stop> {
        let mut capture = match self.capture.take() {
            Some(capture) => capture,
            None => self.desk.shelf.files().open()?,
        };
        let mut block = Block::default();
        let mut taken = 0;
        while capture.next_block(&mut block)? {
            let tracker = &mut self.followed.tracker;
            tracker.expect_interfaces(capture.summary().interfaces.len());
            take_secrets(tracker, capture.summary(), &mut taken);
            self.followed.summary.clone_from(capture.summary());
            for packet in block.packets() {
                self.take(&packet, asked)?;
            }
            self.desk.shelf.mark(&capture, &self.followed);
            self.progress(&capture);
            self.rest(Instant::now(), asked)?;
        }
        self.followed.summary.clone_from(capture.summary());
        Ok(())
    }

    fn take(&mut self, packet: &RawPacket<'_>, asked: &Receiver<Effect>) -> Result<(), Stop> {
        while let Some(playback) = &mut self.playback {
            let now = Instant::now();
            let due = playback.due(packet.time, now);
            if due <= now {
                break;
            }
            self.rest(due, asked)?;
        }
        self.followed.take(packet);
        Ok(())
    }

    /// Answers what is asked until `due`, or until something was; shows what is new when its time
    /// has come.
    fn rest(&mut self, due: Instant, asked: &Receiver<Effect>) -> Result<(), Stop> {
        let now = Instant::now();
        if now >= self.pace.next() {
            self.renew(false);
        }
        let wake = due.min(self.pace.next().max(now));
        match asked.recv_timeout(wake.saturating_duration_since(Instant::now())) {
            Ok(Effect::Seek(seconds)) => self.seek(seconds),
            Ok(effect) => {
                answer(&mut self.desk, &self.followed, &mut self.pace, effect);
                self.renew(true);
                Ok(())
            }
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => Err(Stop::Gone),
        }
    }

    fn seek(&mut self, seconds: i64) -> Result<(), Stop> {
        let Some(playback) = &mut self.playback else {
            return Ok(());
        };
        if !playback.seek(seconds, Instant::now()) {
            return Ok(());
        }
        self.desk
            .tell("ten seconds back: read again from the start of the file up to there");
        self.desk.clear();
        let summary = self.followed.summary.clone();
        self.followed = Followed::by(self.given.tracker(), summary);
        self.settled = 0;
        Err(Stop::Again)
    }

    fn progress(&mut self, capture: &Capture) {
        if let Phase::Loading(_, all) = self.desk.phase() {
            let read = capture.bookmark().map(|mark| mark.octets());
            let all = all.filter(|_| read.is_some());
            self.desk
                .enter(Phase::Loading(read.unwrap_or_default(), all));
        }
    }

    /// Judges what is new of what was read so far, and shows it.
    fn renew(&mut self, looks: bool) {
        self.learn();
        let calls = Calls::of(&self.followed.tracker);
        let known = (&self.followed, &calls);
        judge(&mut self.desk, known, &mut self.pace, looks);
    }

    /// Judges what streams are, where packets were read since that was done last.
    fn learn(&mut self) {
        let packets = self.followed.tracker.totals().packets;
        if packets != self.settled {
            self.settled = packets;
            self.followed.tracker.settle();
        }
    }
}

/// Judges what is new, looks at the packet that was asked for where that is wanted, since it may
/// say more by now or to somebody else, and shows all of it. Returns whether calls are left to judge.
fn judge(
    desk: &mut Desk<FileShelf>,
    known: (&Followed, &Calls<'_>),
    pace: &mut Pace,
    looks: bool,
) -> bool {
    let begun = Instant::now();
    let now = known.0.tracker.totals().last.unwrap_or_default();
    desk.judge(known, (now, pace.most()));
    if looks {
        desk.look(known.1);
    }
    desk.show(known.0);
    pace.took(begun, Instant::now());
    desk.board().waiting() > 0
}

fn answer(desk: &mut Desk<FileShelf>, known: &Followed, pace: &mut Pace, effect: Effect) {
    if matches!(effect, Effect::Observe(..)) {
        pace.hurry();
    }
    desk.answer(effect, known);
}
