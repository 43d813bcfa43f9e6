package aws_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"

	"paddock/sandbox/aws"
	"paddock/sandbox/machine"
)

// world is a cloud that steps are done in, and what is known of it from outside.
type world struct {
	dir     string
	machine *shaky
	cloud   *aws.Cloud
	ours    pulumirpc.ResourceProviderServer // acts as the account's own role
	weak    pulumirpc.ResourceProviderServer // as a role that may do little
	shared  bool                             // others do steps at the same time: nothing stands still between two looks

	known    map[*aws.Record]string
	made     *tally       // nil = nobody counts
	says     func(report) // told of every call, before and after; nil = nobody listens
	mu       sync.Mutex
	things   []owned
	oddities map[string]bool // URNs of things whose inputs were spoiled
	trace    []string
	doing    string   // of the latest step, in case it panics
	armed    bool     // a kill is due when the machine is next asked
	killed   []string // copies of the store at kills that were not looked at yet
}

const outOfOrder = "the machine is out of order"

// shaky is a machine that fails now and then.
type shaky struct {
	*fakeMachine
	before func(call string) error // nil = it does not

	at     sync.Mutex
	bad    string                  // the call that fails
	left   int                     // how often
	places map[string]machine.Node // nodes by cluster and name: two networks may give the same addresses
}

func newShaky() *shaky {
	return &shaky{fakeMachine: newMachine(), places: map[string]machine.Node{}}
}

func (s *shaky) ask(call string) error {
	if s.before != nil {
		if err := s.before(call); err != nil {
			return err
		}
	}
	s.at.Lock()
	defer s.at.Unlock()
	if s.bad != call || s.left == 0 {
		return nil
	}
	s.left--
	return errors.New(outOfOrder)
}

func (s *shaky) fail(call string, times int) {
	s.at.Lock()
	defer s.at.Unlock()
	s.bad, s.left = call, times
}

func (s *shaky) EnsureCluster(ctx context.Context, c machine.Cluster) (machine.Endpoint, error) {
	if err := s.ask("EnsureCluster"); err != nil {
		return machine.Endpoint{}, err
	}
	return s.fakeMachine.EnsureCluster(ctx, c)
}

func (s *shaky) DeleteCluster(ctx context.Context, name string) error {
	if err := s.ask("DeleteCluster"); err != nil {
		return err
	}
	return s.fakeMachine.DeleteCluster(ctx, name)
}

func (s *shaky) EnsureNode(ctx context.Context, cluster string, n machine.Node) error {
	if err := s.ask("EnsureNode"); err != nil {
		return err
	}
	s.at.Lock()
	defer s.at.Unlock()
	s.places[cluster+":"+n.Name] = n
	return ctx.Err()
}

func (s *shaky) DeleteNode(ctx context.Context, cluster, node string) error {
	if err := s.ask("DeleteNode"); err != nil {
		return err
	}
	s.at.Lock()
	defer s.at.Unlock()
	delete(s.places, cluster+":"+node)
	return ctx.Err()
}

func (s *shaky) EnsureAddon(ctx context.Context, cluster string, a machine.Addon) error {
	if err := s.ask("EnsureAddon"); err != nil {
		return err
	}
	return s.fakeMachine.EnsureAddon(ctx, cluster, a)
}

// memory is a folder whose files need no disk, where there is such a place: what is on disk is not what these tests ask about.
func memory() (dir string, remove func(), err error) {
	at := "/dev/shm"
	if _, err := os.Stat(at); err != nil {
		at = ""
	}
	dir, err = os.MkdirTemp(at, "paddock-property")
	return dir, func() { _ = os.RemoveAll(dir) }, err
}

func newWorld(dir string) (*world, error) {
	w := &world{dir: dir, known: map[*aws.Record]string{}, machine: newShaky()}
	w.machine.before = w.maybeKilled
	if err := w.open(); err != nil {
		return nil, err
	}
	return w, nil
}

func (w *world) open() (err error) {
	if w.cloud, err = aws.Open(filepath.Join(w.dir, "aws.db"), w.machine, aws.Options{}); err != nil {
		return err
	}
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:Describe*","ec2:CreateVpc","iam:Get*"],"Resource":"*"}]}`
	self := w.cloud.Self()
	w.ours = w.cloud.NewProvider(self)
	self.Caller = "arn:aws:iam::" + w.cloud.Account() + ":role/weak"
	if !w.cloud.RoleExists(self.Caller) {
		if err := w.cloud.AddRole(aws.RoleSpec{Name: "weak", Policy: policy}); err != nil {
			return err
		}
	}
	w.weak = w.cloud.NewProvider(self)
	for _, s := range []pulumirpc.ResourceProviderServer{w.ours, w.weak} {
		if _, err := s.Configure(context.Background(), &pulumirpc.ConfigureRequest{Args: onWire(props{"region": "us-west-2"})}); err != nil {
			return err
		}
	}
	return nil
}

