//! The network interfaces of this machine.

use std::net::IpAddr;

use super::CaptureError;
use super::error::said;

/// A network interface that packets can be captured on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its name, as the system calls it.
    pub name: String,
    /// What it is, in libpcap's words.
    pub description: Option<String>,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// Whether it was brought up.
    pub up: bool,
    /// Whether it has a link: a cable, a network to which it is joined.
    pub running: bool,
    /// Whether what is sent on it comes back.
    pub loopback: bool,
}

/// The interfaces of this machine, the likelier ones first. Needs no privilege on Linux.
///
/// # Errors
/// [`CaptureError::Devices`] where the system does not list them.
pub fn devices() -> Result<Vec<Device>, CaptureError> {
    let listed = pcap::Device::list().map_err(|error| CaptureError::Devices {
        message: said(error),
    })?;
    Ok(listed.into_iter().map(Device::from).collect())
}

/// The interface that is captured on where none is named: the first that is up, has a link and an
/// address, and is no loopback.
pub fn default_device(devices: &[Device]) -> Option<&Device> {
    devices.iter().find(|device| {
        device.up && device.running && !device.loopback && !device.addresses.is_empty()
    })
}

impl From<pcap::Device> for Device {
    fn from(device: pcap::Device) -> Self {
        Self {
            up: device.flags.is_up(),
            running: device.flags.is_running(),
            loopback: device.flags.is_loopback(),
            addresses: device.addresses.iter().map(|a| a.addr).collect(),
            description: device.desc,
            name: device.name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(name: &str, address: Option<[u8; 4]>) -> Device {
        Device {
            name: name.to_owned(),
            description: None,
            addresses: address.map(IpAddr::from).into_iter().collect(),
            up: true,
            running: true,
            loopback: false,
        }
    }

    #[test]
    fn the_default_is_up_linked_addressed_and_leads_out() {
        let good = device("eth0", Some([192, 0, 2, 1]));
        let listed = [
            device("any", None),
            Device {
                loopback: true,
                ..device("lo", Some([127, 0, 0, 1]))
            },
            Device {
                up: false,
                ..device("down", Some([192, 0, 2, 2]))
            },
            Device {
                running: false,
                ..device("unplugged", Some([192, 0, 2, 3]))
            },
            good.clone(),
            device("eth1", Some([192, 0, 2, 4])),
        ];
        assert_eq!(default_device(&listed), Some(&good));
        assert_eq!(default_device(&listed[..4]), None);
    }
}
