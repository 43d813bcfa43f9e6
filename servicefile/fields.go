package servicefile

import (
	"fmt"

	"paddock/components/quantity"
	"paddock/components/scaling"
)

// field is what the file's reader, its schema and its reference know of one key.
type field struct {
	doc   string // what the key says
	unset string // what holds without it; "" = the key is required wherever the object that it is in is given
	rule  rule   // for its value, or for each element of a list
	keys  rule   // for the keys of a map
}

// rule is what one value must be, as far as it can be told without looking at others.
type rule struct {
	want     string // in words: want ...
	pattern  string // of a string; "" = any. RE2 and ECMA 262 read it alike
	longest  int    // characters of a string; 0 = any number
	min, max int    // of a whole number; both 0 = any
}

// Patterns of strings.
const (
	label     = `[a-z0-9]([-a-z0-9]*[a-z0-9])?`
	firstName = `[a-z]([-a-z0-9]*[a-z0-9])?` // of a Kubernetes Service, which begins with a letter
	octet     = `(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])`
	portRange = `[1-9][0-9]{0,4}`
	peerName  = `(` + label + `/)?` + firstName
	urlPath   = `^/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*$` // no query: probes and the load balancer would take it for a part of the path
	// What the controller and the load balancer take of a path that others begin with: stars and marks of questions mean more to them.
	exposedPath = `^/[A-Za-z0-9._~$@:+/-]*$`
	askedPath   = `^/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*$`
	imageName   = `^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[a-f0-9]{64})?$`
)

// Bounds. A service's name begins those of its objects and pods, a team's those of its namespaces.
const (
	longestName  = 45
	longestAsked = 1024
	// longestExposed leaves room for the /* that the controller adds to a path: a load balancer's pattern has 128 characters at most.
	longestExposed = 126
	longestTeam    = 40
	lowestPort     = 1024 // below it, a process needs a right that the platform's pods have not
	mostPods       = 1000
	longestStop    = 300
	mostWait       = 1800
)

func named(longest int) rule {
	return rule{
		want:    fmt.Sprintf("a name of 1 to %d lower-case letters, digits and inner hyphens, first a letter", longest),
		pattern: "^" + firstName + "$", longest: longest,
	}
}

func labelled(longest int) rule {
	return rule{
		want:    fmt.Sprintf("a name of 1 to %d lower-case letters, digits and inner hyphens", longest),
		pattern: "^" + label + "$", longest: longest,
	}
}

func amount(example string) rule {
	return rule{want: "a quantity such as " + example, pattern: quantity.Pattern}
}

func path(pattern string) rule {
	return rule{want: "a path such as /healthz", pattern: pattern, longest: longestAsked}
}

func between(low, high int) rule {
	return rule{want: fmt.Sprintf("%d to %d", low, high), min: low, max: high}
}

var variableName = rule{
	want: "a name of letters, digits and underscores, first no digit", pattern: `^[A-Za-z_][A-Za-z0-9_]*$`, longest: 256,
}

