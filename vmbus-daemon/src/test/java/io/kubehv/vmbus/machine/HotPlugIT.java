package io.kubehv.vmbus.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubehv.api.v1alpha1.AttachedDisk;
import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.vmbus.disk.Attachment;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A session, a real QEMU and a guest that boots and runs meanwhile. As root: it mounts. */
class HotPlugIT {
    private static final Duration BOOT = Duration.ofMinutes(4);
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Disk DATA = new Disk("data", "data", null, null, null, null, null, null);

    @TempDir
    private Path root;

    private SessionHarness session;
    private TestMachine machine;

    @AfterEach
    void end() throws Exception {
        session.close();
        machine.close();
    }

    @Test
    void a_disk_comes_and_leaves_by_the_spec_a_hundred_times_and_the_daemon_may_restart_meanwhile() throws Exception {
        session = new SessionHarness(root, "u1", false);
        machine = new TestMachine(session.pods, "u1", root);
        Path volume = Files.createDirectories(session.pods.resolve("a1/volumes/kubernetes.io~csi/pvc/mount"));
        try (RandomAccessFile image =
                new RandomAccessFile(volume.resolve("disk.img").toFile(), "rw")) {
            image.setLength(24 << 20);
        }
        session.attachments(new Attachment("data", "a1", "web-attach-data", "data", true, false));
        machine.startGuestWithScsi(TestMachine.tinyDisk(root));
        await().atMost(BOOT).until(() -> machine.console().contains("tiny: booted"));

        for (int i = 0; i < 100; i++) {
            session.wantDisks(List.of(DATA));
            awaitDisks(new AttachedDisk("data", true, "web-attach-data", "Attached", null));
            if (i % 20 == 0) {
                session.restartDaemon();
            }
            session.wantDisks(List.of());
            awaitDisks();
        }

        assertThat(machine.isAlive()).isTrue();
        assertThat(session.events).isEmpty();
    }

    private void awaitDisks(AttachedDisk... disks) {
        await().atMost(SOON)
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(() ->
                        assertThat(session.lastReport().orElseThrow().disks()).containsExactly(disks));
    }
}
