package aws

var _ = register(&Kind{
	Token: tokenGroupTag, Required: []string{"autoscalingGroupName", "tag"},
	ID: func(o *Op) string { return str(o.In, "autoscalingGroupName") + "," + str(o.In, "tag.key") },
	Taken: func(o *Op) error {
		return fail("AlreadyExists", "Trying to update tag %s of group %s that another resource states already", str(o.In, "tag.key"), str(o.In, "autoscalingGroupName"))
	},
	Replace: []string{"autoscalingGroupName", "tag.key"},
	Refs:    []Ref{{Field: "autoscalingGroupName", Kind: tokenGroup, Delete: Cascade}},
	Fill: func(o *Op) error {
		name := str(o.Out, "tag.key")
		if what := tagFault(name, str(o.Out, "tag.value")); what != "" {
			return fail("ValidationError", "%s", what)
		}
		g := o.Tx.get(tokenGroup, str(o.Out, "autoscalingGroupName"))
		tags := mapAt(g.State, "tags")
		tags[name] = str(o.Out, "tag.value")
		if len(tags) > maxTags {
			return fail("LimitExceeded", "Tags for AutoScalingGroup %s exceed the limit of %d", g.ID, maxTags)
		}
		o.Tx.put(g)
		return nil
	},
	Delete: func(o *Op) error {
		if g := o.Tx.get(tokenGroup, str(o.Old.State, "autoscalingGroupName")); g != nil {
			delete(mapAt(g.State, "tags"), str(o.Old.State, "tag.key"))
			o.Tx.put(g)
		}
		return nil
	},
})
