package io.kubehv.operator.export;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.KubernetesClient;
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
import io.kubehv.api.v1alpha1.Export;
import io.kubehv.api.v1alpha1.ExportStatus;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.operator.claim.DiskClaims;
import io.kubehv.operator.event.EventRecorder;
import io.kubehv.operator.metrics.OperatorMetrics;
import io.kubehv.operator.pass.Passes;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.StatusApply;
import io.kubehv.operator.status.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Brings exports to their end. A pass observes, decides (pure), acts, and then stores the status. */
@GradualRetry(maxAttempts = -1, initialInterval = 1_000, intervalMultiplier = 2, maxInterval = 60_000)
@ControllerConfiguration(
        name = "export",
        fieldManager = KubeHV.OPERATOR_FIELD_MANAGER,
        finalizerName = ExportReconciler.FINALIZER)
public class ExportReconciler implements Reconciler<Export>, Cleaner<Export> {
    static final String FINALIZER = KubeHV.GROUP + "/export-leftovers";

    private static final String KIND = "Export";
    private static final Duration AFTER_REFUSAL = Duration.ofSeconds(10);

    private final KubernetesClient client;
    private final ExportObserver observer;
    private final ExportExecutor executor;
    private final Passes<Export> passes;
    private volatile @Nullable ExportSources sources;

    public ExportReconciler(
            KubernetesClient client,
            ExportObserver observer,
            ExportExecutor executor,
            DiskClaims diskClaims,
            EventRecorder events,
            OperatorMetrics metrics) {
        this.client = client;
        this.observer = observer;
        this.executor = executor;
        this.passes = new Passes<>(KIND, diskClaims, events, metrics);
    }

    @Override
    public List<EventSource<?, Export>> prepareEventSources(EventSourceContext<Export> context) {
        ExportSources watched = new ExportSources(context);
        sources = watched;
        return watched.all();
    }

    @Override
    public UpdateControl<Export> reconcile(Export export, Context<Export> context) {
        return passes.reconcile(() -> {
            ExportSources watched = Objects.requireNonNull(sources);
            ObservedExport observed = observer.observe(export, watched);
            ExportPlan plan = ExportDecision.decide(observed);
            Optional<Verdict> refused = executor.execute(observed, plan, watched);
            if (refused.isPresent()) {
                plan = new ExportPlan(observed.status(), refused.get(), List.of(), AFTER_REFUSAL);
            }
            store(observed, plan, context);
            return passes.lookAgain(plan.again());
        });
    }

    /** The checkpoint that was taken for it is its VM's, so that it would stay. */
    @Override
    public DeleteControl cleanup(Export export, Context<Export> context) {
        if (!passes.mayBegin()) {
            return DeleteControl.noFinalizerRemoval().rescheduleAfter(Passes.VOID_AGAIN);
        }
        ExportSources watched = Objects.requireNonNull(sources);
        // One that was just taken may not be in the cache yet, and nobody would look for it later.
        Checkpoint taken = client.resources(Checkpoint.class)
                .inNamespace(export.getMetadata().getNamespace())
                .withName(ObservedExport.checkpointName(export))
                .get();
        ObservedExport observed = observer.observe(export, watched).withOwn(taken);
        List<ExportAction> actions = ExportDecision.leftovers(observed);
        Verdict going = Verdict.no(Reason.DELETING, "what it made goes first");
        Optional<Verdict> refused =
                executor.execute(observed, new ExportPlan(observed.status(), going, actions, null), watched);
        return actions.isEmpty() && refused.isEmpty()
                ? DeleteControl.defaultDelete()
                : DeleteControl.noFinalizerRemoval().rescheduleAfter(Duration.ofSeconds(1));
    }

    /** Stores the status and tells of the step that it shows; another's write in between makes this pass void. */
    private void store(ObservedExport observed, ExportPlan plan, Context<Export> context) {
        Export export = observed.export();
        Long generation = export.getMetadata().getGeneration();
        List<Condition> conditions = observed.conditions().ready(plan.ready(), generation, observed.now());
        ExportStatus wanted = ExportStatuses.of(plan.status(), generation, conditions);
        if (wanted.equals(observed.status())) {
            return;
        }
        Export patch = new Export();
        patch.setMetadata(StatusApply.toVersion(export));
        patch.setStatus(wanted);
        Export stored = StatusApply.store(client, patch, KubeHV.OPERATOR_FIELD_MANAGER);
        passes.stored(stored, export, observed.conditions().reason(ConditionTypes.READY), plan.ready(), context);
    }
}
