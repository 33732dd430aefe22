package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Processors that come to a running VM. */
@OnCluster
class ProcessorE2E {
    @Test
    void a_processor_is_added_to_a_running_guest_without_a_restart(Laboratory laboratory) {
        // Under emulation a guest of Linux 6.12 finds no hot plug of processors, one of 6.1 does.
        laboratory.apply(
                Manifests.tiny("grows", 1, """
                  processor: {count: 1, maximum: 3}
                """).replace("kubehv/guest-tiny:1", "kubehv/guest-tiny-bookworm:1"));
        Machine grows = laboratory.machine("grows");
        grows.awaitGuest();
        String pod = grows.podUid();
        assertThat(grows.run("nproc")).isEqualTo("1");

        grows.edit("""
                {"spec": {"processor": {"count": 2}}}""");
        laboratory
                .await("a second processor in the guest", Laboratory.SOON)
                .ignoreExceptionsInstanceOf(AssertionError.class)
                .until(() -> grows.run("echo 1 > /sys/devices/system/cpu/cpu1/online; nproc")
                        .equals("2"));
        assertThat(grows.podUid()).isEqualTo(pod);
        assertThat(grows.get().getStatus().conditions())
                .noneMatch(condition -> condition.getType().equals("RestartRequired")
                        && condition.getStatus().equals("True"));

        grows.edit("""
                {"spec": {"processor": {"maximum": 4}}}""");
        grows.awaitCondition("RestartRequired", "True", "SpecChanged");
        assertThat(grows.conditionMessage("RestartRequired")).contains("processor.maximum");
    }
}
