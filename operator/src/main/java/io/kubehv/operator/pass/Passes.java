package io.kubehv.operator.pass;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.kubehv.operator.claim.DiskClaims;
import io.kubehv.operator.event.EventRecorder;
import io.kubehv.operator.metrics.OperatorMetrics;
import io.kubehv.operator.status.Verdict;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The passes of one controller over its objects. Thread-safe.
 *
 * @param <P> the objects
 */
public final class Passes<P extends HasMetadata> {
    /** How soon a pass is made again that was void: the cache lags behind a write, and has caught up by then. */
    public static final Duration VOID_AGAIN = Duration.ofMillis(200);

    private final String kind;
    private final DiskClaims diskClaims;
    private final EventRecorder events;
    private final OperatorMetrics metrics;

    public Passes(String kind, DiskClaims diskClaims, EventRecorder events, OperatorMetrics metrics) {
        this.kind = kind;
        this.diskClaims = diskClaims;
        this.events = events;
        this.metrics = metrics;
    }

    /** Whether VMs, their pods and claims are all known: before that, none is known to be missing, off or free. */
    public boolean mayBegin() {
        return diskClaims.ready();
    }

    /** Makes a pass; empty: it may not begin yet, or another's write in between made it void. */
    public <T> Optional<T> make(Supplier<T> pass) {
        if (!mayBegin()) {
            return Optional.empty();
        }
        try (OperatorMetrics.Pass _ = metrics.pass(kind)) {
            return Optional.of(pass.get());
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                metrics.conflict(kind);
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Makes a pass, and soon another where it was void. */
    public UpdateControl<P> reconcile(Supplier<UpdateControl<P>> pass) {
        return make(pass).orElseGet(() -> lookAgain(VOID_AGAIN));
    }

    /** The end of a pass that has stored its status itself; null: nothing is to be looked at again. */
    public UpdateControl<P> lookAgain(@Nullable Duration after) {
        UpdateControl<P> done = UpdateControl.noUpdate();
        return after == null ? done : done.rescheduleAfter(after);
    }

    /**
     * A status was stored: the next pass sees it at once, and who watches hears of the step.
     *
     * @param reason that Ready had before
     */
    public void stored(P stored, P before, String reason, Verdict ready, Context<P> context) {
        context.eventSourceRetriever()
                .getControllerEventSource()
                .handleRecentResourceUpdate(ResourceID.fromResource(stored), stored, before);
        metrics.statusWritten(kind);
        events.moved(stored, reason, ready);
    }
}
