// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"tamis.test/tamisprocessor/internal/libtamis"
)

// Remove removes the spans that do not stay, and scopes and resources without a span.
func Remove(td ptrace.Traces, verdicts []libtamis.Verdict) {
	i := 0
	td.ResourceSpans().RemoveIf(func(rs ptrace.ResourceSpans) bool {
		rs.ScopeSpans().RemoveIf(func(ss ptrace.ScopeSpans) bool {
			ss.Spans().RemoveIf(func(ptrace.Span) bool {
				i++
				return !verdicts[i-1].Stays()
			})
			return ss.Spans().Len() == 0
		})
		return rs.ScopeSpans().Len() == 0
	})
}

// Walker goes over the spans of a request, in their order.
type Walker struct {
	Resource ptrace.ResourceSpans
	Scope    ptrace.ScopeSpans
	Span     ptrace.Span
	td       ptrace.Traces
	r, s, n  int // of the next span
}

// Walk stands before the first span.
func Walk(td ptrace.Traces) *Walker { return &Walker{td: td} }

// Next goes to the next span, if there is one.
func (w *Walker) Next() bool {
	for ; w.r < w.td.ResourceSpans().Len(); w.r, w.s = w.r+1, 0 {
		w.Resource = w.td.ResourceSpans().At(w.r)
		for ; w.s < w.Resource.ScopeSpans().Len(); w.s, w.n = w.s+1, 0 {
			w.Scope = w.Resource.ScopeSpans().At(w.s)
			if w.n < w.Scope.Spans().Len() {
				w.Span = w.Scope.Spans().At(w.n)
				w.n++
				return true
			}
		}
	}
	return false
}

// merge... gives an item of the request what one that left has of the projection. What that holds is moved, not copied.

func (p *Projection) mergeResource(to, from ptrace.ResourceSpans) {
	p.resource.attributes.merge(to.Resource().Attributes(), from.Resource().Attributes())
	if p.resource.needs(resourceDropped) {
		to.Resource().SetDroppedAttributesCount(from.Resource().DroppedAttributesCount())
	}
	if p.resource.needs(schemaURL) {
		to.SetSchemaUrl(from.SchemaUrl())
	}
}

func (p *Projection) mergeScope(to, from ptrace.ScopeSpans) {
	p.scope.attributes.merge(to.Scope().Attributes(), from.Scope().Attributes())
	if p.scope.needs(scopeName) {
		to.Scope().SetName(from.Scope().Name())
	}
	if p.scope.needs(scopeVersion) {
		to.Scope().SetVersion(from.Scope().Version())
	}
	if p.scope.needs(scopeDropped) {
		to.Scope().SetDroppedAttributesCount(from.Scope().DroppedAttributesCount())
	}
	if p.scope.needs(schemaURL) {
		to.SetSchemaUrl(from.SchemaUrl())
	}
}

