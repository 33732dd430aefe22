package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import org.junit.jupiter.api.Test;

/** Whether what is reserved for a VM's pod is true: too little and the kernel kills VMs, too much and nodes stay empty. */
@OnCluster
class MemoryE2E {
    private static final long RAM = 256L << 20;

    /**
     * An idle guest has not yet used what is bounded but not its own to choose: the rest of the buffer for translated
     * code, queues of its devices, a viewer's screen. Three times the idle state leaves room for these.
     */
    private static final int ROOM_FOR_WORK = 3;

    @Test
    void what_is_reserved_beside_the_guests_memory_is_what_a_vm_may_come_to_hold(Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("idle", 2));
        Machine idle = laboratory.machine("idle");
        idle.awaitGuest();
        Pod pod = idle.pod().orElseThrow();

        long measured = PodMemory.of(laboratory.cluster(), pod).overhead(RAM);
        assertThat(PodMemory.declaredOverhead(pod, RAM))
                .as("reserved, with %d MiB measured", measured >> 20)
                .isBetween(measured, ROOM_FOR_WORK * measured);
    }
}
