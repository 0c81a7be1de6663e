use zeroize::Zeroizing;

use super::*;
use crate::base::label::{Quiet, hex};
use crate::dissect::rtcp::{Guard, PacketType};
use crate::dissect::rtp::{self, Ssrc};
use crate::keys::log::octets;
use crate::keys::srtp::transform::Gcm;

fn read(text: &str) -> Vec<u8> {
    let read = octets(text.as_bytes()).expect("hexadecimal");
    read.expose().to_vec()
}

fn master(suite: SrtpSuite, key: &str, salt: &str) -> MasterKey {
    MasterKey::new(suite, &read(key), &read(salt)).expect("of the right length")
}

fn context(suite: SrtpSuite, key: &str, salt: &str) -> SrtpContext {
    SrtpContext::new(&master(suite, key, salt)).expect("keys of AES")
}

/// Session keys as the vectors of RFC 7714 give them, which derive from no master key.
fn session(suite: SrtpSuite, key: &str) -> SrtpContext {
    let salt = Zeroizing::new(*b"Quid pro quo");
    let gcm = || Transform::Gcm(Gcm::new(&read(key), salt.clone()).expect("a key"));
    SrtpContext {
        suite,
        identifier_len: 0,
        media: gcm(),
        reports: gcm(),
    }
}

fn media(context: &SrtpContext, packet: &[u8], counter: u32) -> Result<String, NotOpened> {
    // The payload type in RFC 7714 is one that RTP does not use beside RTCP.
    let mut usual = packet.to_vec();
    usual[1] = 96;
    let rtp = rtp::parse(Octets::whole(&usual, 0), &mut Quiet).expect("RTP");
    let mut out = Vec::new();
    let opened = context.open_rtp(Octets::whole(packet, 0), &rtp, counter, &mut out);
    opened.map(|()| hex(&out))
}

fn report(context: &SrtpContext, packet: &[u8]) -> Result<(ReportIndex, String), NotOpened> {
    let ssrc = packet[4..8].try_into().expect("four octets");
    let rtcp = Rtcp {
        packet_type: PacketType(packet[1]),
        ssrc: Ssrc(u32::from_be_bytes(ssrc)),
        guard: Guard::Undecided,
        after: None,
        octets: Octets::whole(packet, 0),
    };
    let mut out = Vec::new();
    let index = context.open_rtcp(&rtcp, &mut out)?;
    Ok((index, hex(&out)))
}

const CM_KEY: &str = "E1F97A0D3E018BE0D64FA32C06DE4139";
const CM_SALT: &str = "0EC675AD498AFEEBB6960B3AABE6";
const CM_PACKET: &str =
    "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb";
const CM_REPORT: &str =
    "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798";

fn counter_mode() -> SrtpContext {
    context(SrtpSuite::AesCm128Sha1Tag80, CM_KEY, CM_SALT)
}

#[test]
fn counter_mode_with_a_key_of_128_bits_opens() {
    let context = counter_mode();
    let plain = format!("800f1234decafbadcafebabe{}", "ab".repeat(16));
    assert_eq!(media(&context, &read(CM_PACKET), 0), Ok(plain));
    let (index, plain) = report(&context, &read(CM_REPORT)).expect("it opens");
    assert_eq!((index.number, index.encrypted), (1, true));
    assert_eq!(plain, format!("81c8000bcafebabe{}", "ab".repeat(16)));
}

#[test]
fn counter_mode_with_a_key_of_256_bits_opens() {
    let key = "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6";
    let suite = SrtpSuite::AesCm256Sha1Tag80;
    let context = context(suite, key, "3b04803de51ee7c96423ab5b78d2");
    let packet = "800f1234decafbadcafebabef1d9de17ff251ff1aa007774b0b4b40da08d9d9a5b3a55d8873b";
    let plain = format!("800f1234decafbadcafebabe{}", "ab".repeat(16));
    assert_eq!(media(&context, &read(packet), 0), Ok(plain));
}

const GCM_128: &str = "000102030405060708090a0b0c0d0e0f";
const GCM_256: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const GCM_REPORT: &str = "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61\
    deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";

#[test]
fn media_opens_as_in_section_16_of_rfc_7714() {
    let plain = "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e697320646976\
        69736120696e207061727465732074726573";
    for (suite, key, packet) in [
        (
            SrtpSuite::AeadAes128Gcm,
            GCM_128,
            "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a\
             51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce",
        ),
        (
            SrtpSuite::AeadAes256Gcm,
            GCM_256,
            "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a02\
             76ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13",
        ),
    ] {
        let opened = media(&session(suite, key), &read(packet), 0);
        assert_eq!(opened.as_deref(), Ok(plain), "{suite:?}");
    }
}

