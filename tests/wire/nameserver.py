"""A DNS server on a free port, whose answers a test changes as it goes: UDP, A and AAAA records; long answers by TCP.

SPDX-License-Identifier: Apache-2.0
"""
import ipaddress
import socket
import struct
import threading

A, AAAA = 1, 28
MOST = 512  # bytes of an answer by UDP


def question(packet):
    """The name that is asked for, the type, and the bytes of the question."""
    at, labels = 12, []
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode())
        at += 1 + packet[at]
    return ".".join(labels).lower(), struct.unpack(">H", packet[at + 1:at + 3])[0], packet[12:at + 5]


class NameServer:
    """names["tempo.test"] = ["127.0.0.1", "::1"]; a name that is not there does not exist. None: no answer at all."""

    def __init__(self):
        self.names, self.asked = {}, []
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        while True:
            self.udp.bind(("127.0.0.1", 0))
            self.port = self.udp.getsockname()[1]
            try:
                self.tcp.bind(("127.0.0.1", self.port))
                break
            except OSError:
                self.udp.close()
                self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.tcp.listen(8)
        for serve in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def answer(self, packet):
        """The answer to one packet, or None."""
        name, kind, asked = question(packet)
        self.asked.append((name, kind))
        addresses = self.names.get(name, [])
        if addresses is None:
            return None
        records = b""
        found = [ipaddress.ip_address(a) for a in addresses]
        found = [a for a in found if kind == (A if a.version == 4 else AAAA)]
        for address in found:
            records += struct.pack(">HHHIH", 0xc00c, kind, 1, 1, len(address.packed)) + address.packed
        code = 0 if name in self.names else 3
        return packet[:2] + struct.pack(">HHHHH", 0x8580 | code, 1, len(found), 0, 0) + asked + records

    def serve_udp(self):
        """Answers; what is too long is cut and says so."""
        while True:
            try:
                packet, peer = self.udp.recvfrom(4096)
            except OSError:
                return
            answer = self.answer(packet)
            if answer and len(answer) > MOST:
                asked = question(packet)[2]
                answer = packet[:2] + struct.pack(">HHHHH", 0x8780, 1, 0, 0, 0) + asked
            if answer:
                self.udp.sendto(answer, peer)

    def serve_tcp(self):
        """One question a connection is enough here, more are taken."""
        while True:
            try:
                client, _ = self.tcp.accept()
            except OSError:
                return
            with client, client.makefile("rb") as stream:
                while len(head := stream.read(2)) == 2:
                    answer = self.answer(stream.read(struct.unpack(">H", head)[0]))
                    client.sendall(struct.pack(">H", len(answer)) + answer)

    def target(self, name, port):
        """What asks this server."""
        return f"dns://127.0.0.1:{self.port}/{name}:{port}"

    def stop(self):
        """Ends it."""
        self.udp.close()
        self.tcp.close()
