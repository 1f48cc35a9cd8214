// SPDX-License-Identifier: Apache-2.0
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlspan"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/transformprocessor"
)

const (
	benchCopies = 64 // spans that statements edit before they are made anew
	benchSample = 3 * time.Millisecond
	// A Collector holds a heap; a program without one collects garbage far more often.
	benchBallast = 64 << 20
)

// timed is the case being measured: its rule, compiled once, and the spans it runs over.
type timed struct {
	run      func(context.Context, *ottlspan.TransformContext)
	original ptrace.Traces
	copies   []ptrace.Traces // of which statements edit one after the other; others only read the first
	items    []*ottlspan.TransformContext
	fresh    bool
	reading  time.Duration // what reading the clock costs
}

// processorTime is that of this thread alone: neither other programs nor the collector's threads add to it.
func processorTime() time.Duration {
	const threadClock = 3
	var t syscall.Timespec
	_, _, _ = syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, threadClock, uintptr(unsafe.Pointer(&t)), 0)
	return time.Duration(t.Nano())
}

// bench is the mode "ottl --bench SPANS.json": a case on a line is answered as in the other mode; the line
// "measure" then times the case's rule and answers "NANOSECONDS ALLOCATIONS" of one evaluation.
func bench(p pool, in io.Reader, out io.Writer) error {
	runtime.LockOSThread()
	ballast := make([]byte, benchBallast)
	defer runtime.KeepAlive(ballast)
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 64<<20)
	var t *timed
	for lines.Scan() {
		if string(lines.Bytes()) == "measure" {
			nanoseconds := t.nanoseconds()
			if _, err := fmt.Fprintf(out, "%.3f %.3f\n", nanoseconds, t.allocations()); err != nil {
				return err
			}
			continue
		}
		c, err := decode(lines.Bytes())
		if err != nil {
			return err
		}
		a, err := ask(c, p)
		if err != nil {
			return fmt.Errorf("%s: %w", c.ID, err)
		}
		if !a.ParseError && a.Panic == "" {
			if t, err = prepare(c, p); err != nil {
				return fmt.Errorf("%s: %w", c.ID, err)
			}
		}
		if err := json.NewEncoder(out).Encode(a); err != nil {
			return err
		}
	}
	return lines.Err()
}

func prepare(c *testCase, p pool) (*timed, error) {
	t := &timed{fresh: c.Kind == "statement"}
	parser, err := ottlspan.NewParser(ottl.CreateFactoryMap(transformprocessor.DefaultSpanFunctions()...),
		componenttest.NewNopTelemetrySettings())
	if err != nil {
		return nil, err
	}
	if t.original, err = p.load(c.Spans); err != nil {
		return nil, err
	}
	if err := t.compile(&parser, c); err != nil {
		return nil, err
	}
	copies := 1
	if t.fresh {
		copies = benchCopies
	}
	for range copies {
		t.copies = append(t.copies, ptrace.NewTraces())
	}
	t.items = make([]*ottlspan.TransformContext, copies)
	t.renew()
	t.reading = time.Hour
	for range 99 {
		start := processorTime()
		t.reading = min(t.reading, processorTime()-start)
	}
	return t, nil
}

func (t *timed) compile(parser *ottl.Parser[*ottlspan.TransformContext], c *testCase) error {
	switch c.Kind {
	case "condition":
		rule, err := parser.ParseCondition(c.Expr)
		t.run = func(ctx context.Context, item *ottlspan.TransformContext) { _, _ = rule.Eval(ctx, item) }
		return err
	case "value":
		rule, err := parser.ParseValueExpression(c.Expr)
		t.run = func(ctx context.Context, item *ottlspan.TransformContext) { _, _ = rule.Eval(ctx, item) }
		return err
	}
	rule, err := parser.ParseStatement(c.Expr)
	t.run = func(ctx context.Context, item *ottlspan.TransformContext) { _, _, _ = rule.Execute(ctx, item) }
	return err
}

// renew makes the copies as the original is.
func (t *timed) renew() {
	for i, td := range t.copies {
		t.original.CopyTo(td)
		rs := td.ResourceSpans().At(0)
		ss := rs.ScopeSpans().At(0)
		t.items[i] = ottlspan.NewTransformContext(rs, ss, ss.Spans().At(0))
	}
}

// batch runs the rule once over each copy, or often over the one that nothing changes.
func (t *timed) batch(ctx context.Context) int {
	if t.fresh {
		for _, item := range t.items {
			t.run(ctx, item)
		}
		return len(t.items)
	}
	for range 8 * benchCopies {
		t.run(ctx, t.items[0])
	}
	return 8 * benchCopies
}

// nanoseconds times batches until they took long enough together; renewing copies is not counted.
func (t *timed) nanoseconds() float64 {
	var spent time.Duration
	ctx, runs := context.Background(), 0
	for spent < benchSample {
		if t.fresh {
			t.renew()
		}
		start := processorTime()
		runs += t.batch(ctx)
		spent += max(processorTime()-start-t.reading, 1)
	}
	return float64(spent.Nanoseconds()) / float64(runs)
}

// allocations counts those of one batch.
func (t *timed) allocations() float64 {
	var before, after runtime.MemStats
	if t.fresh {
		t.renew()
	}
	runtime.ReadMemStats(&before)
	runs := t.batch(context.Background())
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(runs)
}
