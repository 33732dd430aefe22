package io.kubehv.operator.virtualswitch;

import io.fabric8.kubernetes.client.KubernetesClientException;
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
import io.kubehv.operator.event.EventRecorder;
import io.kubehv.operator.metrics.OperatorMetrics;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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

    private static final Duration AFTER_CONFLICT = Duration.ofMillis(200);

    private final SwitchStatus status;
    private final EventRecorder events;
    private final OperatorMetrics metrics;
    private final Clock clock;

    /** The numbers that were given since the start, by the switches' names: two in one moment get two. */
    private final Map<String, Integer> given = new ConcurrentHashMap<>();

    private volatile @Nullable SwitchSources sources;

    public VirtualSwitchReconciler(SwitchStatus status, EventRecorder events, OperatorMetrics metrics, Clock clock) {
        this.status = status;
        this.events = events;
        this.metrics = metrics;
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
        return pass(virtualSwitch).isVoid()
                ? UpdateControl.<VirtualSwitch>noUpdate().rescheduleAfter(AFTER_CONFLICT)
                : UpdateControl.noUpdate();
    }

    /** A switch goes when nobody is on it any more; the VMs' own events bring it here again. */
    @Override
    public DeleteControl cleanup(VirtualSwitch virtualSwitch, Context<VirtualSwitch> context) {
        Outcome outcome = pass(virtualSwitch);
        if (outcome.isVoid()) {
            return DeleteControl.noFinalizerRemoval().rescheduleAfter(AFTER_CONFLICT);
        }
        if (!outcome.users().isEmpty()) {
            return DeleteControl.noFinalizerRemoval();
        }
        given.remove(virtualSwitch.getMetadata().getName());
        return DeleteControl.defaultDelete();
    }

    /** What came of a pass: whether another's write made it void, and who uses the switch. */
    private record Outcome(boolean isVoid, List<String> users) {}

    private Outcome pass(VirtualSwitch virtualSwitch) {
        try (OperatorMetrics.Pass _ = metrics.pass("VirtualSwitch")) {
            ObservedSwitch observed = observe(virtualSwitch);
            SwitchPlan plan = decide(observed);
            status.write(observed, plan).ifPresent(stored -> {
                metrics.statusWritten("VirtualSwitch");
                events.moved(stored, observed.conditions().reason(ConditionTypes.READY), plan.ready());
            });
            return new Outcome(false, observed.users());
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                metrics.conflict("VirtualSwitch");
                return new Outcome(true, List.of());
            }
            throw e;
        }
    }

    private ObservedSwitch observe(VirtualSwitch virtualSwitch) {
        SwitchSources watched = Objects.requireNonNull(sources);
        String name = virtualSwitch.getMetadata().getName();
        return new ObservedSwitch(
                virtualSwitch, watched.users(name), watched.nodes(), watched.networkIdentifiers(name), clock.instant());
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
                observed.virtualSwitch(), observed.users(), observed.nodes(), taken, observed.now()));
        Integer number = plan.networkIdentifier();
        if (number != null) {
            given.put(name, number);
        }
        return plan;
    }
}
