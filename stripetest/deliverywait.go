package stripetest

import "context"

// drain waits until nothing is on its way. Server.mu is held, and given up while waiting.
func (s *Server) drain() {
	for s.pending > 0 && s.stopping.Err() == nil {
		s.quiet.Wait()
	}
}

// WaitDelivered waits until every webhook due by the clock was delivered, or failed and waits for
// its retry. In manual delivery it is Flush. Don't call it from a webhook's receiver, whose own
// delivery it would wait for.
func (s *Server) WaitDelivered(ctx context.Context) error {
	if s.options.ManualDelivery {
		return s.Flush(ctx)
	}
	s.tick()
	wake := context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.quiet.Broadcast()
	})
	defer wake()
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.pending > 0 && ctx.Err() == nil && s.stopping.Err() == nil {
		s.quiet.Wait()
	}
	return ctx.Err()
}

// Flush sends the webhooks that manual delivery held back, in the order of their events and in the
// caller's goroutine, those that the receivers cause included. Otherwise it is WaitDelivered.
func (s *Server) Flush(ctx context.Context) error {
	if !s.options.ManualDelivery {
		return s.WaitDelivered(ctx)
	}
	s.tick()
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) > 0 && ctx.Err() == nil {
		d := s.queue[0]
		s.queue = s.queue[1:]
		_ = d.deliver(ctx) // the log has the error, and the next attempt waits for the clock
	}
	return ctx.Err()
}
