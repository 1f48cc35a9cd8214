// SPDX-License-Identifier: Apache-2.0

package tamisprocessor

import (
	"context"
	"net"
	"slices"
	"testing"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/consumer/consumererror"
)

func TestRulesKnowWhoSent(t *testing.T) {
	b := start(t, configOf(t, `
conditions:
- context: span
  conditions:
  - name == "a" and otelcol.client.addr == "10.0.0.7"
  - name == "b" and otelcol.client.metadata["x-tenant"][0] == "one"
  - name == "c" and otelcol.client.metadata["x-tenant"][1] == "two"
  - name == "d" and otelcol.client.metadata["x-other"][0] == "one"`))
	from := client.NewContext(context.Background(), client.Info{
		Addr:     &net.IPAddr{IP: net.IPv4(10, 0, 0, 7)},
		Metadata: client.NewMetadata(map[string][]string{"X-Tenant": {"one", "two"}, "x-other": {"two"}}),
	})
	if err := b.ConsumeTraces(from, spans("a", "b", "c", "d")); err != nil {
		t.Fatal(err)
	}
	if got := names(b.sink.AllTraces()...); !slices.Equal(got, []string{"d"}) {
		t.Fatal(got)
	}
	b.sink.Reset()
	b.send(t, spans("a", "b", "c", "d")) // nobody knows
	if got := names(b.sink.AllTraces()...); len(got) != 4 {
		t.Fatal(got)
	}
}

// The same request would be refused again, so nobody is to send it again.
func TestARefusalIsPermanent(t *testing.T) {
	b := start(t, configOf(t, `{error_mode: propagate, conditions: ['Substring(span.name, 5, 9) == "x"']}`))
	if err := b.ConsumeTraces(context.Background(), spans("a")); !consumererror.IsPermanent(err) {
		t.Fatal(err)
	}
}
