package io.kubehv.vmbus.machine;

import com.fasterxml.jackson.databind.JsonNode;
import io.kubehv.hv.linux.Errno;
import io.kubehv.hv.linux.SyscallException;
import io.kubehv.hv.linux.fs.UnixSocket;
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
import io.kubehv.vmbus.fault.PathRefusedException;
import io.kubehv.vmbus.fault.VmbusException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A QEMU, over QMP. */
public final class QemuHypervisor implements Hypervisor {
    private static final Duration ANSWER = Duration.ofSeconds(10);

    /** QEMU's answers to what is asked here have a few KiB; the daemon's heap is small, and a QEMU may be taken over. */
    private static final int LONGEST_LINE = 1 << 20;

    private static final int LONGEST_WORD = 64;
    private static final String CONSOLE_TAIL = "console-tail";
    private static final int CONSOLE_TAIL_BYTES = 16384;
    private static final String AGENT_SOCKET = "guest-agent.sock";

    private final QmpClient client;
    private final QemuMonitor monitor;

    private QemuHypervisor(QmpClient client) {
        this.client = client;
        this.monitor = new QemuMonitor(client, ANSWER);
    }

    /** Connects; see {@link Hypervisor.Connector}. A link in the place of the socket is not followed. */
    public static Hypervisor connect(Path socket, HypervisorEvents events) {
        QmpClient client = new QmpClient(socket, LONGEST_LINE, new Translation(events));
        try {
            var _ = client.connect(ANSWER);
            QemuHypervisor hypervisor = new QemuHypervisor(client);
            hypervisor.monitor.enableMigrationEvents();
            return hypervisor;
        } catch (QmpConnectException e) {
            client.close();
            throw failedConnect(socket, e);
        } catch (QmpException e) {
            client.close();
            throw new HypervisorLostException("the monitor at " + socket + " was lost at once", e);
        }
    }

    private static VmbusException failedConnect(Path socket, QmpConnectException e) {
        if (e.getCause() instanceof UnixSocket.NotASocketException refused) {
            return new PathRefusedException(socket + " is not a socket", refused);
        }
        if (e.getCause() instanceof SyscallException absent && absent.errno() == Errno.ENOENT) {
            return new HypervisorGoneException("there is no monitor at " + socket, e);
        }
        return isRefused(e)
                ? new HypervisorGoneException("nobody listens at " + socket, e)
                : new HypervisorLostException("no monitor answers at " + socket, e);
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
    public String consoleTail() {
        return asked(() -> client.execute(
                        "ringbuf-read", Map.of("device", CONSOLE_TAIL, "size", CONSOLE_TAIL_BYTES), ANSWER))
                .asText("");
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
                    word(event.name()),
                    event.data().path("guest").asBoolean(),
                    word(event.data().path("reason").asText("")),
                    word(event.data().path("action").asText("")),
                    event.time().toString()));
        }

        private static String word(String text) {
            return text.length() > LONGEST_WORD ? text.substring(0, LONGEST_WORD) : text;
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
