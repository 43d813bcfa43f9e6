package aws

var _ = operates("sts", map[string]*operation{
	"GetCallerIdentity": {open: true, run: reading(func(t *Tx, in *Call) (Props, error) {
		id := "AROAUNKNOWN"
		if r := principal(t, in.Caller); r != nil {
			id = str(r.State, "uniqueId")
		}
		return Props{"Account": in.Account, "Arn": in.Caller, "UserId": id}, nil
	})},
})
