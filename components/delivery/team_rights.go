package delivery

import "paddock/components/policy"

// pull is what reads an image; push what writes one. A push asks first which layers are there, and what the tag holds.
var (
	pull = []string{
		"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer",
		"ecr:ListImages",
	}
	push = []string{"ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"}
)

// login gets the password for the registry. AWS knows no narrower resource; what it opens is decided by the other statements.
var login = policy.Statement{Sid: "LogIn", Actions: []string{"ecr:GetAuthorizationToken"}, Resources: []string{"*"}}

// buildRights pushes to the team's own repositories, and pulls from them for layers of earlier builds.
func buildRights(args *TeamArgs) policy.Document {
	return policy.Document{Statements: []policy.Statement{
		login, {Sid: "Push", Actions: append(append([]string{}, pull...), push...), Resources: args.repositoryARNs()},
	}}
}

// releaseRights finds the cluster and the images, and keeps the state of the team's own stack. What it may do in the cluster is by its
// access entry: the team's deployers'.
func releaseRights(args *TeamArgs) policy.Document {
	return policy.Document{Statements: append([]policy.Statement{
		login,
		{Sid: "Pull", Actions: pull, Resources: args.repositoryARNs()},
		{Sid: "FindCluster", Actions: []string{"eks:DescribeCluster"},
			Resources: []string{args.Account.arn("eks", "cluster/"+args.Platform)}},
	}, args.stateRights()...)}
}

func (args *TeamArgs) repositoryARNs() []string {
	var list []string
	for _, service := range args.Services {
		list = append(list, args.Account.arn("ecr", "repository/"+RepositoryName(args.Platform, args.Name, service)))
	}
	return list
}
