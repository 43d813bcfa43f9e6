package verify

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// mostContainers is how many a pod of the quota's check has at most.
const mostContainers = 500

// quota asks for a pod whose containers are each within the limits of one and together over what the namespace may have.
func (f *fence) quota(ctx context.Context) outcome {
	var quotas corev1.ResourceQuotaList
	if err := f.get(ctx, "/api/v1/namespaces/"+f.ns+"/resourcequotas", &quotas); err != nil {
		return trouble(err, "quotas")
	}
	ranges, err := f.ranges(ctx)
	if err != nil {
		return trouble(err, "limits")
	}
	capped := false
	for _, q := range quotas.Items {
		if q.Spec.ScopeSelector != nil || len(q.Spec.Scopes) > 0 { // such as that of the system's priorities: not for every pod
			continue
		}
		capped = true
		for _, cap := range []struct {
			of   corev1.ResourceName
			keys []corev1.ResourceName
		}{
			{corev1.ResourceCPU, []corev1.ResourceName{"requests.cpu", "cpu", "limits.cpu"}},
			{corev1.ResourceMemory, []corev1.ResourceName{"requests.memory", "memory", "limits.memory"}},
		} {
			for _, key := range cap.keys {
				hard, ok := q.Spec.Hard[key]
				if !ok {
					continue
				}
				if p := over(cap.of, hard, most(cap.of, ranges)); p != nil {
					return f.verdict(f.try(ctx, p), fmt.Sprintf("a pod over %s of quota %s", key, q.Name), "exceeded quota", "failed quota")
				}
			}
		}
	}
	if !capped {
		return failed("no ResourceQuota caps what all pods may ask for together%s", mend)
	}
	return skip("the quota caps neither CPU nor memory of pods, or so much that no pod can ask for it")
}

// ranges are the namespace's.
func (f *fence) ranges(ctx context.Context) ([]corev1.LimitRange, error) {
	var list corev1.LimitRangeList
	err := f.get(ctx, "/api/v1/namespaces/"+f.ns+"/limitranges", &list)
	return list.Items, err
}

// over is a pod that asks for more than hard, in containers of no more than size each; nil if that takes too many.
func over(of corev1.ResourceName, hard, size resource.Quantity) *corev1.Pod {
	if size.Cmp(hard) > 0 || size.IsZero() { // nothing limits one container to less: a single one will do
		size = hard.DeepCopy()
		size.Add(resource.MustParse("1"))
	}
	n := hard.AsApproximateFloat64()/size.AsApproximateFloat64() + 1
	if n > mostContainers {
		return nil
	}
	var list []corev1.Container
	for i := range int(n) {
		each := corev1.ResourceList{}
		for name, quantity := range small {
			each[name] = quantity
		}
		each[of] = size
		list = append(list, container(fmt.Sprintf("app-%d", i), each))
	}
	return pod(list...)
}

// most is what one container may have; zero if nothing says so.
func most(of corev1.ResourceName, ranges []corev1.LimitRange) resource.Quantity {
	var least resource.Quantity
	for _, r := range ranges {
		for _, item := range r.Spec.Limits {
			if q, ok := item.Max[of]; ok && item.Type == corev1.LimitTypeContainer && (least.IsZero() || q.Cmp(least) < 0) {
				least = q
			}
		}
	}
	return least
}
