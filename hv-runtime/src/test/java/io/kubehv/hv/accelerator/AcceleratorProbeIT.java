package io.kubehv.hv.accelerator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.kubehv.hv.accelerator.AcceleratorVerdict.NotUsable;
import io.kubehv.hv.accelerator.AcceleratorVerdict.Reason;
import io.kubehv.hv.accelerator.AcceleratorVerdict.Usable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The probe against this machine's KVM, whatever that is worth. */
@Timeout(180)
class AcceleratorProbeIT {
    @Test
    void the_probe_says_what_qemu_finds(@TempDir Path directory) throws Exception {
        BootSector sector = BootSector.in(directory);
        assertThat(sector.runs("tcg", Duration.ofSeconds(60)))
                .as("the boot sector under emulation, which shows that it is right")
                .isTrue();
        boolean runs = sector.runs("kvm", Duration.ofSeconds(10));

        AcceleratorVerdict verdict = AcceleratorProbe.ofThisMachine().probe(AcceleratorProbe.DEADLINE);

        assertThat(verdict instanceof Usable)
                .as("QEMU's boot sector ran with KVM: %s; the probe: %s", runs, verdict)
                .isEqualTo(runs);
    }

    @Test
    void a_real_guest_that_hangs_gets_a_no_within_a_second_and_leaves_no_process() throws Exception {
        assumeThat(Files.isWritable(AcceleratorProbe.DEVICE)).isTrue();
        AcceleratorProbe probe = new AcceleratorProbe(
                AcceleratorProbe.javaCommand(SpinningGuest.class.getName(), AcceleratorProbe.DEVICE.toString()),
                AcceleratorProbe.START_LIMIT);

        AcceleratorVerdict verdict = probe.probe(Duration.ofSeconds(1));

        assertThat(verdict)
                .isInstanceOfSatisfying(
                        NotUsable.class,
                        no -> assertThat(no.reason()).as(no.detail()).isEqualTo(Reason.GUEST_HUNG));
        await().atMost(Duration.ofSeconds(10))
                .until(() -> ProcessHandle.current().descendants().noneMatch(ProcessHandle::isAlive));
    }

    @Test
    void a_machine_without_the_device_has_no_kvm(@TempDir Path directory) throws Exception {
        assertReason(directory.resolve("kvm"), Reason.NO_DEVICE);
    }

    @Test
    void a_device_that_is_something_else_is_not_kvm() throws Exception {
        assertReason(Path.of("/dev/null"), Reason.SYSTEM_CALL_FAILED);
    }

    private static void assertReason(Path device, Reason reason) throws InterruptedException {
        assertThat(AcceleratorProbe.of(device).probe(AcceleratorProbe.DEADLINE))
                .isInstanceOfSatisfying(
                        NotUsable.class,
                        no -> assertThat(no.reason()).as(no.detail()).isEqualTo(reason));
    }
}
