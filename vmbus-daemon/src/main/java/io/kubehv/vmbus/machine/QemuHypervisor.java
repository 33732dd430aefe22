package io.kubehv.vmbus.machine;

import com.fasterxml.jackson.databind.JsonNode;
import io.kubehv.hv.checkpoint.DiskWrites;
import io.kubehv.hv.checkpoint.LiveMemory;
import io.kubehv.hv.hotplug.LiveAdapters;
import io.kubehv.hv.hotplug.LiveDisks;
import io.kubehv.hv.linux.Errno;
import io.kubehv.hv.linux.SyscallException;
import io.kubehv.hv.linux.fs.UnixSocket;
import io.kubehv.hv.qmp.QmpConnectException;
import io.kubehv.hv.qmp.QmpException;
import io.kubehv.hv.qmp.client.DescriptorMonitor;
import io.kubehv.hv.qmp.client.QmpClient;
import io.kubehv.hv.qmp.client.QmpListener;
import io.kubehv.hv.qmp.model.QemuMonitor;
import io.kubehv.hv.qmp.wire.QmpMessage;
import io.kubehv.hv.statistics.DiskStatistics;
import io.kubehv.vmbus.adapter.AdapterDevices;
import io.kubehv.vmbus.disk.DiskDevices;
import io.kubehv.vmbus.fault.HypervisorGoneException;
import io.kubehv.vmbus.fault.HypervisorLostException;
import io.kubehv.vmbus.fault.PathRefusedException;
import io.kubehv.vmbus.fault.VmbusException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A QEMU, over QMP. */
public final class QemuHypervisor implements Hypervisor {
    private static final Duration ANSWER = Duration.ofSeconds(10);

    /** QEMU's answers to what is asked here have a few KiB; the daemon's heap is small, and a QEMU may be taken over. */
    private static final int LONGEST_LINE = 1 << 20;

    private static final int LONGEST_WORD = 64;
    private static final String MEMORY_DEVICE = "virtio-mem";
    private static final String FIRMWARE_WORDS = "firmware-words";
    private static final int FIRMWARE_WORDS_BYTES = 16384;
    private static final String DESCRIPTORS = "descriptors.sock";
    private static final String WRITES = "disk-writes.sock";
    private static final String WRITES_IN_POD = "/run/kubehv/" + WRITES;
    private static final String AGENT_SOCKET = "guest-agent.sock";

    private final QmpClient client;
    private final QemuMonitor monitor;

    private final QemuDisks disks;
    private final QemuAdapters adapters;
    private final QemuMemory memory;
    private final QemuDiskWrites diskWrites;

    private QemuHypervisor(QmpClient client, Path socket) {
        this.client = client;
        this.monitor = new QemuMonitor(client, ANSWER);
        this.disks = new QemuDisks(
                new LiveDisks(client, new DescriptorMonitor(socket.resolveSibling(DESCRIPTORS), ANSWER), ANSWER));
        this.adapters = new QemuAdapters(new LiveAdapters(client, ANSWER));
        this.memory = new QemuMemory(new LiveMemory(client, ANSWER));
        this.diskWrites =
                new QemuDiskWrites(new DiskWrites(client, socket.resolveSibling(WRITES), WRITES_IN_POD, ANSWER));
    }

