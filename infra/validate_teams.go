package infra

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
)

// maxTeamName keeps the names of a team's objects, which begin with it, legal.
const maxTeamName = 40

// ownPrefixes begin the names of namespaces that Kubernetes, EKS and the platform keep for themselves.
var ownPrefixes = []string{"kube-", "amazon-", "paddock-"}

// quotaNames are the resources that a ResourceQuota counts, beside count/<resource>
// and a storage class's own.
var (
	quotaNames = []string{
		"cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage",
		"limits.cpu", "limits.memory", "limits.ephemeral-storage", "requests.storage", "persistentvolumeclaims",
		"pods", "services", "services.loadbalancers", "services.nodeports", "secrets", "configmaps", "replicationcontrollers",
	}
	quotaPattern = regexp.MustCompile(`^(count/[a-z0-9.-]+|[a-z0-9.-]+\.storageclass\.storage\.k8s\.io/(requests\.storage|persistentvolumeclaims))$`)
	// countPattern finds those that count objects.
	countPattern = regexp.MustCompile(`^(count/.*|(.*/)?persistentvolumeclaims|pods|services|services\.(loadbalancers|nodeports)|secrets|configmaps|replicationcontrollers)$`)
)

func (c Config) teams(f *judge) {
	owner := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(c.Teams)) {
		t, path := c.Teams[name], "teams."+name
		if len(validation.IsDNS1123Label(name)) > 0 || len(name) > maxTeamName {
			f.Add(path, nil, "want a name of 1 to %d lower-case letters, digits and inner hyphens", maxTeamName)
		}
		f.OneOf(path+".podSecurity", t.PodSecurity, "restricted", "baseline", "privileged")
		c.namespaces(f, name, owner)
		t.quota(f, path+".quota")
		t.Limits.judge(f, path+".limits")
		t.fits(f, path)
		t.fed(f, path+".quota")
		c.principals(f, path+".viewers", t.Viewers)
		c.principals(f, path+".deployers", t.Deployers)
		c.podRoles(f, path+".podRoles", t.PodRoles)
	}
}

// namespaces judges a team's, and notes in owner whose they are; what a team and
// a namespace join to is noted under a leading hyphen, which no namespace has.
func (c Config) namespaces(f *judge, team string, owner map[string]string) {
	list, given := c.Teams[team].Namespaces, true
	if len(list) == 0 {
		list, given = []string{team}, false // whose legality is the team's
	}
	for i, ns := range list {
		path := fmt.Sprintf("teams.%s.namespaces[%d]", team, i)
		switch {
		case given && len(validation.IsDNS1123Label(ns)) > 0:
			f.Add(path, ns, "want 1 to 63 lower-case letters, digits and inner hyphens")
		case ns == "default" || slices.ContainsFunc(ownPrefixes, func(own string) bool { return strings.HasPrefix(ns, own) }):
			f.Add(path, ns, "want a namespace that is not the cluster's own (default, %s*)", strings.Join(ownPrefixes, "*, "))
		case owner[ns] == team:
			f.Add(path, ns, "want each once")
		case owner[ns] != "":
			f.Add(path, ns, "want a namespace of this team only: team %s has it", owner[ns])
		default:
			owner[ns] = team
		}
		// The objects of team a in b-c and of team a-b in c would have one name.
		joined := team + "-" + ns
		if other := owner["-"+joined]; other != "" && other != team {
			f.Add(path, ns, "want team and namespace to join to a name of their own: %s is also that of team %s", joined, other)
		}
		owner["-"+joined] = team
	}
}

func (t Team) quota(f *judge, path string) {
	for _, name := range slices.Sorted(maps.Keys(t.Quota)) {
		if !slices.Contains(quotaNames, name) && !quotaPattern.MatchString(name) {
			f.Add(path+"."+name, t.Quota[name], "want a resource that a quota counts: %s, count/<resource>", strings.Join(quotaNames, ", "))
		}
		if q, ok := f.quantity(path+"."+name, t.Quota[name]); ok && countPattern.MatchString(name) && !q.RoundUp(0) {
			f.Add(path+"."+name, t.Quota[name], "want a whole number: it counts objects")
		}
	}
}

