// Reads a chain of a ledger with the official Go client of Durable Streams, and prints a line for
// each event: its type, and what it is about.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	durablestreams "github.com/durable-streams/durable-streams/packages/client-go"
)

type event struct {
	Type string `json:"type"`
	Data struct {
		EntityID string `json:"entity_id"`
		Height   int    `json:"height"`
	} `json:"data"`
}

func main() {
	url, live := os.Args[1], durablestreams.LiveMode(os.Args[2])
	stream := durablestreams.NewClient().Stream(url)
	batches := durablestreams.ReadJSON[event](context.Background(), stream, durablestreams.WithLive(live))
	defer batches.Close()
	for {
		batch, err := batches.Next()
		if errors.Is(err, durablestreams.Done) {
			fmt.Println("the end")
			return
		}
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		for _, one := range batch.Items {
			if one.Type == "block" {
				fmt.Println("block", one.Data.Height)
			} else {
				fmt.Println(one.Type, one.Data.EntityID)
			}
		}
	}
}
