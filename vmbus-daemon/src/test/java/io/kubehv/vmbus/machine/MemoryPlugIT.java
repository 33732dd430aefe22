package io.kubehv.vmbus.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.api.v1alpha1.AssignedMemory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A session, a real QEMU and a guest that takes memory and gives it back. As root: it mounts. */
class MemoryPlugIT {
    private static final Duration BOOT = Duration.ofMinutes(4);
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final long MIB = 1L << 20;
    private static final long KEPT_MIB = 32;

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
    void a_guest_gets_memory_and_gives_it_back_while_it_runs_and_never_more_than_its_pod_has() throws Exception {
        session = new SessionHarness(root, "u1", false);
        machine = new TestMachine(session.pods, "u1", root);
        session.podMemory(192 * MIB);
        machine.startGuestWithRoom(TestMachine.tinyDisk(root));
        await().atMost(BOOT).until(() -> machine.console().contains("tiny: booted"));
        awaitMemory(192, 192);

        session.wantMemory("512Mi");
        session.podMemory(384 * MIB);
        awaitMemory(384, 384);
        session.podMemory(512 * MIB);
        awaitMemory(512, 512);
        session.restartDaemon();
        session.wantMemory("256Mi");
        awaitGivenBack(256);
        session.wantMemory("64Mi");
        awaitGivenBack(192);

        assertThat(machine.isAlive()).isTrue();
        assertThat(session.events).isEmpty();
    }

    private void awaitMemory(long assigned, long requested) {
        AssignedMemory wanted = AssignedMemory.of(assigned * MIB, requested * MIB);
        await().atMost(SOON)
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(() ->
                        assertThat(session.lastReport().orElseThrow().memory()).isEqualTo(wanted));
    }

    /** A guest keeps a block that has something in it that its kernel can't move. */
    private void awaitGivenBack(long requested) {
        await().atMost(SOON).pollInterval(Duration.ofMillis(10)).untilAsserted(() -> {
            AssignedMemory memory =
                    Objects.requireNonNull(session.lastReport().orElseThrow().memory());
            assertThat(memory.requested()).isEqualTo(quantity(requested));
            assertThat(memory.assigned().getNumericalAmount().longValue() / MIB)
                    .isBetween(requested, requested + KEPT_MIB);
        });
    }

    private static Quantity quantity(long mebibytes) {
        return new Quantity(mebibytes + "Mi");
    }
}
