package io.kubehv.operator.virtualharddisk;

import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualHardDiskPhase;
import io.kubehv.operator.claim.ClaimConflict;
import io.kubehv.operator.claim.ClaimUse;
import io.kubehv.operator.claim.DiskClaims;
import io.kubehv.operator.event.EventRecorder;
import io.kubehv.operator.metrics.OperatorMetrics;
import io.kubehv.operator.pass.Passes;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Brings disks to what their specs ask for: a pass observes, decides (pure), stores the status, then acts. */
// What failed on its way is tried again for ever: nothing else may tell when the API server is well.
@GradualRetry(maxAttempts = -1, initialInterval = 1_000, intervalMultiplier = 2, maxInterval = 60_000)
@ControllerConfiguration(name = "virtualharddisk", fieldManager = KubeHV.OPERATOR_FIELD_MANAGER)
public class VirtualHardDiskReconciler implements Reconciler<VirtualHardDisk> {
    private static final Duration DISK_AGAIN = Duration.ofSeconds(10);

    private final DiskObserver observer;
    private final DiskStatus status;
    private final DiskExecutor executor;
    private final DiskClaims diskClaims;
    private final Passes<VirtualHardDisk> passes;
    private volatile @Nullable DiskSources sources;

    public VirtualHardDiskReconciler(
            DiskObserver observer,
            DiskStatus status,
            DiskExecutor executor,
            DiskClaims diskClaims,
            EventRecorder events,
            OperatorMetrics metrics) {
        this.observer = observer;
        this.status = status;
        this.executor = executor;
        this.diskClaims = diskClaims;
        this.passes = new Passes<>("VirtualHardDisk", diskClaims, events, metrics);
    }

    @Override
    public List<EventSource<?, VirtualHardDisk>> prepareEventSources(EventSourceContext<VirtualHardDisk> context) {
        DiskSources watched = new DiskSources(context, diskClaims);
        sources = watched;
        return watched.all();
    }

    @Override
    public UpdateControl<VirtualHardDisk> reconcile(VirtualHardDisk disk, Context<VirtualHardDisk> context) {
        return passes.make(() -> {
                    DiskSources watched = Objects.requireNonNull(sources);
                    diskClaims.settle(disk.getMetadata().getUid());
                    ObservedDisk observed = observer.observe(disk, watched);
                    DiskPlan plan = admit(observed, DiskDecision.decide(observed));
                    // Nothing is remembered by the status alone, so it can tell what came of the actions.
                    Optional<DiskPlan> setback = executor.execute(observed, plan, watched);
                    if (setback.isPresent()) {
                        diskClaims.release(disk.getMetadata().getUid());
                        plan = setback.get();
                    }
                    store(observed, plan, watched, context);
                    return passes.lookAgain(plan.again());
                })
                .orElseGet(() -> {
                    diskClaims.release(disk.getMetadata().getUid());
                    return passes.lookAgain(Passes.VOID_AGAIN);
                });
    }

    /** Lets an import go on only while nobody else uses what it reads and writes. */
    private DiskPlan admit(ObservedDisk observed, DiskPlan plan) {
        if (plan.start().isEmpty()) {
            return plan;
        }
        VirtualHardDisk disk = observed.disk();
        String namespace = disk.getMetadata().getNamespace();
        List<ClaimUse> uses = new ArrayList<>();
        uses.add(new ClaimUse(ClaimUse.key(namespace, disk.getMetadata().getName()), false));
        if (disk.getSpec().parent() != null) {
            uses.add(
                    new ClaimUse(ClaimUse.key(namespace, disk.getSpec().parent().name()), true));
        }
        String owner = "VirtualHardDisk " + disk.getMetadata().getName();
        Optional<ClaimConflict> conflict = diskClaims.acquire(disk.getMetadata().getUid(), owner, uses);
        return conflict.map(found -> DiskPlan.of(
                                VirtualHardDiskPhase.PENDING,
                                Verdict.no(
                                        Reason.PARENT_IN_USE,
                                        "the claim " + found.claim() + " is in use by " + found.holder()
                                                + "; the import begins when it is free"))
                        .after(plan.failures())
                        .lookAgain(DISK_AGAIN))
                .orElse(plan);
    }

    /** Stores the status and tells of the step that it shows; another's write in between makes this pass void. */
    private void store(ObservedDisk observed, DiskPlan plan, DiskSources watched, Context<VirtualHardDisk> context) {
        VirtualHardDisk disk = observed.disk();
        status.write(observed, plan).ifPresent(stored -> {
            passes.stored(stored, disk, observed.conditions().reason(ConditionTypes.READY), plan.ready(), context);
            if (plan.phase() == VirtualHardDiskPhase.READY) {
                watched.moved(stored);
            }
        });
    }
}
