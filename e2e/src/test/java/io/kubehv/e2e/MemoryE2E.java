package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.api.v1alpha1.AssignedMemory;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import org.junit.jupiter.api.Test;

/** Memory that comes to a running VM and leaves it, by its spec alone. */
@OnCluster
class MemoryE2E {
    private static final long MIB = 1L << 20;

    /** What the guest's kernel keeps for itself of memory that it takes on. */
    private static final long KEPT_MIB = 24;

    private static String withRoom(String name, int generation, String maximum, String more) {
        return Manifests.tiny(name, generation, more)
                .replace("startup: 256Mi", "startup: 256Mi\n    maximum: " + maximum);
    }

    private static void wants(Machine machine, String startup) {
        machine.edit("""
                {"spec": {"memory": {"startup": "%s"}}}""".formatted(startup));
    }

    /** What the guest itself counts, in MiB. */
    private static long total(Machine machine) {
        return Long.parseLong(machine.run("awk '/MemTotal/ {print int($2 / 1024)}' /proc/meminfo"));
    }

    private static void awaitMemory(Laboratory laboratory, Machine machine, long mebibytes) {
        laboratory
                .await(mebibytes + " MiB in " + machine.name(), Laboratory.BOOT)
                .untilAsserted(() -> assertThat(machine.get().getStatus().memory())
                        .as("memory of %s", machine.get().getStatus())
                        .isEqualTo(AssignedMemory.of(mebibytes * MIB, mebibytes * MIB)));
        machine.awaitCondition("MemoryReady", "True", "MemoryAssigned");
    }

    /** The limit that the kubelet says the pod's cgroup has. */
    private static long limit(Machine machine) {
        Quantity limit = machine.pod()
                .orElseThrow()
                .getStatus()
                .getContainerStatuses()
                .getFirst()
                .getResources()
                .getLimits()
                .get("memory");
        return limit.getNumericalAmount().longValue() / MIB;
    }

    @Test
    void a_running_guest_gets_memory_keeps_it_when_it_is_saved_and_gives_it_back(Laboratory laboratory) {
        laboratory.apply(withRoom("grows", 2, "1Gi", ""));
        Machine grows = laboratory.machine("grows");
        grows.awaitGuest();
        awaitMemory(laboratory, grows, 256);
        String pod = grows.podUid();
        long total = total(grows);
        long limit = limit(grows);

        // So that its kernel puts nothing there that it can't move again.
        grows.run("echo online_movable > /sys/devices/system/memory/auto_online_blocks");
        wants(grows, "640Mi");
        awaitMemory(laboratory, grows, 640);
        assertThat(total(grows)).isBetween(total + 384 - KEPT_MIB, total + 384);
        assertThat(limit(grows)).isEqualTo(limit + 384);
        // Used, it is in the pod's cgroup.
        grows.run(
                "mkdir -p /big && mount -t tmpfs -o size=90% none /big && tr '\\0' x < /dev/zero | head -c 400000000 >"
                        + " /big/file");
        assertThat(grows.podUid()).isEqualTo(pod);
        assertThat(grows.get().getStatus().conditions())
                .noneMatch(condition -> condition.getType().equals("RestartRequired"));

        grows.power(PowerState.SAVED);
        grows.awaitState(VirtualMachineState.SAVED);
        grows.power(PowerState.RUNNING);
        grows.awaitReady("True", "Running");
        awaitMemory(laboratory, grows, 640);
        assertThat(grows.run("tr -d x < /big/file | wc -c; wc -c < /big/file")).isEqualTo("0\n400000000");

        grows.run("umount /big");
        wants(grows, "320Mi");
        awaitMemory(laboratory, grows, 320);
        assertThat(total(grows)).isBetween(total + 64 - KEPT_MIB, total + 64);
        laboratory
                .await("a smaller limit of the pod", Laboratory.SOON)
                .untilAsserted(() -> assertThat(limit(grows)).isEqualTo(limit + 64));

        wants(grows, "128Mi");
        grows.awaitCondition("RestartRequired", "True", "SpecChanged");
        grows.awaitCondition("MemoryReady", "False", "SpecChanged");
        assertThat(grows.conditionMessage("RestartRequired")).contains("memory.startup");
        assertThat(grows.conditionMessage("MemoryReady")).startsWith("its guest has 256Mi");
    }

    @Test
    void a_node_without_room_is_told_and_the_vm_runs_on_as_it_was(Laboratory laboratory) {
        laboratory.apply(withRoom("greedy", 1, "64Gi", "  processor: {count: 2, numaNodes: 2}"));
        Machine greedy = laboratory.machine("greedy");
        greedy.awaitGuest();
        long limit = limit(greedy);

        wants(greedy, "60Gi");
        greedy.awaitCondition("MemoryReady", "False", "NoRoomOnNode");
        assertThat(greedy.conditionMessage("MemoryReady"))
                .contains("a guest of 61440Mi")
                .contains("lower memory.startup");
        greedy.awaitReady("True", "Running");
        assertThat(limit(greedy)).isEqualTo(limit);
        assertThat(greedy.get().getStatus().memory()).isEqualTo(AssignedMemory.of(256 * MIB, 256 * MIB));

        wants(greedy, "512Mi");
        awaitMemory(laboratory, greedy, 512);
        assertThat(greedy.run("cat /sys/devices/system/node/node*/meminfo | grep -c MemTotal"))
                .isEqualTo("2");
        assertThat(limit(greedy)).isEqualTo(limit + 256);
    }
}
