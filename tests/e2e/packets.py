"""Sound as packets on a wire, in a file of the form of tcpdump (pcap): what sipp sends in place of somebody who speaks."""

import struct

PACKET_MS = 60
"""Three times as long as usual, which is allowed (RFC 3551, 4.2): the PBX and those who call share the machine with what is measured."""
ALAW, RATE = 8, 8000
SECONDS_AND_MICROSECONDS, ETHERNET = 0xA1B2C3D4, 1


def packets(sound: bytes) -> bytes:
    """Samples of alaw as RTP (RFC 3550) in UDP; sipp writes addresses, ports and sums itself."""
    step = RATE * PACKET_MS // 1000
    head = struct.pack("=IHHiIII", SECONDS_AND_MICROSECONDS, 2, 4, 0, 0, 65_535, ETHERNET)
    return head + b"".join(_record(number, sound[at : at + step]) for number, at in enumerate(range(0, len(sound), step)))


def _record(number: int, samples: bytes) -> bytes:
    rtp = struct.pack("!BBHII", 0x80, ALAW, number, number * len(samples), 1) + samples
    udp = struct.pack("!HHHH", 1, 1, 8 + len(rtp), 0) + rtp
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, b"\x7f\0\0\1", b"\x7f\0\0\1") + udp
    frame = bytes(12) + b"\x08\0" + ip
    seconds, milliseconds = divmod(number * PACKET_MS, 1000)
    return struct.pack("=IIII", seconds, milliseconds * 1000, len(frame), len(frame)) + frame
