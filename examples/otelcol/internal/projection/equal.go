// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Equal says whether both stand at the same span, its resource and scope included. The order of attributes does not
// count.
func Equal(a, b *Walker) bool {
	return equalResources(a.Resource, b.Resource) && equalScopes(a.Scope, b.Scope) && equalSpans(a.Span, b.Span)
}

func equalResources(a, b ptrace.ResourceSpans) bool {
	return a.SchemaUrl() == b.SchemaUrl() &&
		a.Resource().DroppedAttributesCount() == b.Resource().DroppedAttributesCount() &&
		a.Resource().Attributes().Equal(b.Resource().Attributes())
}

func equalScopes(a, b ptrace.ScopeSpans) bool {
	return a.SchemaUrl() == b.SchemaUrl() && a.Scope().Name() == b.Scope().Name() &&
		a.Scope().Version() == b.Scope().Version() &&
		a.Scope().DroppedAttributesCount() == b.Scope().DroppedAttributesCount() &&
		a.Scope().Attributes().Equal(b.Scope().Attributes())
}

// facts is what can be compared by ==.
type facts struct {
	trace                                pcommon.TraceID
	span, parent                         pcommon.SpanID
	state, name, message                 string
	kind                                 ptrace.SpanKind
	code                                 ptrace.StatusCode
	start, end                           pcommon.Timestamp
	attributes, events, links, flags     uint32
	keptEvents, keptLinks, keptAttribute int
}

func factsOf(s ptrace.Span) facts {
	return facts{
		trace: s.TraceID(), span: s.SpanID(), parent: s.ParentSpanID(), state: s.TraceState().AsRaw(), name: s.Name(),
		message: s.Status().Message(), kind: s.Kind(), code: s.Status().Code(), start: s.StartTimestamp(),
		end: s.EndTimestamp(), attributes: s.DroppedAttributesCount(), events: s.DroppedEventsCount(),
		links: s.DroppedLinksCount(), flags: s.Flags(), keptEvents: s.Events().Len(), keptLinks: s.Links().Len(),
		keptAttribute: s.Attributes().Len(),
	}
}

func equalSpans(a, b ptrace.Span) bool {
	if factsOf(a) != factsOf(b) || !a.Attributes().Equal(b.Attributes()) {
		return false
	}
	for i := 0; i < a.Events().Len(); i++ {
		x, y := a.Events().At(i), b.Events().At(i)
		if x.Name() != y.Name() || x.Timestamp() != y.Timestamp() ||
			x.DroppedAttributesCount() != y.DroppedAttributesCount() || !x.Attributes().Equal(y.Attributes()) {
			return false
		}
	}
	for i := 0; i < a.Links().Len(); i++ {
		x, y := a.Links().At(i), b.Links().At(i)
		if x.TraceID() != y.TraceID() || x.SpanID() != y.SpanID() || x.Flags() != y.Flags() ||
			x.TraceState().AsRaw() != y.TraceState().AsRaw() ||
			x.DroppedAttributesCount() != y.DroppedAttributesCount() || !x.Attributes().Equal(y.Attributes()) {
			return false
		}
	}
	return true
}
