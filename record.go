package payments

import (
	"cmp"
	"math/big"
	"strings"
	"time"
)

// record translates a Stripe subscription into ours.
func (s *subscriptionObject) record(o Object, user UserID) Subscription {
	r := Subscription{
		ID:                newUUID(),
		Project:           o.Project,
		Mode:              o.Mode,
		User:              user,
		SubscriptionID:    s.ID,
		CustomerID:        string(s.Customer),
		Status:            s.Status,
		Quantity:          1,
		CancelAtPeriodEnd: s.CancelAtPeriodEnd,
		CancelAt:          unixTime(s.CancelAt),
		CanceledAt:        unixTime(s.CanceledAt),
		EndedAt:           unixTime(s.EndedAt),
		TrialEnd:          unixTime(s.TrialEnd),
		CreatedAt:         unixTime(s.Created),
	}
	r.CurrentPeriodStart, r.CurrentPeriodEnd = s.period()
	s.addItems(&r)
	return r
}

// period spans the items' periods where Stripe keeps them there (basil and later), else it is the subscription's.
func (s *subscriptionObject) period() (start, end time.Time) {
	from, to := int64(0), int64(0)
	for _, item := range s.Items.Data {
		if item.CurrentPeriodStart != 0 && (from == 0 || item.CurrentPeriodStart < from) {
			from = item.CurrentPeriodStart
		}
		to = max(to, item.CurrentPeriodEnd)
	}
	return unixTime(cmp.Or(from, s.CurrentPeriodStart)), unixTime(cmp.Or(to, s.CurrentPeriodEnd))
}

// addItems takes plan, price and quantity from the first item, and the amounts from all of them: list prices, without discounts and taxes.
// A price of tiers has no unit amount (null) and counts 0, because what it comes to depends on usage. A pause of the collection
// leaves the status as it is, and so the MRR.
func (s *subscriptionObject) addItems(r *Subscription) {
	monthly := new(big.Rat)
	for i, item := range s.Items.Data {
		quantity := int64(1)
		if item.Quantity != nil {
			quantity = *item.Quantity
		}
		amount := item.Price.UnitAmount * quantity
		r.Amount += amount
		monthly.Add(monthly, item.Price.monthly(amount))
		if i > 0 {
			continue
		}
		r.ItemID, r.PriceID, r.Quantity = item.ID, item.Price.ID, quantity
		r.PlanName, r.Currency = item.Price.name(), strings.ToLower(item.Price.Currency)
		if item.Price.Recurring != nil {
			r.Interval, r.IntervalCount = item.Price.Recurring.Interval, item.Price.Recurring.IntervalCount
		}
	}
	if r.Status == StatusActive || r.Status == StatusPastDue {
		r.MRR = roundHalfUp(monthly)
	}
}

func (p *priceObject) name() string {
	if p.Nickname == "" && p.Product.Object != nil {
		return p.Product.Object.Name
	}
	return p.Nickname
}

// intervalsPerYear by Stripe's names; a month is the twelfth of a year, so a weekly price counts 52/12 times a month.
var intervalsPerYear = map[string]int64{"day": 365, "week": 52, "month": 12, "year": 1}

// monthly is what an amount per interval comes to a month, exactly.
func (p *priceObject) monthly(amount int64) *big.Rat {
	if p.Recurring == nil || p.Recurring.IntervalCount <= 0 {
		return new(big.Rat)
	}
	m := big.NewRat(intervalsPerYear[p.Recurring.Interval], 12*p.Recurring.IntervalCount)
	return m.Mul(m, new(big.Rat).SetInt64(amount))
}

func roundHalfUp(r *big.Rat) int64 {
	twice := new(big.Int).Mul(r.Num(), big.NewInt(2))
	twice.Add(twice, r.Denom())
	return twice.Div(twice, new(big.Int).Mul(r.Denom(), big.NewInt(2))).Int64()
}

// billed reports whether an invoice is a payment yet: drafts and open invoices nobody tried to pay aren't.
func (i *invoiceObject) billed() bool {
	return i.Status != "draft" && i.Status != "" && (i.Status != "open" || i.Attempted || i.PaymentIntent.busy())
}

