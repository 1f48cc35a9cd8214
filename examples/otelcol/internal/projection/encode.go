// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"encoding/binary"
	"math"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

const (
	varintType  = 0
	fixed64Type = 1
	bytesType   = 2
	fixed32Type = 5
)

// Append appends the request to the buffer.
func (p *Projection) Append(to []byte, td ptrace.Traces) []byte {
	resources := td.ResourceSpans()
	for i := 0; i < resources.Len(); i++ {
		to = p.resourceSpans(to, resources.At(i))
	}
	return to
}

func (p *Projection) resourceSpans(to []byte, rs ptrace.ResourceSpans) []byte {
	to, start := open(to, 1)
	if !p.resource.nothing() {
		var resource int
		to, resource = open(to, 1)
		to = p.resource.attributes.append(to, resourceAttributes, rs.Resource().Attributes())
		if p.resource.needs(resourceDropped) {
			to = appendUint(to, resourceDropped, uint64(rs.Resource().DroppedAttributesCount()))
		}
		to = shut(to, resource)
	}
	scopes := rs.ScopeSpans()
	for i := 0; i < scopes.Len(); i++ {
		to = p.scopeSpans(to, scopes.At(i))
	}
	if p.resource.needs(schemaURL) {
		to = appendText(to, 3, rs.SchemaUrl())
	}
	return shut(to, start)
}

func (p *Projection) scopeSpans(to []byte, ss ptrace.ScopeSpans) []byte {
	to, start := open(to, 2)
	if !p.scope.nothing() {
		var scope int
		to, scope = open(to, 1)
		to = p.scopeFields(to, ss.Scope())
		to = shut(to, scope)
	}
	spans := ss.Spans()
	for i := 0; i < spans.Len(); i++ {
		var span int
		to, span = open(to, 2)
		to = p.spanFields(to, spans.At(i))
		to = shut(to, span)
	}
	if p.scope.needs(schemaURL) {
		to = appendText(to, 3, ss.SchemaUrl())
	}
	return shut(to, start)
}

func (p *Projection) scopeFields(to []byte, scope pcommon.InstrumentationScope) []byte {
	if p.scope.needs(scopeName) {
		to = appendText(to, scopeName, scope.Name())
	}
	if p.scope.needs(scopeVersion) {
		to = appendText(to, scopeVersion, scope.Version())
	}
	to = p.scope.attributes.append(to, scopeAttributes, scope.Attributes())
	if p.scope.needs(scopeDropped) {
		to = appendUint(to, scopeDropped, uint64(scope.DroppedAttributesCount()))
	}
	return to
}

// In the order of their numbers, as everybody sends them.
func (p *Projection) spanFields(to []byte, span ptrace.Span) []byte {
	if p.span.fields&(1<<spanName-1) != 0 {
		to = p.spanIDs(to, span)
	}
	if p.span.needs(spanName) {
		to = appendText(to, spanName, span.Name())
	}
	if p.span.needs(spanKind) {
		to = appendUint(to, spanKind, uint64(int64(span.Kind())))
	}
	if p.span.needs(spanStart) {
		to = appendFixed64(to, spanStart, uint64(span.StartTimestamp()))
	}
	if p.span.needs(spanEnd) {
		to = appendFixed64(to, spanEnd, uint64(span.EndTimestamp()))
	}
	to = p.span.attributes.append(to, spanAttributes, span.Attributes())
	if p.span.fields>>spanDroppedAttributes != 0 {
		to = p.spanRest(to, span)
	}
	return to
}

func (p *Projection) spanIDs(to []byte, span ptrace.Span) []byte {
	if p.span.needs(spanTraceID) {
		to = appendTraceID(to, spanTraceID, span.TraceID())
	}
	if p.span.needs(spanSpanID) {
		to = appendSpanID(to, spanSpanID, span.SpanID())
	}
	if p.span.needs(spanTraceState) {
		to = appendText(to, spanTraceState, span.TraceState().AsRaw())
	}
	if p.span.needs(spanParentSpanID) {
		to = appendSpanID(to, spanParentSpanID, span.ParentSpanID())
	}
	return to
}

func (p *Projection) spanRest(to []byte, span ptrace.Span) []byte {
	if p.span.needs(spanDroppedAttributes) {
		to = appendUint(to, spanDroppedAttributes, uint64(span.DroppedAttributesCount()))
	}
	if p.span.needs(spanEvents) {
		for i := 0; i < span.Events().Len(); i++ {
			to = appendEvent(to, span.Events().At(i))
		}
	}
	if p.span.needs(spanDroppedEvents) {
		to = appendUint(to, spanDroppedEvents, uint64(span.DroppedEventsCount()))
	}
	if p.span.needs(spanLinks) {
		for i := 0; i < span.Links().Len(); i++ {
			to = appendLink(to, span.Links().At(i))
		}
	}
	if p.span.needs(spanDroppedLinks) {
		to = appendUint(to, spanDroppedLinks, uint64(span.DroppedLinksCount()))
	}
	if p.span.needs(spanStatus) {
		var status int
		to, status = open(to, spanStatus)
		to = appendText(to, 2, span.Status().Message())
		to = appendUint(to, 3, uint64(int64(span.Status().Code())))
		to = shut(to, status)
	}
	if p.span.needs(spanFlags) {
		to = appendFixed32(to, spanFlags, span.Flags())
	}
	return to
}

