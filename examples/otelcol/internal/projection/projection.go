// Package projection hands over of a pdata request only what rules read or write, and takes back what they wrote.
//
// A Projection is made of a ruleset's needs. Append writes an ExportTraceServiceRequest in protobuf that has all
// resources, scopes and spans of the request, but of each only the fields and attributes that are needed; so spans keep
// their numbers, and most of their bytes are never touched. Merge puts what came back where it belongs.
//
// SPDX-License-Identifier: Apache-2.0
package projection

import "tamis.test/tamisprocessor/internal/libtamis"

// keys chooses attributes of one level.
type keys struct {
	all  bool
	list []string
	// By length and last byte, which tell most keys apart: whether any of the list is like that.
	like   [256]bool
	number map[string]int // where there are many: the list would take long
}

const manyKeys = 16

func likeness(key string) uint8 {
	if key == "" {
		return 0
	}
	return uint8(len(key))*31 + key[len(key)-1]
}

func (k *keys) add(key string) {
	if k.number == nil {
		k.number = map[string]int{}
	}
	k.number[key] = len(k.list)
	k.list = append(k.list, key)
	k.like[likeness(key)] = true
}

func (k *keys) none() bool { return !k.all && len(k.list) == 0 }

// index is the number of the key in the list, or -1.
func (k *keys) index(key string) int {
	if !k.like[likeness(key)] {
		return -1
	}
	if len(k.list) <= manyKeys {
		for i, one := range k.list {
			if one == key {
				return i
			}
		}
		return -1
	}
	if i, ok := k.number[key]; ok {
		return i
	}
	return -1
}

func (k *keys) has(key string) bool { return k.all || k.index(key) >= 0 }

// level is what is needed of resources, scopes or spans: a bit for each field, and attributes.
type level struct {
	fields     uint32
	attributes keys
}

func (l *level) needs(field int) bool { return l.fields>>field&1 == 1 }

func (l *level) nothing() bool { return l.fields == 0 && l.attributes.none() }

// Projection is what is needed. It never changes.
type Projection struct{ resource, scope, span level }

// Numbers of fields in the messages of OTLP.
const (
	resourceAttributes = 1
	resourceDropped    = 2

	scopeName       = 1
	scopeVersion    = 2
	scopeAttributes = 3
	scopeDropped    = 4

	spanTraceID           = 1
	spanSpanID            = 2
	spanTraceState        = 3
	spanParentSpanID      = 4
	spanName              = 5
	spanKind              = 6
	spanStart             = 7
	spanEnd               = 8
	spanAttributes        = 9
	spanDroppedAttributes = 10
	spanEvents            = 11
	spanDroppedEvents     = 12
	spanLinks             = 13
	spanDroppedLinks      = 14
	spanStatus            = 15
	spanFlags             = 16

	// What the library calls by numbers of its own: the parts of a status, and the schema URLs beside a resource or scope.
	statusMessage = libtamis.StatusMessage
	statusCode    = libtamis.StatusCode
	schemaURL     = libtamis.SchemaURL
)

// New chooses what any of the needs names. Events are needed whole when anything of them is.
func New(needs ...[]libtamis.Need) *Projection {
	p := &Projection{}
	for _, list := range needs {
		for _, need := range list {
			p.add(need)
		}
	}
	return p
}

func (p *Projection) add(need libtamis.Need) {
	at, attributes := &p.span, spanAttributes
	switch need.Level {
	case libtamis.Resource:
		at, attributes = &p.resource, resourceAttributes
	case libtamis.Scope:
		at, attributes = &p.scope, scopeAttributes
	case libtamis.SpanEvent:
		p.span.fields |= 1 << spanEvents
		return
	}
	switch {
	case need.Field == 0:
		if at.attributes.index(need.Key) < 0 {
			at.attributes.add(need.Key)
		}
	case need.Field == attributes:
		at.attributes.all = true
	case need.Field == statusMessage || need.Field == statusCode:
		at.fields |= 1 << spanStatus
	default:
		at.fields |= 1 << need.Field
	}
}

// Everything is the projection that leaves nothing out.
func Everything() *Projection {
	p := &Projection{}
	for _, l := range []*level{&p.resource, &p.scope, &p.span} {
		l.fields = ^uint32(0)
		l.attributes.all = true
	}
	return p
}
