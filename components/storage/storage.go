// Package storage gives a cluster its default StorageClass: encrypted gp3 volumes by the EBS CSI driver. The one that EKS ships,
// gp2, is not a default, so that a claim without a class would wait for ever.
package storage

import (
	"fmt"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	storagev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/storage/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Class is the name of the default StorageClass.
const Class = "gp3"

// Args describe where the class goes.
type Args struct {
	DependsOn []pulumi.Resource     // what must exist first, such as the nodes; nil: nothing
	Gone      pulumi.ResourceOption // deletes it with the cluster; nil: deleted on its own
}

// Storage is the default StorageClass.
type Storage struct {
	pulumi.ResourceState

	Class pulumi.StringOutput // its name
}

// New makes the class. It needs a Kubernetes provider, by pulumi.Providers in opts.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Storage, error) {
	s := &Storage{}
	if err := ctx.RegisterComponentResource("paddock:storage:Storage", name, s, opts...); err != nil {
		return nil, fmt.Errorf("storage %s: %w", name, err)
	}
	if err := s.class(ctx, name, args); err != nil {
		return nil, fmt.Errorf("storage %s: class: %w", name, err)
	}
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{"class": s.Class})
}

func (s *Storage) class(ctx *pulumi.Context, name string, args *Args) error {
	opts := []pulumi.ResourceOption{pulumi.Parent(s), pulumi.DependsOn(args.DependsOn)}
	if args.Gone != nil {
		opts = append(opts, args.Gone)
	}
	class, err := storagev1.NewStorageClass(ctx, name+"-"+Class, &storagev1.StorageClassArgs{
		Metadata: metav1.ObjectMetaArgs{
			Name:        pulumi.String(Class),
			Annotations: pulumi.StringMap{"storageclass.kubernetes.io/is-default-class": pulumi.String("true")},
		},
		Provisioner: pulumi.String("ebs.csi.aws.com"),
		Parameters: pulumi.StringMap{
			"type":      pulumi.String("gp3"),
			"encrypted": pulumi.String("true"),
		},
		AllowVolumeExpansion: pulumi.Bool(true),
		ReclaimPolicy:        pulumi.String("Delete"),
		// A volume is tied to its zone: it is made where the scheduler puts the pod.
		VolumeBindingMode: pulumi.String("WaitForFirstConsumer"),
	}, opts...)
	if err != nil {
		return err
	}
	s.Class = class.Metadata.Name().Elem()
	return nil
}
