package io.kubehv.vmbus.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.hv.definition.Devices;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.machine.MemoryOverhead;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PodDefinitionTest {
    private static final long MIB = 1L << 20;
    private static final VirtualMachineDefinition DEFINITION = new VirtualMachineDefinition(
            "shop",
            "web",
            "aaaaaaaa-0000-4000-8000-000000000001",
            "bbbbbbbb-0000-4000-8000-000000000001",
            2,
            new VirtualMachineDefinition.Processor(1, 1, 1, 1, 1, "None", false),
            new VirtualMachineDefinition.Memory(256 * MIB, 1024 * MIB, null),
            new VirtualMachineDefinition.Firmware(VirtualMachineDefinition.SecureBoot.OFF, null),
            new VirtualMachineDefinition.Security(false, false),
            List.of(),
            List.of(),
            List.of(),
            new Devices(null, List.of(), null, "UTC"),
            new VirtualMachineDefinition.CloudInit("costs $(5) $$", null, null, null),
            VirtualMachineDefinition.Acceleration.PREFERRED,
            null);

    private static Quantity limit(long guestMebibytes) {
        return new Quantity(String.valueOf(guestMebibytes * MIB + MemoryOverhead.bytes(DEFINITION)));
    }

    private static Pod pod(long asked, @Nullable Long enforced, String definition) {
        PodBuilder pod = new PodBuilder()
                .withNewMetadata()
                .withUid("u1")
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("hypervisor")
                .addNewEnv()
                .withName(VirtualMachineDefinition.ENVIRONMENT_VARIABLE)
                .withValue(definition)
                .endEnv()
                .withNewResources()
                .addToLimits("memory", limit(asked))
                .endResources()
                .endContainer()
                .endSpec();
        if (enforced != null) {
            pod.withNewStatus()
                    .addNewContainerStatus()
                    .withName("hypervisor")
                    .withNewResources()
                    .addToLimits("memory", limit(enforced))
                    .endResources()
                    .endContainerStatus()
                    .endStatus();
        }
        return pod.build();
    }

    private static long memory(long asked, @Nullable Long enforced) {
        return PodFacts.of(pod(asked, enforced, DEFINITION.toJson().replace("$", "$$")))
                .memory();
    }

    @Test
    void a_guest_may_have_what_is_both_asked_for_and_enforced() {
        assertThat(memory(256, 256L)).isEqualTo(256 * MIB);
        assertThat(memory(512, 256L)).isEqualTo(256 * MIB);
        assertThat(memory(256, 512L)).isEqualTo(256 * MIB);
    }

    @Test
    void nothing_is_known_of_a_pod_that_tells_no_limit_or_has_no_definition() {
        assertThat(memory(256, null)).isZero();
        assertThat(PodFacts.of(pod(256, 256L, "{")).memory()).isZero();
    }
}