#[test]
fn reports_open_as_in_section_17_of_rfc_7714() {
    for (suite, key, packet) in [
        (
            SrtpSuite::AeadAes128Gcm,
            GCM_128,
            "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda\
             4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4",
        ),
        (
            SrtpSuite::AeadAes256Gcm,
            GCM_256,
            "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be\
             8415f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be800005d4",
        ),
    ] {
        let (index, plain) = report(&session(suite, key), &read(packet)).expect("it opens");
        assert_eq!((index.number, index.encrypted), (0x5D4, true));
        assert_eq!(plain, GCM_REPORT, "{suite:?}");
    }
}

#[test]
fn a_report_that_is_authenticated_only_is_told_from_one_that_is_encrypted() {
    let packet = format!("{GCM_REPORT}841dd9683dd78ec92ae58790125f62b3000005d4");
    let context = session(SrtpSuite::AeadAes128Gcm, GCM_128);
    let (index, plain) = report(&context, &read(&packet)).expect("it verifies");
    assert_eq!((index.number, index.encrypted), (0x5D4, false));
    assert_eq!(plain, GCM_REPORT);
}

/// Packets of appendix A of RFC 9335: in clear, under counter mode, under AES-GCM.
const CRYPTEX: [[&str; 3]; 6] = [
    [
        "900f1235decafbadcafebabebede000151000200",
        "900f1235decafbadcafebabec0de0001eb92365251c3e036f8de27e9c27ee3e0b4651d9fbc4218a7\
         0244522f34a5",
        "900f1235decafbadcafebabec0de000139972dc9572c4d99e8fc355de743fb2e94f9d8ff54e72f41\
         93bbc5c74ffab0fa9fa0fbeb",
    ],
    [
        "900f1236decafbadcafebabe1000000105020002",
        "900f1236decafbadcafebabec2de00014ed9cc4e6a712b3096c5ca77339d4204ce0d77396cab6958\
         5fbce38194a5",
        "900f1236decafbadcafebabec2de0001bb75a4c545cd1f413bdb7daa2b1e3263de313667c9632490\
         81b35a65f5cb6c88b394235f",
    ],
    [
        "920f1238decafbadcafebabe0001e2400000b26ebede000151000200",
        "920f1238decafbadcafebabe8bb6e12b5cff16ddc0de000192838c8c09e58393e1de3a9a74734d67\
         45671338c3acf11da2df8423bee0",
        "920f1238decafbadcafebabe63bbccc4a7f695c4c0de00018ad7c71fac70a80c92866b4c6ba98546\
         ef913586e95ffaaffe956885bb0647a8bc094ac8",
    ],
    [
        "920f1239decafbadcafebabe0001e2400000b26e1000000105020002",
        "920f1239decafbadcafebabef70e513eb90b9b25c2de0001bbed4848faa644665f3d7f34125914e9\
         f4d0ae923c6f479b95a0f7b53133",
        "920f1239decafbadcafebabe3680524f8d312b00c2de0001c78d120038422bc111a7187a18246f98\
         0c059cc6bc9df8b626394eca344e4b05d80fea83",
    ],
    [
        "920f123adecafbadcafebabe0001e2400000b26ebede0000",
        "920f123adecafbadcafebabe7130b6abfe2ab0e3c0de0000e3d9f64b25c9e74cb4cf8e43fb92e378\
         1c2c0ceab6b3a499a14c",
        "920f123adecafbadcafebabe15b6bb4337906fffc0de0000b7b964537a2b03ab7ba5389ce9331712\
         6b5d974df30c6884dcb651c5e120c1da",
    ],
    [
        "920f123bdecafbadcafebabe0001e2400000b26e10000000",
        "920f123bdecafbadcafebabecbf24c124330e1c8c2de0000599dd45bc9d687b603e8b59d771fd38e\
         88b170e0cd31e125eabe",
        "920f123bdecafbadcafebabedcb38c9e48bf95f4c2de000061ee432cf920317076613258d3ce4236\
         c06ac429681ad08413512dc98b5207d8",
    ],
];