// One row a field: its number, and how it moves.
var spanMoves = []struct {
	field int
	move  func(to, from ptrace.Span)
}{
	{spanTraceID, func(to, from ptrace.Span) { to.SetTraceID(from.TraceID()) }},
	{spanSpanID, func(to, from ptrace.Span) { to.SetSpanID(from.SpanID()) }},
	{spanTraceState, func(to, from ptrace.Span) { from.TraceState().MoveTo(to.TraceState()) }},
	{spanParentSpanID, func(to, from ptrace.Span) { to.SetParentSpanID(from.ParentSpanID()) }},
	{spanName, func(to, from ptrace.Span) { to.SetName(from.Name()) }},
	{spanKind, func(to, from ptrace.Span) { to.SetKind(from.Kind()) }},
	{spanStart, func(to, from ptrace.Span) { to.SetStartTimestamp(from.StartTimestamp()) }},
	{spanEnd, func(to, from ptrace.Span) { to.SetEndTimestamp(from.EndTimestamp()) }},
	{spanDroppedAttributes, func(to, from ptrace.Span) { to.SetDroppedAttributesCount(from.DroppedAttributesCount()) }},
	{spanEvents, func(to, from ptrace.Span) {
		to.Events().RemoveIf(func(ptrace.SpanEvent) bool { return true })
		from.Events().MoveAndAppendTo(to.Events())
	}},
	{spanDroppedEvents, func(to, from ptrace.Span) { to.SetDroppedEventsCount(from.DroppedEventsCount()) }},
	{spanLinks, func(to, from ptrace.Span) {
		to.Links().RemoveIf(func(ptrace.SpanLink) bool { return true })
		from.Links().MoveAndAppendTo(to.Links())
	}},
	{spanDroppedLinks, func(to, from ptrace.Span) { to.SetDroppedLinksCount(from.DroppedLinksCount()) }},
	{spanStatus, func(to, from ptrace.Span) { from.Status().MoveTo(to.Status()) }},
	{spanFlags, func(to, from ptrace.Span) { to.SetFlags(from.Flags()) }},
}

func (p *Projection) mergeSpan(to, from ptrace.Span) {
	p.span.attributes.merge(to.Attributes(), from.Attributes())
	for i := range spanMoves {
		if p.span.needs(spanMoves[i].field) {
			spanMoves[i].move(to, from)
		}
	}
}

// found is the value of each chosen key of one map, by the key's number; repeated when one of them is there twice.
type found struct {
	value    []pcommon.Value
	is       []bool
	repeated bool
}

const fewKeys = 16

func (k *keys) find(in pcommon.Map, f *found, values *[fewKeys]pcommon.Value, is *[fewKeys]bool) {
	if n := len(k.list); n <= fewKeys {
		f.value, f.is = values[:n], is[:n]
	} else {
		f.value, f.is = make([]pcommon.Value, n), make([]bool, n)
	}
	for key, value := range in.All() {
		if i := k.index(key); i >= 0 {
			f.repeated = f.repeated || f.is[i]
			f.value[i], f.is[i] = value, true
		}
	}
}

// merge makes the chosen attributes be those that left; others stay as they are.
func (k *keys) merge(to, from pcommon.Map) {
	if k.all {
		from.MoveTo(to)
		return
	}
	if len(k.list) == 0 {
		return
	}
	var valuesTo, valuesFrom [fewKeys]pcommon.Value
	var isTo, isFrom [fewKeys]bool
	var old, now found
	k.find(to, &old, &valuesTo, &isTo)
	k.find(from, &now, &valuesFrom, &isFrom)
	if old.repeated || now.repeated {
		k.mergeRepeated(to, from)
		return
	}
	// First values in place, while their places hold.
	for i := range k.list {
		if old.is[i] && now.is[i] {
			now.value[i].MoveTo(old.value[i])
		}
	}
	for key, value := range from.All() {
		if i := k.index(key); i < 0 || !old.is[i] {
			value.MoveTo(to.PutEmpty(key))
		}
	}
	for i, key := range k.list {
		if old.is[i] && !now.is[i] {
			to.Remove(key)
		}
	}
}

// mergeRepeated does the same where a key may be there more than once: editors change the first of equal keys, and
// remove it, so what left are the last ones.
func (k *keys) mergeRepeated(to, from pcommon.Map) {
	for _, key := range k.list {
		var left []pcommon.Value
		for other, value := range from.All() {
			if other == key {
				left = append(left, value)
			}
		}
		were := 0
		for other := range to.All() {
			if other == key {
				were++
			}
		}
		gone := were - len(left)
		to.RemoveIf(func(other string, value pcommon.Value) bool {
			if other != key {
				return false
			}
			if gone > 0 {
				gone--
				return true
			}
			left[0].MoveTo(value)
			left = left[1:]
			return false
		})
		for _, value := range left {
			value.MoveTo(to.PutEmpty(key))
		}
	}
}
