"""A peer that sends each datagram back: `echo.py ADDRESS PORT`."""

import socket
import sys

address, port = sys.argv[1:]
peer = socket.socket(type=socket.SOCK_DGRAM)
peer.bind((address, int(port)))
while True:
    datagram, sender = peer.recvfrom(65535)
    peer.sendto(datagram, sender)
