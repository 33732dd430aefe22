package io.kubehv.hv.accelerator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubehv.hv.accelerator.AcceleratorVerdict.NotUsable;
import io.kubehv.hv.accelerator.AcceleratorVerdict.Reason;
import io.kubehv.hv.accelerator.AcceleratorVerdict.Usable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ObjectAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the parent makes of what a child says, or does not say. The children are scripts. */
@Timeout(20)
class AcceleratorProbeTest {
    private static final Duration SHORT = Duration.ofMillis(100);
    private static final Duration LONG = Duration.ofSeconds(15);

    @Test
    void a_child_whose_guest_ran_makes_kvm_usable() throws InterruptedException {
        assertThat(verdict("echo ready; echo usable", LONG, LONG)).isEqualTo(new Usable());
    }

    @Test
    void the_reason_of_the_child_is_the_reason_of_the_verdict() throws InterruptedException {
        assertThat(verdict("echo not-usable NO_DEVICE open: no such file", LONG, LONG))
                .isEqualTo(new NotUsable(Reason.NO_DEVICE, "open: no such file"));
    }

    @Test
    void a_guest_that_hangs_is_given_up_at_the_deadline_and_its_process_ended(@TempDir Path directory)
            throws Exception {
        Path pid = directory.resolve("pid");
        assertNotUsable("echo $$ > " + pid + "; echo ready; exec sleep 60", LONG, SHORT, Reason.GUEST_HUNG);
        await().atMost(LONG)
                .until(() -> ProcessHandle.of(
                                Long.parseLong(Files.readString(pid).strip()))
                        .isEmpty());
    }

    @Test
    void the_time_to_start_a_child_is_not_held_against_the_guest() throws InterruptedException {
        assertThat(verdict("sleep 0.4; echo ready; echo usable", LONG, SHORT)).isEqualTo(new Usable());
    }

    @Test
    void a_child_that_is_never_ready_fails_the_probe() throws InterruptedException {
        assertNotUsable("exec sleep 60", SHORT, LONG, Reason.PROBE_FAILED)
                .asString()
                .contains("not ready after 100 ms");
    }

    @Test
    void a_child_that_dies_fails_the_probe_with_its_last_words() throws InterruptedException {
        assertNotUsable("echo ready; echo out of memory >&2; kill -9 $$", LONG, LONG, Reason.PROBE_FAILED)
                .asString()
                .contains("out of memory");
    }

    @Test
    void a_program_that_is_not_there_fails_the_probe() throws InterruptedException {
        assertThat(new AcceleratorProbe(List.of("/no/such/java"), LONG).probe(LONG))
                .isInstanceOfSatisfying(
                        NotUsable.class, verdict -> assertThat(verdict.reason()).isEqualTo(Reason.PROBE_FAILED));
    }

    private static AcceleratorVerdict verdict(String script, Duration startLimit, Duration deadline)
            throws InterruptedException {
        return new AcceleratorProbe(List.of("/bin/sh", "-c", script), startLimit).probe(deadline);
    }

    private static ObjectAssert<AcceleratorVerdict> assertNotUsable(
            String script, Duration startLimit, Duration deadline, Reason reason) throws InterruptedException {
        return assertThat(verdict(script, startLimit, deadline))
                .isInstanceOfSatisfying(
                        NotUsable.class, verdict -> assertThat(verdict.reason()).isEqualTo(reason));
    }
}
