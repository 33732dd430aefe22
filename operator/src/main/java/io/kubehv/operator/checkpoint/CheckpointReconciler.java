package io.kubehv.operator.checkpoint;

import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.operator.claim.DiskClaims;
import io.kubehv.operator.event.EventRecorder;
import io.kubehv.operator.metrics.OperatorMetrics;
import io.kubehv.operator.pass.Passes;
import io.kubehv.operator.status.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Brings checkpoints from their objects' coming to what is kept, and from their deletion to nothing. A pass observes, decides
 * (pure), acts, and then stores the status: what an action needs remembered was stored by the pass before.
 */
@GradualRetry(maxAttempts = -1, initialInterval = 1_000, intervalMultiplier = 2, maxInterval = 60_000)
@ControllerConfiguration(
        name = "checkpoint",
        fieldManager = KubeHV.OPERATOR_FIELD_MANAGER,
        finalizerName = CheckpointReconciler.FINALIZER,
        // What the node's daemon tells is in the status, and is news.
        generationAwareEventProcessing = false)
public class CheckpointReconciler implements Reconciler<Checkpoint>, Cleaner<Checkpoint> {
    static final String FINALIZER = KubeHV.GROUP + "/kept-states";

    private static final String KIND = "Checkpoint";
    private static final Duration AFTER_REFUSAL = Duration.ofSeconds(10);

    private final CheckpointObserver observer;
    private final CheckpointStatusWriter writer;
    private final CheckpointExecutor executor;
    private final CheckpointIndex index;
    private final DiskClaims diskClaims;
    private final Passes<Checkpoint> passes;
    private volatile @Nullable CheckpointSources sources;

    public CheckpointReconciler(
            CheckpointObserver observer,
            CheckpointStatusWriter writer,
            CheckpointExecutor executor,
            CheckpointIndex index,
            DiskClaims diskClaims,
            EventRecorder events,
            OperatorMetrics metrics) {
        this.observer = observer;
        this.writer = writer;
        this.executor = executor;
        this.index = index;
        this.diskClaims = diskClaims;
        this.passes = new Passes<>(KIND, diskClaims, events, metrics);
    }

    @Override
    public List<EventSource<?, Checkpoint>> prepareEventSources(EventSourceContext<Checkpoint> context) {
        CheckpointSources watched = new CheckpointSources(context, diskClaims);
        sources = watched;
        index.set(watched);
        return watched.all();
    }

    @Override
    public UpdateControl<Checkpoint> reconcile(Checkpoint checkpoint, Context<Checkpoint> context) {
        Outcome outcome = pass(checkpoint, context);
        return passes.lookAgain(outcome.again());
    }

    @Override
    public DeleteControl cleanup(Checkpoint checkpoint, Context<Checkpoint> context) {
        Outcome outcome = pass(checkpoint, context);
        if (outcome.gone()) {
            return DeleteControl.defaultDelete();
        }
        DeleteControl stays = DeleteControl.noFinalizerRemoval();
        return outcome.again() == null ? stays : stays.rescheduleAfter(outcome.again());
    }

    private record Outcome(@Nullable Duration again, boolean gone) {
        static final Outcome VOID = new Outcome(Passes.VOID_AGAIN, false);
    }

    private Outcome pass(Checkpoint checkpoint, Context<Checkpoint> context) {
        return passes.make(() -> {
                    CheckpointSources watched = Objects.requireNonNull(sources);
                    ObservedCheckpoint observed = observer.observe(checkpoint, watched);
                    CheckpointPlan plan = checkpoint.isMarkedForDeletion()
                            ? CheckpointRemoval.decide(observed)
                            : CheckpointDecision.decide(observed);
                    Optional<Verdict> refused = executor.execute(observed, plan, watched);
                    if (refused.isPresent()) {
                        store(observed, CheckpointPlan.of(observed.status(), refused.get(), List.of()), context);
                        return new Outcome(AFTER_REFUSAL, false);
                    }
                    if (!plan.gone()) {
                        store(observed, plan, context);
                    }
                    return new Outcome(plan.again(), plan.gone());
                })
                .orElse(Outcome.VOID);
    }

    /** Stores the status and tells of the step that it shows; another's write in between makes this pass void. */
    private void store(ObservedCheckpoint observed, CheckpointPlan plan, Context<Checkpoint> context) {
        writer.write(observed, plan)
                .ifPresent(stored -> passes.stored(
                        stored,
                        observed.checkpoint(),
                        observed.conditions().reason(ConditionTypes.READY),
                        plan.ready(),
                        context));
    }
}
