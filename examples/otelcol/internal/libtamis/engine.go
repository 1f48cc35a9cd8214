// Package libtamis is libtamis as Go sees it: engine, rulesets and VMs, whose memory is C's and has to be closed.
//
// SPDX-License-Identifier: Apache-2.0
package libtamis

/*
#cgo pkg-config: tamis
#cgo CFLAGS: -std=gnu11
#include <stdlib.h>
#include "collector_vm.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime/cgo"
	"strings"
	"unsafe"
)

// Status is a tamis_status that is not TAMIS_OK.
type Status int

// What a request was refused for, and what compiling ends with.
const (
	OutOfMemory Status = C.TAMIS_OUT_OF_MEMORY
	BadRules    Status = C.TAMIS_BAD_RULES
	Malformed   Status = C.TAMIS_MALFORMED
	RuleFailed  Status = C.TAMIS_RULE_FAILED
	TooCostly   Status = C.TAMIS_TOO_COSTLY
)

func (s Status) Error() string { return C.GoString(C.tamis_status_text(C.tamis_status(s))) }

func check(status C.tamis_status) error {
	if status == C.TAMIS_OK {
		return nil
	}
	return Status(status)
}

// ErrorMode is what a rule's runtime error does.
type ErrorMode int

// Ignore counts and logs, Silent counts, Propagate refuses the request.
const (
	Ignore    ErrorMode = C.TAMIS_IGNORE
	Silent    ErrorMode = C.TAMIS_SILENT
	Propagate ErrorMode = C.TAMIS_PROPAGATE
)

// Context is a level of a request. Infer, of steps alone, finds it from the paths.
type Context int

// The levels, from the top.
const (
	Infer     Context = C.TAMIS_INFER
	Resource  Context = C.TAMIS_RESOURCE
	Scope     Context = C.TAMIS_SCOPE
	Span      Context = C.TAMIS_SPAN
	SpanEvent Context = C.TAMIS_SPAN_EVENT
)

// Fields of a Need that are no fields of its level's own message.
const (
	StatusMessage = C.TAMIS_FIELD_STATUS_MESSAGE
	StatusCode    = C.TAMIS_FIELD_STATUS_CODE
	SchemaURL     = C.TAMIS_FIELD_SCHEMA_URL // of a resource or scope
)

// Step is a list of plain OTTL: conditions that drop, or statements.
type Step struct {
	Name      string
	Drops     bool
	Context   Context
	ErrorMode ErrorMode
	Rules     []string
}

// Source is a rule file.
type Source struct{ Name, Text string }

// Options is what a ruleset is made of: steps run before sources. Resolve is asked what an import means; what it does
// not know may be among the files that tamis brings along.
type Options struct {
	Steps     []Step
	Sources   []Source
	ErrorMode ErrorMode
	Resolve   func(name, from string) (Source, error)
}

// Message is an error or warning of the compiler. Drawn is all of it, with the line of the rule and a caret.
type Message struct {
	Warning                       bool
	Code, File, Text, Hint, Drawn string
	Line, Column                  int
}

// Engine compiles rules and makes VMs.
type Engine struct{ c *C.tamis_engine }

// NewEngine makes one with malloc and the machine's clock.
func NewEngine() (*Engine, error) {
	if abi := C.tamis_abi(); abi != C.TAMIS_ABI {
		return nil, fmt.Errorf("libtamis has ABI %d, this was built for %d", abi, C.TAMIS_ABI)
	}
	e := &Engine{}
	return e, check(C.tamis_engine_new(nil, &e.c))
}

// Close gives the engine back; rulesets and VMs that are left go on.
func (e *Engine) Close() {
	C.tamis_engine_unref(e.c)
	e.c = nil
}

// memory is C's, given back all at once.
type memory []unsafe.Pointer

func (m *memory) text(s string) *C.char {
	p := C.CString(s)
	*m = append(*m, unsafe.Pointer(p))
	return p
}

func (m *memory) array(n int, size C.size_t) unsafe.Pointer {
	p := C.calloc(C.size_t(max(n, 1)), size)
	*m = append(*m, p)
	return p
}

func (m *memory) free() {
	for _, p := range *m {
		C.free(p)
	}
}

func (m *memory) steps(steps []Step) *C.tamis_step {
	array := (*C.tamis_step)(m.array(len(steps), C.sizeof_tamis_step))
	for i, step := range steps {
		kind := C.tamis_step_kind(C.TAMIS_EDIT)
		if step.Drops {
			kind = C.TAMIS_DROP
		}
		rules := (**C.char)(m.array(len(step.Rules), C.size_t(unsafe.Sizeof((*C.char)(nil)))))
		for k, rule := range step.Rules {
			unsafe.Slice(rules, len(step.Rules))[k] = m.text(rule)
		}
		unsafe.Slice(array, len(steps))[i] = C.tamis_step{
			name: m.text(step.Name), kind: kind, context: C.tamis_context(step.Context),
			error_mode: C.tamis_error_mode(step.ErrorMode), rule: rules, rules: C.size_t(len(step.Rules)),
		}
	}
	return array
}

func (m *memory) source(s Source) C.tamis_source {
	return C.tamis_source{name: m.text(s.Name), text: m.text(s.Text), size_bytes: C.size_t(len(s.Text))}
}

func (m *memory) sources(sources []Source) *C.tamis_source {
	array := (*C.tamis_source)(m.array(len(sources), C.sizeof_tamis_source))
	for i, s := range sources {
		unsafe.Slice(array, len(sources))[i] = m.source(s)
	}
	return array
}

// imports answers what a compilation asks; its texts live until that ends.
type imports struct {
	memory
	resolve func(name, from string) (Source, error)
}

//export goResolve
func goResolve(handle C.uintptr_t, name, from *C.char, found *C.tamis_source, why **C.char) C.bool {
	in := cgo.Handle(handle).Value().(*imports)
	if in.resolve == nil {
		return false
	}
	source, err := in.resolve(C.GoString(name), C.GoString(from))
	if err != nil {
		*why = in.text(err.Error())
		return false
	}
	*found = in.source(source)
	return true
}

// Compile makes a ruleset. The messages hold its warnings, or with the error BadRules what is wrong.
func (e *Engine) Compile(o Options) (*Ruleset, []Message, error) {
	in := &imports{resolve: o.Resolve}
	defer in.free()
	handle := cgo.NewHandle(in)
	defer handle.Delete()
	what := (*C.collector_compile)(in.array(1, C.sizeof_collector_compile))
	*what = C.collector_compile{
		step: in.steps(o.Steps), steps: C.size_t(len(o.Steps)),
		source: in.sources(o.Sources), sources: C.size_t(len(o.Sources)),
		error_mode: C.tamis_error_mode(o.ErrorMode), imports: C.uintptr_t(handle),
	}
	var ruleset *C.tamis_ruleset
	var said *C.tamis_messages
	status := C.collector_vm_compile(e.c, what, &ruleset, &said)
	messages := takeMessages(said)
	if err := check(status); err != nil {
		return nil, messages, err
	}
	return newRuleset(ruleset), messages, nil
}

func takeMessages(said *C.tamis_messages) (messages []Message) {
	m := C.tamis_message{size: C.sizeof_tamis_message}
	for i := C.size_t(0); said != nil && C.tamis_message_at(said, i, &m) == C.TAMIS_OK; i++ {
		messages = append(messages, Message{
			Warning: bool(m.warning), Code: C.GoString(m.code), File: C.GoString(m.file), Text: C.GoString(m.text),
			Hint: C.GoString(m.hint), Drawn: C.GoString(m.drawn), Line: int(m.line), Column: int(m.column),
		})
	}
	C.tamis_messages_free(said)
	return messages
}

// Explain makes one error of the messages that are errors, as the command line of tamis shows them.
func Explain(messages []Message, err error) error {
	var text strings.Builder
	for _, m := range messages {
		if !m.Warning {
			text.WriteString("\n" + strings.TrimRight(m.Drawn, "\n"))
		}
	}
	if text.Len() == 0 {
		return err
	}
	return errors.New("the rules do not compile:" + text.String())
}
