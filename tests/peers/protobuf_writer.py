"""Protobuf's wire format, written by hand: for tests that send what no library would, and for programs without one.

SPDX-License-Identifier: Apache-2.0
"""
import struct


def varint(n):
    """The bytes of a non-negative integer."""
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def field(number, value):
    """One field: an integer as a varint, bytes and text as length-delimited."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def fixed64(number, value):
    """One field of eight bytes: a non-negative integer."""
    return varint(number << 3 | 1) + struct.pack("<Q", value)
