package storage_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/storage"
	"paddock/components/testkit"
)

const class = "kubernetes:storage.k8s.io/v1:StorageClass test-gp3"

func TestDefaultClass(t *testing.T) {
	got := testkit.Run(t, func(ctx *pulumi.Context) error {
		other, err := ec2.NewVpc(ctx, "other", nil)
		if err != nil {
			return err
		}
		_, err = storage.New(ctx, "test", &storage.Args{DependsOn: []pulumi.Resource{other}, Gone: pulumi.DeletedWith(other)})
		return err
	})
	testkit.Golden(t, "class.json", got.Get(t, class).Plain())
	other := got.Get(t, "aws:ec2/vpc:Vpc other")
	if got.Get(t, class).DeletedWith != other.URN || !got.Follows(t, class, other.Key()) {
		t.Error("the class is not bound to the cluster")
	}
}

func TestOnItsOwn(t *testing.T) {
	got := testkit.Run(t, func(ctx *pulumi.Context) error {
		_, err := storage.New(ctx, "test", &storage.Args{})
		return err
	})
	if with := got.Get(t, class).DeletedWith; with != "" {
		t.Errorf("deletedWith = %q", with)
	}
}