// fed wants a default for every quota of CPU or memory: in its namespace, the
// API server refuses pods that state nothing, unless the limits fill it in.
func (t Team) fed(f *judge, path string) {
	for _, r := range []struct{ kind, resource, request, standard, most string }{
		{"Cpu", "cpu", t.Limits.RequestCPU, t.Limits.DefaultCPU, t.Limits.MaxCPU},
		{"Memory", "memory", t.Limits.RequestMemory, t.Limits.DefaultMemory, t.Limits.MaxMemory},
	} {
		limited := r.standard != "" || r.most != ""
		if quota, given := t.Quota["limits."+r.resource]; given && !limited {
			f.Add(path+".limits."+r.resource, quota, "want limits.default%s or limits.max%[1]s beside it: pods that state no limit would all be refused", r.kind)
		}
		for _, name := range []string{"requests." + r.resource, r.resource} {
			if quota, given := t.Quota[name]; given && !limited && r.request == "" {
				f.Add(path+"."+name, quota, "want limits.request%s, limits.default%[1]s or limits.max%[1]s beside it: pods that state no request would all be refused", r.kind)
			}
		}
	}
}

// judge wants request <= default <= max, as a LimitRange does.
func (l Limits) judge(f *judge, path string) {
	for _, r := range []struct{ kind, request, standard, most string }{
		{"Cpu", l.RequestCPU, l.DefaultCPU, l.MaxCPU},
		{"Memory", l.RequestMemory, l.DefaultMemory, l.MaxMemory},
	} {
		request, ok1 := f.limit(path+".request"+r.kind, r.request)
		standard, ok2 := f.limit(path+".default"+r.kind, r.standard)
		most, ok3 := f.limit(path+".max"+r.kind, r.most)
		switch {
		case ok1 && ok2 && request.Cmp(standard) > 0:
			f.Add(path+".request"+r.kind, r.request, "want at most default%s, %s", r.kind, r.standard)
		case ok1 && r.standard == "" && ok3 && request.Cmp(most) > 0: // the API server takes max for the default then
			f.Add(path+".request"+r.kind, r.request, "want at most max%s, %s", r.kind, r.most)
		}
		if ok2 && ok3 && standard.Cmp(most) > 0 {
			f.Add(path+".default"+r.kind, r.standard, "want at most max%s, %s", r.kind, r.most)
		}
	}
}

// fits wants a container that states nothing to be within the quota: otherwise
// the namespace could run nothing, and say so only at the first pod.
func (t Team) fits(f *judge, path string) {
	for key, limit := range map[string]string{
		"limits.cpu": t.Limits.DefaultCPU, "limits.memory": t.Limits.DefaultMemory,
		"requests.cpu": t.Limits.RequestCPU, "requests.memory": t.Limits.RequestMemory,
	} {
		quota, err1 := resource.ParseQuantity(t.Quota[key])
		wanted, err2 := resource.ParseQuantity(limit)
		if t.Quota[key] != "" && err1 == nil && err2 == nil && quota.Cmp(wanted) < 0 {
			f.Add(path+".quota."+key, t.Quota[key], "want room for one container of the limits' own default, %s", limit)
		}
	}
}

// limit is a quantity that may be unset; then there is nothing to compare.
func (f *judge) limit(path, value string) (resource.Quantity, bool) {
	if value == "" {
		return resource.Quantity{}, false
	}
	return f.quantity(path, value)
}

func (f *judge) quantity(path, value string) (resource.Quantity, bool) {
	q, err := resource.ParseQuantity(value)
	if err != nil || q.Sign() < 0 {
		f.Add(path, value, "want a Kubernetes quantity such as 500m, 2 or 4Gi")
		return q, false
	}
	return q, true
}
