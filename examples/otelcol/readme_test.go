// SPDX-License-Identifier: Apache-2.0

package tamisprocessor

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/confmap"
	"gopkg.in/yaml.v3"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheConfigurationInTheReadmeRuns(t *testing.T) {
	block := regexp.MustCompile("(?s)```yaml\n(processors:\n  tamis:.*?)```").FindStringSubmatch(readme(t))
	if block == nil {
		t.Fatal("there is none")
	}
	folder := t.TempDir()
	write(t, folder, "a.ottl", "drop where name == \"a\"\n")
	text := regexp.MustCompile(`/etc/tamis/\w+`).ReplaceAllString(block[1], folder)
	var whole struct {
		Processors struct{ Tamis map[string]any }
	}
	if err := yaml.Unmarshal([]byte(text), &whole); err != nil {
		t.Fatal(err)
	}
	config := createDefaultConfig().(*Config)
	if err := confmap.NewFromStringMap(whole.Processors.Tamis).Unmarshal(config); err != nil {
		t.Fatal(err)
	}
	if err := config.Validate(); err != nil {
		t.Fatal(err)
	}
	b := start(t, config)
	b.send(t, spans("a", "OperationHandler.handle", "b"))
	if got := names(b.sink.AllTraces()...); len(got) != 1 || got[0] != "b" {
		t.Fatal(got)
	}
}

func TestTheReadmeNamesEveryKeyAndCounter(t *testing.T) {
	text := readme(t)
	for i := range reflect.TypeFor[Config]().NumField() {
		key := reflect.TypeFor[Config]().Field(i).Tag.Get("mapstructure")
		if !strings.Contains(text, "| `"+key+"` |") {
			t.Errorf("the key %s has no row", key)
		}
	}
	source, err := os.ReadFile("telemetry.go")
	if err != nil {
		t.Fatal(err)
	}
	counters := regexp.MustCompile(`\{&t\.\w+, "(\w+)"`).FindAllStringSubmatch(string(source), -1)
	if len(counters) < 10 {
		t.Fatal(counters)
	}
	for _, counter := range counters {
		if !strings.Contains(text, "`"+counter[1]+"`") {
			t.Errorf("the counter %s is not there", counter[1])
		}
	}
}
