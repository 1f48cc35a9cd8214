// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"bytes"
	"fmt"
	"math"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"tamis.test/tamisprocessor/internal/libtamis"
)

// Apply does what Remove does, and gives the spans that stay what the rules wrote: `out` is the request that left, of
// the projection. Only what is another than it was is decoded.
func (p *Projection) Apply(td ptrace.Traces, verdicts []libtamis.Verdict, out []byte) (err error) {
	left := spansOf{request: out}
	i := 0
	take := func(i int, rs ptrace.ResourceSpans, ss ptrace.ScopeSpans, span ptrace.Span, first, firstOfScope bool) error {
		if ok, err := left.next(); err != nil || !ok {
			return fmt.Errorf("%w: span %d did not leave", errWire, i)
		}
		if first && !p.resource.nothing() {
			if err := p.applyResource(rs, left.resource); err != nil {
				return err
			}
		}
		if firstOfScope && !p.scope.nothing() {
			if err := p.applyScope(ss, left.scope); err != nil {
				return err
			}
		}
		if verdicts[i].Fate == libtamis.Edited {
			return p.applySpan(span, left.span)
		}
		return nil
	}
	td.ResourceSpans().RemoveIf(func(rs ptrace.ResourceSpans) bool {
		first := true
		rs.ScopeSpans().RemoveIf(func(ss ptrace.ScopeSpans) bool {
			firstOfScope := true
			ss.Spans().RemoveIf(func(span ptrace.Span) bool {
				i++
				if err != nil || !verdicts[i-1].Stays() {
					return err == nil
				}
				err = take(i-1, rs, ss, span, first, firstOfScope)
				first, firstOfScope = false, false
				return false
			})
			return ss.Spans().Len() == 0
		})
		return rs.ScopeSpans().Len() == 0
	})
	return err
}

func (p *Projection) applyResource(to ptrace.ResourceSpans, message []byte) error {
	left, err := unmarshal(wrap(1, message, true))
	if err == nil {
		p.mergeResource(to, left.ResourceSpans().At(0))
	}
	return err
}

func (p *Projection) applyScope(to ptrace.ScopeSpans, message []byte) error {
	left, err := unmarshal(wrap(1, wrap(2, message, true), false))
	if err == nil {
		p.mergeScope(to, left.ResourceSpans().At(0).ScopeSpans().At(0))
	}
	return err
}

// wrap makes the message a field of that number, without the spans or scopes in it when these are of no use.
func wrap(number int, message []byte, withoutInner bool) []byte {
	to, start := open(nil, number)
	for len(message) > 0 {
		f, rest, err := next(message)
		if err != nil || !withoutInner || f.number != 2 {
			to = append(to, message[:len(message)-len(rest)]...)
		}
		message = rest
	}
	return shut(to, start)
}

func unmarshal(request []byte) (ptrace.Traces, error) {
	return (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(request)
}

// Repeated fields are taken whole.
const spanLists = 1<<spanEvents | 1<<spanLinks

func (p *Projection) applySpan(to ptrace.Span, message []byte) error {
	if p.span.attributes.all || p.span.fields&spanLists != 0 {
		return p.applyWhole(to, message)
	}
	if !p.span.attributes.none() {
		done, err := p.span.attributes.apply(to.Attributes(), message, spanAttributes)
		if err != nil {
			return err
		}
		if !done {
			return p.applyWhole(to, message)
		}
	}
	if p.span.fields == 0 {
		return nil
	}
	return p.applyFields(to, message)
}

// applyWhole decodes the span that left.
func (p *Projection) applyWhole(to ptrace.Span, message []byte) error {
	left, err := unmarshal(wrap(1, wrap(2, wrap(2, message, false), false), false))
	if err == nil {
		p.mergeSpan(to, left.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0))
	}
	return err
}

// attributesLeft is the value of each chosen key as it left: nil where there is none, else an AnyValue.
type attributesLeft [fewKeys][]byte

// apply makes the chosen attributes be those that left. It does nothing, and says so, where a key is there twice or
// there are many.
func (k *keys) apply(to pcommon.Map, message []byte, number int) (done bool, err error) {
	var left attributesLeft
	if len(k.list) > fewKeys {
		return false, nil
	}
	for len(message) > 0 {
		f, rest, err := next(message)
		if err != nil {
			return false, err
		}
		message = rest
		if f.number != number {
			continue
		}
		if ok, err := k.keep(&left, f.bytes); err != nil || !ok {
			return false, err
		}
	}
	var was [fewKeys]pcommon.Value
	for key, value := range to.All() {
		if i := k.index(key); i >= 0 {
			if was[i] != (pcommon.Value{}) {
				return false, nil
			}
			was[i] = value
		}
	}
	return true, k.replace(to, &left, &was)
}

// keep notes the value of a KeyValue; false for a key that is noted already, or that nobody asked for.
func (k *keys) keep(left *attributesLeft, entry []byte) (bool, error) {
	key, err := find(entry, 1)
	if err != nil {
		return false, err
	}
	i := k.index(text(key))
	if i < 0 || left[i] != nil {
		return false, nil
	}
	left[i], err = find(entry, 2)
	if left[i] == nil {
		left[i] = []byte{} // there, without a value
	}
	return true, err
}

