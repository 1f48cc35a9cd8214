#!/usr/bin/env python3
"""Embed, from Python: filters one ExportTraceServiceRequest from stdin to stdout by a rule file.

    python3 examples/embed.py RULES.ottl <examples/spans.pb >kept.pb

The library is what `make install` installed; TAMIS_LIBRARY names another file. The classes are the structs of
tamis/tamis.h that are used, member by member.

SPDX-License-Identifier: Apache-2.0
"""
import ctypes
import os
import sys

POINTER, SIZE, COUNT = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint32


def struct(*members):
    """A struct of C, of pairs of name and type."""
    return type("Struct", (ctypes.Structure,), {"_fields_": members})


Slice = struct(("bytes", POINTER), ("size_bytes", SIZE))
Source = struct(("name", ctypes.c_char_p), ("text", ctypes.c_char_p), ("size_bytes", SIZE))
CompileOptions = struct(("size", SIZE), ("step", POINTER), ("steps", SIZE), ("source", ctypes.POINTER(Source)),
                        ("sources", SIZE))  # members at the end may be left out: they are 0 then
Message = struct(("size", SIZE), ("warning", ctypes.c_bool), ("code", ctypes.c_char_p), ("file", ctypes.c_char_p),
                 ("line", ctypes.c_uint), ("column", ctypes.c_uint), ("text", ctypes.c_char_p),
                 ("hint", ctypes.c_char_p), ("drawn", ctypes.c_char_p))
Request = struct(("size", SIZE), ("bytes", ctypes.c_char_p), ("size_bytes", SIZE), ("json", ctypes.c_bool),
                 ("address", ctypes.c_char_p), ("metadata", POINTER), ("metadatas", SIZE))
Result = struct(("size", SIZE), ("reason", ctypes.c_char_p), ("size_bytes", SIZE), ("slice", ctypes.POINTER(Slice)),
                ("slices", SIZE), ("spans_in", COUNT), ("spans_out", COUNT), ("spans_rejected", COUNT),
                ("mended", ctypes.c_bool), ("steps", ctypes.c_uint64))


def declare(library):
    """Says what the calls that are made take and return."""
    out = ctypes.POINTER(POINTER)
    for name, takes in (("tamis_engine_new", (POINTER, out)),
                        ("tamis_compile", (POINTER, ctypes.POINTER(CompileOptions), out, out)),
                        ("tamis_message_at", (POINTER, SIZE, ctypes.POINTER(Message))),
                        ("tamis_vm_new", (POINTER, POINTER, out)),
                        ("tamis_filter", (POINTER, POINTER, ctypes.POINTER(Request), ctypes.POINTER(Result))),
                        ("tamis_vm_copy", (POINTER, POINTER, SIZE))):
        getattr(library, name).argtypes = takes
    for name in ("tamis_engine_unref", "tamis_ruleset_unref", "tamis_messages_free", "tamis_vm_free"):
        getattr(library, name).argtypes, getattr(library, name).restype = (POINTER,), None
    library.tamis_status_text.restype = ctypes.c_char_p
    return library


def sized(kind, *values):
    """A struct that begins with its size."""
    return kind(ctypes.sizeof(kind), *values)


def tell(tamis, messages):
    """Prints what the compiler says of the rules, each with its line and a caret."""
    message, i = sized(Message), 0
    while tamis.tamis_message_at(messages, i, message) == 0:
        sys.stderr.write(message.drawn.decode())
        i += 1
    tamis.tamis_messages_free(messages)


def main():
    """Filters stdin; the exit code is 1 when a call is refused."""
    tamis = declare(ctypes.CDLL(os.environ.get("TAMIS_LIBRARY", "libtamis.so.0")))

    def check(status):
        if status:
            sys.exit(tamis.tamis_status_text(status).decode())

    with open(sys.argv[1], "rb") as file:
        rules = file.read()
    spans = sys.stdin.buffer.read()
    engine, ruleset, messages, vm = (POINTER() for _ in range(4))
    check(tamis.tamis_engine_new(None, engine))
    source = Source(sys.argv[1].encode(), rules, len(rules))
    options = sized(CompileOptions, None, 0, ctypes.pointer(source), 1)
    compiled = tamis.tamis_compile(engine, options, ruleset, messages)
    tell(tamis, messages)
    check(compiled)
    check(tamis.tamis_vm_new(engine, None, vm))
    result = sized(Result)
    check(tamis.tamis_filter(vm, ruleset, sized(Request, spans, len(spans)), result))
    kept = ctypes.create_string_buffer(result.size_bytes)
    check(tamis.tamis_vm_copy(vm, kept, result.size_bytes))
    sys.stdout.buffer.write(kept.raw)
    print(f"{result.spans_out} of {result.spans_in} spans stay", file=sys.stderr)
    tamis.tamis_vm_free(vm)
    tamis.tamis_ruleset_unref(ruleset)
    tamis.tamis_engine_unref(engine)


if __name__ == "__main__":
    main()
