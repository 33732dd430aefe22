package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** New VMs from a checkpoint. */
@OnCluster
@Isolated("measures how full a node's pool is")
class FromCheckpointE2E {
    private static String made(String name) {
        return """
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata:
                  name: %s
                spec:
                  fromCheckpoint: base
                  memory:
                    startup: 256Mi
                  terminationGracePeriod: 30s
                  networkAdapters:
                  - name: lan
                    ports:
                    - name: http
                      port: 80
                """.formatted(name);
    }

    /** How many bytes of a node's pool a volume's disk takes. */
    private static long diskBytes(Laboratory laboratory, String node, String volume) {
        String disk = "%s/volumes/%s/contents/disk.img"
                .formatted(Cluster.POOL, volume.substring(volume.lastIndexOf('/') + 1));
        return Long.parseLong(laboratory
                .cluster()
                .onNode(node, "sh", "-c", "sync; du -B1 " + disk + " | cut -f1")
                .strip());
    }

    /** The key of the first VM's TPM goes along, or nobody could read the state. */
    @Test
    void a_copied_tpm_opens_what_was_sealed_before(Laboratory laboratory) {
        laboratory.apply(TpmE2E.sealing("vault"));
        Machine vault = laboratory.machine("vault");
        vault.awaitConsole("e2e: boot 1 unsealed s3cret");
        vault.power(PowerState.OFF);
        vault.awaitState(VirtualMachineState.OFF);
        new Tree(laboratory, "vault").take("sealed", "Production");

        laboratory.apply(TpmE2E.sealing("copy", "  - name: root\n  fromCheckpoint: sealed"));

        laboratory.machine("copy").awaitConsole("e2e: boot 2 unsealed s3cret");
    }

    @Test
    void three_vms_of_one_checkpoint_boot_at_once_each_as_itself_and_take_hardly_any_room(Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("golden", 2));
        Machine golden = laboratory.machine("golden");
        golden.awaitGuest();
        golden.write("kept");
        Tree tree = new Tree(laboratory, "golden");
        Checkpoint base = tree.take("base", "Standard");
        golden.write("later");
        golden.power(PowerState.OFF);
        golden.awaitState(VirtualMachineState.OFF);
        String node = base.getStatus().nodeName();
        String volume = base.getStatus().disks().getFirst().volumeHandle();
        long before = laboratory.cluster().poolBytes(node);

        Stream.of("lab-1", "lab-2", "lab-3").forEach(name -> laboratory.apply(made(name)));
        List<Machine> machines =
                Stream.of("lab-1", "lab-2", "lab-3").map(laboratory::machine).toList();
        machines.forEach(Machine::awaitGuest);

        long disk = diskBytes(laboratory, node, volume);
        assertThat(laboratory.cluster().poolBytes(node) - before)
                .as("bytes that three VMs took of the pool, of whose disk one is %d", disk)
                .isLessThan(disk);
        machines.forEach(machine -> {
            assertThat(machine.read()).contains("kept").doesNotContain("later");
            assertThat(machine.node()).isEqualTo(node);
            assertThat(machine.get().getStatus().origin().isComplete()).isTrue();
        });
        assertThat(machines)
                .extracting(machine -> machine.run("cat /sys/class/dmi/id/product_uuid"))
                .doesNotHaveDuplicates();
        assertThat(machines)
                .extracting(machine -> machine.run("cat /sys/class/net/eth0/address"))
                .doesNotHaveDuplicates();
        assertThat(machines)
                .extracting(machine -> machine.get().getStatus().identity().generationId())
                .doesNotHaveDuplicates();

        tree.delete("base");
        golden.delete();
        golden.awaitGone();
        Machine alone = machines.getFirst();
        alone.write("on its own");
        alone.power(PowerState.OFF);
        alone.awaitState(VirtualMachineState.OFF);
        alone.power(PowerState.RUNNING);
        alone.awaitGuest();
        assertThat(alone.read()).contains("kept", "on its own");
        assertThat(machines.getLast().read()).doesNotContain("on its own");
    }
}
