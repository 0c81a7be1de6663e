"""Telephone calls: baresip on both sides, Kamailio and coturn on the relay's host.

alice's media go through the relay; RTCP has ports of its own.
"""

import os
import re
import time

from network import RELAY
from servers import REALM, USERS, Coturn

from . import scenario

KAMAILIO = f"""
debug=1
log_stderror=yes
fork=yes
children=1
tcp_children=1
auto_aliases=no
alias="{RELAY}"
listen=udp:{RELAY}:5060
listen=tcp:{RELAY}:5060
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "textops.so"
loadmodule "siputils.so"
request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (has_totag()) {{
        if (loose_route() || (is_method("ACK") && t_check_trans())) {{ t_relay(); exit; }}
        if (!is_method("ACK")) {{ sl_send_reply("404", "Not Found"); }}
        exit;
    }}
    if (is_method("REGISTER")) {{ save("location"); exit; }}
    if (is_method("INVITE")) {{ record_route(); }}
    if (!lookup("location")) {{ sl_send_reply("404", "Not Found"); exit; }}
    t_relay();
}}
"""

# It plays a tone and writes what it hears to a file; its RTCP has a port of its own.
BARESIP = """
poll_method epoll
sip_listen 0.0.0.0:5060
call_local_timeout 120
call_max_calls 4
audio_source ausine,440
audio_player aufile,{folder}/heard.wav
audio_alert aufile,{folder}/alert.wav
ausrc_srate 48000
auplay_srate 48000
ausrc_channels 2
auplay_channels 2
audio_level yes
rtp_ports 16384-16484
rtcp_mux no
rtp_stats yes
net_interface eth0
net_prefer_ipv6 no
module_path /usr/lib/baresip/modules
module stun.so
module turn.so
module ice.so
module srtp.so
module dtls_srtp.so
module ausine.so
module aufile.so
module g711.so
module opus.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
"""


@scenario
def sip_key_in_signalling(stage):
    """SRTP whose key stands in the SIP that passes the relay's own host."""
    call(stage, "opus/48000/2", "srtp-mand")


@scenario
def sip_fingerprint_in_signalling(stage):
    """DTLS 1.2 for RTP and for RTCP; the SIP holds the fingerprints; keys of both parties."""
    call(stage, "opus/48000/2", "dtls_srtp")


@scenario
def sip_unencrypted_media(stage):
    """A call without any encryption."""
    call(stage, "PCMU/8000/1", None)


def call(stage, codec, encryption):
    coturn = Coturn(stage)
    kamailio(stage)
    user, password = USERS["alice"]
    through = f";medianat=turn;stunserver=turn:{RELAY}:3478;stunuser={user};stunpass={password}"
    seal = f";mediaenc={encryption}" if encryption else ""
    seconds = round(stage.seconds)
    with stage.recorded():
        bob = baresip(stage, "bob", codec, seal, "-t", seconds + 7)
        time.sleep(1.5)  # until it is registered
        alice = baresip(
            stage, "alice", codec, seal + through,
            "-t", seconds + 4, "-e", f"/dial sip:bob@{RELAY}",
        )
        for telephone in (alice, bob):
            telephone.wait_for(r"ua exited", seconds + 20)
    stage.truth |= {
        "sip": {name: f"sip:{name}@{RELAY}" for name in ("alice", "bob")} | {"proxy": f"{RELAY}:5060"},
        "turn": {"alice": [user, password, REALM]},
        "allocations": coturn.account(),
        "rtp": {"alice": statistics(alice), "bob": statistics(bob)},
    }


def kamailio(stage):
    """A registrar, and a proxy that stays in the way of its calls."""
    with open("kamailio.cfg", "w") as file:
        file.write(KAMAILIO)
    program = stage.start(
        "relay", "kamailio", "-DD", "-E", "-m", 64, "-M", 8, "-Y", ".", "-P", "kamailio.pid",
        "-f", "kamailio.cfg",
    )
    program.wait_for_port("udp", 5060)


def baresip(stage, name, codec, parameters, *options):
    """A telephone that answers by itself."""
    folder = os.path.abspath(f"baresip-{name}")
    os.makedirs(folder)
    account = f"<sip:{name}@{RELAY};transport=udp>;regint=60;answermode=auto"
    for file, text in (
        ("config", BARESIP.format(folder=folder)),
        ("accounts", f"{account};audio_codecs={codec}{parameters}\n"),
    ):
        with open(os.path.join(folder, file), "w") as out:
            out.write(text)
    return stage.start(
        name, "baresip", "-f", folder, "-v", *options, keys=True, name=f"baresip-{name}"
    )


def statistics(telephone):
    """The packets of RTP that it tells to have sent and received."""
    sent, received = re.search(r"packets: +(\d+) +(\d+)", telephone.told()).groups()
    return {"sent": int(sent), "received": int(received)}
