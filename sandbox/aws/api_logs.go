package aws

import "strings"

var _ = operates("logs", map[string]*operation{
	"DescribeLogGroups":   {on: onLogGroups, run: reading(describeLogGroups)},
	"ListTagsForResource": {on: onLogGroup, run: reading(listLogTags)},
})

func onLogGroups(_ *Tx, in *Call) []Target { return []Target{{ARN: in.arn("logs", "log-group:*")}} }

func onLogGroup(t *Tx, in *Call) []Target {
	target := Target{ARN: str(in.Params, "resourceArn")}
	if r := t.named(tokenLogGroup, "arn", target.ARN); r != nil {
		target.Tags = tagsOf(r)
	}
	return []Target{target}
}

func logGroupItem(r *Record) Props {
	item := Props{
		"logGroupName": r.ID, "creationTime": r.Created.UnixMilli(), "metricFilterCount": 0, "storedBytes": 0, "logGroupClass": r.State["logGroupClass"],
		"arn": str(r.State, "arn") + ":*", "logGroupArn": r.State["arn"], "kmsKeyId": some(str(r.State, "kmsKeyId")),
	}
	if days := num(r.State, "retentionInDays", 0); days > 0 { // absent = for ever
		item["retentionInDays"] = days
	}
	return item
}

func describeLogGroups(t *Tx, in *Call) (Props, error) {
	prefix, pattern := str(in.Params, "logGroupNamePrefix"), str(in.Params, "logGroupNamePattern")
	if prefix != "" && pattern != "" {
		return nil, fail("InvalidParameterException", "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
	}
	list := []any{}
	for _, r := range byName(regional(t, in, tokenLogGroup)) {
		class := str(in.Params, "logGroupClass")
		if strings.HasPrefix(r.ID, prefix) && strings.Contains(r.ID, pattern) && (class == "" || class == str(r.State, "logGroupClass")) {
			list = append(list, logGroupItem(r))
		}
	}
	return logsPages.page(in, "logGroups", list)
}

func listLogTags(t *Tx, in *Call) (Props, error) {
	arn := strings.TrimSuffix(str(in.Params, "resourceArn"), ":*")
	r := t.named(tokenLogGroup, "arn", arn)
	if r == nil {
		return nil, fail("ResourceNotFoundException", "The specified resource does not exist.")
	}
	return Props{"tags": tagProps(r)}, nil
}
