package io.kubehv.operator.virtualmachine;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.network.HandedOut;
import io.kubehv.operator.network.MacPool;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.virtualmachine.dependent.TestSettings;
import java.time.Clock;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class IdentitiesTest {
    private final Identities identities =
            new Identities(new MacPool(new HandedOut(Clock.systemUTC()), new TestSettings()));

    @Test
    void an_identity_is_kept_for_life() {
        VirtualMachine machine = Fixtures.at(Fixtures.web(), VirtualMachineState.OFF, Reason.OFF);

        assertThat(identities.complete(machine, address -> false)).isEqualTo(Fixtures.IDENTITY);
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
}
