"""A TURN client inside TLS or DTLS: relays datagrams to a peer that answers each, and tells of it.

`turn_client.py tls|dtls SERVER PORT USER PASSWORD PEER PORT`. The datagrams are RTP headers with
random payloads: ten in Send indications, then ninety in ChannelData.
"""

import hashlib
import hmac
import json
import os
import socket
import struct
import sys
import time

from OpenSSL import SSL

COOKIE, CHANNEL = 0x2112A442, 0x4000
ALLOCATE, REFRESH, SEND, PERMIT, BIND = 3, 4, 6, 8, 9
ERROR = 0x0110
USERNAME, INTEGRITY, CHANNEL_NUMBER, LIFETIME, XOR_PEER = 0x06, 0x08, 0x0C, 0x0D, 0x12
DATA, REALM, NONCE, XOR_RELAYED, TRANSPORT = 0x13, 0x14, 0x15, 0x16, 0x19
INDICATIONS, ALL = 10, 100
PAUSE = 0.02  # seconds between datagrams


class Connection:
    """One connection to the server, from which messages are read whole."""

    def __init__(self, kind, server):
        stream = kind == "tls"
        method = SSL.TLS_CLIENT_METHOD if stream else SSL.DTLS_CLIENT_METHOD
        plain = socket.socket(type=socket.SOCK_STREAM if stream else socket.SOCK_DGRAM)
        plain.connect(server)
        context = SSL.Context(method)
        if path := os.environ.get("KEYLOGFILE"):
            keys = open(path, "ab", buffering=0)
            context.set_keylog_callback(lambda _, line: keys.write(line + b"\n"))
        self.sealed, self.address = SSL.Connection(context, plain), plain.getsockname()
        self.sealed.set_connect_state()
        self.sealed.do_handshake()
        self.unread = b""

    def send(self, message):
        self.sealed.send(message + bytes(-len(message) % 4))

    def receive(self):
        while len(self.unread) < 4 or len(self.unread) < self.length():
            self.unread += self.sealed.recv(65535)
        length = self.length()
        message, self.unread = self.unread[:length], self.unread[length:]
        return message

    def length(self):
        """Of the next message, with its padding."""
        first, length = struct.unpack_from("!HH", self.unread)
        return 20 + length if first < CHANNEL else 4 + length + -length % 4


class Client:
    def __init__(self, connection, user, password):
        self.connection, self.user, self.password = connection, user, password
        self.credentials, self.key = b"", None
        # The first answer is that it must say who it is, and where.
        refused = self.request(ALLOCATE, attribute(TRANSPORT, bytes([17, 0, 0, 0])))
        realm, nonce = refused[REALM], refused[NONCE]
        self.key = hashlib.md5(b":".join([user.encode(), realm, password.encode()])).digest()
        known = ((USERNAME, user.encode()), (REALM, realm), (NONCE, nonce))
        self.credentials = b"".join(attribute(*each) for each in known)
        granted = self.request(ALLOCATE, attribute(TRANSPORT, bytes([17, 0, 0, 0])))
        self.relayed = unmasked(granted[XOR_RELAYED])

    def request(self, method, *attributes):
        """Sends a request, and gives the attributes of the answer."""
        body = b"".join(attributes) + self.credentials
        if self.key:
            head = header(method, len(body) + 24)
            seal = hmac.new(self.key, head + body, hashlib.sha1).digest()
            message = head + body + attribute(INTEGRITY, seal)
        else:
            message = header(method, len(body)) + body
        self.connection.send(message)
        answer = self.connection.receive()
        is_error = struct.unpack_from("!H", answer)[0] & ERROR == ERROR
        if is_error and self.key:
            raise SystemExit(f"method {method} is refused")
        return attributes_of(answer)

    def exchange(self, message):
        """Sends data, and waits for the answer of the peer; says whether it came in a channel."""
        self.connection.send(message)
        time.sleep(PAUSE)
        return self.connection.receive()[0] >> 6 == 1


def header(method, length):
    return struct.pack("!HHI", method, length, COOKIE) + os.urandom(12)


def attribute(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def attributes_of(message):
    found, at = {}, 20
    while at < len(message):
        kind, length = struct.unpack_from("!HH", message, at)
        found[kind] = message[at + 4 : at + 4 + length]
        at += 4 + length + -length % 4
    return found


def masked(host, port):
    cookie = struct.pack("!I", COOKIE)
    octets = bytes(a ^ b for a, b in zip(socket.inet_aton(host), cookie))
    return struct.pack("!BBH", 0, 1, port ^ COOKIE >> 16) + octets


def unmasked(value):
    port = struct.unpack_from("!H", value, 2)[0] ^ COOKIE >> 16
    host = bytes(a ^ b for a, b in zip(value[4:], struct.pack("!I", COOKIE)))
    return f"{socket.inet_ntoa(host)}:{port}"


def rtp(sequence):
    return struct.pack("!BBHII", 0x80, 111, sequence, 960 * sequence, 0x1234) + os.urandom(160)


def main(kind, host, port, user, password, peer, peer_port):
    client = Client(connection := Connection(kind, (host, int(port))), user, password)
    to = attribute(XOR_PEER, masked(peer, int(peer_port)))
    client.request(PERMIT, to)
    channels = 0
    for sequence in range(ALL):
        payload = rtp(sequence)
        if sequence == INDICATIONS:
            client.request(BIND, attribute(CHANNEL_NUMBER, struct.pack("!HH", CHANNEL, 0)), to)
        if sequence < INDICATIONS:
            body = to + attribute(DATA, payload)
            message = header(SEND | 0x10, len(body)) + body
        else:
            message = struct.pack("!HH", CHANNEL, len(payload)) + payload
        channels += client.exchange(message)
    client.request(REFRESH, attribute(LIFETIME, bytes(4)))
    print(json.dumps({
        "client": "{}:{}".format(*connection.address), "relayed": client.relayed,
        "version": connection.sealed.get_protocol_version_name(),
        "suite": connection.sealed.get_cipher_name(),
        "indications_sent": INDICATIONS, "indications_got": ALL - channels,
        "channel_data_sent": ALL - INDICATIONS, "channel_data_got": channels,
    }))


main(*sys.argv[1:])
