package io.kubehv.hv.qmp.agent;

import com.fasterxml.jackson.databind.JsonNode;
import io.kubehv.hv.qmp.QmpCommandException;
import io.kubehv.hv.qmp.QmpException;
import io.kubehv.hv.qmp.QmpInterruptedException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A client of one guest's agent. Every call takes at most its time-out: the socket takes bytes even where no agent
 * runs, so silence is ordinary. Holds nothing between calls. One exchange at a time; for any number of threads.
 *
 * <p>Every method throws {@link io.kubehv.hv.qmp.QmpConnectException} where QEMU's socket isn't there or no agent
 * answers, {@link QmpCommandException} where the agent refuses, and {@link QmpInterruptedException} where it was asked
 * and didn't answer.
 */
public final class GuestAgent {
    /** What a guest may say at once: many times its longest honest answer, and little beside a daemon's heap. */
    private static final int LIMIT = 64 << 10;

    private static final int TEXT_LIMIT = 256;
    private static final int LIST_LIMIT = 64;

    private final Path socket;
    private final ReentrantLock oneAtATime = new ReentrantLock();

    /** A client of the agent behind the socket; opens nothing yet. */
    public GuestAgent(Path socket) {
        this.socket = socket;
    }

    /** Returns if an agent answers. */
    public void ping(Duration timeout) throws QmpException {
        JsonNode _ = execute("guest-ping", Map.of(), timeout);
    }

    /**
     * Asks the guest to shut down. An agent doesn't answer when it succeeds; so silence after the command is success as
     * far as can be known, and only the end of QEMU is proof.
     */
    public void shutdown(Duration timeout) throws QmpException {
        try {
            JsonNode _ = execute("guest-shutdown", Map.of("mode", "powerdown"), timeout);
        } catch (QmpInterruptedException e) {
            if (Thread.currentThread().isInterrupted()) {
                throw e;
            }
        }
    }

    /**
     * Has the guest write out and hold what is on its file systems. Until {@link #thaw} nothing in it can write.
     *
     * @return how many file systems hold; 0 means that nothing does
     */
    public int freeze(Duration timeout) throws QmpException {
        return execute("guest-fsfreeze-freeze", Map.of(), timeout).asInt();
    }

    /** Lets the guest's file systems go on; returns how many did. Does nothing to those that were not held. */
    public int thaw(Duration timeout) throws QmpException {
        return execute("guest-fsfreeze-thaw", Map.of(), timeout).asInt();
    }

    /** Whether file systems of the guest are held by {@link #freeze}. */
    public boolean isFrozen(Duration timeout) throws QmpException {
        return "frozen"
                .equals(execute("guest-fsfreeze-status", Map.of(), timeout).asText());
    }

    /** What the guest runs. */
    public OperatingSystem operatingSystem(Duration timeout) throws QmpException {
        JsonNode value = execute("guest-get-osinfo", Map.of(), timeout);
        return new OperatingSystem(
                text(value, "id"),
                text(value, "pretty-name"),
                text(value, "version-id"),
                text(value, "kernel-release"));
    }

    /** The guest's name for itself. */
    public String hostName(Duration timeout) throws QmpException {
        return text(execute("guest-get-host-name", Map.of(), timeout), "host-name");
    }

    /** The guest's network interfaces. */
    public List<GuestInterface> networkInterfaces(Duration timeout) throws QmpException {
        List<GuestInterface> interfaces = new ArrayList<>();
        for (JsonNode value : execute("guest-network-get-interfaces", Map.of(), timeout)) {
            List<String> addresses = new ArrayList<>();
            for (JsonNode address : value.path("ip-addresses")) {
                if (addresses.size() < LIST_LIMIT) {
                    addresses.add(text(address, "ip-address"));
                }
            }
            if (interfaces.size() < LIST_LIMIT) {
                interfaces.add(new GuestInterface(text(value, "name"), text(value, "hardware-address"), addresses));
            }
        }
        return List.copyOf(interfaces);
    }

    /** Any other command; what it returns is as the guest gave it. */
    public JsonNode execute(String command, Map<String, ?> arguments, Duration timeout) throws QmpException {
        long deadline = System.nanoTime() + timeout.toNanos();
        oneAtATime.lock();
        try (AgentExchange exchange = AgentExchange.open(socket, LIMIT, deadline)) {
            exchange.synchronize();
            return exchange.execute(command, arguments);
        } finally {
            oneAtATime.unlock();
        }
    }

    /** A guest must not be able to fill the API with its words: control characters go, and what is too long is cut. */
    private static String text(JsonNode value, String field) {
        String text = value.path(field).asText("").replaceAll("\\p{Cntrl}", " ").strip();
        return text.length() > TEXT_LIMIT ? text.substring(0, TEXT_LIMIT) : text;
    }
}
