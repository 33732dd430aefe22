package io.kubehv.operator.virtualmachine;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.network.HandedOut;
import io.kubehv.operator.network.MacPool;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.virtualmachine.dependent.TestSettings;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentitiesTest {
    private final Identities identities =
            new Identities(new MacPool(new HandedOut(Clock.systemUTC()), new TestSettings()));

    @Test
    void an_identity_is_kept_for_life() {
        VirtualMachine machine = Fixtures.at(Fixtures.web(), VirtualMachineState.OFF, Reason.OFF);

        assertThat(identities.complete(machine, address -> false)).isEqualTo(Fixtures.IDENTITY);
    }

    @Test
    void each_way_back_to_a_checkpoint_has_one_generation_of_its_own() {
        Set<String> generations = new HashSet<>();
        for (String uid : List.of("a", "b", "a", "b")) {
            CheckpointApply apply = new CheckpointApply();
            apply.getMetadata().setUid(uid);
            generations.add(Identities.generationAfter(apply));
        }
        assertThat(generations)
                .hasSize(2)
                .allMatch(id -> UUID.fromString(id).toString().equals(id));
    }

    @Test
    void addresses_are_hyper_vs_and_unique() {
        Set<String> addresses = new HashSet<>();
        for (int i = 0; i < 5000; i++) {
            Identity identity = identities.complete(Fixtures.web(), address -> false);
            assertThat(addresses.add(identity.macAddresses().get("lan"))).isTrue();
        }
        assertThat(addresses).allMatch(address -> address.matches("00:15:5d(:[0-9a-f]{2}){3}"));
    }

    @Test
    void an_imported_identity_is_taken_once_and_never_with_its_generation_id() {
        VirtualMachine machine = Fixtures.web();
        machine.getMetadata().setAnnotations(Map.of(KubeHV.IMPORTED_IDENTITY_ANNOTATION, """
                {"uuid": "cccccccc-0000-4000-8000-000000000001", "generationId": "x",
                 "macAddresses": {"lan": "00:15:5d:00:00:09"}}"""));

        Identity first = identities.complete(machine, address -> false);
        Identity kept =
                identities.complete(Fixtures.at(machine, VirtualMachineState.OFF, Reason.OFF), address -> false);

        assertThat(first.uuid()).isEqualTo("cccccccc-0000-4000-8000-000000000001");
        assertThat(first.macAddresses()).containsEntry("lan", "00:15:5d:00:00:09");
        assertThat(first.generationId()).isNotEqualTo("x");
        assertThat(kept).isEqualTo(Fixtures.IDENTITY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "{}", "{\"uuid\": \"no uuid\"}", "nonsense"})
    void an_imported_identity_that_is_none_is_left_out_of_account(String annotation) {
        VirtualMachine machine = Fixtures.web();
        machine.getMetadata().setAnnotations(Map.of(KubeHV.IMPORTED_IDENTITY_ANNOTATION, annotation));

        assertThat(identities.complete(machine, address -> false).uuid()).matches("[0-9a-f-]{36}");
    }
}
