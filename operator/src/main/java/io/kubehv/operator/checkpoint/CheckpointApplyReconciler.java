package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.CheckpointApplyStatus;
import io.kubehv.api.v1alpha1.CheckpointSpec;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.Owners;
import io.kubehv.operator.Writes;
import io.kubehv.operator.claim.DiskClaims;
import io.kubehv.operator.event.EventRecorder;
import io.kubehv.operator.metrics.OperatorMetrics;
import io.kubehv.operator.pass.Passes;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Refusal;
import io.kubehv.operator.status.StatusApply;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.MemoryFitPod;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Takes VMs back to checkpoints. A pass observes, decides (pure), acts, and then stores the status. */
@GradualRetry(maxAttempts = -1, initialInterval = 1_000, intervalMultiplier = 2, maxInterval = 60_000)
@ControllerConfiguration(
        name = "checkpointapply",
        fieldManager = KubeHV.OPERATOR_FIELD_MANAGER,
        finalizerName = CheckpointApplyReconciler.FINALIZER,
        // What the node's daemon tells is in the status, and is news.
        generationAwareEventProcessing = false)
public class CheckpointApplyReconciler implements Reconciler<CheckpointApply>, Cleaner<CheckpointApply> {
    static final String FINALIZER = KubeHV.GROUP + "/under-way";

    private static final String KIND = "CheckpointApply";
    private static final Duration AFTER_REFUSAL = Duration.ofSeconds(10);

    private final KubernetesClient client;
    private final ApplyObserver observer;
    private final MachinePlace place;
    private final OperatorSettings settings;
    private final Passes<CheckpointApply> passes;
    private volatile @Nullable IndexerResourceCache<CheckpointApply> applies;

    public CheckpointApplyReconciler(
            KubernetesClient client,
            ApplyObserver observer,
            MachinePlace place,
            OperatorSettings settings,
            DiskClaims diskClaims,
            EventRecorder events,
            OperatorMetrics metrics) {
        this.client = client;
        this.observer = observer;
        this.place = place;
        this.settings = settings;
        this.passes = new Passes<>(KIND, diskClaims, events, metrics);
    }

    @Override
    public List<EventSource<?, CheckpointApply>> prepareEventSources(EventSourceContext<CheckpointApply> context) {
        applies = context.getPrimaryCache();
        return List.of();
    }

    @Override
    public UpdateControl<CheckpointApply> reconcile(CheckpointApply apply, Context<CheckpointApply> context) {
        return passes.reconcile(() -> {
            ObservedApply observed = observer.observe(apply, Objects.requireNonNull(applies));
            ApplyPlan plan = ApplyDecision.decide(observed);
            Optional<Verdict> refused = execute(observed, plan);
            if (refused.isPresent()) {
                plan = new ApplyPlan(observed.status(), refused.get(), List.of(), AFTER_REFUSAL);
            }
            store(observed, plan, context);
            return passes.lookAgain(plan.again());
        });
    }

    /** A VM whose volumes are half what they were must not start: once begun, it is brought to its end. */
    @Override
    public DeleteControl cleanup(CheckpointApply apply, Context<CheckpointApply> context) {
        if (!ApplyObserver.isUnderWay(apply)) {
            return DeleteControl.defaultDelete();
        }
        UpdateControl<CheckpointApply> pass = reconcile(apply, context);
        return DeleteControl.noFinalizerRemoval()
                .rescheduleAfter(pass.getScheduleDelay().orElse(AFTER_REFUSAL.toMillis()));
    }

    private Optional<Verdict> execute(ObservedApply observed, ApplyPlan plan) {
        for (ApplyPlan.Action action : plan.actions()) {
            try {
                perform(observed, action);
            } catch (KubernetesClientException e) {
                if (!Refusal.is(e)) {
                    throw e;
                }
                return Optional.of(
                        Verdict.no(Reason.CHANGE_REFUSED, "the cluster refuses what is needed: " + Refusal.words(e)));
            }
        }
        return Optional.empty();
    }

    private void perform(ObservedApply observed, ApplyPlan.Action action) {
        CheckpointApply apply = observed.apply();
        switch (action) {
            case ApplyPlan.Action.CheckpointFirst first -> make(before(apply, first.name(), first.machine()));
            case ApplyPlan.Action.RestoreMemory restore ->
                make(CheckpointMemory.restored(
                        restore.machine(),
                        restore.kept(),
                        restore.memoryOf(),
                        restore.nodeName(),
                        apply.getMetadata().getUid(),
                        observed.now(),
                        restore.empty()));
            case ApplyPlan.Action.Stage stage ->
                make(StagedVolume.desired(apply, stage.disk(), stage.own(), stage.nodeName()));
            case ApplyPlan.Action.Place told ->
                Writes.unlessGone(() -> {
                    var _ = client.resource(told.staged())
                            .patch(
                                    PatchContext.of(PatchType.JSON_MERGE),
                                    StagedVolume.placement(told.staged(), told.nodeName()));
                });
            case ApplyPlan.Action.Copy copy ->
                make(CopyPod.desired(apply, Objects.requireNonNull(observed.machine()), copy.copies(), settings));
            case ApplyPlan.Action.DeleteClaim delete -> Writes.delete(client, delete.claim());
            case ApplyPlan.Action.AskWhetherItFits ask ->
                make(MemoryFitPod.desired(apply, ask.kept(), ask.memoryOf(), ask.nodeName()));
            case ApplyPlan.Action.DeletePod delete -> Writes.delete(client, delete.pod());
            case ApplyPlan.Action.MoveMachine move -> place.move(move.machine(), move.checkpoint());
        }
    }

    private static Checkpoint before(CheckpointApply apply, String name, VirtualMachine machine) {
        Checkpoint checkpoint = new Checkpoint();
        checkpoint.setMetadata(new ObjectMetaBuilder()
                .withName(name)
                .withNamespace(apply.getMetadata().getNamespace())
                .withOwnerReferences(Owners.controller(machine))
                .build());
        checkpoint.setSpec(new CheckpointSpec(machine.getMetadata().getName(), null));
        return checkpoint;
    }

    private void make(HasMetadata desired) {
        Writes.unlessThere(() -> client.resource(desired).create());
    }

    /** Stores the operator's part and tells of the step that it shows. */
    private void store(ObservedApply observed, ApplyPlan plan, Context<CheckpointApply> context) {
        CheckpointApply apply = observed.apply();
        Long generation = apply.getMetadata().getGeneration();
        List<Condition> conditions = observed.conditions().ready(plan.ready(), generation, observed.now());
        CheckpointApplyStatus wanted = with(plan.status(), generation, conditions);
        CheckpointApplyStatus present = observed.status();
        if (wanted.equals(with(present, present.observedGeneration(), present.conditions()))) {
            return;
        }
        CheckpointApply patch = new CheckpointApply();
        patch.setMetadata(StatusApply.toVersion(apply));
        patch.setStatus(wanted);
        CheckpointApply stored = StatusApply.store(client, patch, KubeHV.OPERATOR_FIELD_MANAGER);
        passes.stored(stored, apply, observed.conditions().reason(ConditionTypes.READY), plan.ready(), context);
    }

    /** The operator's part: the daemon's is left out. */
    private static CheckpointApplyStatus with(
            CheckpointApplyStatus status, @Nullable Long generation, @Nullable List<Condition> conditions) {
        return new CheckpointApplyStatus(
                status.phase(),
                status.virtualMachine(),
                status.nodeName(),
                status.disks(),
                null,
                status.appliedAt(),
                generation,
                conditions);
    }
}
