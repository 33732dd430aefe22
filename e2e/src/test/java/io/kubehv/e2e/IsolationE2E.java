package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import org.junit.jupiter.api.Test;

/** What a QEMU that was taken over by its guest could do: a program of ours in its place, with its user and its rights. */
@OnCluster
class IsolationE2E {
    private static final String WITH_TPM = """
              security:
                tpm:
                  enabled: true
            """;

    @Test
    void a_hostile_program_in_a_vms_pod_reaches_nothing_of_another_vm_or_of_the_node(Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("victim", 2, WITH_TPM));
        laboratory.apply(Manifests.tiny("hostile", 2, WITH_TPM));
        Machine victim = laboratory.machine("victim");
        laboratory.machine("hostile").awaitState(VirtualMachineState.RUNNING);
        victim.awaitGuest();

        assertThat(hostile(laboratory, "id -u; grep -E '^(CapBnd|CapEff|NoNewPrivs):' /proc/self/status"))
                .contains("107")
                .containsPattern("CapEff:\\s+0{16}")
                .containsPattern("NoNewPrivs:\\s+1");
        assertThat(
                        hostile(
                                laboratory,
                                "find / -xdev -type s 2>/dev/null;"
                                        + " find /var/lib /run /etc/kubehv -type f 2>/dev/null | grep -v -e /dpkg/ -e '^/var/lib/systemd'"))
                .as("what of a VM's state is there: its own disk, variables and sockets")
                .contains("/var/lib/kubehv/guest-state/nvram.fd", "/var/lib/kubehv/disks/root/disk.img")
                .doesNotContain("tpm2-00.permall")
                .doesNotContain("tpm-key");
        assertThat(hostile(laboratory, "cat /proc/[0-9]*/comm").lines())
                .as("the processes that it sees")
                .allMatch(comm -> comm.matches("qemu-system-.*|sh|cat|busybox|timeout"));
        assertThat(hostile(laboratory, "ls /var/run/secrets /var/lib/kubelet /host 2>&1"))
                .as("no token, no kubelet, no host")
                .doesNotContain("kubernetes.io")
                .doesNotContain("pods");

        for (String attempt : new String[] {
            "touch /usr/bin/planted",
            "mount -t tmpfs none /mnt",
            "unshare -r true",
            "mknod /run/kubehv/disk b 8 0",
            "chroot / true",
            "grep -q . /proc/kcore",
            "busybox nc -w 3 " + victim.pod().orElseThrow().getStatus().getPodIP() + " 5900 < /dev/null"
        }) {
            assertThat(hostile(
                            laboratory, "if " + attempt + " > /dev/null 2>&1; then echo done; else echo refused; fi"))
                    .as(attempt)
                    .isEqualToIgnoringNewLines("refused");
        }
        assertThat(victim.uptime()).as("the other VM runs on").isPositive();
    }

    private static String hostile(Laboratory laboratory, String script) {
        return laboratory.inContainer("hostile", "sh", "-c", script);
    }

    @Test
    void a_vm_runs_where_only_restricted_pods_may(Laboratory laboratory) {
        laboratory
                .client()
                .namespaces()
                .withName(laboratory.namespace())
                .edit(namespace -> new NamespaceBuilder(namespace)
                        .editMetadata()
                        .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                        .endMetadata()
                        .build());

        laboratory.apply(Manifests.tiny("cell", 2, WITH_TPM));

        laboratory.machine("cell").awaitConsole("tiny: tpm 2");
    }
}
