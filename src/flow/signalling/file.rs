//! A file of session descriptions, read.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use super::description::{Provenance, SessionDescription};
use super::text::descriptions;
use crate::base::sample::Sample;

/// The session descriptions of a file, in their order.
#[derive(Debug, Clone)]
pub struct SdpFile {
    name: Arc<str>,
    descriptions: Vec<SessionDescription>,
    faults: Vec<GivenFault>,
}

/// Why nothing is taken of a file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NoDescription {
    /// It holds none.
    #[error("it holds no session description: none of its lines or JSON texts is v=0")]
    Absent,
    /// It begins like JSON and cannot be read as such.
    #[error("it holds no session description, and is no whole JSON: {0}")]
    Json(String),
}

/// What was not taken of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenFault {
    /// Name of the file.
    pub file: Arc<str>,
    /// What is wrong with it.
    pub fault: DescriptionFault,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DescriptionFault {
    /// A description has no media line; the line with which it begins, where it has one.
    NoMedia(Option<u64>),
    /// The file is no JSON from some place on.
    Json(String),
    /// There was no room for this and what follows.
    Many,
}

impl fmt::Display for DescriptionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMedia(Some(line)) => {
                write!(
                    f,
                    "the description that begins in line {line} has no m= line"
                )
            }
            Self::NoMedia(None) => f.write_str("a description has no m= line"),
            Self::Json(error) => write!(f, "no JSON from there on: {error}"),
            Self::Many => f.write_str("there was no room for all descriptions"),
        }
    }
}

impl SdpFile {
    /// Reads a file that is called `name`: descriptions as applications write them, one after the
    /// other with anything between them, or in the texts of JSON.
    ///
    /// # Errors
    /// Where it holds none.
    pub fn read(name: &str, text: &[u8]) -> Result<Self, NoDescription> {
        let (found, broken) = descriptions(text);
        if found.is_empty() {
            return Err(broken.map_or(NoDescription::Absent, NoDescription::Json));
        }
        let mut file = Self {
            name: name.into(),
            descriptions: Vec::new(),
            faults: Vec::new(),
        };
        for one in found {
            let given = Provenance::Given(Arc::clone(&file.name));
            let read = SessionDescription::read(given, Sample::default(), &one.sdp);
            if read.media.is_empty() {
                let fault = file.fault(DescriptionFault::NoMedia(one.line));
                file.faults.push(fault);
            } else {
                file.descriptions.push(read);
            }
        }
        if let Some(error) = broken {
            file.faults.push(file.fault(DescriptionFault::Json(error)));
        }
        Ok(file)
    }

    pub(super) fn descriptions(&self) -> &[SessionDescription] {
        &self.descriptions
    }

    pub(super) fn faults(&self) -> &[GivenFault] {
        &self.faults
    }

    /// A fault of this file.
    pub(super) fn fault(&self, fault: DescriptionFault) -> GivenFault {
        GivenFault {
            file: Arc::clone(&self.name),
            fault,
        }
    }
}
