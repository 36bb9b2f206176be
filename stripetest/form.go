package stripetest

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// formNode is one level of Stripe's bracket syntax: items[0][price]=x is items → 0 → price → x.
// A list is a node whose children's names are numbers or empty.
type formNode struct {
	values   []string
	children map[string]*formNode
	names    []string // the children in order of appearance
}

func (n *formNode) child(name string) *formNode {
	if c, ok := n.children[name]; ok {
		return c
	}
	if n.children == nil {
		n.children = map[string]*formNode{}
	}
	c := &formNode{}
	n.children[name] = c
	n.names = append(n.names, name)
	return c
}

// parseForm builds the tree of a form. Names are taken in sorted order, so that the first error a
// bad request gets doesn't depend on map order.
func parseForm(form url.Values) *formNode {
	root := &formNode{}
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		node := root
		for _, part := range splitName(name) {
			node = node.child(part)
		}
		node.values = append(node.values, form[name]...)
	}
	return root
}

func splitName(name string) []string {
	head, rest, found := strings.Cut(name, "[")
	if !found {
		return []string{name}
	}
	parts := []string{head}
	for part := range strings.SplitSeq(strings.TrimSuffix(rest, "]"), "][") {
		parts = append(parts, part)
	}
	return parts
}

// elements returns the members of a list node in the order of their numbers; name[]=a&name[]=b
// makes one element of each value.
func (n *formNode) elements() ([]*formNode, bool) {
	type numbered struct {
		at   int
		node *formNode
	}
	var all []numbered
	for _, name := range n.names {
		child := n.children[name]
		if name == "" {
			for _, v := range child.values {
				all = append(all, numbered{len(all), &formNode{values: []string{v}}})
			}
			if len(child.children) > 0 {
				all = append(all, numbered{len(all), child})
			}
			continue
		}
		at, err := strconv.Atoi(name)
		if err != nil {
			return nil, false
		}
		all = append(all, numbered{at, child})
	}
	slices.SortStableFunc(all, func(a, b numbered) int { return a.at - b.at })
	nodes := make([]*formNode, len(all))
	for i, e := range all {
		nodes[i] = e.node
	}
	return nodes, len(nodes) > 0
}
