package infra

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// kubeconfig is the cluster's, with the region in it. It is no secret: it holds
// no credential, only the command that fetches a token for whoever runs it.
func (b *build) kubeconfig() pulumi.StringOutput {
	region := b.cfg.Region
	return pulumi.UnsecretWithContext(b.ctx.Context(), b.clusterPart.Kubeconfig).ApplyT(func(kubeconfig any) (string, error) {
		text, _ := kubeconfig.(string)
		return withRegion(text, region)
	}).(pulumi.StringOutput)
}

// withRegion tells the kubeconfig's token command the region: pulumi-eks leaves
// it to the environment, and so it would work for one operator and not for the next.
func withRegion(kubeconfig, region string) (string, error) {
	var config map[string]any
	if err := json.Unmarshal([]byte(kubeconfig), &config); err != nil {
		return "", fmt.Errorf("kubeconfig: %w", err)
	}
	users, _ := config["users"].([]any)
	for _, u := range users {
		entry, _ := u.(map[string]any)
		user, _ := entry["user"].(map[string]any)
		exec, ok := user["exec"].(map[string]any)
		if !ok {
			continue
		}
		env, _ := exec["env"].([]any)
		exec["env"] = append(env, map[string]any{"name": "AWS_REGION", "value": region})
	}
	out, err := json.Marshal(config)
	return string(out), err
}
