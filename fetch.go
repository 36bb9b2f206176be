package payments

import (
	"context"
	"errors"
	"strings"
)

// Metadata that the library puts on the Stripe objects it makes. Callers can't set keys with this prefix.
const (
	metaPrefix  = "payments_"
	metaProject = metaPrefix + "project_id"
	metaUser    = metaPrefix + "user_id"
	metaClaim   = metaPrefix + "claim"
)

// fetch reads a ticket's object from Stripe and says what must be written.
func (s *Service) fetch(ctx context.Context, api stripeAPI, t Ticket) (Synced, error) {
	synced, err := s.fetchKind(ctx, api, t)
	var refused *stripeRefusal
	if errors.As(err, &refused) && refused.missing() {
		synced, err = s.gone(ctx, t)
	}
	synced.Ticket = t
	return synced, err
}

func (s *Service) fetchKind(ctx context.Context, api stripeAPI, t Ticket) (Synced, error) {
	switch t.Kind {
	case KindSubscription:
		sub, err := api.subscription(ctx, t.ID)
		if err != nil {
			return Synced{}, err
		}
		return s.syncedSubscription(ctx, api, t.Object, &sub)
	case KindInvoice:
		return s.fetchInvoice(ctx, api, t.Object)
	case KindPaymentIntent:
		return s.fetchPaymentIntent(ctx, api, t.Object)
	case KindSession:
		return s.fetchSession(ctx, api, t.Object)
	case KindCustomer:
		return s.fetchCustomer(ctx, api, t.Object)
	case KindCharge:
		var charge chargeObject
		err := api.get(ctx, "/v1/charges", t.ID, &charge)
		return Synced{Requests: t.paymentOf(charge.Invoice, charge.PaymentIntent, "")}, err
	case KindRefund:
		return s.fetchCharged(ctx, api, t.Object, "/v1/refunds")
	case KindDispute:
		return s.fetchCharged(ctx, api, t.Object, "/v1/disputes")
	}
	return Synced{Gone: true}, nil
}

// fetchCharged follows a refund or dispute to the payment that it belongs to.
func (s *Service) fetchCharged(ctx context.Context, api stripeAPI, o Object, path string) (Synced, error) {
	object := chargedObject{kind: o.Kind}
	err := api.get(ctx, path, o.ID, &object)
	return Synced{Requests: o.paymentOf("", object.PaymentIntent, object.Charge)}, err
}

// paymentOf names the object by which a payment is kept, as far as it is known: the invoice, else the
// intent, else the charge, whose own fetch leads further.
func (o Object) paymentOf(invoice, intent, charge reference) []Object {
	switch {
	case invoice != "":
		return []Object{{o.Project, o.Mode, KindInvoice, string(invoice)}}
	case intent != "":
		return []Object{{o.Project, o.Mode, KindPaymentIntent, string(intent)}}
	case charge != "":
		return []Object{{o.Project, o.Mode, KindCharge, string(charge)}}
	}
	return nil
}

// foreign reports whether metadata say that an object belongs to another project, as happens when two
// projects share a Stripe account.
func (o Object) foreign(metadata map[string]string) bool {
	return metadata[metaProject] != "" && metadata[metaProject] != string(o.Project)
}

// user says whose an object is: by its metadata, else by its customer.
func (s *Service) user(ctx context.Context, o Object, metadata map[string]string, customer reference) (UserID, error) {
	if user := UserID(metadata[metaUser]); user.Valid() {
		return user, nil
	}
	if customer == "" {
		return "", nil
	}
	c, err := s.store.CustomerByStripeID(ctx, o.Project, o.Mode, string(customer))
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return c.User, err
}

func (s *Service) syncedSubscription(ctx context.Context, api stripeAPI, o Object, sub *subscriptionObject) (Synced, error) {
	if o.foreign(sub.Metadata) {
		return Synced{Gone: true}, nil
	}
	if err := api.completeItems(ctx, sub); err != nil {
		return Synced{}, err
	}
	user, err := s.user(ctx, o, sub.Metadata, sub.Customer)
	record := sub.record(o, user)
	return Synced{Subscription: &record}, err
}

