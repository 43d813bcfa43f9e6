package aws

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// ProviderVersion is the version of the Pulumi AWS provider that the stand-in answers for.
const ProviderVersion = "6.83.0"

const defaultRegion = "us-east-1" // of a session that was not told one, as for many AWS tools

// NewProvider serves one Pulumi session: one configuration of the provider upon the shared account. It acts as the caller, in
// the caller's region unless the configuration names one.
func (c *Cloud) NewProvider(as Env) pulumirpc.ResourceProviderServer {
	return &session{cloud: c, env: as, home: as.Region}
}

// Self is the role that everything is done as by default.
func (c *Cloud) Self() Env { return c.env(defaultRegion) }

type session struct {
	pulumirpc.UnimplementedResourceProviderServer
	cloud *Cloud
	home  string // region, where the configuration names none

	mu      sync.RWMutex
	env     Env
	tags    Props // default tags
	blurred bool  // the default tags are not known yet
}

func (s *session) Handshake(context.Context, *pulumirpc.ProviderHandshakeRequest) (*pulumirpc.ProviderHandshakeResponse, error) {
	return &pulumirpc.ProviderHandshakeResponse{}, nil
}

func (s *session) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: ProviderVersion}, nil
}

func (s *session) Attach(context.Context, *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// Cancel does nothing: what AWS was asked to do, it does.
func (s *session) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func (s *session) GetSchema(context.Context, *pulumirpc.GetSchemaRequest) (*pulumirpc.GetSchemaResponse, error) {
	return &pulumirpc.GetSchemaResponse{Schema: `{"name":"aws","version":"` + ProviderVersion + `"}`}, nil
}

func (s *session) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
}

func (s *session) DiffConfig(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	was := req.GetOldInputs()
	if was == nil {
		was = req.GetOlds()
	}
	changes := (&Kind{}).diff(plain(was), plain(req.GetNews()))
	return diffResponse(changes, false), nil
}

func (s *session) Configure(ctx context.Context, req *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	args := plain(req.GetArgs())
	for k, v := range args {
		args[k] = unpacked(v)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.env.Region = str(args, "region"); s.env.Region == "" {
		s.env.Region = s.home
	}
	s.tags = mapAt(args, "defaultTags.tags")
	s.blurred = hasUnknown(args["defaultTags"])
	account := s.cloud.account
	if allowed := strs(args, "allowedAccountIds"); len(allowed) > 0 && !slices.Contains(allowed, account) && !hasUnknown(args["allowedAccountIds"]) {
		return nil, status.Errorf(codes.InvalidArgument, "AWS account ID not allowed: %s", account)
	}
	if slices.Contains(strs(args, "forbiddenAccountIds"), account) {
		return nil, status.Errorf(codes.InvalidArgument, "AWS account ID not allowed: %s", account)
	}
	as, err := s.cloud.configured(ctx, s.env, args)
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "configuring the AWS provider: %v", err)
	}
	s.env = as
	// secrets arrive plain and the engine marks what comes of them, which keeps values here ordinary JSON
	return &pulumirpc.ConfigureResponse{SupportsPreview: true, SupportsAutonamingConfiguration: true}, nil
}

// configured is who a provider acts as: the holder of the keys that its settings name, then the role that they tell it to
// assume.
func (c *Cloud) configured(ctx context.Context, as Env, args Props) (Env, error) {
	region := as.Region
	held := Credentials{AccessKeyID: str(args, "accessKey"), SecretAccessKey: str(args, "secretKey"), SessionToken: str(args, "token")}
	if held.AccessKeyID != "" {
		var err error
		if as, err = c.Caller(held); err != nil {
			return as, err
		}
	}
	roles := objs(args, "assumeRoles")
	if one := mapAt(args, "assumeRole"); one != nil {
		roles = append(roles, one)
	}
	for _, r := range roles {
		if str(r, "roleArn") == "" {
			continue
		}
		name := str(r, "sessionName")
		if name == "" {
			name = "pulumi"
		}
		held, err := c.Assume(ctx, as, str(r, "roleArn"), name)
		if err != nil {
			return as, err
		}
		if as, err = c.Caller(held); err != nil {
			return as, err
		}
	}
	as.Region = region
	return as, nil
}

// unpacked undoes the JSON that Pulumi puts nested provider settings in.
func unpacked(v any) any {
	text, ok := v.(string)
	if !ok || text == "" || (text[0] != '{' && text[0] != '[') {
		return v
	}
	var out any
	if json.Unmarshal([]byte(text), &out) != nil {
		return v
	}
	return out
}

func (s *session) at() (Env, Props, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.env, s.tags, s.blurred
}
