package io.kubehv.vmbus.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.DiskQos;
import io.kubehv.hv.qmp.client.QmpClient;
import io.kubehv.hv.qmp.client.QmpListener;
import io.kubehv.vmbus.status.MachineReport;
import io.kubehv.vmbus.status.Trouble;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A session, a real QEMU and a guest that boots from a disk which is slow below what the session knows of. As root. */
class ThroughputIT {
    private static final Duration BOOT = Duration.ofMinutes(4);
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final long SLOW = 40;
    private static final long MINIMUM = 100;

    @TempDir
    private Path root;

    private SessionHarness session;
    private TestMachine machine;

    @AfterEach
    void end() throws Exception {
        session.close();
        machine.close();
    }

    private List<Trouble> troubles() {
        return session.lastReport().map(MachineReport::troubles).orElse(List.of());
    }

    @Test
    void a_disk_that_is_too_slow_for_a_guest_that_waits_for_it_is_told_of_until_it_is_well() throws Exception {
        session = new SessionHarness(root, "u1", false);
        session.wantDisks(List.of(new Disk("root", "root", null, null, null, null, new DiskQos(null, MINIMUM), null)));
        machine = new TestMachine(session.pods, "u1", root);
        machine.startGuestOnSlowDisk(TestMachine.tinyDisk(root), SLOW);

        await().atMost(BOOT)
                .untilAsserted(() -> assertThat(troubles())
                        .as("troubles; the console says: %s", machine.console())
                        .singleElement()
                        .satisfies(trouble -> {
                            assertThat(trouble.type()).isEqualTo(ConditionTypes.INSUFFICIENT_THROUGHPUT);
                            assertThat(trouble.message())
                                    .startsWith("disk \"root\" got ")
                                    .contains(" of the " + MINIMUM + " ");
                        }));
        int told = session.reports.size();
        assertThat(Long.parseLong(troubles().getFirst().message().split(" ", -1)[3]))
                .isBetween(1L, MINIMUM - 1);

        try (QmpClient other = new QmpClient(machine.secondMonitor(), QmpListener.NOBODY)) {
            String _ = other.connect(TIMEOUT);
            var _ = other.execute(
                    "qom-set",
                    Map.of("path", "/objects/slow", "property", "limits", "value", Map.of("iops-total", 1_000_000)),
                    TIMEOUT);
        }
        await().atMost(BOOT).untilAsserted(() -> assertThat(troubles()).isEmpty());
        assertThat(session.reports.size()).as("reports: %s", session.reports).isLessThanOrEqualTo(told + 2);
    }
}
