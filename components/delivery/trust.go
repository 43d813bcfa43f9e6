package delivery

import "paddock/components/policy"

// AnyRef trusts every job of one project: those of its merge requests, branches and tags. A fork is another project. The path
// of a project has no colon, so one whose path only begins so does not match.
func AnyRef(a Account, i Instance, project string) policy.Document {
	return policy.AssumeByWebIdentity(a.ProviderARN(i), i.audience(),
		policy.StringLike(i.Host()+":sub", subject(project)+":*"))
}

// OneBranch trusts the jobs of one branch of one project, which must be protected. On gitlab.com, AWS sees whether it is; of
// another instance AWS reads only aud and sub, and that the branch is protected is GitLab's to say.
//
// GitLab before 18.2.2 gives the same sub to the merge request of a fork's branch of that name, if its pipeline is run in the
// project itself: ref_protected keeps it out on gitlab.com, and elsewhere only the setting that runs such a pipeline in the fork.
func OneBranch(a Account, i Instance, project, branch string) policy.Document {
	of := policy.StringEquals(i.Host()+":sub", subject(project)+":ref_type:branch:ref:"+branch)
	conditions := []policy.Conditions{i.audience(), of}
	if i == saas {
		conditions = append(conditions, policy.StringEquals(i.Host()+":ref_protected", "true"))
	}
	return policy.AssumeByWebIdentity(a.ProviderARN(i), conditions...)
}

func (i Instance) audience() policy.Conditions {
	return policy.StringEquals(i.Host()+":aud", string(i))
}

// subject is how GitLab begins a token's sub.
func subject(project string) string { return "project_path:" + project }
