package aws

// ActionsOf are the calls that an operation on a kind may make.
func ActionsOf(token, verb string) []string {
	if callsOf[token] == nil {
		return nil
	}
	return (&Op{Kind: kinds[token]}).actions(verb)
}
