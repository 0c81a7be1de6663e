//! From root to the user who called.

use std::env;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::unistd::{
    AccessFlags, Gid, Uid, User as Entry, access, getgid, getresuid, getuid, setgroups, setresgid,
    setresuid,
};

use super::{Lack, Outcome};

/// How root was left.
pub(super) struct Departure {
    pub(super) outputs: Outcome,
    pub(super) user: Outcome,
    /// Whether it must go past the permissions of files to make its own.
    pub(super) kept: bool,
}

/// Becomes the invoking user for good, and gives them the outputs.
///
/// Those who are not root stay who they are. The user is the first of these who may make files in
/// all of `directories`: whoever called sudo, pkexec or a set-user-ID program; nobody, where no
/// files are to be made; the owners of the directories. Files never go to nobody, since other
/// services run as nobody too.
pub(super) fn leave_root(directories: &[PathBuf], outputs: &[&File]) -> Departure {
    let stays = |user, kept| Departure {
        outputs: Outcome::Done,
        user,
        kept,
    };
    if !Uid::effective().is_root() {
        return stays(Outcome::Done, false);
    }
    let only_root = || Lack::OnlyRoot(directories.first().cloned().unwrap_or_default());
    match first_who_may_write_in(directories) {
        Err(error) => stays(refused("setresuid")(error.into()), !directories.is_empty()),
        Ok(None) => stays(Outcome::Not(only_root()), true),
        Ok(Some(ROOT)) => stays(Outcome::Not(only_root()), false),
        Ok(Some(user)) => Departure {
            outputs: user
                .is_given(outputs)
                .map_or_else(refused("fchown"), |()| Outcome::Done),
            user: user.is_put_on(),
            kept: false,
        },
    }
}

fn first_who_may_write_in(directories: &[PathBuf]) -> nix::Result<Option<User>> {
    for user in candidates(directories) {
        if user.may_write_in(directories)? {
            return Ok(Some(user));
        }
    }
    Ok(None)
}

/// Who the process could be, the best first.
fn candidates(directories: &[PathBuf]) -> Vec<User> {
    let mut candidates = Vec::new();
    match invoker() {
        Some(user) => candidates.push(user),
        None if directories.is_empty() => candidates.push(User::nobody()),
        None => {}
    }
    candidates.extend(directories.iter().filter_map(|path| User::owner(path)));
    candidates
}

/// Who called, where that was not root.
fn invoker() -> Option<User> {
    if !getuid().is_root() {
        // A set-user-ID program: the environment is theirs, and tells nothing.
        return Some(User {
            uid: getuid(),
            gid: getgid(),
        });
    }
    let number = |name| env::var(name).ok()?.parse().ok();
    let uid = number("SUDO_UID").or_else(|| number("PKEXEC_UID"))?;
    User::known(uid, number("SUDO_GID").unwrap_or(NOBODY))
}

/// A user and their first group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct User {
    uid: Uid,
    gid: Gid,
}

impl User {
    /// A user who is not root, with `gid` where the system knows no group of theirs.
    fn known(uid: u32, gid: u32) -> Option<Self> {
        // To be user -1 is to stay who one is (setresuid(2)).
        if matches!(uid, 0 | u32::MAX) {
            return None;
        }
        let uid = Uid::from_raw(uid);
        let entry = Entry::from_uid(uid).ok().flatten();
        let gid = entry.map_or(Gid::from_raw(gid), |entry| entry.gid);
        Some(Self { uid, gid })
    }

    fn nobody() -> Self {
        let entry = Entry::from_name("nobody").ok().flatten();
        let (uid, gid) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
        entry.map_or(Self { uid, gid }, |entry| Self {
            uid: entry.uid,
            gid: entry.gid,
        })
    }

    /// The owner of a directory, who may be root.
    fn owner(directory: &Path) -> Option<Self> {
        let found = fs::metadata(directory).ok()?;
        Some(Self::known(found.uid(), found.gid()).unwrap_or(ROOT))
    }

    /// Whether they may make files in all of these. Root counts as one without capabilities.
    fn may_write_in(self, directories: &[PathBuf]) -> nix::Result<bool> {
        if self == ROOT {
            let owned = |path: &PathBuf| fs::metadata(path).is_ok_and(|found| found.uid() == 0);
            return Ok(directories.iter().all(owned));
        }
        // Tried out, for permissions are more than nine bits; meanwhile root is the saved user.
        self.put_on_groups()?;
        setresuid(self.uid, self.uid, ROOT.uid)?;
        let may = |path: &PathBuf| access(path, AccessFlags::W_OK | AccessFlags::X_OK).is_ok();
        let all = directories.iter().all(may);
        setresuid(ROOT.uid, ROOT.uid, ROOT.uid)?;
        ROOT.put_on_groups()?;
        Ok(all)
    }

    /// Gives them what this process made as root. An open file cannot be exchanged for another
    /// meanwhile, as a name can.
    fn is_given(self, outputs: &[&File]) -> io::Result<()> {
        for output in outputs {
            let found = output.metadata()?;
            if found.is_file() && found.uid() == 0 && found.nlink() <= 1 {
                fchown(output, Some(self.uid.as_raw()), Some(self.gid.as_raw()))?;
            }
        }
        Ok(())
    }

    /// The process is this user from now on, in all its threads.
    fn is_put_on(self) -> Outcome {
        let put_on = self
            .put_on_groups()
            .and_then(|()| setresuid(self.uid, self.uid, self.uid))
            .and_then(|()| getresuid());
        match put_on {
            Ok(ids) if [ids.real, ids.effective, ids.saved] == [self.uid; 3] => Outcome::Done,
            Ok(_) => refused("setresuid")(Errno::EPERM.into()),
            Err(error) => refused("setresuid")(error.into()),
        }
    }

    fn put_on_groups(self) -> nix::Result<()> {
        setgroups(&[self.gid])?;
        setresgid(self.gid, self.gid, self.gid)
    }
}

fn refused(call: &'static str) -> impl FnOnce(io::Error) -> Outcome {
    move |source| Outcome::Not(Lack::Refused { call, source })
}

const ROOT: User = User {
    uid: Uid::from_raw(0),
    gid: Gid::from_raw(0),
};

/// The user and group to whom, by custom, nothing belongs.
const NOBODY: u32 = 65534;
