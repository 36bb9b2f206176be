package stripetest

import (
	"strings"
	"time"
)

var checkoutOperations = map[string]operation{
	"POST /v1/checkout/sessions":                     createSession,
	"GET /v1/checkout/sessions":                      listWhere("checkout.session", sessionMatches),
	"GET /v1/checkout/sessions/{session}":            retrieve("checkout.session"),
	"GET /v1/checkout/sessions/{session}/line_items": sessionLines,
	"POST /v1/checkout/sessions/{session}/expire":    expireSession,
}

// sessionLife is how long a session stays open unless expires_at says otherwise.
const sessionLife = 24 * time.Hour

func sessionMatches(c *call, session object) bool {
	for _, field := range []string{"customer", "payment_intent", "payment_link", "status", "subscription"} {
		if c.has(field) && c.get(field) != session[field] {
			return false
		}
	}
	wanted := c.hash("customer_details")
	return !wanted.has("email") || wanted.str("email") == session.hash("customer_details").str("email")
}

func createSession(c *call) (object, error) {
	if err := c.checkSession(); err != nil {
		return nil, err
	}
	lines, total, err := c.sessionItems()
	if err != nil {
		return nil, err
	}
	types, err := c.sessionTypes(lines)
	if err != nil {
		return nil, err
	}
	id := c.newID("cs")
	session := newObject("checkout.session", object{
		"id": id, "amount_subtotal": total, "amount_total": total, "automatic_tax": object{"enabled": false, "liability": nil, "status": nil},
		"created": c.now(), "expires_at": c.intOr("expires_at", c.server.clock.now().Add(sessionLife).Unix()), "livemode": c.livemode,
		"metadata": object{}, "mode": c.str("mode"), "payment_method_collection": c.collection(), "payment_method_types": types,
		"payment_status": "unpaid", "status": "open", "ui_mode": "hosted", "url": c.base + "/pay/" + id,
		"custom_text":             object{"after_submit": nil, "shipping_address": nil, "submit": nil, "terms_of_service_acceptance": nil},
		"phone_number_collection": object{"enabled": false}, "payment_method_options": object{},
		"total_details":        object{"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
		"_line_items":          lines,
		"_version":             c.version,
		"_subscription_data":   c.passed("subscription_data"),
		"_payment_intent_data": c.passed("payment_intent_data"),
	})
	if len(lines) > 0 {
		session["currency"] = lines[0].str("currency")
	}
	c.copyTo(session, "allow_promotion_codes", "billing_address_collection", "cancel_url", "client_reference_id", "customer", "customer_creation", "customer_email", "locale", "submit_type", "success_url")
	if session.str("mode") == "payment" && session["customer"] == nil && session["customer_creation"] == nil {
		session["customer_creation"] = "if_required"
	} else if session["customer"] == nil && session.str("mode") == "subscription" {
		session["customer_creation"] = "always"
	}
	c.metadataTo(session)
	session = c.add(session)
	a := c.Account
	c.timers[id] = c.server.at(time.Unix(session.int("expires_at"), 0), func() { a.expire(session) })
	return session, nil
}

// passed keeps the metadata and trial of what the session will make once it is paid.
func (c *call) passed(name string) object {
	p := c.hash(name)
	data := object{"metadata": object{}}
	p.metadataTo(data)
	p.copyTo(data, "description", "trial_period_days", "trial_end", "trial_settings", "capture_method", "receipt_email", "setup_future_usage", "shipping", "statement_descriptor", "statement_descriptor_suffix", "transfer_group")
	return data
}

func (c *call) collection() string {
	if method := c.str("payment_method_collection"); method != "" {
		return method
	}
	return "always"
}

// sessionItems prices the session's lines.
func (c *call) sessionItems() ([]object, int64, error) {
	var lines []object
	var total int64
	for _, p := range c.hashes("line_items") {
		price, err := c.linePrice(p)
		if err != nil {
			return nil, 0, err
		}
		if err := c.checkLine(p, price); err != nil {
			return nil, 0, err
		}
		quantity := p.intOr("quantity", 1)
		amount := price.int("unit_amount") * quantity
		if metered(price) {
			amount = 0 // usage is paid in arrears
		}
		total += amount
		product := c.objects[price.str("product")]
		lines = append(lines, newObject("item", object{
			"id": c.newID("li"), "amount_subtotal": amount, "amount_total": amount, "amount_discount": 0, "amount_tax": 0,
			"currency": price.str("currency"), "description": product.str("name"), "price": price, "quantity": quantity,
		}))
	}
	if len(lines) == 0 {
		return nil, 0, missingParameter("line_items")
	}
	if err := c.checkLines(lines); err != nil {
		return nil, 0, err
	}
	return lines, total, c.checkTotal(total, lines[0].str("currency"))
}

// linePrice is the price a line names, or the one its price_data describes.
func (c *call) linePrice(p params) (object, error) {
	switch {
	case p.has("price"):
		return c.usablePrice(p.str("price"), join(p.path, "price"))
	case !p.has("price_data"):
		return nil, missingParameter(join(p.path, "price"))
	}
	data := p.hash("price_data")
	product := data.str("product")
	if data.has("product_data") {
		made, err := c.newProduct(data.hash("product_data"))
		if err != nil {
			return nil, err
		}
		product = made.id()
	}
	price, err := c.newPrice(data, product)
	if err == nil {
		price["active"] = false // Stripe lists no inline price for reuse
	}
	return price, err
}

func (c *call) usablePrice(id, param string) (object, error) {
	price, err := c.lookup("price", id, param)
	if err != nil {
		return nil, err
	}
	if !price.bool("active") {
		return nil, badParameter("", param, "The price specified is inactive. This field only accepts active prices.")
	}
	return price, nil
}

func sessionLines(c *call) (object, error) {
	session, err := c.lookup("checkout.session", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	return c.page(session.data("_line_items"))
}

func expireSession(c *call) (object, error) {
	session, err := c.lookup("checkout.session", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	if session.str("status") != "open" {
		return nil, badRequest("Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of " + session.str("status") + ".")
	}
	c.expire(session)
	return session, nil
}

// expire ends an open session; a completed one stays as it is.
func (a *Account) expire(session object) {
	if session.str("status") != "open" {
		return
	}
	a.timers[session.id()].cancel()
	session.merge(object{"status": "expired", "url": nil})
	a.emit("checkout.session.expired", session, nil)
}

// successURL is where the page sends the customer, with the session's id in place of the placeholder.
func successURL(session object) string {
	return strings.ReplaceAll(session.str("success_url"), "{CHECKOUT_SESSION_ID}", session.id())
}
