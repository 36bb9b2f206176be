package stripetest

import (
	"strings"
	"sync"
)

// currencies are those that Stripe charges in.
const currencies = "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd " +
	"cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl hrk htg huf " +
	"idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mro mur mvr mwk " +
	"mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd " +
	"std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw"

var knownCurrencies = sync.OnceValue(func() map[string]bool {
	known := map[string]bool{}
	for code := range strings.FieldsSeq(currencies) {
		known[code] = true
	}
	return known
})

// checkCurrency refuses a code that Stripe has no currency for.
func checkCurrency(code, param string) error {
	if knownCurrencies()[strings.ToLower(code)] {
		return nil
	}
	return badParameter("", param, "Invalid currency: "+code+". Stripe currently supports these currencies: "+strings.Join(strings.Fields(currencies), ", "))
}
