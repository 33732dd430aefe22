package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.Accelerator;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@OnCluster
class BootE2E {
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void a_manifest_becomes_a_booted_guest(int generation, Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("web", generation, """
                  processor:
                    count: 2
                """));
        Machine web = laboratory.machine("web");

        web.awaitBooted();
        web.awaitReady("True", "Running");
        var status = web.get().getStatus();
        assertThat(status.state()).isEqualTo(VirtualMachineState.RUNNING);
        assertThat(status.nodeName()).isEqualTo(web.node());
        assertThat(status.podName()).isEqualTo("web");
        assertThat(status.accelerator()).isIn(Accelerator.KVM, Accelerator.TCG);
        assertThat(status.addresses())
                .contains(web.pod().orElseThrow().getStatus().getPodIP());
        assertThat(web.console())
                .as("the guest sees the identity of the status, and the processors of the spec")
                .containsIgnoringCase("uuid " + status.identity().uuid())
                .contains("tiny: vcpus 2");
    }

    @Test
    void a_container_reaches_the_guest_by_a_service_and_the_guest_a_container_by_its_name(Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("web", 1));
        laboratory.apply(Manifests.service("web"));
        laboratory.apply(Manifests.service("peer"));
        laboratory.container(
                "peer",
                "/bin/busybox",
                "sh",
                "-c",
                "mkdir /tmp/www; echo beside > /tmp/www/index.html; exec /bin/busybox httpd -f -p 80 -h /tmp/www");
        Machine web = laboratory.machine("web");
        web.awaitGuest();

        assertThat(laboratory.inContainer("peer", "/bin/busybox", "wget", "-qO-", "http://web/cgi-bin/uptime"))
                .as("container to guest, by the Service's name")
                .matches("(?s)\\d+\\.\\d+.*");
        assertThat(web.fetch("http://peer/"))
                .as("guest to container, by the Service's short name")
                .contains("beside");
        assertThat(web.fetch("http://peer.%s.svc.cluster.local/".formatted(laboratory.namespace())))
                .contains("beside");
    }

    @Test
    void an_identity_stays_for_the_life_of_a_vm(Laboratory laboratory) {
        laboratory.apply(Manifests.diskless("still", "  powerState: Running"));
        Machine still = laboratory.machine("still");
        still.awaitState(VirtualMachineState.RUNNING);
        Identity first = still.get().getStatus().identity();

        still.power(io.kubehv.api.v1alpha1.PowerState.OFF);
        still.awaitState(VirtualMachineState.OFF);
        still.power(io.kubehv.api.v1alpha1.PowerState.RUNNING);
        still.awaitState(VirtualMachineState.RUNNING);

        assertThat(still.get().getStatus().identity()).isEqualTo(first);
        assertThat(first.macAddresses().values()).allMatch(mac -> mac.startsWith("00:15:5d:"));
    }

    @Test
    void the_pod_is_a_cell(Laboratory laboratory) {
        laboratory.apply(Manifests.diskless("cell", ""));
        Machine cell = laboratory.machine("cell");
        cell.awaitState(VirtualMachineState.RUNNING);

        Pod pod = cell.pod().orElseThrow();
        var context = pod.getSpec().getContainers().getFirst().getSecurityContext();
        assertThat(pod.getSpec().getAutomountServiceAccountToken()).isFalse();
        assertThat(pod.getSpec().getVolumes()).allMatch(volume -> volume.getHostPath() == null);
        assertThat(context.getReadOnlyRootFilesystem()).isTrue();
        assertThat(context.getAllowPrivilegeEscalation()).isFalse();
        assertThat(context.getCapabilities().getDrop()).contains("ALL");
        assertThat(laboratory.inContainer(
                        "cell",
                        "/bin/busybox",
                        "sh",
                        "-c",
                        "cat /proc/1/comm; grep -E '^(Uid|CapEff|Seccomp):' /proc/1/status"))
                .as("what the kernel says of the pod's first process")
                .contains("qemu-system")
                .contains("107")
                .contains("0000000000000000")
                .containsPattern("Seccomp:\\s+2");
        assertThat(laboratory.inContainer(
                        "cell", "/bin/busybox", "sh", "-c", "for p in /proc/[0-9]*; do cat $p/comm; done"))
                .as("no JVM stays in the pod")
                .doesNotContain("java");
    }

    @Test
    void twenty_vms_created_at_once_all_run(Laboratory laboratory) {
        List<String> names = java.util.stream.IntStream.range(0, 20)
                .mapToObj("vm-%02d"::formatted)
                .toList();
        names.forEach(name -> laboratory.apply(Manifests.diskless(name, "")));

        names.forEach(name -> laboratory.machine(name).awaitState(VirtualMachineState.RUNNING));
        assertThat(names.stream()
                        .flatMap(name ->
                                laboratory.machine(name).get().getStatus().identity().macAddresses().values().stream())
                        .distinct())
                .hasSize(20);
    }

    @Test
    void a_vm_with_the_longest_name_runs(Laboratory laboratory) {
        String name = "long-" + "x".repeat(58) + ("." + "y".repeat(62)).repeat(3);
        laboratory.apply(Manifests.diskless(name.substring(0, 253 - 1), ""));

        laboratory.machine(name.substring(0, 253 - 1)).awaitState(VirtualMachineState.RUNNING);
    }
}
