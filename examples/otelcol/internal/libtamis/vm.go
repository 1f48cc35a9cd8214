// SPDX-License-Identifier: Apache-2.0

package libtamis

/*
#include <stdlib.h>
#include "collector_vm.h"
*/
import "C"

import (
	"runtime"
	"unsafe"
)

// Fate is what became of a span.
type Fate = uint32

// Kept and Edited spans stay.
const (
	Kept     Fate = C.TAMIS_KEPT
	Edited   Fate = C.TAMIS_EDITED
	Dropped  Fate = C.TAMIS_DROPPED
	Rejected Fate = C.TAMIS_REJECTED // it took more than its share of what a request may cost
)

// NoRule is the rule of a span that none dropped or edited.
const NoRule = ^uint32(0)

// Verdict is a span's fate with the rule that dropped it, or edited it last.
type Verdict struct {
	Fate Fate
	Rule uint32
}

// Stays says whether the span leaves the processor.
func (v Verdict) Stays() bool { return v.Fate <= Edited }

// Count is what a rule did to a request.
type Count struct {
	Rule          uint32
	RejectedSpans uint32
	DroppedSpans  uint64
	Errors        uint64
}

// Failure is an error of a rule in error mode ignore.
type Failure struct{ Rule, Message string }

// Client is who sent a request.
type Client struct {
	Address  string
	Metadata [][2]string
}

// VM judges requests, one at a time. Buffer is for the bytes of the next one, to be reused.
type VM struct {
	Buffer []byte
	c      *C.collector_vm
	pinner runtime.Pinner
}

// NewVM makes one.
func (e *Engine) NewVM() (*VM, error) {
	c := C.collector_vm_new(e.c)
	if c == nil {
		return nil, OutOfMemory
	}
	return &VM{c: c}, nil
}

// Close frees it.
func (v *VM) Close() {
	C.collector_vm_free(v.c)
	v.c = nil
	v.pinner.Unpin()
}

// Filter judges an ExportTraceServiceRequest in protobuf. What the VM tells of it afterwards holds until the next one,
// and so long the bytes must stay as they are. The error is a Status; Reason tells more.
func (v *VM) Filter(r *Ruleset, request []byte, client Client) error {
	v.pinner.Unpin()
	if len(request) > 0 {
		v.pinner.Pin(unsafe.SliceData(request))
	}
	var m memory
	defer m.free()
	var address *C.char
	if client.Address != "" {
		address = m.text(client.Address)
	}
	var headers *C.tamis_header
	if n := len(client.Metadata); n > 0 {
		headers = (*C.tamis_header)(m.array(n, C.sizeof_tamis_header))
		for i, pair := range client.Metadata {
			unsafe.Slice(headers, n)[i] = C.tamis_header{name: m.text(pair[0]), value: m.text(pair[1])}
		}
	}
	return check(C.collector_vm_filter(v.c, r.c, r.dropsPointer(), unsafe.Pointer(unsafe.SliceData(request)),
		C.size_t(len(request)), address, headers, C.size_t(len(client.Metadata))))
}

// Reason is why a request was refused, or spans were rejected.
func (v *VM) Reason() string { return C.GoString(v.c.result.reason) }

// Spans says how many came and how many stay.
func (v *VM) Spans() (in, out int) { return int(v.c.result.spans_in), int(v.c.result.spans_out) }

// Edited says whether anything may leave otherwise than it came.
func (v *VM) Edited() bool { return bool(v.c.edited) }

// Verdicts are those of all spans of the request, in their order.
func (v *VM) Verdicts() []Verdict {
	return unsafe.Slice((*Verdict)(unsafe.Pointer(v.c.verdict)), int(v.c.verdicts))
}

// Counts are those of rules that dropped, rejected or failed; also of a request that was refused.
func (v *VM) Counts() []Count {
	return unsafe.Slice((*Count)(unsafe.Pointer(v.c.count)), int(v.c.counts))
}

// Failures are the first errors of rules in error mode ignore, and how many there were.
func (v *VM) Failures() (first []Failure, all int) {
	all = int(v.c.failures)
	for i := 0; i < min(all, C.COLLECTOR_FAILURES); i++ {
		f := &v.c.failure[i]
		first = append(first, Failure{C.GoString(&f.rule[0]), C.GoString(&f.message[0])})
	}
	return first, all
}

// Output is what leaves, copied.
func (v *VM) Output() ([]byte, error) {
	out := make([]byte, int(v.c.result.size_bytes))
	return out, check(C.tamis_vm_copy(v.c.vm, unsafe.Pointer(unsafe.SliceData(out)), C.size_t(len(out))))
}
