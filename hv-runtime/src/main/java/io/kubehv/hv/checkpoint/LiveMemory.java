package io.kubehv.hv.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.kubehv.hv.machine.Accelerator;
import io.kubehv.hv.qmp.QmpCommandException;
import io.kubehv.hv.qmp.QmpException;
import io.kubehv.hv.qmp.client.QmpClient;
import io.kubehv.hv.qmp.model.MigrationStatus;
import io.kubehv.hv.qmp.model.QemuMonitor;
import java.time.Duration;
import java.util.Map;

/**
 * Sends the memory of a guest that goes on afterwards, in one of two ways.
 *
 * <ul>
 *   <li><i>In the background</i> (QEMU's {@code background-snapshot}): what is sent is the memory as it was at the start,
 *       however much the guest writes meanwhile. QEMU needs write-protect faults of the kernel, by {@code
 *       /dev/userfaultfd} or as root.
 *   <li><i>By pre-copy</i>: what is sent is the memory as it was at the end. It is gone through again and again while the
 *       guest runs, and the last time while it stands still.
 * </ul>
 *
 * <p>Every method throws as {@link QmpClient#execute} does: refused, outcome unknown, not sent.
 */
public final class LiveMemory {
    private static final String BACKGROUND = "background-snapshot";

    /** So that the caller decides when the guest stops, unless next to nothing is left to send. */
    private static final int DOWNTIME_MILLIS = 1;

    private static final String MACHINE_SUFFIX = "-machine";
    private static final String CPU_SUFFIX = "-x86_64-cpu";

    private final QmpClient client;
    private final QemuMonitor monitor;
    private final Duration timeout;

    public LiveMemory(QmpClient client, Duration timeout) {
        this.client = client;
        this.monitor = new QemuMonitor(client, timeout);
        this.timeout = timeout;
    }

    /** Gets QEMU ready to send in the background; false where it can't here. */
    public boolean prepareBackground() throws QmpException {
        try {
            background(true);
            return true;
        } catch (QmpCommandException e) {
            return false;
        }
    }

    /** Gets QEMU ready to send by pre-copy. */
    public void preparePrecopy() throws QmpException {
        background(false);
        var _ = client.execute("migrate-set-parameters", Map.of("downtime-limit", DOWNTIME_MILLIS), timeout);
    }

    /** QEMU sends as it does by default from now on. */
    public void restore() throws QmpException {
        background(false);
    }

    private void background(boolean on) throws QmpException {
        monitor.setMigrationCapability(BACKGROUND, on);
    }

    /** Starts to send, in the way that was prepared. */
    public void send(String uri) throws QmpException {
        monitor.setMigrationBandwidth(Long.MAX_VALUE);
        monitor.migrate(uri);
    }

    /** How far it is. */
    public MigrationStatus progress() throws QmpException {
        return monitor.queryMigrate();
    }

    /** What the memory fits. */
    public MachineFacts facts() throws QmpException {
        JsonNode version = client.execute("query-version", Map.of(), timeout).path("qemu");
        JsonNode processors = client.execute("query-cpus-fast", Map.of(), timeout);
        String processor = processors.path(0).path("qom-path").asText("");
        return new MachineFacts(
                "%d.%d.%d"
                        .formatted(
                                version.path("major").asInt(),
                                version.path("minor").asInt(),
                                version.path("micro").asInt()),
                without(MACHINE_SUFFIX, type("/machine")),
                processor.isEmpty() ? null : without(CPU_SUFFIX, type(processor)),
                monitor.usesKvm() ? Accelerator.KVM : Accelerator.TCG);
    }

    private String type(String path) throws QmpException {
        return client.execute("qom-get", Map.of("path", path, "property", "type"), timeout)
                .asText("");
    }

    private static String without(String suffix, String text) {
        return text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
    }
}
