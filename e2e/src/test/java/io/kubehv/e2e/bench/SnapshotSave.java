package io.kubehv.e2e.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.kubehv.e2e.Cluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A guest as busy as ours in a QEMU of this machine's own, on a qcow2 image, whose {@code snapshot-save} keeps memory and disk:
 * what one has without any of KubeHV.
 */
final class SnapshotSave implements AutoCloseable {
    private static final Path GUESTS = BuildCache.folder("guests");
    private static final Duration BOOT = Duration.ofMinutes(5);

    private final Path directory;
    private final Process qemu;
    private final MonitorLine monitor;

    /** How long the guest stood still, and how long all of it took. */
    record Times(Duration blackout, Duration whole) {}

    private SnapshotSave(Path directory, Process qemu, MonitorLine monitor) {
        this.directory = directory;
        this.qemu = qemu;
        this.monitor = monitor;
    }

    /** Boots the tiny guest with so much memory and has it run a command. */
    static SnapshotSave start(String memory, String command) {
        try {
            Path directory = Files.createTempDirectory("kubehv-snapshot-save");
            return start(directory, memory, command);
        } catch (IOException e) {
            throw new IllegalStateException("no QEMU to compare with", e);
        }
    }

    private static SnapshotSave start(Path directory, String memory, String command) throws IOException {
        Process qemu = null;
        boolean begun = false;
        try {
            Path disk = directory.resolve("disk.qcow2");
            var _ = Cluster.run(
                    "qemu-img",
                    "convert",
                    "-O",
                    "qcow2",
                    GUESTS.resolve("tiny.qcow2").toString(),
                    disk.toString());
            qemu = new ProcessBuilder(arguments(directory, disk, memory))
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
            Path socket = directory.resolve("qmp");
            Awaitility.await().atMost(BOOT).until(() -> Files.exists(socket));
            SnapshotSave save = new SnapshotSave(directory, qemu, MonitorLine.negotiate(socket));
            save.inGuest(command);
            begun = true;
            return save;
        } finally {
            if (!begun) {
                clear(directory, qemu);
            }
        }
    }

    /** Ends it, however far it came, and removes its files. */
    private static void clear(Path directory, @Nullable Process qemu) throws IOException {
        if (qemu != null) {
            qemu.destroyForcibly().onExit().join();
        }
        for (String name : List.of("disk.qcow2", "log", "qmp", "agent")) {
            Files.deleteIfExists(directory.resolve(name));
        }
        Files.delete(directory);
    }

    private static List<String> arguments(Path directory, Path disk, String memory) {
        return List.of(
                "qemu-system-x86_64",
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-machine",
                "q35",
                "-accel",
                "tcg",
                "-m",
                memory,
                "-blockdev",
                "driver=file,node-name=file,filename=" + disk,
                "-blockdev",
                "driver=qcow2,node-name=disk,file=file",
                "-device",
                "virtio-blk-pci,drive=disk",
                "-device",
                "virtio-serial",
                "-chardev",
                "socket,id=agent,server=on,wait=off,path=" + directory.resolve("agent"),
                "-device",
                "virtserialport,chardev=agent,name=org.qemu.guest_agent.0",
                "-qmp",
                "unix:" + directory.resolve("qmp") + ",server=on,wait=off");
    }

    private void inGuest(String command) throws IOException {
        try (MonitorLine agent = MonitorLine.connect(directory.resolve("agent"))) {
            // It stays in the port until the agent comes.
            var _ = agent.ask("guest-ping", Map.of());
            var _ = agent.ask("guest-exec", Map.of("path", "/bin/sh", "arg", List.of("-c", command)));
        }
    }

    Times save(String tag) {
        Instant asked = Instant.now();
        var _ = monitor.ask(
                "snapshot-save", Map.of("job-id", tag, "tag", tag, "vmstate", "disk", "devices", List.of("disk")));
        Instant stopped = time(monitor.event("STOP"));
        Instant resumed = time(monitor.event("RESUME"));
        Awaitility.await().atMost(BOOT).until(() -> isConcluded(tag));
        Times times = new Times(Duration.between(stopped, resumed), Duration.between(asked, Instant.now()));
        var _ = monitor.ask("job-dismiss", Map.of("id", tag));
        return times;
    }

    private boolean isConcluded(String job) {
        for (JsonNode found : monitor.ask("query-jobs", Map.of())) {
            if (job.equals(found.path("id").asText())) {
                if (found.has("error")) {
                    throw new IllegalStateException(found.path("error").asText());
                }
                return "concluded".equals(found.path("status").asText());
            }
        }
        return false;
    }

    private static Instant time(JsonNode event) {
        JsonNode time = event.path("timestamp");
        return Instant.ofEpochSecond(
                time.path("seconds").asLong(), time.path("microseconds").asLong() * 1000);
    }

    @Override
    public void close() {
        try {
            monitor.close();
            clear(directory, qemu);
        } catch (IOException e) {
            System.err.println("left behind: " + directory + ": " + e);
        }
    }
}