#[test]
fn sealed_extensions_and_sources_open_as_in_appendix_a_of_rfc_9335() {
    let gcm = SrtpSuite::AeadAes128Gcm;
    let gcm = context(gcm, GCM_128, "a0a1a2a3a4a5a6a7a8a9aaab");
    for [head, under_counter, under_gcm] in CRYPTEX {
        let plain = format!("{head}{}", "ab".repeat(16));
        let opened = media(&counter_mode(), &read(under_counter), 0);
        assert_eq!(opened.as_deref(), Ok(plain.as_str()));
        assert_eq!(media(&gcm, &read(under_gcm), 0), Ok(plain));
    }
}

#[test]
fn nothing_opens_with_another_key_counter_or_octet() {
    let context = counter_mode();
    let packet = read(CM_PACKET);
    assert_eq!(media(&context, &packet, 1), Err(NotOpened::Tag));
    let other = CM_KEY.replace("E1", "E2");
    let other = tests::context(SrtpSuite::AesCm128Sha1Tag80, &other, CM_SALT);
    assert_eq!(media(&other, &packet, 0), Err(NotOpened::Tag));
    for at in 0..packet.len() {
        let mut changed = packet.clone();
        changed[at] ^= 1;
        // Another version or another shape is no RTP, and is not asked for.
        if at > 0 {
            assert_eq!(media(&context, &changed, 0), Err(NotOpened::Tag), "{at}");
        }
    }
    let gcm = tests::context(
        SrtpSuite::AeadAes128Gcm,
        GCM_128,
        "a0a1a2a3a4a5a6a7a8a9aaab",
    );
    assert_eq!(media(&gcm, &packet, 0), Err(NotOpened::Tag));
}

#[test]
fn what_is_too_short_or_cut_opens_as_nothing() {
    let (packet, sent) = (read(CM_PACKET), read(CM_REPORT));
    let context = counter_mode();
    for len in 12..packet.len() {
        assert_eq!(media(&context, &packet[..len], 0), Err(NotOpened::Tag));
    }
    for len in 8..sent.len() {
        let opened = report(&context, &sent[..len]);
        assert_eq!(opened.err(), Some(NotOpened::Tag));
    }
    let cut = Octets {
        wire_len: 1000,
        ..Octets::whole(&packet, 0)
    };
    let rtp = rtp::parse(cut, &mut Quiet).expect("RTP");
    let opened = context.open_rtp(cut, &rtp, 0, &mut Vec::new());
    assert_eq!(opened, Err(NotOpened::Cut));
}

#[test]
fn an_identifier_before_the_tag_is_passed_over() {
    let master = master(SrtpSuite::AesCm128Sha1Tag80, CM_KEY, CM_SALT);
    let context = SrtpContext::new(&master.identified(2)).expect("keys of AES");
    let with = |packet: &str| {
        let mut octets = read(packet);
        let tag = octets.split_off(octets.len() - 10);
        [octets, vec![0, 1], tag].concat()
    };
    assert!(media(&context, &with(CM_PACKET), 0).is_ok());
    assert!(report(&context, &with(CM_REPORT)).is_ok());
    assert_eq!(media(&context, &read(CM_PACKET), 0), Err(NotOpened::Tag));
}

#[test]
fn a_stream_that_began_long_ago_is_found_by_its_counter() {
    let context = counter_mode();
    let mut packet = read(CM_PACKET);
    let Transform::Hmac(keys) = &context.media else {
        panic!("a suite with HMAC");
    };
    // What is sealed need not mean anything here: only its tag counts.
    let octets = packet.len() - 10;
    for (counter, found) in [(700_u32, true), (Rollover::SEARCHED + 1, false)] {
        use hmac::Mac as _;
        let mac = keys.over(&packet[..octets]);
        let tag = mac.chain_update(counter.to_be_bytes()).finalize();
        packet[octets..].copy_from_slice(&tag.into_bytes()[..10]);
        let whole = Octets::whole(&packet, 0);
        let rtp = rtp::parse(whole, &mut Quiet).expect("RTP");
        let told = context.search_rtp(whole, &rtp, Rollover::SEARCHED, &mut Vec::new());
        let at = Rollover::at(counter, 0x1234);
        assert_eq!(told, if found { Ok(at) } else { Err(NotOpened::Tag) });
    }
}

#[test]
fn no_key_prints_itself() {
    let printed = format!("{:?}", counter_mode());
    assert!(
        printed.contains("HmacSha1") && printed.len() < 200,
        "{printed}"
    );
}
