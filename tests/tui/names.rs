//! Names that would drive the terminal, on every screen.

use std::fs;
use std::path::PathBuf;

use crate::common::{evil, file};
use crate::seat::Seat;
use crate::{SIZES, TOUR};

#[test]
fn no_name_reaches_a_screen_as_it_is() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("names.pcap");
    fs::write(&path, file(&evil::call().records)).expect("writable");
    let path: &str = path.to_str().expect("text").to_owned().leak();
    for size in SIZES {
        let mut seat = Seat::whole(path);
        for (title, keys) in TOUR {
            seat.press(keys);
            for _ in 0..12 {
                let screen = seat.screen(size);
                let odd = screen.chars().find(|character| !evil::is_shown(*character));
                assert!(odd.is_none(), "{title}: {odd:?}");
                seat.press("j");
            }
        }
    }
}
