"""Bodies in every coding that requests may have, made by the C libraries or by hand: no other implementation is needed.

SPDX-License-Identifier: Apache-2.0
"""
import ctypes
import gzip
import struct
import zlib


def zstd(data):
    """One frame."""
    lib = ctypes.CDLL("libzstd.so.1")
    lib.ZSTD_compress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(len(data) + 1000)
    n = lib.ZSTD_compress(out, ctypes.c_size_t(len(out)), data, ctypes.c_size_t(len(data)), 3)
    return out.raw[:n]


def lz4(data):
    """One frame."""
    lib = ctypes.CDLL("liblz4.so.1")
    lib.LZ4F_compressFrameBound.restype = lib.LZ4F_compressFrame.restype = ctypes.c_size_t
    room = lib.LZ4F_compressFrameBound(ctypes.c_size_t(len(data)), None)
    out = ctypes.create_string_buffer(room)
    n = lib.LZ4F_compressFrame(out, ctypes.c_size_t(room), data, ctypes.c_size_t(len(data)), None)
    return out.raw[:n]


def snappy(data):
    """One block."""
    lib = ctypes.CDLL("libsnappy.so.1")
    lib.snappy_max_compressed_length.restype = ctypes.c_size_t
    n = ctypes.c_size_t(lib.snappy_max_compressed_length(ctypes.c_size_t(len(data))))
    out = ctypes.create_string_buffer(n.value)
    assert lib.snappy_compress(data, ctypes.c_size_t(len(data)), out, ctypes.byref(n)) == 0
    return out.raw[:n.value]


def crc32c(data):
    """Bit by bit."""
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def snappy_framed(data):
    """Chunks of up to 64 KiB behind the identifier."""
    out = b"\xff\x06\0\0sNaPpY"
    for at in range(0, len(data), 65536):
        piece = data[at:at + 65536]
        crc = crc32c(piece)
        masked = ((crc >> 15 | crc << 17) + 0xa282ead8) & 0xffffffff
        block = struct.pack("<I", masked) + snappy(piece)
        out += b"\0" + struct.pack("<I", len(block))[:3] + block
    return out


# By their names in Content-Encoding, and in grpc-encoding.
HTTP = {"gzip": gzip.compress, "zstd": zstd, "deflate": zlib.compress, "zlib": zlib.compress, "snappy": snappy,
        "x-snappy-framed": snappy_framed, "lz4": lz4}
GRPC = {"gzip": gzip.compress, "zstd": zstd, "snappy": snappy_framed}
