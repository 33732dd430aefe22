package io.kubehv.operator.virtualmachine;

import static io.kubehv.operator.virtualmachine.Fixtures.web;
import static io.kubehv.operator.virtualmachine.Fixtures.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.kubehv.api.v1alpha1.DhcpReservation;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.NetworkAdapter;
import io.kubehv.api.v1alpha1.SwitchDhcp;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.SwitchSubnet;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.api.v1alpha1.VirtualSwitchSpec;
import io.kubehv.operator.network.HandedOut;
import io.kubehv.operator.network.MacPool;
import io.kubehv.operator.network.NetworkLookup;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.TestSettings;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NetworksTest {
    private final Cluster cluster = new Cluster();
    private Instant now = Instant.EPOCH;
    private Networks networks = networks(1 << 24);

    private Networks networks(int macAddresses) {
        HandedOut handedOut = new HandedOut(new Clock() {
            @Override
            public ZoneOffset getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now;
            }
        });
        MacPool pool = new MacPool(handedOut, new TestSettings(macAddresses));
        return new Networks(new Identities(pool), handedOut, pool);
    }

    private static NetworkAdapter on(String name, @Nullable String mac) {
        return new NetworkAdapter(
                name, mac, null, null, null, "lab", null, null, null, null, null, null, null, null, null);
    }

    private static VirtualMachine machine(String name, NetworkAdapter... adapters) {
        VirtualMachine machine = web();
        machine.getMetadata().setName(name);
        machine.getMetadata().setUid("uid-of-" + name);
        machine.setSpec(with(machine.getSpec(), "networkAdapters", List.of(adapters)));
        return machine;
    }

    private void lab(@Nullable LabelSelector allowed, String range, DhcpReservation... reservations) {
        VirtualSwitch lab = new VirtualSwitch();
        lab.setMetadata(new ObjectMetaBuilder().withName("lab").build());
        SwitchSubnet subnet =
                new SwitchSubnet("10.0.5.0/24", new SwitchDhcp(range, List.of(reservations)), null, null, null);
        lab.setSpec(new VirtualSwitchSpec(SwitchType.INTERNAL, null, null, null, List.of(subnet), allowed, null));
        cluster.lab = lab;
    }

    /** Resolves the VM and keeps what it got, as its stored status does. */
    private MachineNetwork stored(VirtualMachine machine) {
        MachineNetwork network = networks.resolve(machine, cluster);
        keep(machine, network.identity());
        return network;
    }

    private void keep(VirtualMachine machine, Identity identity) {
        machine.setStatus(
                new VirtualMachineStatus(null, null, null, null, null, identity, null, null, null, List.of()));
        cluster.machines.put(machine.getMetadata().getUid(), machine);
    }

    private static List<String> addresses(MachineNetwork network) {
        return network.ports().stream()
                .map(SwitchPort::addresses)
                .flatMap(List::stream)
                .toList();
    }

    private static void refused(MachineNetwork network, String reason, String words) {
        assertThat(network.ports()).isEmpty();
        assertThat(network.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.reason()).isEqualTo(reason);
            assertThat(problem.message()).contains(words);
        });
    }

    @Test
    void two_vms_in_one_moment_never_get_one_address() {
        lab(null, "10.0.5.10-10.0.5.20");
        assertThat(addresses(networks.resolve(machine("a", on("lan", null)), cluster)))
                .containsExactly("10.0.5.10");
        assertThat(addresses(networks.resolve(machine("b", on("lan", null)), cluster)))
                .containsExactly("10.0.5.11");
    }

    @Test
    void an_address_is_kept_also_where_the_range_has_moved() {
        lab(null, "10.0.5.10-10.0.5.20");
        VirtualMachine machine = machine("a", on("lan", null));
        stored(machine);
        lab(null, "10.0.5.100-10.0.5.110");
        now = now.plus(Duration.ofDays(1));
        assertThat(addresses(stored(machine))).containsExactly("10.0.5.10");
    }

    @Test
    void an_adapter_that_comes_later_does_not_get_the_address_of_another_of_its_vm() {
        lab(null, "10.0.5.10-10.0.5.20");
        VirtualMachine machine = machine("a", on("one", null));
        stored(machine);
        now = now.plus(Duration.ofHours(1));
        for (List<NetworkAdapter> order :
                List.of(List.of(on("one", null), on("two", null)), List.of(on("two", null), on("one", null)))) {
            VirtualMachine both = machine("a", order.toArray(NetworkAdapter[]::new));
            both.setStatus(machine.getStatus());
            assertThat(addresses(networks.resolve(both, cluster))).containsExactlyInAnyOrder("10.0.5.10", "10.0.5.11");
        }
    }

    @Test
    void a_subnet_without_a_free_address_says_so() {
        lab(null, "10.0.5.10-10.0.5.10");
        stored(machine("a", on("lan", null)));
        refused(
                stored(machine("b", on("lan", null))),
                "AddressesExhausted",
                "all addresses of the subnet 10.0.5.0/24 of the VirtualSwitch \"lab\" are in use (10.0.5.10-10.0.5.10)");
    }

    @Test
    void a_reserved_address_is_for_its_adapter_alone() {
        lab(null, "10.0.5.10-10.0.5.20", new DhcpReservation("00:15:5D:00:00:AA", "10.0.5.10"));
        assertThat(addresses(stored(machine("a", on("lan", null))))).containsExactly("10.0.5.11");
        assertThat(addresses(stored(machine("b", on("lan", "00:15:5d:00:00:aa")))))
                .containsExactly("10.0.5.10");
    }

    @Test
    void a_vm_waits_for_its_switch_and_goes_on_when_it_is_there() {
        VirtualMachine machine = machine("a", on("lan", null));
        refused(stored(machine), "SwitchNotFound", "there is no VirtualSwitch \"lab\"");
        lab(null, "10.0.5.10-10.0.5.20");
        assertThat(stored(machine).problems()).isEmpty();
    }

    @Test
    void a_namespace_is_let_in_by_its_labels() {
        lab(new LabelSelectorBuilder().addToMatchLabels("team", "lab").build(), "10.0.5.10-10.0.5.20");
        VirtualMachine machine = machine("a", on("lan", null));
        refused(stored(machine), "NamespaceNotAllowed", "team=lab");
        cluster.labels = Map.of("team", "lab");
        assertThat(stored(machine).problems()).isEmpty();
    }

    @Test
    void a_mac_address_that_another_vm_runs_with_is_refused_by_that_vms_name() {
        lab(null, "10.0.5.10-10.0.5.20");
        VirtualMachine machine = machine("a", on("lan", "00:15:5D:00:00:AA"));
        MachineNetwork network = stored(machine);
        assertThat(networks.admit(machine, network, cluster)).isEmpty();
        VirtualMachine twin = machine("b", on("lan", "00:15:5d:00:00:aa"));
        Optional<Verdict> atOnce = networks.admit(twin, stored(twin), cluster);
        assertThat(atOnce).isPresent();
        assertThat(atOnce.get().reason()).isEqualTo("MacAddressInUse");
        assertThat(atOnce.get().message()).contains("/a runs with its MAC address 00:15:5d:00:00:aa");
        now = now.plus(Duration.ofHours(1));
        cluster.running.put("00:15:5d:00:00:aa", "lab/a");
        assertThat(networks.admit(twin, stored(twin), cluster).orElseThrow().message())
                .contains("lab/a runs with");
    }

    @Test
    void an_exhausted_pool_of_mac_addresses_says_how_many_it_has() {
        networks = networks(1);
        lab(null, "10.0.5.10-10.0.5.20");
        assertThat(stored(machine("a", on("lan", null))).ports())
                .singleElement()
                .extracting(SwitchPort::macAddress)
                .isEqualTo("00:15:5d:00:00:00");
        refused(
                stored(machine("b", on("lan", null))),
                "MacAddressesExhausted",
                "all 1 dynamic MAC addresses are in use");
    }

    /** What the caches would say. */
    private static final class Cluster implements NetworkLookup {
        private final Map<String, VirtualMachine> machines = new HashMap<>();
        private final Map<String, String> running = new HashMap<>();
        private Map<String, String> labels = Map.of();
        private @Nullable VirtualSwitch lab;

        @Override
        public Optional<VirtualSwitch> virtualSwitch(String name) {
            return Optional.ofNullable(lab);
        }

        @Override
        public Map<String, String> namespaceLabels(String namespace) {
            return labels;
        }

        @Override
        public boolean hasMac(String macAddress) {
            return machines.values().stream().anyMatch(machine -> {
                Map<String, String> macs = machine.getStatus().identity().macAddresses();
                return macs != null && macs.containsValue(macAddress);
            });
        }

        @Override
        public Optional<String> runsWith(String macAddress, String exceptUid) {
            return Optional.ofNullable(running.get(macAddress));
        }

        @Override
        public Optional<String> holder(String switchName, String address, String exceptUid) {
            return machines.values().stream()
                    .filter(machine -> !machine.getMetadata().getUid().equals(exceptUid))
                    .filter(machine -> {
                        Identity identity = machine.getStatus().identity();
                        return identity.networks() != null
                                && identity.networks().values().stream()
                                        .anyMatch(network -> network.addresses() != null
                                                && network.addresses().contains(address));
                    })
                    .map(machine -> machine.getMetadata().getName())
                    .findFirst();
        }
    }
}
