// Command ottl answers OTTL test cases with the reference implementation.
//
//	ottl SPANS.json <CASES.jsonl >ANSWERS.jsonl
//
// A case is a line {"id", "context", "kind", "paths", "expr", "spans"}, or {"id", "kind": "processor",
// "processor", "config", "spans"}; spans is a name in SPANS.json or an OTLP/JSON object in place. An answer is
// a line {"id", ...} with either "parse_error" or the results: the form of the conformance vectors.
// SPDX-License-Identifier: Apache-2.0
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"go.opentelemetry.io/collector/featuregate"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

type testCase struct {
	ID        string          `json:"id"`
	Context   string          `json:"context"`
	Kind      string          `json:"kind"`
	Paths     string          `json:"paths"`
	Expr      string          `json:"expr"`
	Spans     json.RawMessage `json:"spans"`
	Processor string          `json:"processor"`
	Config    map[string]any  `json:"config"`
}

// result is what one item (resource, scope, span or span event) gave.
type result struct {
	Path    string `json:"path"`
	Result  *bool  `json:"result,omitempty"`
	Value   any    `json:"value,omitempty"`
	Matched *bool  `json:"matched,omitempty"`
	Error   string `json:"error,omitempty"`
}

type answer struct {
	ID         string          `json:"id"`
	ParseError bool            `json:"parse_error,omitempty"`
	Message    string          `json:"message,omitempty"`
	Results    []result        `json:"results,omitempty"`
	Dropped    *bool           `json:"dropped,omitempty"`
	Error      string          `json:"error,omitempty"`
	Changed    *bool           `json:"changed,omitempty"`
	After      json.RawMessage `json:"after,omitempty"`
	Panic      string          `json:"panic,omitempty"`
}

// buildError marks what the reference rejects before it evaluates anything.
type buildError struct{ error }

// data is what a name of SPANS.json stands for; read holds it once it was asked for.
type data struct {
	raw  json.RawMessage
	read *ptrace.Traces
}

func (d *data) UnmarshalJSON(raw []byte) error {
	d.raw = append(d.raw, raw...)
	return nil
}

// pool maps the names of SPANS.json to their data.
type pool map[string]*data

// load gives a copy of its own to every case.
func (p pool) load(raw json.RawMessage) (ptrace.Traces, error) {
	var name string
	if json.Unmarshal(raw, &name) != nil {
		return (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(raw)
	}
	named, ok := p[name]
	if !ok {
		return ptrace.Traces{}, fmt.Errorf("no spans named %q", name)
	}
	if named.read == nil {
		read, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(named.raw)
		if err != nil {
			return read, err
		}
		named.read = &read
	}
	td := ptrace.NewTraces()
	named.read.CopyTo(td)
	return td, nil
}

// changes fills in Changed and After. Bytes are compared, not values, so that NaN equals itself.
func (a *answer) changes(before []byte, after ptrace.Traces) error {
	now, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(after)
	if err != nil {
		return err
	}
	changed := string(before) != string(now)
	a.Changed = &changed
	if changed {
		a.After, err = (&ptrace.JSONMarshaler{}).MarshalTraces(after)
	}
	return err
}

func ask(c *testCase, p pool) (a answer, err error) {
	a.ID = c.ID
	defer func() {
		if r := recover(); r != nil {
			a = answer{ID: c.ID, Panic: fmt.Sprint(r)}
			err = nil
		}
	}()
	td, err := p.load(c.Spans)
	if err != nil {
		return a, err
	}
	var before []byte // a value or condition changes nothing
	if c.Kind == "statement" || c.Kind == "processor" {
		if before, err = (&ptrace.ProtoMarshaler{}).MarshalTraces(td); err != nil {
			return a, err
		}
	}
	if c.Kind == "processor" {
		err = process(c, td, before, &a)
	} else {
		err = evaluate(c, td, before, &a)
	}
	var rejected buildError
	if errors.As(err, &rejected) {
		return answer{ID: c.ID, ParseError: true, Message: rejected.Error()}, nil
	}
	return a, err
}

func decode(line []byte) (*testCase, error) {
	c := new(testCase)
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	err := decoder.Decode(c)
	for key, value := range c.Config {
		c.Config[key] = numbers(value)
	}
	return c, err
}

// numbers turns JSON numbers into int64 or float64, as a YAML reader would read the same text.
func numbers(v any) any {
	switch x := v.(type) {
	case json.Number:
		if n, err := x.Int64(); err == nil {
			return n
		}
		f, _ := x.Float64()
		return f
	case []any:
		for i := range x {
			x[i] = numbers(x[i])
		}
	case map[string]any:
		for key := range x {
			x[key] = numbers(x[key])
		}
	}
	return v
}

func readPool(spansFile string) (p pool, err error) {
	text, err := os.ReadFile(spansFile)
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	return p, err
}

func run(p pool, in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 64<<20)
	buffered := bufio.NewWriter(out)
	encoder := json.NewEncoder(buffered)
	encoder.SetEscapeHTML(false)
	for lines.Scan() {
		c, err := decode(lines.Bytes())
		if err != nil {
			return err
		}
		a, err := ask(c, p)
		if err != nil {
			return fmt.Errorf("%s: %w", c.ID, err)
		}
		// Answers leave at once, so that a crash tells which case it was.
		if err := errors.Join(encoder.Encode(a), buffered.Flush()); err != nil {
			return fmt.Errorf("%s: %w", c.ID, err)
		}
	}
	return lines.Err()
}

func main() {
	mode := run
	if len(os.Args) == 3 && os.Args[1] == "--bench" {
		mode = bench
	} else if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: ottl [--bench] SPANS.json <CASES.jsonl >ANSWERS.jsonl")
		os.Exit(2)
	}
	time.Local = time.UTC
	err := featuregate.GlobalRegistry().Set("ottl.functions.enableLambda", true)
	var p pool
	if err == nil {
		p, err = readPool(os.Args[len(os.Args)-1])
	}
	if err == nil {
		err = mode(p, os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "ottl:", err)
		os.Exit(1)
	}
}
