package aws

import (
	"context"
	"fmt"
	"sort"
	"time"
)

// Kind states all there is to know about one kind of resource. The engine does the rest for every kind alike.
type Kind struct {
	Token     string
	IDPrefix  string                 // of the random id that EC2 style kinds get
	ID        func(o *Op) string     // the id, where it is not random; called before anything else
	ARN       func(o *Op) string     // state "arn"; nil = the kind has none
	Tagged    bool                   // has tags and tagsAll
	Required  []string               // inputs that must be there
	Name      string                 // input that Pulumi names automatically when it is unset; empty = none
	NameMax   int                    // longest name; 0 = 255
	NameStart string                 // what automatic names begin with, such as alias/
	NameSmall bool                   // automatic names are in small letters
	NameOf    func(o *Op) string     // what people call it; nil = its Name input or its Name tag
	Unique    func(o *Op) error      // refuses what AWS allows once only; nil = ids say it all
	Taken     func(o *Op) error      // the error for an id that exists
	Over      func(o *Op) bool       // whether one that exists is taken over instead; nil = never
	Missing   func(id string) *Error // the error for an id that does not
	InUse     func(id string) *Error // the error of a delete that dependents hold up

	Defaults Props               // state that AWS fills in where the inputs say nothing
	Computed []string            // state that is unknown before create, by dotted path
	Volatile []string            // state that an update may change
	Stirs    func([]Change) bool // whether these changes do so; nil = any do
	Replace  []string            // inputs whose change replaces, by dotted path; with a leading - only their removal does
	Sets     []string            // lists whose order means nothing
	Internal bool                // made by AWS for other resources, never asked for
	First    bool                // a replacement deletes the old one first
	Refs     []Ref               // what its inputs point to

	Check  func(in Props) []Fault         // rules that need no other resource; values not known yet are empty
	Fill   func(o *Op) error              // rules and computed state, at create and update
	Update func(o *Op) error              // rules of an update only, before Fill
	Delete func(o *Op) error              // rules and side effects of a delete, before the record goes
	Live   func(t *Tx, r *Record)         // brings state that lives elsewhere up to date, at read
	Lookup func(t *Tx, id string) *Record // an id as `pulumi import` takes it, where that differs

	Swaps func(path string, was, in Props) bool // whether a change that Replace does not name replaces, for its values
	Asked func(in, asked Props)                 // turns refreshed inputs to how they were asked for, where AWS writes them otherwise

	// Settle makes the record true on the machine, after it was written; Teardown undoes it before the record goes.
	Settle   func(ctx context.Context, c *Cloud, key string) error
	Teardown func(ctx context.Context, c *Cloud, r *Record) error
}

// Fault is a bad input.
type Fault struct{ Property, Reason string }

// Onward says what a delete does with the resources that point to the deleted one.
type Onward int

// The three ways of AWS with dependents.
const (
	Ignore  Onward = iota // they keep pointing to nothing
	Hold                  // they block the delete
	Cascade               // they go with it
)

// Ref is an input that points to another resource.
type Ref struct {
	Field  string // dotted path; a string or a list of strings
	Kind   string // token of what it points to
	By     string // state property that it names; empty = the id
	Delete Onward
	Err    func(value string) *Error // when it points to nothing; nil = Missing of the kind
	Loose  bool                      // may point to what the store does not have
}

// Op is one operation on one resource, within a transaction.
type Op struct {
	Cloud   *Cloud
	Tx      *Tx
	Env     Env
	Kind    *Kind
	ID      string
	In      Props
	Out     Props // state in the making
	Private Props
	Old     *Record // nil at create
	Was     Props   // inputs that the caller believes to be in force; nil at create

	generated string  // name made from a prefix
	asked     []asked // calls that were asked permission for
}

// name is what the inputs call the resource, or what was made from the prefix that they give instead.
func (o *Op) name() string {
	if given := str(o.In, o.Kind.Name); given != "" {
		return given
	}
	return o.generated
}

// generate makes a name from the prefix input, as the provider does: with 26 digits that no other name has.
func (o *Op) generate() {
	if o.Kind.Name != "" && str(o.In, o.Kind.Name) == "" {
		o.generated = str(o.In, o.Kind.Name+"Prefix") + time.Now().UTC().Format("20060102150405") + digits("", 12)
	}
}

var kinds = map[string]*Kind{}

// register adds a kind to the table; each kind's file does so for its own.
func register(k *Kind) string {
	if kinds[k.Token] != nil {
		panic("aws stand-in: " + k.Token + " is stated twice")
	}
	kinds[k.Token] = obeyed(k)
	return k.Token
}

// Tokens lists every kind that Pulumi may ask for.
func Tokens() []string {
	var out []string
	for token, k := range kinds {
		if !k.Internal {
			out = append(out, token)
		}
	}
	sort.Strings(out)
	return out
}

func (k *Kind) newID(o *Op) string {
	if k.ID != nil {
		return k.ID(o)
	}
	return ec2ID(k.IDPrefix)
}

func (k *Kind) missing(id string) *Error {
	if k.Missing != nil {
		return k.Missing(id)
	}
	return fail("ResourceNotFoundException", "%s %s does not exist", k.Token, id)
}

func (k *Kind) taken(o *Op) error {
	if k.Taken != nil {
		return k.Taken(o)
	}
	return fail("ResourceAlreadyExists", "%s %s already exists", k.Token, o.ID)
}

func (k *Kind) nameOf(o *Op) string {
	if k.NameOf != nil {
		return k.NameOf(o)
	}
	if k.Name != "" {
		return str(o.Out, k.Name)
	}
	return str(o.Out, "tags.Name")
}

// faults checks inputs that need no other resource.
func (k *Kind) faults(in Props) []Fault {
	var out []Fault
	for _, name := range k.Required {
		if in[name] == nil {
			out = append(out, Fault{name, fmt.Sprintf("Missing required argument: The argument %q is required", name)})
		}
	}
	if len(out) == 0 && k.Check != nil {
		out = k.Check(in)
	}
	return out
}

// kindOf is the kind that a program may ask for under that token.
func kindOf(token string) (*Kind, error) {
	k, ok := kinds[token]
	if !ok || k.Internal {
		return nil, notModelled(token)
	}
	return k, nil
}
