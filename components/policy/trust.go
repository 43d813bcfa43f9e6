package policy

// AssumeByService is the trust policy of a role for AWS services, named in full ("eks.amazonaws.com").
func AssumeByService(services ...string) Document {
	return Document{Statements: []Statement{{
		Principal: &Principal{Service: services},
		Actions:   []string{"sts:AssumeRole"},
	}}}
}

// AssumeByAccount is the trust policy of a role for an account's own principals, those of them whose own policies let them take it
// on: so AWS reads the account's root.
func AssumeByAccount(partition, account string) Document {
	return Document{Statements: []Statement{{
		Principal: &Principal{AWS: []string{"arn:" + partition + ":iam::" + account + ":root"}},
		Actions:   []string{"sts:AssumeRole"},
	}}}
}

// AssumeByPodIdentity is the trust policy of a role for pods: EKS tags the session with the
// cluster, namespace and service account, hence sts:TagSession.
func AssumeByPodIdentity() Document {
	return Document{Statements: []Statement{{
		Principal: &Principal{Service: []string{"pods.eks.amazonaws.com"}},
		Actions:   []string{"sts:AssumeRole", "sts:TagSession"},
	}}}
}

// AssumeByWebIdentity is the trust policy of a role for the bearers of tokens that an OIDC provider, by its ARN, vouches for.
// Without conditions on the token's claims, that is all of its users.
func AssumeByWebIdentity(provider string, conditions ...Conditions) Document {
	return Document{Statements: []Statement{{
		Principal:  &Principal{Federated: []string{provider}},
		Actions:    []string{"sts:AssumeRoleWithWebIdentity"},
		Conditions: Join(conditions...),
	}}}
}
