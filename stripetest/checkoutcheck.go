package stripetest

import (
	"fmt"
	"net/url"
	"strings"
)

// checkSession refuses what no session can be, before its lines are priced.
func (c *call) checkSession() error {
	mode := c.str("mode")
	switch {
	case mode == "":
		return missingParameter("mode")
	case c.str("success_url") == "":
		return badParameter("parameter_missing", "success_url", "Missing required param: success_url.")
	case mode == "setup":
		return badParameter("", "mode", "stripetest has no Checkout in setup mode.")
	case !c.has("line_items"):
		return badParameter("parameter_missing", "line_items", "You must specify line_items for a Checkout Session in "+mode+" mode.")
	case c.has("customer") && c.has("customer_email"):
		return badParameter("", "customer_email", "You may only specify one of these parameters: customer, customer_email.")
	case c.has("customer") && c.has("customer_creation"):
		return badParameter("", "customer_creation", "You may only specify one of these parameters: customer, customer_creation.")
	}
	if at := c.int("expires_at"); c.has("expires_at") && (at < c.now()+30*60 || at > c.now()+24*60*60) {
		return badParameter("", "expires_at", "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.")
	}
	for _, check := range []func() error{c.checkMode, c.checkLinks, func() error { return c.checkEmail("customer_email") }, c.checkSessionTrial} {
		if err := check(); err != nil {
			return err
		}
	}
	if !c.has("customer") {
		return nil
	}
	_, err := c.lookup("customer", c.str("customer"), "customer")
	return err
}

// checkMode refuses the parameters of another mode.
func (c *call) checkMode() error {
	mode := c.str("mode")
	for name, only := range map[string]string{
		"subscription_data": "subscription", "payment_method_collection": "subscription", "payment_intent_data": "payment", "customer_creation": "payment",
	} {
		if c.has(name) && mode != only {
			return badParameter("", name, "You can not pass `"+name+"` in `"+mode+"` mode.")
		}
	}
	return nil
}

func (c *call) checkLinks() error {
	for _, name := range []string{"success_url", "cancel_url"} {
		if err := c.checkURL(name); err != nil {
			return err
		}
	}
	if c.has("return_url") {
		return badParameter("", "return_url", "`return_url` can only be used when `ui_mode` is `embedded`.")
	}
	return nil
}

// checkURL refuses a parameter that is passed and isn't absolute.
func (p params) checkURL(name string) error {
	text := p.str(name)
	if text == "" {
		return nil
	}
	if u, err := url.Parse(text); err != nil || u.Scheme == "" || u.Host == "" {
		return badParameter("url_invalid", join(p.path, name), "Not a valid URL")
	}
	return nil
}

// checkEmail refuses a parameter that is passed and is no address.
func (p params) checkEmail(name string) error {
	text := p.str(name)
	local, domain, found := strings.Cut(text, "@")
	if text == "" || found && local != "" && domain != "" && !strings.ContainsAny(text, " \t\r\n") && !strings.Contains(domain, "@") {
		return nil
	}
	return badParameter("email_invalid", join(p.path, name), "Invalid email address: "+text)
}

// checkSessionTrial holds a trial to the days in which the customer can still end it.
func (c *call) checkSessionTrial() error {
	data := c.hash("subscription_data")
	switch end, days := join(data.path, "trial_end"), join(data.path, "trial_period_days"); {
	case data.has("trial_end") && data.has("trial_period_days"):
		return badParameter("", end, "You may only specify one of these parameters: trial_end, trial_period_days.")
	case data.has("trial_end") && data.int("trial_end") < c.now()+48*60*60:
		return badParameter("", end, "The `trial_end` date has to be at least 2 days in the future.")
	case data.has("trial_period_days") && data.int("trial_period_days") < 1:
		return badParameter("parameter_invalid_integer", days, "This value must be greater than or equal to 1.")
	}
	return nil
}

// mostQuantity is the most of one price that a line can have.
const mostQuantity = 999999

func (c *call) checkLine(p params, price object) error {
	if err := checkQuantity(p, price); err != nil {
		return err
	}
	param := join(p.path, "quantity")
	switch quantity := p.intOr("quantity", 1); {
	case !p.has("quantity") && !metered(price):
		return badParameter("parameter_missing", param, "Quantity is required. Add `quantity` to `"+p.path+"`")
	case quantity < 1:
		return badParameter("parameter_invalid_integer", param, "This value must be greater than or equal to 1.")
	case quantity > mostQuantity:
		return badParameter("parameter_invalid_integer", param, fmt.Sprintf("This value must be less than or equal to %d.", mostQuantity))
	}
	return nil
}

// checkLines refuses lines that the session's mode doesn't take, or that can't be paid together.
func (c *call) checkLines(lines []object) error {
	var recurring []object
	currency := lines[0].str("currency")
	for _, line := range lines {
		price := line.hash("price")
		if price.hash("recurring") != nil {
			recurring = append(recurring, line)
		}
		if price.str("currency") != currency {
			return badParameter("", "line_items", "All prices on a Checkout Session must have the same currency. Found "+currency+" and "+price.str("currency")+".")
		}
	}
	if wanted := strings.ToLower(c.str("currency")); wanted != "" && wanted != currency {
		return badParameter("", "currency", "The price specified is in "+currency+" and has no amount in "+wanted+".")
	}
	mode := c.str("mode")
	if mode == "payment" && len(recurring) > 0 {
		return badRequest("You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.")
	}
	if mode == "subscription" && len(recurring) == 0 {
		return badRequest("You must provide at least one recurring price in `subscription` mode when using prices.")
	}
	for _, line := range recurring {
		interval, count := intervalOf(recurring)
		if i, n := intervalOf([]object{line}); i != interval || n != count {
			return badParameter("", "line_items", "All recurring prices on a Checkout Session must have the same interval.")
		}
	}
	return nil
}

// checkTotal holds what a session is paid with at once to what can be charged. Nothing at all is fine.
func (c *call) checkTotal(total int64, currency string) error {
	if total == 0 || c.str("mode") != "payment" {
		return nil
	}
	least, known := leastAmounts[currency]
	if !known {
		least = 50
	}
	if total < least {
		return badParameter("amount_too_small", "", "The Checkout Session's total amount due must add up to at least "+money(least, currency)+" "+currency+".")
	}
	if total > mostAmount {
		return badParameter("amount_too_large", "", "The Checkout Session's total amount due must add up to no more than "+money(mostAmount, currency)+" "+currency+".")
	}
	return nil
}
