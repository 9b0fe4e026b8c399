// SPDX-License-Identifier: GPL-2.0-or-later

// A client of Varlink on a library of somebody else's: reads and parses each
// interface of a service, and makes calls.
//
// usage: foreign ADDRESS [METHOD PARAMETERS]...
//
// A method with a plus behind it has more replies; two are waited for.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/varlink/go/varlink"
	"github.com/varlink/go/varlink/idl"
)

func die(err error) {
	fmt.Fprintln(os.Stderr, "foreign:", err)
	os.Exit(1)
}

func describe(ctx context.Context, c *varlink.Connection) {
	var vendor, product, version, url string
	var interfaces []string

	err := c.GetInfo(ctx, &vendor, &product, &version, &url, &interfaces)
	if err != nil {
		die(err)
	}
	fmt.Println("product", product)
	for _, name := range interfaces {
		text, err := c.GetInterfaceDescription(ctx, name)
		if err != nil {
			die(err)
		}
		parsed, err := idl.New(text)
		if err != nil {
			die(fmt.Errorf("%s: %w", name, err))
		}
		fmt.Println("interface", parsed.Name, "methods", len(parsed.Methods))
	}
}

func call(ctx context.Context, c *varlink.Connection, method, parameters string) {
	var reply json.RawMessage
	var flags uint64
	var fault *varlink.Error

	replies := 1
	if strings.HasSuffix(method, "+") {
		method = strings.TrimSuffix(method, "+")
		flags = varlink.More
		replies = 2
	}
	receive, err := c.Send(ctx, method, json.RawMessage(parameters), flags)
	for ; err == nil && replies > 0; replies-- {
		_, err = receive(ctx, &reply)
		if err == nil {
			fmt.Println("reply", string(reply))
		}
	}
	if errors.As(err, &fault) {
		text, _ := json.Marshal(fault.Parameters)
		fmt.Println("error", fault.Name, string(text))
	} else if err != nil {
		fmt.Printf("error %T %+v\n", err, err)
	}
}

func main() {
	ctx := context.Background()
	if len(os.Args)%2 != 0 {
		die(errors.New("usage: foreign ADDRESS [METHOD PARAMETERS]..."))
	}
	c, err := varlink.NewConnection(ctx, os.Args[1])
	if err != nil {
		die(err)
	}
	describe(ctx, c)
	for n := 2; n < len(os.Args); n += 2 {
		call(ctx, c, os.Args[n], os.Args[n+1])
	}
}
