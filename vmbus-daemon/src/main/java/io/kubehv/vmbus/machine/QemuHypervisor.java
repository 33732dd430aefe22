package io.kubehv.vmbus.machine;

import com.fasterxml.jackson.databind.JsonNode;
import io.kubehv.hv.qmp.QmpCommandException;
import io.kubehv.hv.qmp.QmpConnectException;
import io.kubehv.hv.qmp.QmpException;
import io.kubehv.hv.qmp.client.QmpClient;
import io.kubehv.hv.qmp.client.QmpListener;
import io.kubehv.hv.qmp.model.QemuMonitor;
import io.kubehv.hv.qmp.wire.QmpMessage;
import io.kubehv.vmbus.fault.HypervisorGoneException;
import io.kubehv.vmbus.fault.HypervisorLostException;
import io.kubehv.vmbus.fault.HypervisorRefusedException;
import io.kubehv.vmbus.files.PodDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A QEMU, over QMP. */
public final class QemuHypervisor implements Hypervisor {
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final String AGENT_SOCKET = "guest-agent.sock";

    private final QmpClient client;
    private final QemuMonitor monitor;

    private QemuHypervisor(QmpClient client) {
        this.client = client;
        this.monitor = new QemuMonitor(client, ANSWER);
    }

    /** Connects; see {@link Hypervisor.Connector}. */
    public static Hypervisor connect(Path socket, HypervisorEvents events) {
        if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
            throw new HypervisorGoneException(
                    "there is no monitor at " + socket, new IOException("no such file: " + socket));
        }
        QmpClient client = new QmpClient(PodDirectory.requireSocket(socket), new Translation(events));
        try {
            var _ = client.connect(ANSWER);
            QemuHypervisor hypervisor = new QemuHypervisor(client);
            hypervisor.monitor.enableMigrationEvents();
            return hypervisor;
        } catch (QmpConnectException e) {
            client.close();
            throw isRefused(e)
                    ? new HypervisorGoneException("nobody listens at " + socket, e)
                    : new HypervisorLostException("no monitor answers at " + socket, e);
        } catch (QmpException e) {
            client.close();
            throw new HypervisorLostException("the monitor at " + socket + " was lost at once", e);
        }
    }

    /** A socket whose program has ended is still a file: the kernel refuses connections to it. */
    private static boolean isRefused(QmpConnectException e) {
        return e.getCause() instanceof IOException cause
                && String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT).contains("connection refused");
    }

    @Override
    public String runState() {
        return asked(() -> client.execute("query-status", Map.of(), ANSWER))
                .path("status")
                .asText("");
    }

    @Override
    public boolean usesKvm() {
        return asked(() -> client.execute("query-kvm", Map.of(), ANSWER))
                .path("enabled")
                .asBoolean();
    }

    @Override
    public boolean agentListens() {
        for (JsonNode device : asked(() -> client.execute("query-chardev", Map.of(), ANSWER))) {
            if (device.path("filename").asText("").contains(AGENT_SOCKET)) {
                return device.path("frontend-open").asBoolean();
            }
        }
        return false;
    }

    @Override
    public Transfer transfer() {
        return switch (asked(monitor::queryMigrate).phase()) {
            case NONE -> Transfer.NONE;
            case ACTIVE -> Transfer.ACTIVE;
            case COMPLETED -> Transfer.COMPLETED;
            case FAILED, CANCELLED -> Transfer.FAILED;
        };
    }

    @Override
    public void resume() {
        told(monitor::cont);
    }

    @Override
    public void pause() {
        told(monitor::stop);
    }

    @Override
    public void reset() {
        told(monitor::systemReset);
    }

    @Override
    public void powerDown() {
        told(monitor::systemPowerdown);
    }

    @Override
    public void quit() {
        told(monitor::quit);
    }

    @Override
    public void sendMemory(String socket) {
        told(() -> {
            monitor.setMigrationBandwidth(Long.MAX_VALUE);
            monitor.migrate("unix:" + socket);
        });
    }

    @Override
    public void cancelTransfer() {
        told(monitor::migrateCancel);
    }

    @Override
    public void readMemory(String file) {
        told(() -> monitor.migrateIncoming("file:" + file));
    }

    @Override
    public void close() {
        client.close();
    }

    @FunctionalInterface
    private interface Question<T> {
        T ask() throws QmpException;
    }

    @FunctionalInterface
    private interface Order {
        void give() throws QmpException;
    }

    private static void told(Order order) {
        var _ = asked(() -> {
            order.give();
            return true;
        });
    }

    private static <T> T asked(Question<T> question) {
        try {
            return question.ask();
        } catch (QmpCommandException e) {
            throw new HypervisorRefusedException(String.valueOf(e.getMessage()), e);
        } catch (QmpException e) {
            throw new HypervisorLostException(String.valueOf(e.getMessage()), e);
        }
    }

    /** QMP's words into the daemon's. */
    private record Translation(HypervisorEvents events) implements QmpListener {
        @Override
        public void onEvent(QmpMessage.Event event) {
            events.happened(new HypervisorEvents.Happening(
                    event.name(),
                    event.data().path("guest").asBoolean(),
                    event.data().path("reason").asText(""),
                    event.time().toString()));
        }

        @Override
        public void onEventsLost(long count) {
            events.missed();
        }

        @Override
        public void onDisconnected(@Nullable Throwable cause) {
            events.lost();
        }
    }
}
