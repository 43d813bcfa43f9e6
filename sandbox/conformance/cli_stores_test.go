package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// cliStores puts, lists and gets as people do by hand, a file too large for one request among them, and encrypts.
func cliStores(t *testing.T, c *cli) {
	bucket := c.bucket("by-hand", true)
	dir := t.TempDir()
	small, large := filepath.Join(dir, "small"), filepath.Join(dir, "large")
	for file, text := range map[string]string{small: "small", large: strings.Repeat("0123456789", 1<<20)} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	does := func(command string) string {
		t.Helper()
		got := c.run(t, strings.Fields(command)...)
		if got.code != 0 {
			t.Fatalf("%s: exit %d\n%s", command, got.code, got.err)
		}
		return got.out
	}
	for _, file := range []string{small, large} {
		does("s3 cp " + file + " s3://by-hand/files/")
		does("s3 cp s3://by-hand/files/" + filepath.Base(file) + " " + file + ".back")
		was, is := ok[[]byte](t)(os.ReadFile(file)), ok[[]byte](t)(os.ReadFile(file+".back"))
		want(t, file, string(is) == string(was), true)
	}
	want(t, "listed", strings.Contains(does("s3 ls s3://by-hand/files/"), "10485760 large"), true)
	sealed := strings.TrimSpace(does("kms encrypt --key-id alias/paddock --plaintext c2VjcmV0 --query CiphertextBlob --output text"))
	want(t, "opened", strings.TrimSpace(does("kms decrypt --ciphertext-blob "+sealed+" --query Plaintext --output text")), "c2VjcmV0")
	does("ecr create-repository --repository-name by-hand/app --image-tag-mutability IMMUTABLE")
	does("s3 rm s3://by-hand/files/small")
	c.answers(t, []asked{
		{"s3api get-bucket-location --bucket by-hand", "LocationConstraint", js(region)},
		{"s3api get-bucket-versioning --bucket by-hand", "Status", `"Enabled"`},
		{"s3api list-objects-v2 --bucket by-hand --prefix files/", "Contents[].Key", `["files/large"]`},
		{"s3api list-object-versions --bucket by-hand", "[length(Versions),length(DeleteMarkers)]", `[2,1]`},
		{"s3api head-object --bucket by-hand --key files/large", "ContentLength", `10485760`},
		{"ecr describe-repositories --repository-names by-hand/app", "repositories[].[repositoryName,imageTagMutability]", `[["by-hand/app","IMMUTABLE"]]`},
		{"ecr list-images --repository-name by-hand/app", "imageIds", `[]`},
	})
	c.refusals(t, []refusal{
		{"s3api get-object --bucket by-hand --key none " + filepath.Join(dir, "none"), []string{"(NoSuchKey)"}},
		{"s3api get-bucket-policy --bucket " + *bucket, []string{"(NoSuchBucketPolicy)"}},
		{"s3api head-bucket --bucket no-bucket", []string{"(404)"}},
		{"s3api get-bucket-acl --bucket by-hand", []string{"(NotImplemented)", "no operation"}},
		{"ecr get-lifecycle-policy --repository-name by-hand/app", []string{"(LifecyclePolicyNotFoundException)"}},
		{"kms decrypt --ciphertext-blob bm9uc2Vuc2U=", []string{"(InvalidCiphertextException)"}},
	})
}
