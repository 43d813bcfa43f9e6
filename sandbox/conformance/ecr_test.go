package conformance

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
)

const keepTen = `{"rules":[{"rulePriority":1,"description":"the last ten","selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":10},"action":{"type":"expire"}}]}`

// pushed puts a layer into a repository as docker does, and answers its digest.
func pushed(t *testing.T, c *ecr.Client, repository string, layer []byte) string {
	t.Helper()
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256(layer))
	begun := ok[*ecr.InitiateLayerUploadOutput](t)(c.InitiateLayerUpload(t.Context(), &ecr.InitiateLayerUploadInput{RepositoryName: &repository}))
	half := len(layer) / 2
	for _, span := range [][2]int{{0, half}, {half, len(layer)}} {
		ok[*ecr.UploadLayerPartOutput](t)(c.UploadLayerPart(t.Context(), &ecr.UploadLayerPartInput{
			RepositoryName: &repository, UploadId: begun.UploadId, LayerPartBlob: layer[span[0]:span[1]], PartFirstByte: ptr(int64(span[0])), PartLastByte: ptr(int64(span[1] - 1)),
		}))
	}
	ok[*ecr.CompleteLayerUploadOutput](t)(c.CompleteLayerUpload(t.Context(), &ecr.CompleteLayerUploadInput{RepositoryName: &repository, UploadId: begun.UploadId, LayerDigests: []string{digest}}))
	return digest
}

