//! Whom root becomes, and to whom its outputs belong.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;

use nix::unistd::Uid;
use relayscope::run::confine::{Confinement, Lack, Layer, Outcome};

use super::{CALLER, assert_all_done, may_be_left};

/// No files go to nobody: where root itself called, they go to whom the directory belongs to.
pub(super) fn root_becomes_the_owner(place: &Path) {
    outputs_belong_to(OWNER, place, || {
        chown(place, Some(OWNER), Some(OWNER)).expect("root may");
    });
}

/// Others may write there too, and the owner is not asked.
pub(super) fn root_becomes_who_called_sudo(place: &Path) {
    outputs_belong_to(CALLER.parse().expect("a number"), place, || {
        chown(place, Some(OWNER), Some(OWNER)).expect("root may");
        fs::set_permissions(place, Permissions::from_mode(0o1777)).expect("root may");
    });
}

/// Where root runs the test, after `prepare`; who is not root stays who they are.
fn outputs_belong_to(user: u32, place: &Path, prepare: impl FnOnce()) {
    let before = Uid::effective();
    let output = File::create_new(place.join("output")).expect("a new file");
    if before.is_root() {
        prepare();
    }
    let plan = Confinement::new().writing_in(place).handing_over(&output);
    assert_all_done(&plan.close());
    let expected = if before.is_root() {
        user
    } else {
        before.as_raw()
    };
    let later = File::create_new(place.join("later")).expect("a file is made");
    for file in [&output, &later] {
        let found = file.metadata().expect("an open file is known");
        assert_eq!((found.uid(), found.gid()), (expected, expected));
    }
    fs::rename(place.join("output"), place.join("named")).expect("it is renamed");
}

pub(super) fn root_stays_root_where_nobody_else_may_write(place: &Path) {
    let root = Uid::effective().is_root();
    let steps = Confinement::new().writing_in(place).close();
    let user = steps.iter().find(|step| step.layer == Layer::User);
    let stays = matches!(
        user.map(|step| &step.outcome),
        Some(Outcome::Not(Lack::OnlyRoot(directory))) if directory == place
    );
    assert_eq!(stays, root);
    let others = steps.iter().filter(|step| step.layer != Layer::User);
    assert!(others.clone().all(may_be_left), "{steps:?}");
    File::create_new(place.join("later")).expect("a file is made");
}

/// To whom a directory belongs: a user of no name.
const OWNER: u32 = 54321;
