package io.kubehv.operator.checkpointschedule;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointSchedule;
import io.kubehv.api.v1alpha1.CheckpointScheduleStatus;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.Writes;
import io.kubehv.operator.claim.DiskClaims;
import io.kubehv.operator.event.EventRecorder;
import io.kubehv.operator.metrics.OperatorMetrics;
import io.kubehv.operator.pass.Passes;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Refusal;
import io.kubehv.operator.status.StatusApply;
import io.kubehv.operator.status.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes checkpoints at the times of schedules. A pass observes, decides (pure), acts, and then stores the status: what was acted
 * on and not stored is done again, and finds its checkpoints there by their names.
 */
@GradualRetry(maxAttempts = -1, initialInterval = 1_000, intervalMultiplier = 2, maxInterval = 60_000)
@ControllerConfiguration(name = "checkpointschedule", fieldManager = KubeHV.OPERATOR_FIELD_MANAGER)
public class CheckpointScheduleReconciler implements Reconciler<CheckpointSchedule> {
    private static final String KIND = "CheckpointSchedule";
    private static final Duration AFTER_REFUSAL = Duration.ofSeconds(30);

    private final KubernetesClient client;
    private final ScheduleObserver observer;
    private final Passes<CheckpointSchedule> passes;
    private volatile @Nullable InformerEventSource<Checkpoint, CheckpointSchedule> taken;

    public CheckpointScheduleReconciler(
            KubernetesClient client,
            ScheduleObserver observer,
            DiskClaims diskClaims,
            EventRecorder events,
            OperatorMetrics metrics) {
        this.client = client;
        this.observer = observer;
        this.passes = new Passes<>(KIND, diskClaims, events, metrics);
    }

    @Override
    public List<EventSource<?, CheckpointSchedule>> prepareEventSources(
            EventSourceContext<CheckpointSchedule> context) {
        InformerEventSource<Checkpoint, CheckpointSchedule> watched = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(Checkpoint.class, CheckpointSchedule.class)
                        .withName("scheduled-checkpoints")
                        .withLabelSelector(ScheduledCheckpoint.SCHEDULE_UID_LABEL)
                        .withSecondaryToPrimaryMapper(found -> ScheduledCheckpoint.schedule(found)
                                .map(name -> Set.of(
                                        new ResourceID(name, found.getMetadata().getNamespace())))
                                .orElse(Set.of()))
                        .build(),
                context);
        taken = watched;
        return List.of(watched);
    }

    @Override
    public UpdateControl<CheckpointSchedule> reconcile(
            CheckpointSchedule schedule, Context<CheckpointSchedule> context) {
        return passes.reconcile(() -> {
            ObservedSchedule observed = observer.observe(schedule, Objects.requireNonNull(taken));
            SchedulePlan plan = ScheduleDecision.decide(observed);
            Optional<Verdict> refused = act(schedule, plan);
            if (refused.isPresent()) {
                store(observed, observed.status(), refused.get(), context);
                return passes.lookAgain(AFTER_REFUSAL);
            }
            store(observed, plan.status(), plan.ready(), context);
            return passes.lookAgain(again(plan));
        });
    }

    /** VMs and their checkpoints are other controllers': nothing tells when what is missing of them is there. */
    private static @Nullable Duration again(SchedulePlan plan) {
        Duration again = plan.again();
        return plan.ready().holds() || (again != null && again.compareTo(AFTER_REFUSAL) < 0) ? again : AFTER_REFUSAL;
    }

    /** Takes and deletes; returns what the cluster refused of it, and then does not do the rest. */
    private Optional<Verdict> act(CheckpointSchedule schedule, SchedulePlan plan) {
        try {
            Instant at = plan.at();
            if (at != null) {
                plan.take().forEach(machine -> take(schedule, machine, at));
            }
            plan.delete().forEach(this::delete);
            return Optional.empty();
        } catch (KubernetesClientException e) {
            if (!Refusal.is(e)) {
                throw e;
            }
            return Optional.of(
                    Verdict.no(Reason.CHANGE_REFUSED, "the cluster refuses its checkpoints: " + Refusal.words(e)));
        }
    }

    private void take(CheckpointSchedule schedule, VirtualMachine machine, Instant at) {
        Checkpoint desired = ScheduledCheckpoint.desired(schedule, machine, at);
        Writes.unlessThere(() -> {
            Checkpoint made = client.resource(desired).create();
            Objects.requireNonNull(taken).handleRecentResourceCreate(ResourceID.fromResource(made), made);
        });
    }

    /** Exactly this one: another of its name may have come in its place. */
    private void delete(Checkpoint checkpoint) {
        Writes.unlessGone(() -> {
            var _ = client.resource(checkpoint)
                    .lockResourceVersion(checkpoint.getMetadata().getResourceVersion())
                    .delete();
        });
    }

    private void store(
            ObservedSchedule observed,
            CheckpointScheduleStatus status,
            Verdict ready,
            Context<CheckpointSchedule> context) {
        CheckpointSchedule schedule = observed.schedule();
        CheckpointScheduleStatus wanted = new CheckpointScheduleStatus(
                status.lastScheduleTime(),
                status.nextScheduleTime(),
                status.lastCheckpoint(),
                status.checkpoints(),
                schedule.getMetadata().getGeneration(),
                observed.conditions().ready(ready, schedule.getMetadata().getGeneration(), observed.now()));
        if (wanted.equals(observed.status())) {
            return;
        }
        CheckpointSchedule patch = new CheckpointSchedule();
        patch.setMetadata(StatusApply.toVersion(schedule));
        patch.setStatus(wanted);
        CheckpointSchedule stored = StatusApply.store(client, patch, KubeHV.OPERATOR_FIELD_MANAGER);
        passes.stored(stored, schedule, observed.conditions().reason(ConditionTypes.READY), ready, context);
    }
}
