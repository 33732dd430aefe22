package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Operating systems of different kinds side by side. */
@OnCluster
class ManySystemsE2E {
    private static final String MACH = "kubehv/guest-mach:1";

    @Test
    void two_linuxes_and_a_system_that_is_none_run_together_on_one_node(Laboratory laboratory) {
        String node = worker(laboratory);
        String there = """
                  nodeSelector:
                    kubernetes.io/hostname: %s
                """.formatted(node);
        laboratory.apply(Manifests.tiny("linux-new", 2, there));
        laboratory.apply(Manifests.guest("linux-old", 1, "kubehv/guest-tiny-bookworm:1", "256Mi", there));
        laboratory.apply(Manifests.guest("mach-bios", 1, MACH, "64Mi", there));
        laboratory.apply(Manifests.guest("mach-uefi", 2, MACH, "128Mi", there + """
                  firmware:
                    secureBoot:
                      enabled: false
                """));
        List<Machine> machines = Stream.of("linux-new", "linux-old", "mach-bios", "mach-uefi")
                .map(laboratory::machine)
                .toList();

        machines.get(0).awaitConsole("tiny: booted");
        machines.get(1).awaitConsole("tiny: booted");
        machines.get(2).awaitConsole("mach: booted");
        machines.get(3).awaitConsole("mach: booted");
        assertThat(machines)
                .as("all at the same time, in the same place")
                .extracting(machine -> machine.get().getStatus())
                .allSatisfy(status -> {
                    assertThat(status.state()).isEqualTo(VirtualMachineState.RUNNING);
                    assertThat(status.nodeName()).isEqualTo(node);
                });
        assertThat(machines.get(0).console()).contains("tiny: kernel 6.12.", "tiny: firmware uefi");
        assertThat(machines.get(1).console()).contains("tiny: kernel 6.1.", "tiny: firmware bios");
        assertThat(machines.get(2).console()).contains("GNU Mach 1.", "mach: firmware bios");
        assertThat(machines.get(3).console()).contains("mach: firmware uefi");
    }

    /** A node that takes any VM. */
    private static String worker(Laboratory laboratory) {
        return laboratory.client().nodes().list().getItems().stream()
                .filter(node -> node.getSpec().getTaints().isEmpty())
                .map(Node::getMetadata)
                .map(metadata -> metadata.getLabels().get("kubernetes.io/hostname"))
                .sorted()
                .findFirst()
                .orElseThrow();
    }
}
