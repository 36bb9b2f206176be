package stripetest

// sessionAdds puts what Checkout collected where 2025-03-31.basil has it.
func sessionAdds(session object, _ func(name, id string) object) {
	session.addTo("collected_information", object{"shipping_details": session["shipping_details"]})
}

// modeNames are the values of ui_mode that 2026-03-25.dahlia renamed, the old name first.
var modeNames = [][2]string{{"hosted", "hosted_page"}, {"embedded", "embedded_page"}, {"custom", "elements"}}

func renameModes(session object) {
	for _, names := range modeNames {
		if session.str("ui_mode") == names[0] {
			session["ui_mode"] = names[1]
			return
		}
	}
}

// translate turns the parameters of a request in a newer version into those of 2023-10-16. Since
// dahlia the old names of ui_mode are refused.
func translate(operation string, form *formNode, from release) error {
	mode, ok := form.children["ui_mode"]
	if operation != "POST /v1/checkout/sessions" || !ok || len(mode.values) == 0 || from < dahlia {
		return nil
	}
	for _, names := range modeNames {
		if mode.values[0] == names[1] {
			mode.values = []string{names[0]}
			return nil
		}
	}
	return badParameter("", "ui_mode", "Invalid ui_mode: must be one of elements, embedded_page, or hosted_page")
}
