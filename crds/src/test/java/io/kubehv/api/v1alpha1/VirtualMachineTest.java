package io.kubehv.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

class VirtualMachineTest {
    private static final String MANIFEST = """
            apiVersion: kubehv.io/v1alpha1
            kind: VirtualMachine
            metadata:
              name: web
            spec:
              powerState: Running
              disks:
              - name: scratch
                template:
                  size: 1Gi
                  blank: {}
            status:
              state: Saved
              accelerator: TCG
            """;

    @Test
    void a_manifest_keeps_what_it_says_and_gains_nothing() {
        VirtualMachine machine = Serialization.unmarshal(MANIFEST, VirtualMachine.class);

        assertThat(machine.getSpec().powerState()).isEqualTo(PowerState.RUNNING);
        assertThat(machine.getSpec().disks().getFirst().template().blank()).isNotNull();
        assertThat(machine.getStatus().state()).isEqualTo(VirtualMachineState.SAVED);
        assertThat(Serialization.asYaml(machine).replace("\"", "").replace("---\n", ""))
                .isEqualTo(MANIFEST);
    }

    @Test
    void an_unquoted_off_that_yaml_takes_for_false_is_the_state_off() {
        VirtualMachine machine = Serialization.unmarshal("""
                {"apiVersion": "kubehv.io/v1alpha1", "kind": "VirtualMachine", "spec": {"powerState": false}}""", VirtualMachine.class);

        assertThat(machine.getSpec().powerState()).isEqualTo(PowerState.OFF);
    }
}
