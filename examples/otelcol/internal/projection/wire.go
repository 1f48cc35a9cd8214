// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"encoding/binary"
	"errors"
	"unsafe"
)

var errWire = errors.New("what left is no sound request")

// field is one field of a message: bytes of texts and messages, a number of everything else.
type field struct {
	number int
	bytes  []byte
	n      uint64
}

// next takes the first field off the message.
func next(message []byte) (f field, rest []byte, err error) {
	tag, n := binary.Uvarint(message)
	if n <= 0 {
		return f, nil, errWire
	}
	message = message[n:]
	f.number = int(tag >> 3)
	switch tag & 7 {
	case varintType:
		f.n, n = binary.Uvarint(message)
	case fixed64Type:
		if n = 8; len(message) >= n {
			f.n = binary.LittleEndian.Uint64(message)
		}
	case fixed32Type:
		if n = 4; len(message) >= n {
			f.n = uint64(binary.LittleEndian.Uint32(message))
		}
	case bytesType:
		f.n, n = binary.Uvarint(message)
		if n <= 0 || f.n > uint64(len(message)-n) {
			return f, nil, errWire
		}
		f.bytes = message[n : n+int(f.n)]
		n += int(f.n)
	default:
		n = -1
	}
	if n <= 0 || n > len(message) {
		return f, nil, errWire
	}
	return f, message[n:], nil
}

// find is the bytes of the first field of that number.
func find(message []byte, number int) ([]byte, error) {
	for len(message) > 0 {
		f, rest, err := next(message)
		if err != nil || f.number == number {
			return f.bytes, err
		}
		message = rest
	}
	return nil, nil
}

// text is the bytes as a string that lives as long as they stay.
func text(bytes []byte) string { return unsafe.String(unsafe.SliceData(bytes), len(bytes)) }

// spansOf goes over the spans of a request as bytes.
type spansOf struct {
	request, resourceSpans, scopeSpans []byte // what is left of each
	resource, scope                    []byte // the messages around the span, whole
	span                               []byte
}

// next goes to the next span; false after the last one.
func (s *spansOf) next() (bool, error) {
	for {
		span, ok, err := take(&s.scopeSpans, 2)
		if err != nil || ok {
			s.span = span
			return ok, err
		}
		scope, ok, err := take(&s.resourceSpans, 2)
		if err != nil {
			return false, err
		}
		if ok {
			s.scope, s.scopeSpans = scope, scope
			continue
		}
		resource, ok, err := take(&s.request, 1)
		if err != nil || !ok {
			return false, err
		}
		s.resource, s.resourceSpans = resource, resource
	}
}

// take takes everything up to the first field of that number off the message, and gives that field.
func take(message *[]byte, number int) ([]byte, bool, error) {
	for len(*message) > 0 {
		f, rest, err := next(*message)
		if err != nil {
			return nil, false, err
		}
		*message = rest
		if f.number == number {
			return f.bytes, true, nil
		}
	}
	return nil, false, nil
}
