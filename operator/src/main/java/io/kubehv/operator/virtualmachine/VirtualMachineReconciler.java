package io.kubehv.operator.virtualmachine;

import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.claim.ClaimConflict;
import io.kubehv.operator.claim.ClaimUse;
import io.kubehv.operator.claim.DiskClaims;
import io.kubehv.operator.event.EventRecorder;
import io.kubehv.operator.metrics.OperatorMetrics;
import io.kubehv.operator.pass.Passes;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Brings VMs to what their specs ask for. A pass observes, decides (pure), stores the status, then acts: what an action
 * needs remembered (above all the identity) is stored before it is done.
 */
// What failed on its way is tried again for ever: nothing else may tell when the API server is well.
@GradualRetry(maxAttempts = -1, initialInterval = 1_000, intervalMultiplier = 2, maxInterval = 60_000)
@ControllerConfiguration(
        name = "virtualmachine",
        fieldManager = KubeHV.OPERATOR_FIELD_MANAGER,
        // A daemon's word changes the status only, and decides as much as the spec.
        generationAwareEventProcessing = false)
public class VirtualMachineReconciler implements Reconciler<VirtualMachine> {
    /** A disk's release is an event, unless its holder ended before its pod was seen. */
    private static final Duration DISK_AGAIN = Duration.ofSeconds(10);

    private static final Set<Reason> REFUSED = EnumSet.of(
            Reason.POD_NAME_TAKEN,
            Reason.POD_REFUSED,
            Reason.CLAIM_NAME_TAKEN,
            Reason.CLAIM_REFUSED,
            Reason.DISK_REFUSED,
            Reason.CHANGE_REFUSED);

    private final MachineObserver observer;
    private final Networks networks;
    private final StatusWriter writer;
    private final Executor executor;
    private final DiskClaims diskClaims;
    private final Passes<VirtualMachine> passes;
    private final MachineIndex index;
    private final AutomaticCheckpoints automaticCheckpoints;
    private final MachineCheckpoints checkpoints;
    private volatile @Nullable MachineSources sources;

    public VirtualMachineReconciler(
            MachineObserver observer,
            Networks networks,
            StatusWriter writer,
            Executor executor,
            DiskClaims diskClaims,
            EventRecorder events,
            OperatorMetrics metrics,
            MachineIndex index,
            AutomaticCheckpoints automaticCheckpoints,
            MachineCheckpoints checkpoints) {
        this.index = index;
        this.automaticCheckpoints = automaticCheckpoints;
        this.checkpoints = checkpoints;
        this.observer = observer;
        this.networks = networks;
        this.writer = writer;
        this.executor = executor;
        this.diskClaims = diskClaims;
        this.passes = new Passes<>("VirtualMachine", diskClaims, events, metrics);
    }

    @Override
    public List<EventSource<?, VirtualMachine>> prepareEventSources(EventSourceContext<VirtualMachine> context) {
        MachineSources watched = new MachineSources(context, diskClaims);
        sources = watched;
        index.set(watched);
        return watched.all();
    }

    @Override
    public UpdateControl<VirtualMachine> reconcile(VirtualMachine machine, Context<VirtualMachine> context) {
        return passes.reconcile(() -> {
            MachineSources watched = Objects.requireNonNull(sources);
            checkpoints.seen(machine);
            diskClaims.settle(machine.getMetadata().getUid());
            MachineNetwork network = networks.resolve(machine, watched);
            Observed observed = observer.observe(machine, network, watched);
            Identity identity = observed.identity();
            Plan plan = admit(observed, admitPorts(observed, Decision.decide(observed), watched), watched);
            VirtualMachine stored = machine;
            if (!retries(observed, plan, identity)) {
                stored = store(observed, plan, identity, context);
            }
            Optional<Plan> setback = executor.execute(observed, plan, identity, watched);
            if (setback.isPresent()) {
                diskClaims.release(machine.getMetadata().getUid());
                plan = setback.get();
            }
            stored = store(on(observed, stored), plan, identity, context);
            if (nothingOfADaemonHolds(observed, plan)) {
                writer.releaseDaemonFields(stored);
            }
            return passes.lookAgain(plan.again());
        });
    }

    /** Its pod is no more, and the state is ours to tell: until then it may be the record of a save. */
    static boolean nothingOfADaemonHolds(Observed observed, Plan plan) {
        boolean hasPod = observed.podFacts().filter(pod -> !pod.finished()).isPresent();
        return !hasPod && plan.state() != null && plan.start().isEmpty();
    }

