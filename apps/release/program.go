package release

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/go-multierror"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"

	"paddock/components/service"
)

// Program is the program, with what a test puts in the place of a cluster.
type Program struct {
	Dir     string                                    // where the services' folders are
	Connect func(kubeconfig string) (*Cluster, error) // to where rollouts are watched
	Smoke   time.Duration                             // how long a smoke check may fail at first; unset: smoke's own
}

// Run is the program of every stack. It reads the config from where the engine puts it, not key by key, because only so does a
// misspelt key come to light.
func Run(ctx *pulumi.Context) error {
	cfg, err := Load(os.Getenv(pulumi.EnvConfig))
	if err != nil {
		err = fmt.Errorf("config of stack %s:\n%w", ctx.Stack(), err)
	} else {
		err = Program{Dir: ".", Connect: connect}.Up(ctx, cfg)
	}
	if err == nil || Told(err) {
		return err
	}
	return errors.Join(errTold, err, ctx.Log.Error(err.Error(), nil))
}

// errTold is beside errors that the engine has been told of.
var errTold = errors.New("told")

// Told says whether the program has told of an error itself.
func Told(err error) bool {
	var all *multierror.Error
	if errors.As(err, &all) { // what the SDK makes of the program's error
		return slices.ContainsFunc(all.Errors, Told)
	}
	return errors.Is(err, errTold)
}

// Up deploys the services. Nothing registers if anything is at fault; at preview nothing is waited for.
func (p Program) Up(ctx *pulumi.Context, cfg Config) error {
	entries, faults := cfg.files(p.Dir)
	platform, err := read(ctx, cfg.Platform)
	if err != nil {
		return errors.Join(faults, fmt.Errorf("platform: %w", err))
	}
	if faults = errors.Join(faults, cfg.judge(platform, entries)); faults != nil {
		return fmt.Errorf("services of team %s:\n%w", cfg.Team, faults)
	}
	if err := platform.weigh(ctx, cfg.Team, entries); err != nil {
		return fmt.Errorf("services of team %s:\n%w", cfg.Team, err)
	}
	d := &deploy{Program: p, ctx: ctx, began: time.Now(), team: platform.Teams[cfg.Team], platform: platform, exports: pulumi.Map{}}
	d.reached = sync.OnceValues(func() (*Cluster, error) { return p.Connect(platform.Kubeconfig) })
	if d.cluster, err = kubernetes.NewProvider(ctx, "kubernetes", &kubernetes.ProviderArgs{
		Kubeconfig:            pulumi.String(platform.Kubeconfig),
		EnableServerSideApply: pulumi.Bool(true),
	}); err != nil {
		return fmt.Errorf("kubernetes provider: %w", err)
	}
	for _, e := range entries {
		if err := d.service(e); err != nil {
			return err
		}
	}
	ctx.Export("services", d.exports)
	return d.wait()
}

// deploy is a team's services going up.
type deploy struct {
	Program
	ctx      *pulumi.Context
	began    time.Time
	team     Team
	platform *Platform
	cluster  *kubernetes.Provider     // the only one: a deploy makes nothing in AWS
	reached  func() (*Cluster, error) // one connection for all services
	ends     []end
	exports  pulumi.Map // by service
}

func (d *deploy) service(e *entry) error {
	name := e.Name
	if e.Namespace != e.Team {
		name = e.Namespace + "." + e.Name // neither has a dot of its own, so that no two services have one name
	}
	args := &service.Args{File: e.File, Image: e.image, Unfenced: !d.team.Fences.NetworkPolicy}
	if in := d.platform.Ingress; in != nil {
		args.Ingress = &service.Ingress{Domain: in.Domain, Class: in.Class, SourceBlocks: in.SourceBlocks}
	}
	made, err := service.New(d.ctx, name, args, pulumi.Providers(d.cluster))
	if err != nil {
		return err
	}
	export := pulumi.Map{
		"image": pulumi.String(e.image), "namespace": pulumi.String(e.Namespace),
		"address": pulumi.String("http://" + e.Name + "." + e.Namespace),
	}
	if made.Host != "" {
		export["url"] = pulumi.String("https://" + made.Host + e.Expose.Path)
	}
	d.exports[name] = export
	if !d.ctx.DryRun() {
		d.ends = append(d.ends, end{made, d.watch(e, made)})
	}
	return nil
}

// end is how a service's rollout ends.
type end struct {
	of  *service.Service
	why pulumi.Output // why it does not serve; empty = it does
}

// wait ends when every service serves, or it is clear which does not. Each has its own wait, beside all others: to know that one
// does not come up says nothing of the next. Only here may the program wait for an output: outside of a preview every one comes.
func (d *deploy) wait() error {
	var errs []error
	for _, e := range d.ends {
		result, err := internals.UnsafeAwaitOutput(d.ctx.Context(), e.why)
		if err != nil {
			errs = append(errs, err) // an object that could not be made; the engine tells which
			continue
		}
		if why, _ := result.Value.(string); why != "" {
			errs = append(errs, errTold, errors.New(why), d.ctx.Log.Error(why, &pulumi.LogArgs{Resource: e.of}))
		}
	}
	return errors.Join(errs...)
}
