package main

import (
	"context"
	"errors"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/autoscaler/cluster-autoscaler/core"
	"k8s.io/autoscaler/cluster-autoscaler/core/podlistprocessor"
	"k8s.io/autoscaler/cluster-autoscaler/core/scaleup/orchestrator"
	"k8s.io/autoscaler/cluster-autoscaler/loop"
	"k8s.io/autoscaler/cluster-autoscaler/metrics"
	"k8s.io/autoscaler/cluster-autoscaler/processors"
	"k8s.io/autoscaler/cluster-autoscaler/processors/nodegroupset"
	"k8s.io/autoscaler/cluster-autoscaler/processors/nodeinfosprovider"
	"k8s.io/autoscaler/cluster-autoscaler/processors/podinjection"
	injectionbackoff "k8s.io/autoscaler/cluster-autoscaler/processors/podinjection/backoff"
	"k8s.io/autoscaler/cluster-autoscaler/processors/pods"
	"k8s.io/autoscaler/cluster-autoscaler/processors/scaledowncandidates"
	"k8s.io/autoscaler/cluster-autoscaler/processors/scaledowncandidates/emptycandidates"
	"k8s.io/autoscaler/cluster-autoscaler/processors/scaledowncandidates/previouscandidates"
	"k8s.io/autoscaler/cluster-autoscaler/processors/status"
	"k8s.io/autoscaler/cluster-autoscaler/simulator/clustersnapshot/predicate"
	"k8s.io/autoscaler/cluster-autoscaler/simulator/clustersnapshot/store"
	"k8s.io/autoscaler/cluster-autoscaler/simulator/drainability/rules"
	"k8s.io/autoscaler/cluster-autoscaler/simulator/framework"
	simoptions "k8s.io/autoscaler/cluster-autoscaler/simulator/options"
	"k8s.io/autoscaler/cluster-autoscaler/simulator/scheduling"
	kubeutil "k8s.io/autoscaler/cluster-autoscaler/utils/kubernetes"
	"k8s.io/client-go/informers"
)

// build puts the autoscaler together and returns when it has seen the whole cluster once.
func (l *launcher) build(ctx context.Context) (core.Autoscaler, *loop.LoopTrigger, error) {
	client := kubeutil.CreateKubeClient(l.options.KubeClientOpts)
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTransform(lighter))
	handle, err := framework.NewHandle(factory, l.options.SchedulerConfig, l.options.DynamicResourceAllocationEnabled)
	if err != nil {
		return nil, nil, err
	}
	deletes := simoptions.NewNodeDeleteOptions(l.options)
	parts := core.AutoscalerOptions{
		AutoscalingOptions:   l.options,
		KubeClient:           client,
		InformerFactory:      factory,
		FrameworkHandle:      handle,
		ClusterSnapshot:      predicate.NewPredicateSnapshot(store.NewDeltaSnapshotStore(l.options.ClusterSnapshotParallelism), handle, l.options.DynamicResourceAllocationEnabled),
		DebuggingSnapshotter: l.snapshot,
		DeleteOptions:        deletes,
		DrainabilityRules:    rules.Default(deletes),
		ScaleUpOrchestrator:  orchestrator.New(),
		Processors:           processors.DefaultProcessors(l.options),
	}
	l.ups(parts.Processors)
	l.downs(&parts)

	metrics.UpdateCPULimitsCores(l.options.MinCoresTotal, l.options.MaxCoresTotal)
	metrics.UpdateMemoryLimitsBytes(l.options.MinMemoryTotal, l.options.MaxMemoryTotal)
	metrics.InitMetrics()
	scaler, err := core.NewAutoscaler(parts, factory)
	if err != nil {
		return nil, nil, err
	}
	factory.Start(ctx.Done()) // only now: NewAutoscaler asks for informers too
	if slices.Contains(slices.Collect(maps.Values(factory.WaitForCacheSync(ctx.Done()))), false) {
		return nil, nil, errors.New("the cluster's objects could not be read")
	}
	observer := loop.StartPodObserver(ctx, kubeutil.CreateKubeClient(l.options.KubeClientOpts))
	return scaler, loop.NewLoopTrigger(scaler, nil, observer, l.options.ScanInterval), nil
}

// lighter drops the part of every object that nobody reads, which is a good share of the memory.
func lighter(object any) (any, error) {
	if m, err := meta.Accessor(object); err == nil {
		m.SetManagedFields(nil)
	}
	return object, nil
}

// ups sets how nodes are added: for which pods, what a new node of a group would be, and which groups are alike.
func (l *launcher) ups(p *processors.AutoscalingProcessors) {
	p.PodListProcessor = podlistprocessor.NewDefaultPodListProcessor(scheduling.ScheduleAnywhere)
	if l.options.ProactiveScaleupEnabled {
		registry := injectionbackoff.NewFakePodControllerRegistry()
		p.PodListProcessor = pods.NewCombinedPodListProcessor([]pods.PodListProcessor{
			podinjection.NewPodInjectionPodListProcessor(registry),
			p.PodListProcessor,
			podinjection.NewEnforceInjectedPodsLimitProcessor(l.options.PodInjectionLimit),
		})
		// First in the list: it keeps events about injected pods from the others.
		p.ScaleUpStatusProcessor = status.NewCombinedScaleUpStatusProcessor([]status.ScaleUpStatusProcessor{
			podinjection.NewFakePodsScaleUpStatusProcessor(registry), p.ScaleUpStatusProcessor,
		})
	}

	expire, daemons := &l.options.NodeInfoCacheExpireTime, l.options.ForceDaemonSets
	var alike nodegroupset.NodeInfoComparator
	if len(l.options.BalancingLabels) > 0 {
		alike = nodegroupset.CreateLabelNodeInfoComparator(l.options.BalancingLabels)
		p.TemplateNodeInfoProvider = nodeinfosprovider.NewDefaultTemplateNodeInfoProvider(expire, daemons)
	} else {
		alike = nodegroupset.CreateAwsNodeInfoComparator(l.options.BalancingExtraIgnoredLabels, l.options.NodeGroupSetRatios)
		p.TemplateNodeInfoProvider = nodeinfosprovider.NewAsgTagResourceNodeInfoProvider(expire, daemons)
	}
	p.NodeGroupSetProcessor = &nodegroupset.BalancingNodeGroupSetProcessor{Comparator: alike}
}

// downs sets in which order nodes are looked at for removal: empty ones first, then those that were candidates before.
func (l *launcher) downs(parts *core.AutoscalerOptions) {
	p, previous := parts.Processors, previouscandidates.NewPreviousCandidates()
	p.ScaleDownCandidatesNotifier.Register(previous)
	candidates := scaledowncandidates.NewCombinedScaleDownCandidatesProcessor()
	candidates.Register(scaledowncandidates.NewScaleDownCandidatesSortingProcessor([]scaledowncandidates.CandidatesComparer{
		emptycandidates.NewEmptySortingProcessor(emptycandidates.NewNodeInfoGetter(parts.ClusterSnapshot), parts.DeleteOptions, parts.DrainabilityRules),
		previous,
	}))
	if l.options.ScaleDownDelayTypeLocal {
		delay := scaledowncandidates.NewScaleDownCandidatesDelayProcessor()
		candidates.Register(delay)
		p.ScaleStateNotifier.Register(delay)
	}
	p.ScaleDownNodeProcessor = candidates
}