// fields is every key of the file by its path, where [] stands for each element of a list, and * for each key of a map.
var fields = map[string]field{
	"name": {doc: "The service's name. Peers in its namespace call http://<name>.", rule: named(longestName)},
	"team": {doc: "The team that owns it, as the platform's config names it.", rule: labelled(longestTeam)},
	"namespace": {
		doc: "The team's namespace that it runs in.", unset: "the team's name",
		rule: labelled(63),
	},
	"image": {
		doc:   "The container image: a repository, optionally with :tag or @digest. A deploy may give the tag.",
		unset: "the platform's own repository of the service, <registry>/<platform>/<team>/<name>",
		rule:  rule{want: "an image such as registry.example.com/shop/cart:1.4.2", pattern: imageName, longest: 512},
	},
	"port": {
		doc: "The port that the container listens on. It gets it as PORT, too.",
		rule: rule{
			want: fmt.Sprintf("a port from %d to 65535: ports below are for root, and no pod runs as root", lowestPort),
			min:  lowestPort, max: 65535,
		},
	},

	"health":       {doc: "How the platform asks the service how it is."},
	"health.ready": {doc: "The path that answers 200 to 399 when the service can take requests; else it gets none.", rule: path(askedPath)},
	"health.live": {
		doc:   "The path that answers 200 to 399 as long as a restart would not help; else the container is restarted.",
		unset: "as ready", rule: path(askedPath),
	},
	"health.startSeconds": {
		doc:   "How long the service may take to be ready for the first time; after that the container is restarted.",
		unset: fmt.Sprint(startSeconds), rule: between(1, mostWait),
	},

	"cpu": {doc: "CPU of one pod."},
	"cpu.request": {
		doc:  "What it is sure to get, which also is what nodes are filled by and what cpuPercent is of.",
		rule: amount("100m"),
	},
	"cpu.limit": {
		doc:  fmt.Sprintf("What it may use at most. %g requests let one round of scaling meet a fivefold load.", scaling.Recommended().LimitToRequest),
		rule: amount("400m"),
	},
	"memory":         {doc: "Memory of one pod."},
	"memory.request": {doc: "What it is sure to get. Memory is not given back: make it the limit.", rule: amount("128Mi")},
	"memory.limit":   {doc: "What it may use at most; beyond it, the container is ended.", rule: amount("128Mi")},

	"replicas": {doc: "How many pods there are.", unset: "as its keys say"},
	"replicas.min": {
		doc:   "The fewest.",
		unset: fmt.Sprintf("%d, or max where that is less; 1 with a volume", scaling.Recommended().MinReplicas), rule: between(1, mostPods),
	},
	"replicas.max": {doc: "The most. Above min, the number follows the load.", unset: "as min", rule: between(1, mostPods)},
	"replicas.cpuPercent": {
		doc:   "The mean CPU use that the number of pods is steered to, in percent of the request.",
		unset: fmt.Sprint(scaling.Recommended().TargetPercent), rule: between(10, 90),
	},

	"env": {
		doc: "Environment variables, each a string. PORT is set already.", unset: "none",
		keys: variableName,
	},
	"env.*": {doc: "The variable's value.", rule: rule{want: "a string", longest: 32768}},
	"secrets": {
		doc: "Environment variables whose values are kept in Kubernetes Secrets of the namespace.", unset: "none",
		keys: variableName,
	},
	"secrets.*": {doc: "Where one value is."},
	"secrets.*.name": {
		doc:  "The Secret's name.",
		rule: rule{want: "the name of a Secret", pattern: `^` + label + `(\.` + label + `)*$`, longest: 253},
	},
	"secrets.*.key": {doc: "The key in it.", rule: rule{want: "a key of letters, digits, - _ and .", pattern: `^[-._a-zA-Z0-9]+$`, longest: 253}},

	"calls": {
		doc: "Whom it may talk to: <service> of its own namespace, <namespace>/<service>, internet:<port>, or <block>:<port>. " +
			"DNS and its own namespace are open without; the called service must list the caller, too.",
		unset: "its own namespace only",
	},
	"calls[]": {doc: "One of them.", rule: rule{
		want:    "<service>, <namespace>/<service>, internet:<port> or <IPv4 block>:<port>",
		pattern: `^(` + peerName + `|internet:` + portRange + `|(` + octet + `\.){3}` + octet + `/(3[0-2]|[12]?[0-9]):` + portRange + `)$`,
	}},
	"callers": {
		doc:   "Which services of other namespaces may call it: <namespace>/<service>. Its own namespace may without.",
		unset: "its own namespace only",
	},
	"callers[]": {doc: "One of them.", rule: rule{want: "<service> or <namespace>/<service>", pattern: `^` + peerName + `$`}},

	"expose": {doc: "Where the internet finds it, by HTTPS.", unset: "not at all"},
	"expose.host": {
		doc: "One word, below the platform's domain, or a whole host name: the domain itself, or one label below it, for which its certificate is.",
		rule: rule{
			want: "one word such as shop, or a host name such as shop.example.com", longest: 253,
			pattern: `^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$`,
		},
	},
	"expose.path": {
		doc: "Requests whose path begins so. Of two services at one host, the longer path is looked at first.", unset: rootPath,
		rule: rule{
			want:    "a path such as /shop, of at most 126 letters, digits and . _ ~ $ @ : + / -",
			pattern: exposedPath, longest: longestExposed,
		},
	},

	"smoke": {doc: "The question that a new version must answer before a deploy counts as done.", unset: "health.ready is asked"},
	"smoke.path": {
		doc: "What it is asked, by HTTP GET.", rule: path(askedPath),
	},
	"smoke.status":   {doc: "The status that it must answer with.", unset: fmt.Sprint(smokeStatus), rule: between(200, 599)},
	"smoke.contains": {doc: "What the answer's body must hold, within its first 64 KiB.", unset: "any body will do", rule: rule{want: "a text", longest: 1024}},

	"volume": {
		doc:   "A disk that is kept between releases. It is in one zone and one pod has it, so that releases stop the old pod first.",
		unset: "none",
	},
	"volume.path": {
		doc:  "Where the container finds it.",
		rule: rule{want: "a path such as /data, not /", pattern: `^(/[A-Za-z0-9._-]+)+$`, longest: 255},
	},
	"volume.size": {doc: "How large it is. It can grow later, not shrink.", rule: amount("1Gi")},

	"role": {
		doc: "The IAM role that its pods act as, by EKS Pod Identity.", unset: "no rights in AWS",
		rule: rule{want: "the ARN of an IAM role", pattern: `^arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,512}$`},
	},
	"stopSeconds": {
		doc:   "How long it may finish what it has begun, after it is told to stop (SIGTERM).",
		unset: fmt.Sprint(stopSeconds), rule: between(1, longestStop),
	},
}
