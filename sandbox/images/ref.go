package images

import (
	"fmt"
	"regexp"
)

// A registry of ECR's has an address of this form; names and tags have those that ECR takes.
var (
	registry   = regexp.MustCompile(`^([0-9]{12})\.dkr\.ecr\.[a-z]{2}(-[a-z]+)+-[0-9]\.amazonaws\.com/`)
	repository = regexp.MustCompile(`^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$`)
	version    = regexp.MustCompile(`^(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|@sha256:[0-9a-f]{64})$`)
)

// checkRef holds a reference to the account's own registry.
func checkRef(account, ref string) error {
	found := registry.FindStringSubmatch(ref)
	if found == nil || found[1] != account {
		return fmt.Errorf("image: %q: want one of this account's registry, %s.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>", ref,
			account)
	}
	name, tag := split(ref[len(found[0]):])
	if !repository.MatchString(name) {
		return fmt.Errorf("image: %q: repository %q: want lower-case letters, digits and single . _ - between them, parts divided by /",
			ref, name)
	}
	if !version.MatchString(tag) {
		return fmt.Errorf("image: %q: want a tag behind the repository, such as :v1, or a digest, @sha256:<64 hex digits>", ref)
	}
	return nil
}
