package workload

import (
	"context"
	"errors"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"paddock/grade/kube"
)

const pollEvery = 500 * time.Millisecond

// API is the part of kube.Client that is used here.
type API interface {
	Get(ctx context.Context, path string, out any) error
	Create(ctx context.Context, path string, in any) error
	Delete(ctx context.Context, path string) error
}

var _ API = (*kube.Client)(nil)

// object is something to create, and where.
type object struct {
	path string
	body any
}

// Make creates everything. Where it fails, what was made stays until Remove. What holds room comes after the workload has its place:
// where it came first, the pods would have to go to whichever nodes it left room on, many on one.
func Make(ctx context.Context, api API, s Setting, server Server, pods int32, headroomPods int32) error {
	err := create(ctx, api, object{namespaces, namespace()}, object{Deployments, deployment(s, server, pods)})
	if err == nil && server.Port != 0 {
		err = create(ctx, api, object{Services, service(server)})
	}
	if err == nil && headroomPods > 0 {
		class, d := headroom(s, headroomPods)
		if err = placed(ctx, api, pods); err == nil {
			err = create(ctx, api, object{priorities, class}, object{Deployments, d})
		}
	}
	if err == nil {
		err = create(ctx, api, object{HPAs, hpa(s)})
	}
	if err != nil {
		return fmt.Errorf("workload: %w", err)
	}
	return nil
}

func create(ctx context.Context, api API, list ...object) error {
	for _, o := range list {
		if err := api.Create(ctx, o.path, o.body); err != nil {
			return err
		}
	}
	return nil
}

// placedMost is how long the workload's first pods may take, a node that boots for them included.
const placedMost = 5 * time.Minute

// placed waits until the workload's pods are ready.
func placed(ctx context.Context, api API, pods int32) error {
	ctx, cancel := context.WithTimeout(ctx, placedMost)
	defer cancel()
	for {
		var d appsv1.Deployment
		err := api.Get(ctx, Deployments+"/"+App, &d)
		if err == nil && d.Status.ReadyReplicas >= pods {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d pods are ready: %w", d.Status.ReadyReplicas, pods, errors.Join(ctx.Err(), err))
		case <-time.After(pollEvery):
		}
	}
}

func service(server Server) *corev1.Service {
	return &corev1.Service{ObjectMeta: meta(App, App), Spec: corev1.ServiceSpec{
		Selector: map[string]string{AppLabel: App},
		Ports:    []corev1.ServicePort{{Port: server.Port, TargetPort: intstr.FromInt32(server.Port)}},
	}}
}

// ErrForeign means that there is a namespace of grade's name which grade did not make.
var ErrForeign = errors.New("it was not made by grade: delete or rename it")

// Remove deletes everything and waits until it is gone. It tells whether there was anything.
func Remove(ctx context.Context, api API) (bool, error) {
	var found corev1.Namespace
	err := api.Get(ctx, namespaces+"/"+Namespace, &found)
	there := err == nil
	if err != nil && !apierrors.IsNotFound(err) {
		return false, fmt.Errorf("workload: %w", err)
	}
	if there && found.Labels[managedBy] != manager {
		return true, fmt.Errorf("workload: namespace %s: %w", Namespace, ErrForeign)
	}
	for _, path := range []string{HPAs + "/" + App, namespaces + "/" + Namespace, priorities + "/" + PriorityClass} {
		if err := api.Delete(ctx, path); err != nil {
			return there, fmt.Errorf("workload: %w", err)
		}
	}
	for there {
		err := api.Get(ctx, namespaces+"/"+Namespace, &metav1.PartialObjectMetadata{})
		if apierrors.IsNotFound(err) {
			break
		}
		select {
		case <-ctx.Done():
			return there, fmt.Errorf("workload: namespace %s is still there: %w", Namespace, errors.Join(ctx.Err(), err))
		case <-time.After(pollEvery):
		}
	}
	return there, nil
}

// Held is how many of the pods that hold room have their place; 0 where that cannot be told.
func Held(ctx context.Context, api API) int {
	var d appsv1.Deployment
	if api.Get(ctx, Deployments+"/"+Headroom, &d) != nil {
		return 0
	}
	return int(d.Status.ReadyReplicas)
}