var every = keys{all: true}

func appendEvent(to []byte, event ptrace.SpanEvent) []byte {
	to, start := open(to, spanEvents)
	to = appendFixed64(to, 1, uint64(event.Timestamp()))
	to = appendText(to, 2, event.Name())
	to = every.append(to, 3, event.Attributes())
	to = appendUint(to, 4, uint64(event.DroppedAttributesCount()))
	return shut(to, start)
}

func appendLink(to []byte, link ptrace.SpanLink) []byte {
	to, start := open(to, spanLinks)
	to = appendTraceID(to, 1, link.TraceID())
	to = appendSpanID(to, 2, link.SpanID())
	to = appendText(to, 3, link.TraceState().AsRaw())
	to = every.append(to, 4, link.Attributes())
	to = appendUint(to, 5, uint64(link.DroppedAttributesCount()))
	to = appendFixed32(to, 6, link.Flags())
	return shut(to, start)
}

// append appends those of the attributes that are chosen, each as a field of that number.
func (k *keys) append(to []byte, number int, attributes pcommon.Map) []byte {
	if k.none() {
		return to
	}
	for key, value := range attributes.All() {
		if k.has(key) {
			to = appendKeyValue(to, number, key, value)
		}
	}
	return to
}

func appendKeyValue(to []byte, number int, key string, value pcommon.Value) []byte {
	to, start := open(to, number)
	to = append(to, 1<<3|bytesType)
	to = binary.AppendUvarint(to, uint64(len(key)))
	to = append(to, key...)
	to = appendValue(to, 2, value)
	return shut(to, start)
}

// appendValue appends an AnyValue; one that is empty is there, with nothing in it.
func appendValue(to []byte, number int, value pcommon.Value) []byte {
	to, start := open(to, number)
	switch value.Type() {
	case pcommon.ValueTypeStr:
		s := value.Str()
		to = append(to, 1<<3|bytesType)
		to = append(binary.AppendUvarint(to, uint64(len(s))), s...)
	case pcommon.ValueTypeBool:
		to = append(to, 2<<3|varintType, 0)
		if value.Bool() {
			to[len(to)-1] = 1
		}
	case pcommon.ValueTypeInt:
		to = binary.AppendUvarint(append(to, 3<<3|varintType), uint64(value.Int()))
	case pcommon.ValueTypeDouble:
		to = binary.LittleEndian.AppendUint64(append(to, 4<<3|fixed64Type), math.Float64bits(value.Double()))
	case pcommon.ValueTypeSlice:
		var list int
		to, list = open(to, 5)
		for i := 0; i < value.Slice().Len(); i++ {
			to = appendValue(to, 1, value.Slice().At(i))
		}
		to = shut(to, list)
	case pcommon.ValueTypeMap:
		var entries int
		to, entries = open(to, 6)
		to = every.append(to, 1, value.Map())
		to = shut(to, entries)
	case pcommon.ValueTypeBytes:
		b := value.Bytes().AsRaw()
		to = append(to, 7<<3|bytesType)
		to = append(binary.AppendUvarint(to, uint64(len(b))), b...)
	}
	return shut(to, start)
}

// ---- wire ----------------------------------------------------------------------------------------------------------

func appendTag(to []byte, number, wireType int) []byte {
	if tag := number<<3 | wireType; tag < 0x80 {
		return append(to, byte(tag))
	}
	return binary.AppendUvarint(to, uint64(number<<3|wireType))
}

func appendText(to []byte, number int, text string) []byte {
	if text == "" {
		return to
	}
	to = binary.AppendUvarint(appendTag(to, number, bytesType), uint64(len(text)))
	return append(to, text...)
}

func appendUint(to []byte, number int, n uint64) []byte {
	if n == 0 {
		return to
	}
	return binary.AppendUvarint(appendTag(to, number, varintType), n)
}

func appendFixed64(to []byte, number int, n uint64) []byte {
	if n == 0 {
		return to
	}
	return binary.LittleEndian.AppendUint64(appendTag(to, number, fixed64Type), n)
}

func appendFixed32(to []byte, number int, n uint32) []byte {
	if n == 0 {
		return to
	}
	return binary.LittleEndian.AppendUint32(appendTag(to, number, fixed32Type), n)
}

func appendTraceID(to []byte, number int, id pcommon.TraceID) []byte {
	if id.IsEmpty() {
		return to
	}
	return append(append(appendTag(to, number, bytesType), byte(len(id))), id[:]...)
}

func appendSpanID(to []byte, number int, id pcommon.SpanID) []byte {
	if id.IsEmpty() {
		return to
	}
	return append(append(appendTag(to, number, bytesType), byte(len(id))), id[:]...)
}

// open begins a message as a field of that number; its length, of one byte at first, is shut's to fill.
func open(to []byte, number int) ([]byte, int) {
	to = append(appendTag(to, number, bytesType), 0)
	return to, len(to)
}

// shut fills the length of the message that starts there. Most are short; others move by what their length needs more.
func shut(to []byte, start int) []byte {
	n := len(to) - start
	if n < 0x80 {
		to[start-1] = byte(n)
		return to
	}
	var length [binary.MaxVarintLen64]byte
	more := binary.PutUvarint(length[:], uint64(n)) - 1
	to = append(to, length[:more]...) // room alone
	copy(to[start+more:], to[start:start+n])
	copy(to[start-1:], length[:more+1])
	return to
}
