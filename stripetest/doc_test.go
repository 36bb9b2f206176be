package stripetest_test

import (
	"os"
	"strings"
	"testing"
)

func TestPackageCommentShowsTheExampleThatCompiles(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	program, _, _ := strings.Cut(strings.TrimPrefix(string(source), "package stripetest_test\n\n"), "\nfunc Example()")
	var comment strings.Builder
	for line := range strings.Lines(program) {
		if line != "\n" {
			line = "\t" + line
		}
		comment.WriteString("//" + line)
	}
	if !strings.Contains(string(doc), comment.String()) {
		t.Errorf("doc.go doesn't show this program:\n%s", comment.String())
	}
}
