package payments_test

import (
	"os"
	"strings"
	"testing"
)

func TestReadmeShowsTheExampleThatCompiles(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	program := strings.NewReplacer("package payments_test", "package main", "func Example()", "func main()").Replace(string(source))
	before, _, ok := strings.Cut(string(readme), "```go\n"+program+"```\n")
	if !ok {
		t.Fatalf("README.md doesn't show this program:\n%s", program)
	}
	lines := strings.Count(program, "\n")
	if end := strings.Count(before, "\n") + 1 + lines; lines > 35 || end > 50 {
		t.Errorf("the program has %d lines and ends at line %d; it should have at most 35 and end by line 50", lines, end)
	}
}