// replace sets values where they are, while their places hold; then it adds and removes.
func (k *keys) replace(to pcommon.Map, left *attributesLeft, was *[fewKeys]pcommon.Value) error {
	added, removed := 0, 0
	for i := range k.list {
		switch is := was[i] != (pcommon.Value{}); {
		case is && left[i] != nil:
			if err := setValue(was[i], left[i]); err != nil {
				return err
			}
		case is:
			removed++
		case left[i] != nil:
			added++
		}
	}
	if added+removed == 0 {
		return nil
	}
	to.EnsureCapacity(to.Len() + added)
	for i, key := range k.list {
		is := was[i] != (pcommon.Value{})
		if !is && left[i] != nil {
			if err := setValue(to.PutEmpty(key), left[i]); err != nil {
				return err
			}
		} else if is && left[i] == nil {
			to.Remove(key)
		}
	}
	return nil
}

// setValue makes the value be that of an AnyValue, unless it is so.
func setValue(to pcommon.Value, message []byte) error {
	if len(message) == 0 {
		if to.Type() != pcommon.ValueTypeEmpty {
			pcommon.NewValueEmpty().CopyTo(to)
		}
		return nil
	}
	f, _, err := next(message)
	if err != nil {
		return err
	}
	switch f.number {
	case 1:
		if to.Type() != pcommon.ValueTypeStr || to.Str() != text(f.bytes) {
			to.SetStr(string(f.bytes))
		}
	case 2:
		if to.Type() != pcommon.ValueTypeBool || to.Bool() != (f.n != 0) {
			to.SetBool(f.n != 0)
		}
	case 3:
		if to.Type() != pcommon.ValueTypeInt || to.Int() != int64(f.n) {
			to.SetInt(int64(f.n))
		}
	case 4:
		to.SetDouble(math.Float64frombits(f.n))
	case 7:
		to.SetEmptyBytes().FromRaw(bytes.Clone(f.bytes))
	default:
		return setComposite(to, message)
	}
	return nil
}

// setComposite does the same for lists and maps; it writes what is there to see whether it has changed.
func setComposite(to pcommon.Value, message []byte) error {
	is, start := open(nil, 1)
	is = appendValue(is, 2, to)
	if old, err := find(is[start:], 2); err == nil && bytes.Equal(old, message) {
		return nil
	}
	left, err := unmarshal(wrap(1, wrap(1, appendEntry(message), false), false))
	if err != nil {
		return err
	}
	value, _ := left.ResourceSpans().At(0).Resource().Attributes().Get("v")
	value.MoveTo(to)
	return nil
}

// appendEntry is a Resource with the attribute "v" alone.
func appendEntry(value []byte) []byte {
	entry := append([]byte{1<<3 | bytesType, 1, 'v'}, wrap(2, value, false)...)
	return wrap(resourceAttributes, entry, false)
}

// ---- fields of spans -----------------------------------------------------------------------------------------------

// applyFields makes the fields that are needed be those that left.
func (p *Projection) applyFields(to ptrace.Span, message []byte) error {
	var left [spanFlags + 1]field
	for len(message) > 0 {
		f, rest, err := next(message)
		if err != nil {
			return err
		}
		if f.number <= spanFlags {
			left[f.number] = f
		}
		message = rest
	}
	for i := range spanFields {
		if p.span.needs(spanFields[i].number) {
			spanFields[i].set(to, left[spanFields[i].number])
		}
	}
	if p.span.needs(spanStatus) {
		return setStatus(to.Status(), left[spanStatus].bytes)
	}
	return nil
}

// One row a field that is no list: its number, and how it is set from what left.
var spanFields = []struct {
	number int
	set    func(to ptrace.Span, f field)
}{
	{spanTraceID, func(to ptrace.Span, f field) {
		var id pcommon.TraceID
		copy(id[:], f.bytes)
		to.SetTraceID(id)
	}},
	{spanSpanID, func(to ptrace.Span, f field) { to.SetSpanID(spanIDOf(f)) }},
	{spanParentSpanID, func(to ptrace.Span, f field) { to.SetParentSpanID(spanIDOf(f)) }},
	{spanTraceState, func(to ptrace.Span, f field) {
		if to.TraceState().AsRaw() != text(f.bytes) {
			to.TraceState().FromRaw(string(f.bytes))
		}
	}},
	{spanName, func(to ptrace.Span, f field) {
		if to.Name() != text(f.bytes) {
			to.SetName(string(f.bytes))
		}
	}},
	{spanKind, func(to ptrace.Span, f field) { to.SetKind(ptrace.SpanKind(int32(f.n))) }},
	{spanStart, func(to ptrace.Span, f field) { to.SetStartTimestamp(pcommon.Timestamp(f.n)) }},
	{spanEnd, func(to ptrace.Span, f field) { to.SetEndTimestamp(pcommon.Timestamp(f.n)) }},
	{spanDroppedAttributes, func(to ptrace.Span, f field) { to.SetDroppedAttributesCount(uint32(f.n)) }},
	{spanDroppedEvents, func(to ptrace.Span, f field) { to.SetDroppedEventsCount(uint32(f.n)) }},
	{spanDroppedLinks, func(to ptrace.Span, f field) { to.SetDroppedLinksCount(uint32(f.n)) }},
	{spanFlags, func(to ptrace.Span, f field) { to.SetFlags(uint32(f.n)) }},
}

func spanIDOf(f field) (id pcommon.SpanID) {
	copy(id[:], f.bytes)
	return id
}

func setStatus(to ptrace.Status, message []byte) error {
	var said, code field
	for len(message) > 0 {
		f, rest, err := next(message)
		if err != nil {
			return err
		}
		switch f.number {
		case 2:
			said = f
		case 3:
			code = f
		}
		message = rest
	}
	if to.Message() != text(said.bytes) {
		to.SetMessage(string(said.bytes))
	}
	to.SetCode(ptrace.StatusCode(int32(code.n)))
	return nil
}