func (s *Service) fetchInvoice(ctx context.Context, api stripeAPI, o Object) (Synced, error) {
	var invoice invoiceObject
	if err := api.get(ctx, "/v1/invoices", o.ID, &invoice, "payment_intent.latest_charge"); err != nil {
		return Synced{}, err
	}
	if o.foreign(invoice.owner()) {
		return Synced{Gone: true}, nil
	}
	var synced Synced
	if sub := invoice.subscription(); sub != "" {
		// Its period or status may have moved with the invoice; a burst of requests still costs one fetch.
		synced.Requests = []Object{{o.Project, o.Mode, KindSubscription, sub}}
	}
	if !invoice.billed() {
		return synced, nil
	}
	user, err := s.user(ctx, o, invoice.owner(), invoice.Customer)
	if err != nil {
		return Synced{}, err
	}
	disputed, err := api.disputed(ctx, invoice.PaymentIntent.Object)
	payment := invoice.record(o, user, disputed)
	synced.Payment = &payment
	return synced, err
}

func (s *Service) fetchPaymentIntent(ctx context.Context, api stripeAPI, o Object) (Synced, error) {
	var intent paymentIntentObject
	if err := api.get(ctx, "/v1/payment_intents", o.ID, &intent, "latest_charge"); err != nil {
		return Synced{}, err
	}
	if invoice := intent.invoice(); invoice != "" {
		return Synced{Requests: o.paymentOf(invoice, "", "")}, nil
	}
	if o.foreign(intent.Metadata) {
		return Synced{Gone: true}, nil
	}
	user, err := s.user(ctx, o, intent.Metadata, intent.Customer)
	if err != nil {
		return Synced{}, err
	}
	disputed, err := api.disputed(ctx, &intent)
	payment := intent.record(o, user, disputed)
	return Synced{Payment: &payment}, err
}

// disputed asks for the disputes of an intent's charge, where there are any.
func (s stripeAPI) disputed(ctx context.Context, intent *paymentIntentObject) (bool, error) {
	if intent == nil || intent.LatestCharge.Object == nil || !intent.LatestCharge.Object.Disputed {
		return false, nil
	}
	return s.openDispute(ctx, intent.LatestCharge.ID)
}

// fetchSession links the customer to the user, and asks for what the session made.
func (s *Service) fetchSession(ctx context.Context, api stripeAPI, o Object) (Synced, error) {
	var session sessionObject
	if err := api.get(ctx, "/v1/checkout/sessions", o.ID, &session); err != nil {
		return Synced{}, err
	}
	if o.foreign(session.Metadata) {
		return Synced{Gone: true}, nil
	}
	synced := Synced{Requests: o.paymentOf(session.Invoice, session.PaymentIntent, "")}
	if session.Subscription != "" {
		synced.Requests = append(synced.Requests, Object{o.Project, o.Mode, KindSubscription, string(session.Subscription)})
	}
	if user := UserID(session.Metadata[metaUser]); user.Valid() && session.Customer != "" {
		synced.Customer = &Customer{
			Project: o.Project, Mode: o.Mode, User: user, Claim: newUUID(),
			CustomerID: string(session.Customer), CreatedAt: s.now(),
		}
	}
	return synced, nil
}

func (s *Service) fetchCustomer(ctx context.Context, api stripeAPI, o Object) (Synced, error) {
	var customer customerObject
	if err := api.get(ctx, "/v1/customers", o.ID, &customer); err != nil {
		return Synced{}, err
	}
	if customer.Deleted {
		return s.goneCustomer(ctx, o)
	}
	return Synced{}, nil
}

// invoice returns the invoice that an intent pays, where newer API versions keep it too.
func (p *paymentIntentObject) invoice() reference {
	if p.OldInvoice != "" {
		return p.OldInvoice
	}
	if strings.HasPrefix(p.PaymentDetails.OrderReference, "in_") {
		return reference(p.PaymentDetails.OrderReference)
	}
	return ""
}

// description is the first text that says what an invoice is for.
func (i *invoiceObject) description() string {
	if i.Description == "" && len(i.Lines.Data) > 0 {
		return i.Lines.Data[0].Description
	}
	return i.Description
}
