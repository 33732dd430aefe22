package io.kubehv.operator.virtualswitch;

import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.api.v1alpha1.VirtualSwitchStatus;
import io.kubehv.operator.claim.DiskClaims;
import io.kubehv.operator.event.EventRecorder;
import io.kubehv.operator.metrics.OperatorMetrics;
import io.kubehv.operator.pass.Passes;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.virtualmachine.MachineIndex;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Numbers switches, sums up what their nodes tell, and keeps them while VMs are on them. */
@GradualRetry(maxAttempts = -1, initialInterval = 1_000, intervalMultiplier = 2, maxInterval = 60_000)
@ControllerConfiguration(
        name = "virtualswitch",
        fieldManager = KubeHV.OPERATOR_FIELD_MANAGER,
        finalizerName = VirtualSwitchReconciler.FINALIZER,
        // What nodes tell is in the status, and is news.
        generationAwareEventProcessing = false)
public class VirtualSwitchReconciler implements Reconciler<VirtualSwitch>, Cleaner<VirtualSwitch> {
    static final String FINALIZER = KubeHV.GROUP + "/in-use";

    private static final String KIND = "VirtualSwitch";

    /** VMs leave a switch that goes without telling it: the cache of VMs is kept once, by their own controller. */
    private static final Duration USERS_AGAIN = Duration.ofSeconds(2);

    /** Nor does another switch tell that its subnet is another now. */
    private static final Duration SUBNETS_AGAIN = Duration.ofSeconds(10);

    private final SwitchStatus status;
    private final MachineIndex machines;
    private final EventRecorder events;
    private final OperatorMetrics metrics;
    private final Passes<VirtualSwitch> passes;
    private final Clock clock;

    /** The numbers that were given since the start, by the switches' names: two in one moment get two. */
    private final Map<String, Integer> given = new ConcurrentHashMap<>();

    private volatile @Nullable SwitchSources sources;

    public VirtualSwitchReconciler(
            SwitchStatus status,
            DiskClaims diskClaims,
            MachineIndex machines,
            EventRecorder events,
            OperatorMetrics metrics,
            Clock clock) {
        this.status = status;
        this.machines = machines;
        this.events = events;
        this.metrics = metrics;
        this.passes = new Passes<>(KIND, diskClaims, events, metrics);
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, VirtualSwitch>> prepareEventSources(EventSourceContext<VirtualSwitch> context) {
        SwitchSources watched = new SwitchSources(context);
        sources = watched;
        return watched.all();
    }

    @Override
    public UpdateControl<VirtualSwitch> reconcile(VirtualSwitch virtualSwitch, Context<VirtualSwitch> context) {
        Outcome outcome = pass(virtualSwitch);
        return passes.lookAgain(outcome.again());
    }

    /** A switch goes when nobody is on it any more. */
    @Override
    public DeleteControl cleanup(VirtualSwitch virtualSwitch, Context<VirtualSwitch> context) {
        Outcome outcome = pass(virtualSwitch);
        if (outcome.isVoid()) {
            return DeleteControl.noFinalizerRemoval().rescheduleAfter(Passes.VOID_AGAIN);
        }
        if (!outcome.users().isEmpty()) {
            return DeleteControl.noFinalizerRemoval().rescheduleAfter(USERS_AGAIN);
        }
        given.remove(virtualSwitch.getMetadata().getName());
        return DeleteControl.defaultDelete();
    }

    /**
     * What came of a pass.
     *
     * @param isVoid another's write, or a cache that is not filled yet, made it void
     * @param users the VMs on the switch
     * @param again when to look again though nothing may tell; null: only when something tells
     */
    private record Outcome(
            boolean isVoid, List<String> users, @Nullable Duration again) {
        static final Outcome VOID = new Outcome(true, List.of(), Passes.VOID_AGAIN);
    }

    private Outcome pass(VirtualSwitch virtualSwitch) {
        return passes.make(() -> {
                    ObservedSwitch observed = observe(virtualSwitch);
                    SwitchPlan plan = decide(observed);
                    status.write(observed, plan).ifPresent(stored -> {
                        metrics.statusWritten(KIND);
                        events.moved(stored, observed.conditions().reason(ConditionTypes.READY), plan.ready());
                    });
                    boolean overlaps = plan.ready().reason().equals(Reason.SUBNET_OVERLAPS.text());
                    return new Outcome(false, observed.users(), overlaps ? SUBNETS_AGAIN : null);
                })
                .orElse(Outcome.VOID);
    }

    private ObservedSwitch observe(VirtualSwitch virtualSwitch) {
        SwitchSources watched = Objects.requireNonNull(sources);
        String name = virtualSwitch.getMetadata().getName();
        List<VirtualSwitch> others = watched.others(name);
        Set<Integer> numbers = others.stream()
                .map(VirtualSwitch::getStatus)
                .filter(Objects::nonNull)
                .map(VirtualSwitchStatus::networkIdentifier)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
        return new ObservedSwitch(
                virtualSwitch, machines.usersOfSwitch(name), watched.nodes(), numbers, others, clock.instant());
    }

    private synchronized SwitchPlan decide(ObservedSwitch observed) {
        String name = observed.virtualSwitch().getMetadata().getName();
        Set<Integer> taken = new HashSet<>(observed.networkIdentifiers());
        given.forEach((other, number) -> {
            if (!other.equals(name)) {
                taken.add(number);
            }
        });
        SwitchPlan plan = SwitchDecision.decide(new ObservedSwitch(
                observed.virtualSwitch(),
                observed.users(),
                observed.nodes(),
                taken,
                observed.others(),
                observed.now()));
        Integer number = plan.networkIdentifier();
        if (number != null) {
            given.put(name, number);
        }
        return plan;
    }
}
