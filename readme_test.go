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
	_, body, ok := strings.Cut(string(source), "func Example() {\n")
	if !ok {
		t.Fatal("example_test.go has no func Example")
	}
	if want := "func main() {\n" + strings.TrimSuffix(body, "\n"); !strings.Contains(string(readme), want) {
		t.Errorf("README.md doesn't show this program:\n%s", want)
	}
}
