package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// listen opens the address or, where its port is taken, one of the next twenty.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	host, service, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("-addr: %w", err)
	}
	port, err := strconv.Atoi(service)
	if err != nil {
		return nil, fmt.Errorf("-addr: %q is no port", service)
	}
	if host == "" {
		host = "127.0.0.1" // ":8080" elsewhere means every interface; the demo stays on this machine unless told
	}
	for next := port; ; next++ {
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(next)))
		if err == nil || port == 0 || next == port+20 || !errors.Is(err, syscall.EADDRINUSE) {
			return listener, err
		}
	}
}

// browserURL is the URL of a listener as a browser on this machine reaches it.
func browserURL(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return "http://" + a.String()
	}
	host := tcp.IP.String()
	if tcp.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(tcp.Port))
}
