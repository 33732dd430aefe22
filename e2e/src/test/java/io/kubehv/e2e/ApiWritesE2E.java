package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.e2e.AuditLog.Write;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a start costs the API server. A write too many is paid for every VM of a cluster at every start. */
@OnCluster
class ApiWritesE2E {
    private static final int ON_THE_MACHINE = 4;
    private static final int ON_THE_POD = 2;

    @Test
    void a_start_from_a_disk_that_is_there_keeps_its_budget(Laboratory laboratory) {
        laboratory.apply(Manifests.tinyDisk("root"));
        laboratory.awaitDisk("root", "Ready");
        laboratory.apply(Manifests.tinyOn("web", 1, "root"));

        assertBudgetAtRunning(laboratory);
    }

    private static void assertBudgetAtRunning(Laboratory laboratory) {
        laboratory.machine("web").awaitState(VirtualMachineState.RUNNING);
        List<Write> ours = new AuditLog(laboratory.cluster())
                .writes(laboratory.namespace()).stream()
                        .filter(Write::isOfOurPrograms)
                        .toList();

        assertThat(ours.stream().filter(write -> write.isOnMachine("web")))
                .as("writes on the VM and its status, from created to Running")
                .isNotEmpty()
                .hasSizeLessThanOrEqualTo(ON_THE_MACHINE);
        assertThat(ours.stream().filter(write -> write.isOnPod("web")))
                .as("writes on the pod, from created to Running")
                .isNotEmpty()
                .hasSizeLessThanOrEqualTo(ON_THE_POD);
    }
}
