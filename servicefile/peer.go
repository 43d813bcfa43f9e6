package servicefile

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"
)

// Internet is what stands before the port of a call to any public address.
const Internet = "internet"

// Peer is whom a service talks to: a service, or addresses at a port.
type Peer struct {
	Namespace, Service string
	Blocks             []netip.Prefix // where there is no service
	Except             []netip.Prefix // addresses in Blocks that are not meant
	Port               int            // of Blocks
}

// Callees are the peers that the service may call.
func (f File) Callees() []Peer { return f.peers(f.Calls) }

// Allowed are the peers that may call the service.
func (f File) Allowed() []Peer { return f.peers(f.Callers) }

func (f File) peers(texts []string) []Peer {
	var list []Peer
	for _, text := range texts {
		if p, ok := f.peer(text); ok {
			list = append(list, p)
		}
	}
	return list
}

// private are the addresses of networks, link and machine, none of which the internet leads to: RFC 1918, 6598, 3927 and 1122.
var private = blocks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8")

// everywhere is all of IPv4, which is what the clusters speak.
var everywhere = blocks("0.0.0.0/0")

// peer reads <namespace>/<service>, <service>, internet:<port> or <block>:<port>.
func (f File) peer(text string) (Peer, bool) {
	where, port, addressed := strings.Cut(text, ":")
	if !addressed {
		namespace, service, elsewhere := strings.Cut(text, "/")
		if !elsewhere {
			namespace, service = cmp.Or(f.Namespace, f.Team), text
		}
		return Peer{Namespace: namespace, Service: service}, service != ""
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return Peer{}, false
	}
	if where == Internet {
		return Peer{Blocks: everywhere, Except: private, Port: number}, true
	}
	block, err := netip.ParsePrefix(where)
	return Peer{Blocks: []netip.Prefix{block}, Port: number}, err == nil
}

func blocks(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}