    /** What the cluster refused before: its status changes only if it fares better now. */
    private static boolean retries(Observed observed, Plan plan, Identity identity) {
        boolean refused =
                Reason.of(observed.readyReason()).filter(REFUSED::contains).isPresent();
        return refused
                && !plan.actions().isEmpty()
                && observed.status()
                        .map(VirtualMachineStatus::identity)
                        .filter(identity::equals)
                        .isPresent();
    }

    /** An adapter that comes to a running VM keeps to the rule for starts: not where another VM has its MAC address. */
    private Plan admitPorts(Observed observed, Plan plan, MachineSources watched) {
        Plan admitted = plan;
        for (SwitchPort port : AdapterPlug.added(plan)) {
            Optional<Verdict> met = networks.admit(observed.machine(), port.adapter(), port.macAddress(), watched);
            if (met.isPresent()) {
                admitted = AdapterPlug.without(admitted, port, met.get()).lookAgain(DISK_AGAIN);
            }
        }
        return admitted;
    }

    /** Lets a start go on only with all of its disks and MAC addresses: of two VMs that want one, the second waits. */
    private Plan admit(Observed observed, Plan plan, MachineSources watched) {
        String uid = observed.machine().getMetadata().getUid();
        Optional<Action.CreateAttachment> attachment = plan.attachment();
        if (plan.start().isEmpty() && attachment.isEmpty()) {
            return plan;
        }
        List<ClaimUse> uses = attachment
                .map(create -> List.of(
                        create.disk().use(observed.machine().getMetadata().getNamespace())))
                .orElseGet(() -> uses(observed, plan.start().orElseThrow()));
        String owner = "VirtualMachine " + observed.machine().getMetadata().getName();
        Optional<ClaimConflict> conflict = diskClaims.acquire(uid, owner, uses);
        if (conflict.isEmpty() && plan.start().isPresent()) {
            Optional<Verdict> met = networks.admit(observed.machine(), observed.network(), watched);
            if (met.isPresent()) {
                diskClaims.release(uid);
                return Plan.of(meanwhile(observed), met.get()).lookAgain(DISK_AGAIN);
            }
        }
        return conflict.map(found -> attachment.isPresent()
                        ? HotPlug.without(plan, inUse(observed, found, "it is attached"))
                                .lookAgain(DISK_AGAIN)
                        : Plan.of(meanwhile(observed), inUse(observed, found, "this VM starts"))
                                .lookAgain(DISK_AGAIN))
                .orElse(plan);
    }

    /** A memory goes on with the disks that it was saved with. */
    static List<ClaimUse> uses(Observed observed, Action.CreatePod start) {
        String namespace = observed.machine().getMetadata().getNamespace();
        return start.resume()
                ? SavedState.uses(Objects.requireNonNull(observed.savedState()))
                : observed.disks().stream().map(disk -> disk.use(namespace)).toList();
    }

    private static VirtualMachineState meanwhile(Observed observed) {
        return observed.resumable() ? VirtualMachineState.SAVED : VirtualMachineState.OFF;
    }

    private static Verdict inUse(Observed observed, ClaimConflict conflict, String then) {
        String disk = observed.disks().stream()
                .filter(candidate -> conflict.claim()
                        .equals(candidate
                                .use(observed.machine().getMetadata().getNamespace())
                                .claim()))
                .map(candidate -> candidate.disk().name())
                .findFirst()
                .orElse(conflict.claim());
        return Verdict.no(
                Reason.DISK_IN_USE,
                "disk \"" + disk + "\" is in use by " + conflict.holder()
                        + (conflict.writes() ? ", which writes to it" : "")
                        + "; " + then + " when it is free");
    }

    /** Stores the status and tells of the step that it shows; another's write in between makes this pass void. */
    private VirtualMachine store(Observed observed, Plan plan, Identity identity, Context<VirtualMachine> context) {
        VirtualMachine machine = observed.machine();
        VirtualMachineStatus status = StatusBuilder.build(observed, plan, identity);
        Optional<VirtualMachine> written = writer.write(machine, status);
        written.ifPresent(stored -> {
            passes.stored(stored, machine, observed.readyReason(), plan.ready(), context);
            if (!observed.readyReason().equals(plan.ready().reason())) {
                automaticCheckpoints.moved(stored, observed.readyReason(), plan.ready());
            }
        });
        return written.orElse(machine);
    }

    private static Observed on(Observed observed, VirtualMachine stored) {
        return new Observed(
                Objects.requireNonNull(stored),
                observed.pod(),
                observed.savePod(),
                observed.savedState(),
                observed.guestState(),
                observed.disks(),
                observed.attachments(),
                observed.prerequisites(),
                observed.node(),
                observed.network(),
                observed.now(),
                observed.applying(),
                observed.origin());
    }
}