    /** Connects; see {@link Hypervisor.Connector}. A link in the place of the socket is not followed. */
    public static Hypervisor connect(Path socket, HypervisorEvents events) {
        QmpClient client = new QmpClient(socket, LONGEST_LINE, new Translation(events));
        try {
            var _ = client.connect(ANSWER);
            QemuHypervisor hypervisor = new QemuHypervisor(client, socket);
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
        return QemuAnswers.asked(() -> client.execute("query-status", Map.of(), ANSWER))
                .path("status")
                .asText("");
    }

    @Override
    public boolean usesKvm() {
        return QemuAnswers.asked(monitor::usesKvm);
    }

    @Override
    public boolean agentListens() {
        for (JsonNode device : QemuAnswers.asked(() -> client.execute("query-chardev", Map.of(), ANSWER))) {
            if (device.path("filename").asText("").contains(AGENT_SOCKET)) {
                return device.path("frontend-open").asBoolean();
            }
        }
        return false;
    }

    @Override
    public Map<String, DiskStatistics> diskStatistics(Set<String> names) {
        return DiskStatistics.of(QemuAnswers.asked(() -> client.execute("query-blockstats", Map.of(), ANSWER)), names);
    }

    @Override
    public List<ProcessorSlot> processorSlots() {
        List<ProcessorSlot> slots = new ArrayList<>();
        for (JsonNode slot : QemuAnswers.asked(() -> client.execute("query-hotpluggable-cpus", Map.of(), ANSWER))) {
            Map<String, Integer> place = new TreeMap<>();
            slot.path("props")
                    .properties()
                    .forEach(part -> place.put(part.getKey(), part.getValue().asInt()));
            slots.add(new ProcessorSlot(slot.path("type").asText(), place, slot.has("qom-path")));
        }
        // QEMU lists the last one first.
        return slots.reversed();
    }

    @Override
    public void plugProcessor(ProcessorSlot slot) {
        Map<String, Object> device = new TreeMap<>(slot.place());
        device.put("driver", slot.model());
        QemuAnswers.told(() -> {
            var _ = client.execute("device_add", device, ANSWER);
        });
    }

    @Override
    public GuestMemory memory() {
        List<MemoryRoom> rooms = new ArrayList<>();
        for (JsonNode device : QemuAnswers.asked(() -> client.execute("query-memory-devices", Map.of(), ANSWER))) {
            JsonNode data = device.path("data");
            if (MEMORY_DEVICE.equals(device.path("type").asText())) {
                rooms.add(new MemoryRoom(
                        data.path("id").asText(),
                        data.path("size").asLong(),
                        data.path("requested-size").asLong(),
                        data.path("max-size").asLong()));
            }
        }
        long base = QemuAnswers.asked(() -> client.execute("query-memory-size-summary", Map.of(), ANSWER))
                .path("base-memory")
                .asLong();
        rooms.sort(Comparator.comparing(MemoryRoom::name));
        return new GuestMemory(base, rooms);
    }

    @Override
    public void requestMemory(MemoryRoom room, long bytes) {
        QemuAnswers.told(() -> {
            var _ = client.execute(
                    "qom-set",
                    Map.of("path", "/machine/peripheral/" + room.name(), "property", "requested-size", "value", bytes),
                    ANSWER);
        });
    }

    @Override
    public String firmwareWords() {
        return QemuAnswers.asked(() -> client.execute(
                        "ringbuf-read", Map.of("device", FIRMWARE_WORDS, "size", FIRMWARE_WORDS_BYTES), ANSWER))
                .asText("");
    }

    @Override
    public Transfer transfer() {
        return switch (QemuAnswers.asked(monitor::queryMigrate).phase()) {
            case NONE -> Transfer.NONE;
            case ACTIVE -> Transfer.ACTIVE;
            case COMPLETED -> Transfer.COMPLETED;
            case FAILED, CANCELLED -> Transfer.FAILED;
        };
    }

    @Override
    public LiveMemoryControl liveMemory() {
        return memory;
    }

    @Override
    public DiskWriteControl diskWrites() {
        return diskWrites;
    }

    @Override
    public DiskDevices disks() {
        return disks;
    }

    @Override
    public AdapterDevices adapters() {
        return adapters;
    }

    @Override
    public void resume() {
        QemuAnswers.told(monitor::cont);
    }

    @Override
    public void pause() {
        QemuAnswers.told(monitor::stop);
    }

    @Override
    public void reset() {
        QemuAnswers.told(monitor::systemReset);
    }

    @Override
    public void powerDown() {
        QemuAnswers.told(monitor::systemPowerdown);
    }

    @Override
    public void quit() {
        QemuAnswers.told(monitor::quit);
    }

    @Override
    public void sendMemory(String socket) {
        // An earlier life of the daemon may have been about to send it in another way.
        memory.restore();
        memory.send(socket);
    }

    @Override
    public void cancelTransfer() {
        QemuAnswers.told(monitor::migrateCancel);
    }

    @Override
    public void readMemory(String file) {
        QemuAnswers.told(() -> monitor.migrateIncoming("file:" + file));
    }

    @Override
    public void close() {
        client.close();
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
