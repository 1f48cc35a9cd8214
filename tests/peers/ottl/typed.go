// SPDX-License-Identifier: Apache-2.0
package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// typedValue is an OTTL value with the name of its type.
type typedValue struct {
	Type  string
	Value any
	Hex   string // of a string that is not valid UTF-8
}

// MarshalJSON writes "hex" in place of "value" where JSON cannot carry the string.
func (v typedValue) MarshalJSON() ([]byte, error) {
	row := map[string]any{"type": v.Type}
	if v.Hex != "" {
		row["hex"] = v.Hex
	} else if v.Type != "nil" {
		row["value"] = v.Value
	}
	return json.Marshal(row)
}

// typed names the value as the vectors do. Native and pdata lists and maps are the same there.
func typed(v any) typedValue {
	switch x := v.(type) {
	case nil:
		return typedValue{Type: "nil"}
	case bool:
		return typedValue{Type: "bool", Value: x}
	case int64:
		return typedValue{Type: "int", Value: strconv.FormatInt(x, 10)}
	case float64:
		return typedValue{Type: "double", Value: double(x)}
	case string:
		if !utf8.ValidString(x) {
			return typedValue{Type: "string", Hex: hex.EncodeToString([]byte(x))}
		}
		return typedValue{Type: "string", Value: x}
	case []byte:
		return typedValue{Type: "bytes", Value: hex.EncodeToString(x)}
	case time.Time:
		_, offset := x.Zone()
		return typedValue{Type: "time", Value: map[string]any{
			"sec": strconv.FormatInt(x.Unix(), 10), "nsec": x.Nanosecond(), "offset": offset,
		}}
	case time.Duration:
		return typedValue{Type: "duration", Value: strconv.FormatInt(int64(x), 10)}
	}
	return typedData(v)
}

func double(x float64) any {
	switch {
	case math.IsNaN(x):
		return "NaN"
	case math.IsInf(x, 1):
		return "Infinity"
	case math.IsInf(x, -1):
		return "-Infinity"
	}
	return x
}

func typedData(v any) typedValue {
	switch x := v.(type) {
	case pcommon.Value:
		return typed(x.AsRaw())
	case pcommon.Map:
		return typed(x.AsRaw())
	case pcommon.Slice:
		return typed(x.AsRaw())
	case pcommon.ByteSlice:
		return typed(x.AsRaw())
	case pcommon.TraceID:
		return typedValue{Type: "trace_id", Value: hex.EncodeToString(x[:])}
	case pcommon.SpanID:
		return typedValue{Type: "span_id", Value: hex.EncodeToString(x[:])}
	case ptrace.Status:
		return typedValue{Type: "status", Value: map[string]any{"code": int32(x.Code()), "message": x.Message()}}
	case ptrace.SpanEventSlice:
		return typedValue{Type: "events", Value: member("events", func(s ptrace.Span) { x.CopyTo(s.Events()) })}
	case ptrace.SpanLinkSlice:
		return typedValue{Type: "links", Value: member("links", func(s ptrace.Span) { x.CopyTo(s.Links()) })}
	}
	return typedNative(reflect.ValueOf(v))
}

// member writes one list of a span as OTLP/JSON, by way of a span that holds nothing else.
func member(name string, fill func(ptrace.Span)) any {
	td := ptrace.NewTraces()
	fill(td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty())
	text, err := (&ptrace.JSONMarshaler{}).MarshalTraces(td)
	if err != nil {
		panic(err)
	}
	var data struct {
		ResourceSpans []struct {
			ScopeSpans []struct{ Spans []map[string]any }
		}
	}
	if err := json.Unmarshal(text, &data); err != nil {
		panic(err)
	}
	list := data.ResourceSpans[0].ScopeSpans[0].Spans[0][name]
	if list == nil {
		return []any{}
	}
	return list
}

// typedNative covers Go's own lists, maps and integer types.
func typedNative(v reflect.Value) typedValue {
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		list := make([]typedValue, v.Len())
		for i := range list {
			list[i] = typed(v.Index(i).Interface())
		}
		return typedValue{Type: "slice", Value: list}
	case reflect.Map:
		entries := map[string]typedValue{}
		for _, key := range v.MapKeys() {
			entries[key.String()] = typed(v.MapIndex(key).Interface())
		}
		return typedValue{Type: "map", Value: entries}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return typed(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return typed(int64(v.Uint()))
	case reflect.Float32:
		return typed(v.Float())
	}
	panic(fmt.Sprintf("a value of type %s", v.Type()))
}
