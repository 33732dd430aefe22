package io.kubehv.operator.machineimport;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.Import;
import io.kubehv.api.v1alpha1.ImportStatus;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.operator.OperatorSettings;
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

/**
 * Makes VMs of exports. A pass observes, decides (pure), acts, and then stores the status. What an import has made is owned by it
 * until its VM is there: so deleting the Import before takes all of it along, and afterwards nothing.
 */
@GradualRetry(maxAttempts = -1, initialInterval = 1_000, intervalMultiplier = 2, maxInterval = 60_000)
@ControllerConfiguration(name = "import", fieldManager = KubeHV.OPERATOR_FIELD_MANAGER)
public class ImportReconciler implements Reconciler<Import> {
    private static final String KIND = "Import";
    private static final Duration AFTER_REFUSAL = Duration.ofSeconds(10);

    private final KubernetesClient client;
    private final OperatorSettings settings;
    private final ImportObserver observer;
    private final ImportExecutor executor;
    private final Passes<Import> passes;
    private volatile @Nullable ImportSources sources;

    public ImportReconciler(
            KubernetesClient client,
            OperatorSettings settings,
            ImportObserver observer,
            ImportExecutor executor,
            DiskClaims diskClaims,
            EventRecorder events,
            OperatorMetrics metrics) {
        this.client = client;
        this.settings = settings;
        this.observer = observer;
        this.executor = executor;
        this.passes = new Passes<>(KIND, diskClaims, events, metrics);
    }

    @Override
    public List<EventSource<?, Import>> prepareEventSources(EventSourceContext<Import> context) {
        ImportSources watched = new ImportSources(context);
        sources = watched;
        return watched.all();
    }

    @Override
    public UpdateControl<Import> reconcile(Import request, Context<Import> context) {
        return passes.reconcile(() -> {
            ImportSources watched = Objects.requireNonNull(sources);
            ObservedImport observed = observer.observe(request, watched);
            ImportPlan plan = ImportDecision.decide(observed, settings);
            Optional<Verdict> refused = executor.execute(observed, plan, watched);
            if (refused.isPresent()) {
                plan = refused(observed, refused.get());
            }
            store(observed, plan, context);
            return passes.lookAgain(plan.again());
        });
    }

    /** What the manifest asks for won't be taken another time, nor a name that is another's; a quota may be raised. */
    private static ImportPlan refused(ObservedImport observed, Verdict refused) {
        boolean hopeless = refused.reason().equals(Reason.MANIFEST_INVALID.text())
                || refused.reason().equals(Reason.NAME_TAKEN.text());
        // What it has made by now is seen by the next pass.
        return hopeless
                ? ImportDecision.failed(observed, refused)
                : new ImportPlan(observed.status(), refused, List.of(), AFTER_REFUSAL);
    }

    /** Stores the status and tells of the step that it shows; another's write in between makes this pass void. */
    private void store(ObservedImport observed, ImportPlan plan, Context<Import> context) {
        Import request = observed.request();
        Long generation = request.getMetadata().getGeneration();
        List<Condition> conditions = observed.conditions().ready(plan.ready(), generation, observed.now());
        ImportStatus wanted = ImportStatuses.of(plan.status(), generation, conditions);
        if (wanted.equals(observed.status())) {
            return;
        }
        Import patch = new Import();
        patch.setMetadata(StatusApply.toVersion(request));
        patch.setStatus(wanted);
        Import stored = StatusApply.store(client, patch, KubeHV.OPERATOR_FIELD_MANAGER);
        passes.stored(stored, request, observed.conditions().reason(ConditionTypes.READY), plan.ready(), context);
    }
}
