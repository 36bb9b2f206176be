package storetest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
)

var modelPromises = []promise{}

// seedOfRun is what random programs start from: that of the environment, or another one in each run.
func seedOfRun() uint64 {
	if seed, err := strconv.ParseUint(os.Getenv("STORETEST_SEED"), 10, 64); err == nil {
		return seed
	}
	return rand.Uint64()
}

var _ = fmt.Sprint
