// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"tamis.test/tamisprocessor/internal/libtamis"
)

func decode(t *testing.T, b []byte) ptrace.Traces {
	t.Helper()
	td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(b)
	if err != nil {
		t.Fatal(err)
	}
	return td
}

func encode(t *testing.T, td ptrace.Traces) []byte {
	t.Helper()
	b, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// full has something in every field, and texts of every size that a length takes another byte for.
func full() ptrace.Traces {
	td := ptrace.NewTraces()
	for _, n := range []int{0, 1, 100, 127, 128, 20000, 2100000} {
		rs := td.ResourceSpans().AppendEmpty()
		rs.SetSchemaUrl("r")
		rs.Resource().Attributes().PutStr("service.name", strings.Repeat("s", n))
		rs.Resource().SetDroppedAttributesCount(300)
		ss := rs.ScopeSpans().AppendEmpty()
		ss.SetSchemaUrl("s")
		ss.Scope().SetName("n")
		ss.Scope().SetVersion("v")
		ss.Scope().Attributes().PutInt("i", -1)
		ss.Scope().SetDroppedAttributesCount(1)
		span := ss.Spans().AppendEmpty()
		span.SetTraceID(pcommon.TraceID{1})
		span.SetSpanID(pcommon.SpanID{2})
		span.SetParentSpanID(pcommon.SpanID{3})
		span.TraceState().FromRaw("a=b")
		span.SetName(strings.Repeat("n", n))
		span.SetKind(ptrace.SpanKindServer)
		span.SetStartTimestamp(1 << 60)
		span.SetEndTimestamp(1<<60 + 1)
		span.SetFlags(0x101)
		span.SetDroppedAttributesCount(1)
		span.SetDroppedEventsCount(2)
		span.SetDroppedLinksCount(3)
		span.Status().SetCode(ptrace.StatusCodeError)
		span.Status().SetMessage("m")
		values(span.Attributes(), n)
		event := span.Events().AppendEmpty()
		event.SetName("e")
		event.SetTimestamp(7)
		event.SetDroppedAttributesCount(1)
		values(event.Attributes(), n)
		link := span.Links().AppendEmpty()
		link.SetTraceID(pcommon.TraceID{4})
		link.SetSpanID(pcommon.SpanID{5})
		link.TraceState().FromRaw("x=y")
		link.SetFlags(1)
		link.SetDroppedAttributesCount(1)
		values(link.Attributes(), 1)
	}
	return td
}

func values(m pcommon.Map, n int) {
	m.PutStr("text", strings.Repeat("t", n))
	m.PutBool("yes", true)
	m.PutBool("no", false)
	m.PutInt("int", -1<<63)
	m.PutDouble("double", -0.5)
	m.PutEmptyBytes("bytes").FromRaw([]byte{0, 255})
	m.PutEmpty("empty")
	m.PutStr("", "without a key")
	m.PutEmptySlice("list").AppendEmpty().SetEmptyMap().PutEmptySlice("inner")
	inner := m.PutEmptyMap("map").PutEmptyMap("map")
	inner.PutStr("text", strings.Repeat("t", n))
	inner.PutEmpty("empty")
}

func TestNothingIsLostWhenEverythingIsNeeded(t *testing.T) {
	td := full()
	got := encode(t, decode(t, Everything().Append(nil, td)))
	if !bytes.Equal(got, encode(t, td)) {
		t.Fatal("it comes back otherwise")
	}
}

func TestOnlyWhatIsNeededIsThere(t *testing.T) {
	td := full()
	p := New([]libtamis.Need{{Level: libtamis.Span, Key: "int"}, {Level: libtamis.Span, Field: spanKind}})
	small := decode(t, p.Append(nil, td))
	if small.SpanCount() != td.SpanCount() || small.ResourceSpans().Len() != td.ResourceSpans().Len() {
		t.Fatal("spans have other numbers")
	}
	for w := Walk(small); w.Next(); {
		if w.Span.Kind() != ptrace.SpanKindServer || w.Span.Name() != "" || !w.Span.TraceID().IsEmpty() ||
			fmt.Sprint(w.Span.Attributes().AsRaw()) != fmt.Sprint(map[string]any{"int": int64(-1 << 63)}) ||
			w.Resource.Resource().Attributes().Len() != 0 || w.Scope.Scope().Name() != "" {
			t.Fatal(w.Span.Attributes().AsRaw())
		}
	}
}

func TestManyKeysAreFoundLikeFew(t *testing.T) {
	for _, n := range []int{1, fewKeys - 1, fewKeys, fewKeys + 1, 500} {
		var needs []libtamis.Need
		td, out := ptrace.NewTraces(), ptrace.NewTraces()
		m, o := one(td).Attributes(), one(out).Attributes()
		m.PutStr("other", "stays")
		for i := range n {
			key := fmt.Sprintf("key%d", i)
			needs = append(needs, libtamis.Need{Level: libtamis.Span, Key: key})
			switch i % 3 {
			case 0:
				m.PutInt(key, 1)
				o.PutInt(key, 2)
			case 1:
				m.PutInt(key, 1)
			case 2:
				o.PutInt(key, 3)
			}
		}
		want := map[string]any{"other": "stays"}
		for key, value := range o.AsRaw() {
			want[key] = value
		}
		if err := New(needs).Apply(td, []libtamis.Verdict{{Fate: libtamis.Edited}}, encode(t, out)); err != nil {
			t.Fatal(err)
		}
		if got := m.AsRaw(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%d keys: %v, not %v", n, got, want)
		}
	}
}

func one(td ptrace.Traces) ptrace.Span {
	return td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
}

// The wire may bring a key twice; pdata keeps both.
func twice(values ...string) ptrace.Traces {
	td := ptrace.NewTraces()
	m := one(td).Attributes()
	for i, value := range values {
		m.PutStr(fmt.Sprintf("k%d", i), value)
	}
	m.PutStr("z", "z")
	b, _ := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	for i := range values {
		b = bytes.ReplaceAll(b, []byte(fmt.Sprintf("k%d", i)), []byte("kk"))
	}
	td, _ = (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(b)
	return td
}

func TestOfEqualKeysTheFirstIsChangedOrGoes(t *testing.T) {
	p := New([]libtamis.Need{{Level: libtamis.Span, Key: "kk"}})
	for _, c := range []struct{ came, left, want []string }{
		{[]string{"1", "2"}, []string{"x", "2"}, []string{"x", "2"}},
		{[]string{"1", "2"}, []string{"2"}, []string{"2"}},
		{[]string{"1", "2"}, nil, nil},
		{[]string{"1"}, []string{"x"}, []string{"x"}},
		{nil, []string{"x"}, []string{"x"}},
	} {
		td := twice(c.came...)
		if err := p.Apply(td, []libtamis.Verdict{{Fate: libtamis.Edited}}, encode(t, twice(c.left...))); err != nil {
			t.Fatal(err)
		}
		var got []string
		w := Walk(td)
		w.Next()
		for key, value := range w.Span.Attributes().All() {
			if key == "kk" {
				got = append(got, value.Str())
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%v to %v: %v", c.came, c.left, got)
		}
		if z, ok := w.Span.Attributes().Get("z"); !ok || z.Str() != "z" {
			t.Error("another attribute went")
		}
	}
}

func TestVerdictsThatDoNotFitAreAnError(t *testing.T) {
	td := twice("1")
	if New().Apply(td, []libtamis.Verdict{{Fate: libtamis.Kept}}, nil) == nil {
		t.Fatal("no error")
	}
}

func TestBytesThatAreNoRequestAreAnError(t *testing.T) {
	p := New([]libtamis.Need{{Level: libtamis.Span, Key: "text"}, {Level: libtamis.Span, Field: spanName},
		{Level: libtamis.Resource, Key: "service.name"}, {Level: libtamis.Scope, Field: scopeName}})
	td := ptrace.NewTraces()
	full().ResourceSpans().At(2).CopyTo(td.ResourceSpans().AppendEmpty())
	good := p.Append(nil, td)
	edited := []libtamis.Verdict{{Fate: libtamis.Edited}}
	if err := p.Apply(td, edited, good); err != nil {
		t.Fatal(err)
	}
	for n := range good {
		own := ptrace.NewTraces()
		td.CopyTo(own)
		if p.Apply(own, edited, good[:n]) == nil {
			t.Errorf("the first %d of %d bytes are no request", n, len(good))
		}
		bad := bytes.Clone(good)
		for _, to := range []byte{0, 0x7f, 0xff} { // whatever they say, nothing outside of them is read
			bad[n] = to
			td.CopyTo(own)
			_ = p.Apply(own, edited, bad)
		}
	}
}
