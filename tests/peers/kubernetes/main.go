// Judges what examples/kubernetes holds with Kubernetes' own types, the schemas of custom resources, Helm's engine,
// Prometheus' parser and Contour's reader of its configuration, without a cluster.
//
//	kubernetes check CRDS FILE...   decodes each resource strictly; prints all of them as a list in JSON
//	kubernetes render CHART [VALUES] prints what the chart makes of the values
//	kubernetes alerts FILE          prints the rules of all groups as a list in JSON
//	kubernetes queries              reads a list of expressions; prints the names of the metrics of each
//	kubernetes contour FILE [KEY...] prints the part `tracing` of Contour's configuration file, which is what stands in FILE
//	                                below the keys
//
// CRDS names files with CustomResourceDefinitions, divided by colons. The exit code is 1 when something is wrong.
//
// SPDX-License-Identifier: Apache-2.0
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("no command"))
	}
	var out any
	var err error
	switch command, rest := os.Args[1], os.Args[2:]; {
	case command == "check" && len(rest) > 1:
		out, err = check(strings.Split(rest[0], ":"), rest[1:])
	case command == "render" && len(rest) > 0:
		var text string
		if text, err = render(rest[0], rest[1:]); err == nil {
			fmt.Print(text)
			return
		}
	case command == "alerts" && len(rest) == 1:
		out, err = alerts(rest[0])
	case command == "queries" && len(rest) == 0:
		out, err = queries(os.Stdin)
	case command == "contour" && len(rest) > 0:
		out, err = tracing(rest[0], rest[1:])
	default:
		err = fmt.Errorf("unknown command %q", os.Args[1:])
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(out)
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
