package conformance

import (
	"strings"
	"testing"

	logs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
)

func TestLogGroups(t *testing.T) {
	c := logs.NewFromConfig(p.config)
	pages := logs.NewDescribeLogGroupsPaginator(c, &logs.DescribeLogGroupsInput{Limit: ptr(int32(1))})
	var names []string
	for pages.HasMorePages() {
		for _, g := range ok[*logs.DescribeLogGroupsOutput](t)(pages.NextPage(t.Context())).LogGroups {
			names = append(names, at(g.LogGroupName))
		}
	}
	want(t, "groups", strings.Join(names, ","), "/aws/eks/dev/cluster,/vpc/flow")
	one := ok[*logs.DescribeLogGroupsOutput](t)(c.DescribeLogGroups(t.Context(), &logs.DescribeLogGroupsInput{LogGroupNamePrefix: ptr("/vpc")})).LogGroups[0]
	want(t, "retention", at(one.RetentionInDays), 30)
	want(t, "ARN", at(one.Arn), p.logs.arn()+":*")
	tags := ok[*logs.ListTagsForResourceOutput](t)(c.ListTagsForResource(t.Context(), &logs.ListTagsForResourceInput{ResourceArn: ptr(p.logs.arn())}))
	want(t, "tag", tags.Tags["team"], "red")
	_, err := c.ListTagsForResource(t.Context(), &logs.ListTagsForResourceInput{ResourceArn: ptr(p.logs.arn() + "x")})
	modelled[*logstypes.ResourceNotFoundException](t, err)
	_, err = c.DescribeLogGroups(t.Context(), &logs.DescribeLogGroupsInput{NextToken: ptr("junk")})
	modelled[*logstypes.InvalidParameterException](t, err)
	_, err = c.DescribeMetricFilters(t.Context(), &logs.DescribeMetricFiltersInput{})
	refused(t, err, "UnknownOperationException")
}

func TestKeys(t *testing.T) {
	c := kms.NewFromConfig(p.config)
	for _, name := range []string{p.key.id, p.key.arn(), "alias/paddock", p.alias.arn()} {
		got := ok[*kms.DescribeKeyOutput](t)(c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &name})).KeyMetadata
		want(t, "key of "+name, at(got.KeyId), p.key.id)
		want(t, "state", got.KeyState, kmstypes.KeyStateEnabled)
	}
	list := ok[*kms.ListAliasesOutput](t)(c.ListAliases(t.Context(), &kms.ListAliasesInput{KeyId: &p.key.id}))
	want(t, "alias", at(list.Aliases[0].AliasName), "alias/paddock")
	_, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: ptr("alias/none")})
	modelled[*kmstypes.NotFoundException](t, err)
}
