// SPDX-License-Identifier: Apache-2.0

package libtamis

/*
#include "collector_vm.h"
*/
import "C"

import "unsafe"

// Rule is what a ruleset tells of one of its rules.
type Rule struct {
	Name, File, Text string
	Drops            bool
}

// Need is a field, or an attribute's key, that rules read or write. Field 0 means the attribute Key.
type Need struct {
	Level Context
	Field int
	Key   string
}

// Ruleset is compiled rules, which never change and serve any number of VMs at once.
type Ruleset struct {
	c     *C.tamis_ruleset
	drops []C.bool
	rules []Rule
}

func newRuleset(c *C.tamis_ruleset) *Ruleset {
	r := &Ruleset{c: c}
	one := C.tamis_rule{size: C.sizeof_tamis_rule}
	for i := C.size_t(0); C.tamis_ruleset_rule(c, i, &one) == C.TAMIS_OK; i++ {
		r.rules = append(r.rules, Rule{C.GoString(one.name), C.GoString(one.file), C.GoString(one.text), bool(one.drops)})
		r.drops = append(r.drops, one.drops)
	}
	return r
}

// Rules are numbered as in verdicts and counts.
func (r *Ruleset) Rules() []Rule { return r.rules }

// Needs are what the rules read or write, each once.
func (r *Ruleset) Needs() (needs []Need) {
	one := C.tamis_need{size: C.sizeof_tamis_need}
	for i := C.size_t(0); C.tamis_ruleset_need(r.c, i, &one) == C.TAMIS_OK; i++ {
		need := Need{Level: Context(one.context), Field: int(one.field)}
		if one.field == 0 {
			need.Key = C.GoStringN(one.key.bytes, C.int(one.key.size_bytes))
		}
		needs = append(needs, need)
		one = C.tamis_need{size: C.sizeof_tamis_need}
	}
	// A rule for events may name nothing of them: `true`.
	columns := C.tamis_columns{size: C.sizeof_tamis_columns}
	if C.tamis_ruleset_columns(r.c, &columns) == C.TAMIS_WHOLE_SPANS {
		needs = append(needs, Need{Level: SpanEvent})
	}
	return needs
}

func (r *Ruleset) dropsPointer() *C.bool { return unsafe.SliceData(r.drops) }

// Close gives the ruleset back; no VM may be using it, or its latest outcome.
func (r *Ruleset) Close() {
	C.tamis_ruleset_unref(r.c)
	r.c = nil
}