func manifestOf(config, layer string) string {
	return fmt.Sprintf(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"digest":%q,"size":2},"layers":[{"digest":%q,"size":6}]}`, config, layer)
}

// The way of an image, from a login to its end.
func TestPush(t *testing.T) {
	c, name := ecr.NewFromConfig(p.config), ptr("paddock/team/app")
	p.create("aws:ecr/repository:Repository", props{"name": *name, "imageTagMutability": "IMMUTABLE", "tags": props{"team": "red"}})
	login := ok[*ecr.GetAuthorizationTokenOutput](t)(c.GetAuthorizationToken(t.Context(), &ecr.GetAuthorizationTokenInput{}))
	want(t, "registry", at(login.AuthorizationData[0].ProxyEndpoint), "https://"+p.cloud.Account()+".dkr.ecr.us-west-2.amazonaws.com")

	config := pushed(t, c, *name, []byte("{}"))
	text := manifestOf(config, fmt.Sprintf("sha256:%x", sha256.Sum256([]byte("layer1"))))
	_, err := c.PutImage(t.Context(), &ecr.PutImageInput{RepositoryName: name, ImageManifest: &text, ImageTag: ptr("v1")})
	modelled[*types.LayersNotFoundException](t, err)
	layer := pushed(t, c, *name, []byte("layer1"))
	checked := ok[*ecr.BatchCheckLayerAvailabilityOutput](t)(c.BatchCheckLayerAvailability(t.Context(), &ecr.BatchCheckLayerAvailabilityInput{RepositoryName: name, LayerDigests: []string{layer, "sha256:none"}}))
	want(t, "there", checked.Layers[0].LayerAvailability, types.LayerAvailabilityAvailable)
	want(t, "not there", checked.Layers[1].LayerAvailability, types.LayerAvailabilityUnavailable)

	first := ok[*ecr.PutImageOutput](t)(c.PutImage(t.Context(), &ecr.PutImageInput{RepositoryName: name, ImageManifest: &text, ImageTag: ptr("v1")})).Image
	want(t, "digest", at(first.ImageId.ImageDigest), fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(text))))
	_, err = c.PutImage(t.Context(), &ecr.PutImageInput{RepositoryName: name, ImageManifest: &text, ImageTag: ptr("v1")})
	modelled[*types.ImageAlreadyExistsException](t, err)
	second := manifestOf(config, pushed(t, c, *name, []byte("layer2")))
	_, err = c.PutImage(t.Context(), &ecr.PutImageInput{RepositoryName: name, ImageManifest: &second, ImageTag: ptr("v1")})
	modelled[*types.ImageTagAlreadyExistsException](t, err)
	ok[*ecr.PutImageTagMutabilityOutput](t)(c.PutImageTagMutability(t.Context(), &ecr.PutImageTagMutabilityInput{RepositoryName: name, ImageTagMutability: types.ImageTagMutabilityMutable}))
	ok[*ecr.PutImageOutput](t)(c.PutImage(t.Context(), &ecr.PutImageInput{RepositoryName: name, ImageManifest: &second, ImageTag: ptr("v1")}))

	got := ok[*ecr.BatchGetImageOutput](t)(c.BatchGetImage(t.Context(), &ecr.BatchGetImageInput{RepositoryName: name, ImageIds: []types.ImageIdentifier{{ImageTag: ptr("v1")}, {ImageTag: ptr("v9")}}}))
	want(t, "manifest", at(got.Images[0].ImageManifest), second)
	want(t, "failure", got.Failures[0].FailureCode, types.ImageFailureCodeImageNotFound)
	untagged := ok[*ecr.DescribeImagesOutput](t)(c.DescribeImages(t.Context(), &ecr.DescribeImagesInput{RepositoryName: name, Filter: &types.DescribeImagesFilter{TagStatus: types.TagStatusUntagged}}))
	want(t, "untagged", at(untagged.ImageDetails[0].ImageDigest), at(first.ImageId.ImageDigest))
	_, err = c.DescribeImages(t.Context(), &ecr.DescribeImagesInput{RepositoryName: name, ImageIds: []types.ImageIdentifier{{ImageTag: ptr("v9")}}})
	modelled[*types.ImageNotFoundException](t, err)
	listed := ok[*ecr.ListImagesOutput](t)(c.ListImages(t.Context(), &ecr.ListImagesInput{RepositoryName: name}))
	want(t, "images", len(listed.ImageIds), 2)

	_, err = c.DeleteRepository(t.Context(), &ecr.DeleteRepositoryInput{RepositoryName: name})
	modelled[*types.RepositoryNotEmptyException](t, err)
	gone := ok[*ecr.BatchDeleteImageOutput](t)(c.BatchDeleteImage(t.Context(), &ecr.BatchDeleteImageInput{RepositoryName: name, ImageIds: listed.ImageIds}))
	want(t, "deleted", len(gone.ImageIds), 2)
	ok[*ecr.DeleteRepositoryOutput](t)(c.DeleteRepository(t.Context(), &ecr.DeleteRepositoryInput{RepositoryName: name}))
	_, err = c.ListImages(t.Context(), &ecr.ListImagesInput{RepositoryName: name})
	modelled[*types.RepositoryNotFoundException](t, err)
}

func TestLayersAreWhatTheySay(t *testing.T) {
	c, name := ecr.NewFromConfig(p.config), ptr("layers")
	p.create("aws:ecr/repository:Repository", props{"name": *name, "forceDelete": true})
	begun := ok[*ecr.InitiateLayerUploadOutput](t)(c.InitiateLayerUpload(t.Context(), &ecr.InitiateLayerUploadInput{RepositoryName: name}))
	complete := &ecr.CompleteLayerUploadInput{RepositoryName: name, UploadId: begun.UploadId, LayerDigests: []string{fmt.Sprintf("sha256:%x", sha256.Sum256([]byte("x")))}}
	_, err := c.CompleteLayerUpload(t.Context(), complete)
	modelled[*types.EmptyUploadException](t, err)
	_, err = c.UploadLayerPart(t.Context(), &ecr.UploadLayerPartInput{RepositoryName: name, UploadId: begun.UploadId, LayerPartBlob: []byte("y"), PartFirstByte: ptr(int64(5)), PartLastByte: ptr(int64(5))})
	modelled[*types.InvalidLayerPartException](t, err)
	ok[*ecr.UploadLayerPartOutput](t)(c.UploadLayerPart(t.Context(), &ecr.UploadLayerPartInput{RepositoryName: name, UploadId: begun.UploadId, LayerPartBlob: []byte("y"), PartFirstByte: ptr(int64(0)), PartLastByte: ptr(int64(0))}))
	_, err = c.CompleteLayerUpload(t.Context(), complete)
	modelled[*types.InvalidLayerException](t, err)
	pushed(t, c, *name, []byte("zz"))
	_, err = c.UploadLayerPart(t.Context(), &ecr.UploadLayerPartInput{RepositoryName: name, UploadId: ptr("none"), LayerPartBlob: []byte("y"), PartFirstByte: ptr(int64(0)), PartLastByte: ptr(int64(0))})
	modelled[*types.UploadNotFoundException](t, err)
}

// A repository that a client makes is one like those of programs.
func TestRepositories(t *testing.T) {
	c, name := ecr.NewFromConfig(p.config), ptr("made/by-client")
	made := ok[*ecr.CreateRepositoryOutput](t)(c.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{
		RepositoryName: name, Tags: []types.Tag{{Key: ptr("team"), Value: ptr("red")}}, EncryptionConfiguration: &types.EncryptionConfiguration{EncryptionType: types.EncryptionTypeKms, KmsKey: ptr(p.key.arn())},
	})).Repository
	want(t, "address", at(made.RepositoryUri), p.cloud.Account()+".dkr.ecr.us-west-2.amazonaws.com/made/by-client")
	_, err := c.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: name})
	modelled[*types.RepositoryAlreadyExistsException](t, err)
	_, err = c.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: ptr("No")})
	modelled[*types.InvalidParameterException](t, err)
	ok[*ecr.PutImageScanningConfigurationOutput](t)(c.PutImageScanningConfiguration(t.Context(), &ecr.PutImageScanningConfigurationInput{RepositoryName: name, ImageScanningConfiguration: &types.ImageScanningConfiguration{ScanOnPush: true}}))
	ok[*ecr.TagResourceOutput](t)(c.TagResource(t.Context(), &ecr.TagResourceInput{ResourceArn: made.RepositoryArn, Tags: []types.Tag{{Key: ptr("env"), Value: ptr("dev")}}}))
	ok[*ecr.UntagResourceOutput](t)(c.UntagResource(t.Context(), &ecr.UntagResourceInput{ResourceArn: made.RepositoryArn, TagKeys: []string{"team"}}))
	tags := ok[*ecr.ListTagsForResourceOutput](t)(c.ListTagsForResource(t.Context(), &ecr.ListTagsForResourceInput{ResourceArn: made.RepositoryArn})).Tags
	want(t, "tags", len(tags) == 1 && at(tags[0].Key) == "env", true)
	seen := ok[*ecr.DescribeRepositoriesOutput](t)(c.DescribeRepositories(t.Context(), &ecr.DescribeRepositoriesInput{RepositoryNames: []string{*name}})).Repositories[0]
	want(t, "scan", seen.ImageScanningConfiguration.ScanOnPush, true)
	want(t, "key", at(seen.EncryptionConfiguration.KmsKey), p.key.arn())

	_, err = c.GetLifecyclePolicy(t.Context(), &ecr.GetLifecyclePolicyInput{RepositoryName: name})
	modelled[*types.LifecyclePolicyNotFoundException](t, err)
	_, err = c.PutLifecyclePolicy(t.Context(), &ecr.PutLifecyclePolicyInput{RepositoryName: name, LifecyclePolicyText: ptr(`{"rules":[]}`)})
	modelled[*types.InvalidParameterException](t, err)
	ok[*ecr.PutLifecyclePolicyOutput](t)(c.PutLifecyclePolicy(t.Context(), &ecr.PutLifecyclePolicyInput{RepositoryName: name, LifecyclePolicyText: ptr(keepTen)}))
	policy := ok[*ecr.GetLifecyclePolicyOutput](t)(c.GetLifecyclePolicy(t.Context(), &ecr.GetLifecyclePolicyInput{RepositoryName: name}))
	want(t, "policy", at(policy.LifecyclePolicyText), keepTen)
	ok[*ecr.DeleteLifecyclePolicyOutput](t)(c.DeleteLifecyclePolicy(t.Context(), &ecr.DeleteLifecyclePolicyInput{RepositoryName: name}))
	ok[*ecr.DeleteRepositoryOutput](t)(c.DeleteRepository(t.Context(), &ecr.DeleteRepositoryInput{RepositoryName: name, Force: true}))
}

// A role may push to the one repository that it is given.
func TestRightsToRepositories(t *testing.T) {
	r := ownRig(t)
	for _, name := range []string{"p/red/app", "p/blue/app"} {
		r.create("aws:ecr/repository:Repository", props{"name": name})
	}
	arn := "arn:aws:ecr:us-west-2:" + r.cloud.Account() + ":repository/p/red/*"
	c := ecr.NewFromConfig(r.as(t, "pusher", allowing("ecr:GetAuthorizationToken", "*")+","+allowing("ecr:*", arn)))
	ok[*ecr.GetAuthorizationTokenOutput](t)(c.GetAuthorizationToken(t.Context(), &ecr.GetAuthorizationTokenInput{}))
	pushed(t, c, "p/red/app", []byte("layer"))
	_, err := c.InitiateLayerUpload(t.Context(), &ecr.InitiateLayerUploadInput{RepositoryName: ptr("p/blue/app")})
	refused(t, err, "AccessDeniedException")
}
