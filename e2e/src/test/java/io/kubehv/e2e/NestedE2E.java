package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.Accelerator;
import org.junit.jupiter.api.Test;

/** A guest that runs VMs itself. */
@OnCluster
class NestedE2E {
    private static final String IMAGE = "kubehv/guest-nested:1";

    @Test
    void a_guest_runs_a_vm_of_its_own_with_kvm_where_it_was_given_the_extensions(Laboratory laboratory) {
        laboratory.apply(Manifests.guest("hypervisor", 2, IMAGE, "512Mi", """
                  processor:
                    exposeVirtualizationExtensions: true
                """));
        laboratory.apply(Manifests.guest("plain", 2, IMAGE, "512Mi", ""));
        Machine hypervisor = laboratory.machine("hypervisor");
        Machine plain = laboratory.machine("plain");

        plain.awaitConsole("level 2: no kvm");
        hypervisor.awaitConsole("level 2: exit 0");
        assertThat(hypervisor.console())
                .as("what the guest of the guest said of itself")
                .contains("level 2: hypervisor KVM", "level 2: booted");
        assertThat(plain.console()).doesNotContain("level 2: booted");
        assertThat(hypervisor.console())
                .as("what the guest's /proc/cpuinfo shows; the only virtualization that is emulated is AMD's")
                .containsPattern(
                        hypervisor.get().getStatus().accelerator() == Accelerator.TCG
                                ? "tiny: virtualization svm"
                                : "tiny: virtualization (svm|vmx)");
        assertThat(plain.console()).contains("tiny: virtualization none");
    }
}
