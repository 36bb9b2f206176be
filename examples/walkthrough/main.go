// Command walkthrough goes through the whole product by HTTP, as its two kinds of callers would, against a running
// example server, and says of each step what it saw:
//
//	go run ./examples/server -credentials demo.json
//	go run ./examples/walkthrough -credentials demo.json
//
// It exits with 1 where something isn't as it should be.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/manytenants/payments/examples/internal/walk"
)

func main() {
	path := flag.String("credentials", "demo.json", "the `file` that the server wrote")
	flag.Parse()
	if err := walk.Run(context.Background(), *path, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "walkthrough:", err)
		os.Exit(1)
	}
}