func (e expandable[T]) busy() bool {
	intent, ok := any(e.Object).(*paymentIntentObject)
	return ok && intent != nil && (intent.Status == "processing" || intent.Status == "requires_action")
}

// record translates a Stripe invoice, with its payment intent and charge, into a payment.
func (i *invoiceObject) record(o Object, user UserID, disputed bool) Payment {
	p := Payment{
		ID:              newUUID(),
		Project:         o.Project,
		Mode:            o.Mode,
		Source:          i.ID,
		User:            user,
		SubscriptionID:  i.subscription(),
		PaymentIntentID: i.PaymentIntent.ID,
		InvoiceID:       i.ID,
		CustomerID:      string(i.Customer),
		Type:            i.paymentType(),
		Status:          i.paymentStatus(),
		Amount:          i.AmountDue,
		Currency:        strings.ToLower(i.Currency),
		Description:     i.description(),
		InvoiceURL:      i.HostedInvoiceURL,
		InvoicePDF:      i.InvoicePDF,
		CreatedAt:       unixTime(i.Created),
	}
	if p.Status == PaymentSucceeded {
		p.Amount = max(i.AmountPaid, 0)
	}
	i.PaymentIntent.Object.settle(&p, disputed)
	return p
}

func (i *invoiceObject) paymentType() string {
	switch {
	case i.BillingReason == "subscription_create":
		return TypeInitialPayment
	case i.BillingReason == "subscription_update":
		return TypeProrationCharge
	case i.subscription() != "":
		return TypeSubscriptionPayment
	}
	return TypeOneTime
}

func (i *invoiceObject) paymentStatus() string {
	switch {
	case i.Status == "paid":
		return PaymentSucceeded
	case i.Status == "void":
		return PaymentCanceled
	case i.Status == "uncollectible":
		return PaymentFailed
	case i.PaymentIntent.busy():
		return PaymentPending
	}
	return PaymentFailed
}

// record translates a payment intent that pays no invoice into a one-time payment.
func (p *paymentIntentObject) record(o Object, user UserID, disputed bool) Payment {
	r := Payment{
		ID:              newUUID(),
		Project:         o.Project,
		Mode:            o.Mode,
		Source:          p.ID,
		User:            user,
		PaymentIntentID: p.ID,
		CustomerID:      string(p.Customer),
		Type:            TypeOneTime,
		Status:          p.paymentStatus(),
		Amount:          p.Amount,
		Currency:        strings.ToLower(p.Currency),
		Description:     p.Description,
		CreatedAt:       unixTime(p.Created),
	}
	p.settle(&r, disputed)
	return r
}

func (p *paymentIntentObject) paymentStatus() string {
	switch p.Status {
	case "succeeded":
		return PaymentSucceeded
	case "canceled":
		return PaymentCanceled
	case "requires_payment_method":
		if p.LastError != nil {
			return PaymentFailed
		}
	}
	return PaymentPending
}

// settle adds what only the intent and its charge know: refunds, disputes and the reason of a failure.
func (p *paymentIntentObject) settle(r *Payment, disputed bool) {
	r.Collected = r.Status == PaymentSucceeded && r.Amount > 0
	if p == nil {
		return
	}
	r.ChargeID = p.LatestCharge.ID
	if charge := p.LatestCharge.Object; charge != nil && r.Collected {
		r.RefundedAmount = min(max(charge.AmountRefunded, 0), r.Amount)
		r.Status = collectedStatus(r.Amount, r.RefundedAmount, disputed)
	}
	if p.LastError != nil && r.Status == PaymentFailed {
		r.FailureCode = cmp.Or(p.LastError.DeclineCode, p.LastError.Code)
		r.FailureMessage = p.LastError.Message
	}
}

func collectedStatus(amount, refunded int64, disputed bool) string {
	switch {
	case disputed:
		return PaymentDisputed
	case refunded >= amount:
		return PaymentRefunded
	case refunded > 0:
		return PaymentPartiallyRefunded
	}
	return PaymentSucceeded
}
