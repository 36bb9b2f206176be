package stripetest

import (
	"bytes"
	"fmt"
	"strings"
)

// maxPDFLines is how many lines of text an A4 page holds here.
const maxPDFLines = 44

// invoicePDF is the invoice as a PDF of one page, in one of the fonts every reader has.
func (a *Account) invoicePDF(invoice object) []byte {
	view := a.invoiceView(invoice)
	text := []string{a.name, "", "Invoice " + view.Number, "Date: " + view.Issued, "To: " + view.To, "Status: " + view.Status, ""}
	for _, line := range append(view.Lines, view.Sums...) {
		text = append(text, fmt.Sprintf("%-64.64s %14s", plain(line.Name), plain(line.Amount)))
		if line.Detail != "" {
			text = append(text, "  "+line.Detail)
		}
	}
	if len(text) > maxPDFLines {
		text = append(text[:maxPDFLines-1], "...")
	}
	return writePDF(append(text, "", "Test Stripe: no money moves"))
}

// writePDF writes the lines down one page.
func writePDF(lines []string) []byte {
	var content strings.Builder
	content.WriteString("BT /F1 10 Tf 50 790 Td 16 TL\n")
	for _, line := range lines {
		content.WriteString("(" + strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(plain(line)) + ") '\n")
	}
	content.WriteString("ET")
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", content.Len(), content.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
	}
	var out bytes.Buffer
	out.WriteString("%PDF-1.4\n")
	table := "0000000000 65535 f \n"
	for i, o := range objects {
		table += fmt.Sprintf("%010d 00000 n \n", out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table, len(objects)+1, start)
	return out.Bytes()
}

// plain keeps the ASCII of a text, in which the page's font and encoding surely agree.
func plain(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\u00a0':
			return ' '
		case c == '–':
			return '-'
		case c == '×':
			return 'x'
		case c < ' ' || c > '~':
			return '?'
		}
		return c
	}, text)
}
