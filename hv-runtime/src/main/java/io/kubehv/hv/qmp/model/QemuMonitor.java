package io.kubehv.hv.qmp.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.kubehv.hv.qmp.QmpCommandException;
import io.kubehv.hv.qmp.QmpException;
import io.kubehv.hv.qmp.QmpInterruptedException;
import io.kubehv.hv.qmp.client.QmpClient;
import io.kubehv.hv.qmp.client.RunState;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What KubeHV asks of a running QEMU. Every method throws as {@link QmpClient#execute} does: refused, outcome unknown,
 * not sent.
 */
public final class QemuMonitor {
    private static final String EXIT_ON_ERROR = "exit-on-error";

    private final QmpClient client;
    private final Duration timeout;

    /** Commands over a client that the caller connects; each answer is waited for at most {@code timeout}. */
    public QemuMonitor(QmpClient client, Duration timeout) {
        this.client = client;
        this.timeout = timeout;
    }

    /** Whether the guest runs, and why not. */
    public VirtualMachineStatus queryStatus() throws QmpException {
        JsonNode value = execute("query-status");
        return new VirtualMachineStatus(
                value.path("running").asBoolean(),
                VirtualMachineRunState.of(value.path("status").asText("")));
    }

    /** The machine's SMBIOS UUID, by which a VM is known again. */
    public String queryUuid() throws QmpException {
        return execute("query-uuid").path("UUID").asText("");
    }

    /** Whether KVM runs the guest's instructions. */
    public boolean usesKvm() throws QmpException {
        return execute("query-kvm").path("enabled").asBoolean();
    }

    /** Stops the processors; disks are flushed. Stopping a stopped VM does nothing. */
    public void stop() throws QmpException {
        execute("stop");
    }

    /** Starts the processors, or goes on. Does nothing to a running VM. */
    public void cont() throws QmpException {
        execute("cont");
    }

    /** Presses the ACPI power button; the guest may do what it likes about it. */
    public void systemPowerdown() throws QmpException {
        execute("system_powerdown");
    }

    /** Presses the reset button. */
    public void systemReset() throws QmpException {
        execute("system_reset");
    }

    /** Ends QEMU at once, as a power cut to the guest. A connection that ends before the answer is what was asked for. */
    public void quit() throws QmpException {
        try {
            execute("quit");
        } catch (QmpInterruptedException e) {
            if (client.runState() == RunState.RUNNING) {
                throw e;
            }
        }
    }

    /** Starts to send the guest's state to the address, for example {@code unix:/run/kubehv/save.sock}. */
    public void migrate(String uri) throws QmpException {
        client.execute("migrate", Map.of("uri", uri), timeout);
    }

    /**
     * Starts to load a guest's state from the address; for a QEMU that was started with {@code -incoming defer}. One that
     * can (9.1 and later) stays when that fails, so that {@link #queryMigrate} tells of it; an older one exits.
     */
    public void migrateIncoming(String uri) throws QmpException {
        try {
            client.execute("migrate-incoming", Map.of("uri", uri, EXIT_ON_ERROR, false), timeout);
        } catch (QmpCommandException e) {
            if (!e.description().contains(EXIT_ON_ERROR)) {
                throw e;
            }
            // It does not know the argument, and says so before it does anything.
            client.execute("migrate-incoming", Map.of("uri", uri), timeout);
        }
    }

    /** Bounds how fast a guest's state is sent. QEMU's own default, 128 MiB/s, suits a shared network and no local file. */
    public void setMigrationBandwidth(long bytesPerSecond) throws QmpException {
        client.execute("migrate-set-parameters", Map.of("max-bandwidth", bytesPerSecond), timeout);
    }

    /** Has QEMU send MIGRATION events, so that nobody needs to poll. Before any {@code migrate}. */
    public void enableMigrationEvents() throws QmpException {
        setMigrationCapability("events", true);
    }

    /** Switches one of QEMU's ways to send on or off. Before any {@code migrate} that it is for. */
    public void setMigrationCapability(String name, boolean on) throws QmpException {
        client.execute(
                "migrate-set-capabilities",
                Map.of("capabilities", List.of(Map.of("capability", name, "state", on))),
                timeout);
    }

    /** How far a migration is. */
    public MigrationStatus queryMigrate() throws QmpException {
        JsonNode value = execute("query-migrate");
        JsonNode memory = value.path("ram");
        return new MigrationStatus(
                MigrationStatus.Phase.of(value.path("status").asText("")),
                value.path("error-desc").asText(""),
                memory.path("transferred").asLong(),
                memory.path("dirty-sync-count").asLong(),
                memory.path("normal").asLong() + memory.path("duplicate").asLong(),
                value.path("downtime").asLong());
    }

    /** Cancels a migration; the guest stays. */
    public void migrateCancel() throws QmpException {
        execute("migrate_cancel");
    }

    private JsonNode execute(String command) throws QmpException {
        return client.execute(command, Map.of(), timeout);
    }
}
