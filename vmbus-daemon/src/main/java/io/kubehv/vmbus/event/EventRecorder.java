package io.kubehv.vmbus.event;

import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kubehv.api.v1alpha1.VirtualMachine;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Writes events, in the background and in order. One that can't be written is tried a few times more, then logged. */
public final class EventRecorder implements AutoCloseable {
    public static final String CONTROLLER = "kubehv.io/vmbus-daemon";
    private static final Logger LOG = System.getLogger(EventRecorder.class.getName());
    private static final int TRIES = 6;
    private static final int LONGEST_NAME_PART = 200;
    private static final DateTimeFormatter MICROSECONDS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private final KubernetesClient client;
    private final String node;
    private final Clock clock;
    private final Consumer<MachineEvent> whenTold;
    private final ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("event-writer").factory());

    /**
     * A recorder with nothing to write.
     *
     * @param whenTold is told each event, whether it gets written or not
     */
    public EventRecorder(KubernetesClient client, String node, Clock clock, Consumer<MachineEvent> whenTold) {
        this.client = client;
        this.node = node;
        this.clock = clock;
        this.whenTold = whenTold;
    }

    /**
     * Tells something of a VM.
     *
     * @param occurrence what tells this occurrence from others of its kind, such as a pod's UID and QEMU's time stamp
     * @param detail is added to the event's note; may be empty
     */
    public void record(VirtualMachine machine, MachineEvent event, String occurrence, String detail) {
        Event object = describe(machine, event, occurrence, detail);
        LOG.log(
                Level.INFO,
                () -> "%s/%s: %s: %s"
                        .formatted(
                                machine.getMetadata().getNamespace(),
                                machine.getMetadata().getName(),
                                event.reason(),
                                object.getNote()));
        whenTold.accept(event);
        try {
            writer.execute(() -> write(object, TRIES));
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "the daemon ends; the event stays in the log only", e);
        }
    }

    Event describe(VirtualMachine machine, MachineEvent event, String occurrence, String detail) {
        String identity = machine.getMetadata().getUid() + event.reason() + occurrence;
        String name = machine.getMetadata().getName();
        String suffix = UUID.nameUUIDFromBytes(identity.getBytes(StandardCharsets.UTF_8))
                .toString()
                .replace("-", "");
        return new EventBuilder()
                .withNewMetadata()
                .withName(name.substring(0, Math.min(name.length(), LONGEST_NAME_PART)) + "." + suffix)
                .withNamespace(machine.getMetadata().getNamespace())
                .endMetadata()
                .withEventTime(new MicroTime(MICROSECONDS.format(clock.instant())))
                .withReportingController(CONTROLLER)
                .withReportingInstance(node)
                .withType(event.type())
                .withReason(event.reason())
                .withAction(event.reason())
                .withNote(detail.isEmpty() ? event.note() : event.note() + " " + detail)
                .withRegarding(new ObjectReferenceBuilder()
                        .withApiVersion(machine.getApiVersion())
                        .withKind(machine.getKind())
                        .withNamespace(machine.getMetadata().getNamespace())
                        .withName(name)
                        .withUid(machine.getMetadata().getUid())
                        .build())
                .build();
    }

    private void write(Event event, int triesLeft) {
        try {
            client.events().v1().events().resource(event).create();
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                LOG.log(Level.DEBUG, () -> "told before: " + event.getMetadata().getName());
            } else if (triesLeft > 1 && isTransient(e)) {
                long seconds = 1L << (TRIES - triesLeft);
                var _ = writer.schedule(() -> write(event, triesLeft - 1), seconds, TimeUnit.SECONDS);
            } else {
                LOG.log(
                        Level.WARNING,
                        () -> "can't write the event " + event.getReason() + " on " + regarding(event),
                        e);
            }
        }
    }

    /** Without a code the server was not reached. */
    private static boolean isTransient(KubernetesClientException e) {
        return e.getCode() == 0 || e.getCode() == 429 || e.getCode() >= HttpURLConnection.HTTP_INTERNAL_ERROR;
    }

    private static String regarding(Event event) {
        return event.getRegarding().getNamespace() + "/" + event.getRegarding().getName();
    }

    /** Writes what is waiting, for a moment at most. */
    @Override
    public void close() {
        writer.shutdown();
        try {
            if (!writer.awaitTermination(2, TimeUnit.SECONDS)) {
                writer.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
