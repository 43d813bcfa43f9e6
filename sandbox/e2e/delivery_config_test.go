package e2e

// delivered is dev with delivery from GitLab, of the platform and of two teams' services, and with all that takes rights of a
// kind of its own.
func delivered() object {
	c := exposed()
	c["delivery"] = object{"gitlab": "https://gitlab.com", "project": platformProject}
	c["network"] = object{"zones": 2, "interfaceEndpoints": true, "flowLogDays": 7}
	c["tags"] = object{"cost": "1", "owner": "core"}
	c["headroom"] = object{"share": 0.2}
	c["cluster"].(object)["administrators"] = []string{"role/frontend-viewer"}
	for name, services := range map[string][]string{"frontend": {"web", "cart"}, "backend": {"api"}} {
		c["teams"].(object)[name].(object)["delivery"] = object{"project": "acme/" + name, "services": services}
	}
	c["teams"].(object)["frontend"].(object)["podRoles"] = object{"web": "role/paddock-dev-shop"}
	return c
}

// grown is delivered with all changed that can be, and nothing replaced.
func grown() object {
	c := delivered()
	c["network"] = object{"zones": 3, "nat": "per-zone", "interfaceEndpoints": true, "flowLogDays": 14}
	c["tags"] = object{"cost": "2", "team": "core"}
	cluster := c["cluster"].(object)
	cluster["version"], cluster["publicAccess"] = "1.35", []string{"0.0.0.0/1", "128.0.0.0/1"}
	cluster["logTypes"], cluster["logDays"] = []string{"api"}, 14
	c["nodeGroups"] = object{"default": object{"min": 1, "max": 7, "labels": object{"tier": "web"}, "diskGiB": 30}}
	teams := c["teams"].(object)
	teams["frontend"].(object)["delivery"] = object{"project": "acme/shop", "branch": "trunk", "services": []string{"web", "till"}}
	teams["frontend"].(object)["podRoles"] = object{"web": "role/paddock-dev-till"}
	teams["backend"].(object)["deployers"] = []string{"role/backend-viewer"}
	return c
}

// shrunk is grown with parts taken away.
func shrunk() object {
	c := grown()
	c["network"] = object{"zones": 3, "interfaceEndpoints": false, "flowLogDays": 0}
	c["cluster"].(object)["administrators"] = []string{}
	c["cluster"].(object)["logTypes"] = []string{}
	delete(c["nodeGroups"].(object)["default"].(object), "labels")
	delete(c["teams"].(object)["frontend"].(object), "podRoles")
	delete(c, "headroom")
	delete(c, "tags")
	return c
}
