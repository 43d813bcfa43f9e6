package delivery

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// How long images stay. An untagged one is what a push left behind that did not end. The count of tagged ones is by repository:
// at ten commits a day a service can go back by two weeks.
const (
	untaggedDays = 14
	keepTagged   = 150
)

// repository makes the place of one service's images. A tag is written once, so what was tested is what runs.
//
// Images are encrypted with S3's own keys, not with one of KMS: KMS is asked for every layer that a node pulls, under a quota of
// the region that a scale-up of many nodes shares with the cluster's Secrets. The key could keep nobody out besides: who pulls
// has ECR use it in his name.
func (t *Team) repository(ctx *pulumi.Context, name, service string, args *TeamArgs) (pulumi.StringOutput, error) {
	made, err := ecr.NewRepository(ctx, name+"-"+service, &ecr.RepositoryArgs{
		Name:                       pulumi.String(RepositoryName(args.Platform, args.Name, service)),
		ImageTagMutability:         pulumi.String("IMMUTABLE"),
		ImageScanningConfiguration: ecr.RepositoryImageScanningConfigurationArgs{ScanOnPush: pulumi.Bool(true)},
		EncryptionConfigurations: ecr.RepositoryEncryptionConfigurationArray{
			ecr.RepositoryEncryptionConfigurationArgs{EncryptionType: pulumi.String("AES256")},
		},
		ForceDelete: pulumi.Bool(!args.Protect), // with its images, as a team's namespaces go with what is in them
	}, pulumi.Parent(t), pulumi.Protect(args.Protect), pulumi.DeleteBeforeReplace(true)) // its name is fixed
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("repository of %s: %w", service, err)
	}
	// AWS knows it by repository: made first and deleted after, the delete would take the new one.
	_, err = ecr.NewLifecyclePolicy(ctx, name+"-"+service, &ecr.LifecyclePolicyArgs{
		Repository: made.Name,
		Policy:     pulumi.String(lifecycle()),
	}, pulumi.Parent(t), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("lifecycle of %s: %w", service, err)
	}
	return made.RepositoryUrl, nil
}

// rule is one of a repository's lifecycle policy.
type rule struct {
	Priority    int               `json:"rulePriority"`
	Description string            `json:"description"`
	Selection   selection         `json:"selection"`
	Action      map[string]string `json:"action"`
}

type selection struct {
	TagStatus   string   `json:"tagStatus"`
	TagPatterns []string `json:"tagPatternList,omitempty"`
	CountType   string   `json:"countType"`
	CountUnit   string   `json:"countUnit,omitempty"`
	CountNumber int      `json:"countNumber"`
}

func lifecycle() string {
	expire := map[string]string{"type": "expire"}
	// Encoding strings and numbers cannot fail.
	text, _ := json.Marshal(map[string][]rule{"rules": {
		{1, fmt.Sprintf("untagged images go after %d days", untaggedDays), selection{
			TagStatus: "untagged", CountType: "sinceImagePushed", CountUnit: "days", CountNumber: untaggedDays,
		}, expire},
		{2, fmt.Sprintf("the last %d tagged images stay", keepTagged), selection{
			TagStatus: "tagged", TagPatterns: []string{"*"}, CountType: "imageCountMoreThan", CountNumber: keepTagged,
		}, expire},
	}})
	return string(text)
}