func onWire(p props) *structpb.Struct {
	s, err := structpb.NewStruct(p)
	if err != nil {
		panic(err)
	}
	return s
}

// maybeKilled copies the store in the middle of an operation, if a kill is due.
func (w *world) maybeKilled(string) error {
	w.mu.Lock()
	due := w.armed
	w.armed = false
	w.mu.Unlock()
	if !due {
		return nil
	}
	_, err := w.kill()
	return err
}

func (w *world) kill() (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	to := filepath.Join(w.dir, fmt.Sprintf("killed%d.db", time.Now().UnixNano()))
	if err := w.cloud.Snapshot(to); err != nil {
		return "", err
	}
	w.killed = append(w.killed, to)
	return to, nil
}

// autopsy opens what kills left, lets it resume on a new machine, and wants it whole.
func (w *world) autopsy() error {
	w.mu.Lock()
	killed := w.killed
	w.killed = nil
	w.mu.Unlock()
	for _, path := range killed {
		if err := revived(path); err != nil {
			return fmt.Errorf("after a kill: %w", err)
		}
	}
	return nil
}

func revived(path string) (err error) {
	m := newShaky()
	c, err := aws.Open(path, m, aws.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close(), os.Remove(path)) }()
	if broken := c.Broken(); len(broken) > 0 {
		return fmt.Errorf("broken before it resumes: %s", strings.Join(broken, "; "))
	}
	if err := c.SetConditions(aws.Conditions{}); err != nil {
		return err
	}
	if err := c.Resume(context.Background()); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	return inOrder(c, m)
}

func (s *shaky) unsettled(c *aws.Cloud) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at.Lock()
	defer s.at.Unlock()
	return c.Unsettled(s.clusters, s.places, s.addons)
}

// inOrder waits until account and machine agree and nothing is broken.
func inOrder(c *aws.Cloud, m *shaky) error {
	var wrong []string
	for began := time.Now(); time.Since(began) < 20*time.Second; time.Sleep(2 * time.Millisecond) {
		wrong = m.unsettled(c)
		if wrong = append(wrong, c.Broken()...); len(wrong) == 0 {
			return nil
		}
	}
	return fmt.Errorf("not in order: %s", strings.Join(wrong, "; "))
}

// settle takes all trouble away and wants everything in order in the end.
func (w *world) settle() error {
	w.machine.fail("", 0)
	if err := w.cloud.SetConditions(aws.Conditions{}); err != nil {
		return err
	}
	if err := w.cloud.Resume(context.Background()); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	for _, g := range w.cloud.Groups() { // what waits to be tried again is tried at once
		if err := w.cloud.SetDesired(context.Background(), g, w.cloud.Desired(g)); err != nil {
			return err
		}
	}
	return inOrder(w.cloud, w.machine)
}

// restart closes and opens the cloud, and wants it to be what it was.
func (w *world) restart() error {
	old := w.cloud
	if err := old.Close(); err != nil {
		return err
	}
	if err := w.open(); err != nil {
		return err
	}
	if diff := differs(old.Records(nil), w.cloud.Records(nil)); diff != "" {
		return fmt.Errorf("after a restart: %s", diff)
	}
	if was, is := fmt.Sprint(old.Instances()), fmt.Sprint(w.cloud.Instances()); was != is {
		return fmt.Errorf("after a restart: instances %s, they were %s", is, was)
	}
	if was, is := fmt.Sprint(old.Conditions()), fmt.Sprint(w.cloud.Conditions()); was != is {
		return fmt.Errorf("after a restart: conditions %s, they were %s", is, was)
	}
	return nil
}

// differs names the records in which two accounts differ; empty = none.
func differs(was, is map[string]string) string {
	var out []string
	for k, v := range was {
		if now, there := is[k]; !there {
			out = append(out, k+" is gone")
		} else if now != v {
			out = append(out, fmt.Sprintf("%s was %s and is %s", k, v, now))
		}
	}
	for k, v := range is {
		if _, there := was[k]; !there {
			out = append(out, fmt.Sprintf("%s is new: %s", k, v))
		}
	}
	return strings.Join(out, "; ")
}

// awsCode is what an error of AWS's has: a code, then a text.
var awsCode = regexp.MustCompile(`(^|[\s:])[A-Z][A-Za-z0-9]+(\.[A-Za-z0-9]+)*: `)

// proper says that an error is one that a user may see.
func proper(err error) bool {
	text := err.Error()
	for _, bad := range []string{"runtime error", "nil pointer", "panic", "please report"} {
		if strings.Contains(text, bad) {
			return false
		}
	}
	text = strings.TrimPrefix(text, "rpc error: code = Unknown desc = ")
	return awsCode.MatchString(text) || strings.Contains(text, "is not modelled") || strings.Contains(text, outOfOrder)
}
