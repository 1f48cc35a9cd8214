// Embed, from Go: filters one ExportTraceServiceRequest from stdin to stdout by a rule file.
// SPDX-License-Identifier: Apache-2.0
//
//	go run examples/embed.go RULES.ottl <examples/spans.pb >kept.pb
//
// The library is what `make install` installed, found by pkg-config.
package main

/*
#cgo pkg-config: tamis
#include <stdlib.h>
#include <tamis/tamis.h>

// cgo lets no struct with pointers of Go's inside be handed over, so options are filled in C.
static tamis_status compile(tamis_engine *engine, const char *name, const char *text, size_t size,
                            tamis_ruleset **ruleset, tamis_messages **messages)
{
	const tamis_source source = {name, text, size};
	const tamis_compile_options options = {.size = sizeof options, .source = &source, .sources = 1};
	return tamis_compile(engine, &options, ruleset, messages);
}
*/
import "C"

import (
	"fmt"
	"io"
	"os"
	"unsafe"
)

func check(status C.tamis_status) {
	if status != C.TAMIS_OK {
		fmt.Fprintln(os.Stderr, C.GoString(C.tamis_status_text(status)))
		os.Exit(1)
	}
}

// Prints what the compiler says of the rules, each with its line and a caret.
func tell(messages *C.tamis_messages) {
	var message C.tamis_message
	message.size = C.sizeof_tamis_message
	for i := C.size_t(0); C.tamis_message_at(messages, i, &message) == C.TAMIS_OK; i++ {
		fmt.Fprint(os.Stderr, C.GoString(message.drawn))
	}
	C.tamis_messages_free(messages)
}

func compile(engine *C.tamis_engine, path string) *C.tamis_ruleset {
	rules, err := os.ReadFile(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	name, text := C.CString(path), C.CBytes(rules)
	defer C.free(unsafe.Pointer(name))
	defer C.free(text)
	var ruleset *C.tamis_ruleset
	var messages *C.tamis_messages
	status := C.compile(engine, name, (*C.char)(text), C.size_t(len(rules)), &ruleset, &messages)
	tell(messages)
	check(status)
	return ruleset
}

func main() {
	spans, err := io.ReadAll(os.Stdin)
	if err != nil || len(os.Args) != 2 {
		os.Exit(2)
	}
	var engine *C.tamis_engine
	check(C.tamis_engine_new(nil, &engine))
	defer C.tamis_engine_unref(engine)
	ruleset := compile(engine, os.Args[1])
	defer C.tamis_ruleset_unref(ruleset)
	var vm *C.tamis_vm
	check(C.tamis_vm_new(engine, nil, &vm))
	defer C.tamis_vm_free(vm)

	bytes := C.CBytes(spans) // the result points into them
	defer C.free(bytes)
	request := C.tamis_request{size: C.sizeof_tamis_request, bytes: bytes, size_bytes: C.size_t(len(spans))}
	result := C.tamis_result{size: C.sizeof_tamis_result}
	check(C.tamis_filter(vm, ruleset, &request, &result))
	for _, slice := range unsafe.Slice(result.slice, int(result.slices)) {
		os.Stdout.Write(unsafe.Slice((*byte)(unsafe.Pointer(slice.bytes)), int(slice.size_bytes)))
	}
	fmt.Fprintf(os.Stderr, "%d of %d spans stay\n", result.spans_out, result.spans_in)
}
