package io.kubehv.operator.virtualmachine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.AdapterNetwork;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.api.v1alpha1.VirtualSwitchStatus;
import io.kubehv.operator.network.HandedOut;
import io.kubehv.operator.network.MacPool;
import io.kubehv.operator.network.NetworkLookup;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.TestSettings;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Against VMs and switches of a list, as the caches would tell of them. */
class NetworksTest implements NetworkLookup {
    private final Map<String, VirtualSwitch> switches = new HashMap<>();
    private final List<VirtualMachine> machines = new ArrayList<>();
    private Map<String, String> labels = Map.of();
    private Clock clock = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
    private HandedOut handedOut = new HandedOut(clock);
    private Networks networks = networks(1 << 24);

    private Networks networks(int macs) {
        MacPool pool = new MacPool(handedOut, new TestSettings(macs));
        return new Networks(new Identities(pool), handedOut, pool);
    }

    @Override
    public Optional<VirtualSwitch> virtualSwitch(String name) {
        return Optional.ofNullable(switches.get(name));
    }

    @Override
    public Map<String, String> namespaceLabels(String namespace) {
        return labels;
    }

    @Override
    public boolean hasMac(String macAddress) {
        return machines.stream()
                .anyMatch(machine -> machine.getStatus() != null
                        && machine.getStatus().identity().macAddresses().containsValue(macAddress));
    }

    @Override
    public Optional<String> runsWith(String macAddress, String exceptUid) {
        return others(exceptUid)
                .filter(machine -> machine.getStatus().podName() != null)
                .filter(machine -> machine.getStatus().identity().macAddresses().containsValue(macAddress))
                .map(machine -> "lab/" + machine.getMetadata().getName())
                .findFirst();
    }

    @Override
    public Optional<String> holder(String switchName, String address, String exceptUid) {
        return others(exceptUid)
                .filter(machine -> Stream.ofNullable(
                                machine.getStatus().identity().networks())
                        .flatMap(found -> found.values().stream())
                        .anyMatch(network -> network.switchName().equals(switchName)
                                && network.addresses() != null
                                && network.addresses().contains(address)))
                .map(machine -> "lab/" + machine.getMetadata().getName())
                .findFirst();
    }

    private Stream<VirtualMachine> others(String exceptUid) {
        return machines.stream()
                .filter(machine -> !machine.getMetadata().getUid().equals(exceptUid) && machine.getStatus() != null);
    }

    private void virtualSwitch(String name, String spec) {
        VirtualSwitch made = Serialization.unmarshal("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualSwitch
                metadata: {name: %s}
                spec: %s
                """.formatted(name, spec), VirtualSwitch.class);
        switches.put(name, made);
    }

    private VirtualMachine machine(String name, String adapters) {
        VirtualMachine made = Serialization.unmarshal("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata: {name: %s}
                spec: {networkAdapters: %s}
                """.formatted(name, adapters), VirtualMachine.class);
        made.setMetadata(new ObjectMetaBuilder()
                .withName(name)
                .withNamespace("lab")
                .withUid("uid-" + name)
                .build());
        machines.add(made);
        return made;
    }

    private static void spec(VirtualMachine machine, String adapters) {
        machine.setSpec(Serialization.unmarshal("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata: {name: any}
                spec: {networkAdapters: %s}
                """.formatted(adapters), VirtualMachine.class)
                .getSpec());
    }

    /** As the status is stored after a pass. */
    private MachineNetwork store(VirtualMachine machine, boolean runs) {
        MachineNetwork network = networks.resolve(machine, this);
        machine.setStatus(new VirtualMachineStatus(
                null,
                null,
                null,
                runs ? machine.getMetadata().getName() : null,
                null,
                network.identity(),
                null,
                null,
                null,
                null));
        return network;
    }

    /** Long enough for all caches to show what was handed out. */
    private void later() {
        clock = Clock.offset(clock, Duration.ofMinutes(5));
        handedOut = new HandedOut(clock);
        networks = networks(1 << 24);
    }

    private static List<String> addresses(MachineNetwork network) {
        return network.ports().stream()
                .flatMap(port -> port.addresses().stream())
                .toList();
    }

    private static Verdict problem(MachineNetwork network) {
        assertThat(network.problems()).hasSize(1);
        assertThat(network.ports()).isEmpty();
        return network.problems().getFirst();
    }

    @Test
    void an_adapter_on_a_switch_gets_an_address_of_each_subnet_and_keeps_them() {
        virtualSwitch("lab", "{type: Internal, subnets: [{cidr: 10.0.5.0/24}, {cidr: 'fd00:5::/64'}]}");
        VirtualMachine web = machine("web", "[{name: lan, switch: lab}]");
        MachineNetwork first = store(web, false);
        assertThat(addresses(first)).containsExactly("10.0.5.2", "fd00:5::2");
        assertThat(first.identity().networks())
                .containsEntry("lan", new AdapterNetwork("lab", List.of("10.0.5.2", "fd00:5::2")));
        later();
        assertThat(store(web, true)).isEqualTo(first);
        assertThat(addresses(store(machine("db", "[{name: lan, switch: lab}]"), false)))
                .containsExactly("10.0.5.3", "fd00:5::3");
    }

    @Test
    void an_adapter_has_addresses_of_the_subnets_of_its_vlan_alone() {
        virtualSwitch("lab", "{type: Internal, subnets: [{cidr: 10.0.5.0/24}, {cidr: 10.0.10.0/24, vlan: 10}]}");
        for (String vlan : List.of(
                "access: {id: 10}",
                "trunk: {allowed: '20-30', native: 10}",
                "private: {mode: Isolated, primary: 10, secondary: 11}")) {
            MachineNetwork network =
                    networks.resolve(machine("web", "[{name: lan, switch: lab, vlan: {" + vlan + "}}]"), this);
            assertThat(addresses(network)).as(vlan).singleElement().asString().startsWith("10.0.10.");
        }
        assertThat(addresses(networks.resolve(machine("db", "[{name: lan, switch: lab}]"), this)))
                .containsExactly("10.0.5.2");
        assertThat(addresses(networks.resolve(
                        machine("mail", "[{name: lan, switch: lab, vlan: {trunk: {allowed: '10'}}}]"), this)))
                .as("a trunk's frames without a tag")
                .containsExactly("10.0.5.3");
        assertThat(addresses(networks.resolve(
                        machine("none", "[{name: lan, switch: lab, vlan: {access: {id: 20}}}]"), this)))
                .isEmpty();
    }

    @Test
    void two_vms_in_one_moment_get_two_addresses_though_no_cache_tells_of_either() {
        virtualSwitch("lab", "{type: Internal, subnets: [{cidr: 10.0.5.0/24}]}");
        MachineNetwork web = networks.resolve(machine("web", "[{name: lan, switch: lab}]"), this);
        MachineNetwork db = networks.resolve(machine("db", "[{name: lan, switch: lab}]"), this);
        assertThat(addresses(web)).doesNotContainAnyElementsOf(addresses(db));
        assertThat(addresses(networks.resolve(machines.getFirst(), this)))
                .as("a pass that was void is made again")
                .isEqualTo(addresses(web));
    }

    @Test
    void adapters_of_one_vm_on_one_switch_have_addresses_of_their_own_whenever_they_came() {
        virtualSwitch("lab", "{type: Internal, subnets: [{cidr: 10.0.5.0/24}]}");
        VirtualMachine web = machine("web", "[{name: lan, switch: lab}]");
        store(web, true);
        later();
        spec(web, "[{name: first, switch: lab}, {name: lan, switch: lab}]");
        assertThat(addresses(store(web, true))).containsExactly("10.0.5.3", "10.0.5.2");
    }

    @Test
    void the_address_of_an_adapter_that_a_running_guest_may_still_have_goes_to_nobody() {
        virtualSwitch("lab", "{type: Internal, subnets: [{cidr: 10.0.5.0/24}]}");
        VirtualMachine web = machine("web", "[{name: lan, switch: lab}]");
        store(web, true);
        spec(web, "[]");
        store(web, true);
        later();
        assertThat(addresses(store(machine("db", "[{name: lan, switch: lab}]"), false)))
                .containsExactly("10.0.5.3");
        store(web, false);
        store(web, false);
        later();
        assertThat(addresses(store(machine("third", "[{name: lan, switch: lab}]"), false)))
                .containsExactly("10.0.5.2");
    }

    @Test
    void a_reservation_comes_first_and_waits_for_who_has_the_address() {
        virtualSwitch("lab", "{type: Internal, subnets: [{cidr: 10.0.5.0/24}]}");
        VirtualMachine other = machine("other", "[{name: lan, switch: lab}]");
        store(other, true);
        virtualSwitch("lab", """
                {type: Internal, subnets: [{cidr: 10.0.5.0/24, dhcp: {reservations: [{macAddress: '00:15:5D:AA:00:01', address: 10.0.5.2}]}}]}""");
        VirtualMachine web = machine("web", "[{name: lan, switch: lab, macAddress: '00:15:5d:aa:00:01'}]");
        Verdict waits = problem(networks.resolve(web, this));
        assertThat(waits.reason()).isEqualTo("AddressInUse");
        assertThat(waits.message()).contains("10.0.5.2", "lab/other");

        later();
        assertThat(addresses(store(other, true))).as("while it runs").containsExactly("10.0.5.2");
        store(other, false);
        store(other, false);
        later();
        assertThat(addresses(store(other, false))).containsExactly("10.0.5.3");
        assertThat(addresses(store(web, false))).containsExactly("10.0.5.2");
    }

    @Test
    void a_subnet_that_is_full_says_so() {
        virtualSwitch("lab", "{type: Internal, subnets: [{cidr: 10.0.5.0/30}]}");
        store(machine("web", "[{name: lan, switch: lab}]"), false);
        Verdict full = problem(networks.resolve(machine("db", "[{name: lan, switch: lab}]"), this));
        assertThat(full.reason()).isEqualTo("AddressesExhausted");
        assertThat(full.message()).contains("\"lan\"", "10.0.5.0/30", "\"lab\"", "widen");
    }

    @Test
    void a_pool_that_is_empty_says_so_and_what_to_do() {
        networks = networks(1);
        store(machine("web", "[{name: lan}]"), false);
        MachineNetwork none = networks.resolve(machine("db", "[{name: lan}]"), this);
        assertThat(problem(none).reason()).isEqualTo("MacAddressesExhausted");
        assertThat(problem(none).message()).contains("all 1 dynamic MAC addresses", "KUBEHV_MAC_POOL_SIZE");
    }

    @Test
    void a_switch_that_is_not_there_or_does_not_let_the_namespace_in_is_told() {
        VirtualMachine web = machine("web", "[{name: lan, switch: lab}]");
        assertThat(problem(networks.resolve(web, this)).reason()).isEqualTo("SwitchNotFound");
        virtualSwitch("lab", "{type: Private, allowedNamespaces: {matchLabels: {team: lab}}}");
        Verdict refused = problem(networks.resolve(web, this));
        assertThat(refused.reason()).isEqualTo("NamespaceNotAllowed");
        assertThat(refused.message()).contains("namespace \"lab\"", "team=lab");
        labels = Map.of("team", "lab");
        assertThat(networks.resolve(web, this).problems()).isEmpty();
    }

    @Test
    void a_switch_that_is_being_deleted_takes_nobody_new() {
        virtualSwitch("lab", "{type: Private}");
        VirtualMachine web = machine("web", "[{name: lan, switch: lab}]");
        store(web, true);
        switches.get("lab").getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");
        assertThat(networks.resolve(web, this).problems())
                .as("of one that runs")
                .isEmpty();
        store(web, false);
        assertThat(problem(networks.resolve(web, this)).message()).contains("being deleted");
    }

    @Test
    void a_running_vm_keeps_its_addresses_until_it_starts_again() {
        virtualSwitch("lab", "{type: Internal, subnets: [{cidr: 10.0.5.0/24}]}");
        VirtualMachine web = machine("web", "[{name: lan, switch: lab}]");
        store(web, true);
        virtualSwitch("lab", "{type: Internal, subnets: [{cidr: 10.0.6.0/24}]}");
        assertThat(addresses(store(web, true))).containsExactly("10.0.5.2");
        store(web, false);
        assertThat(addresses(store(web, false))).containsExactly("10.0.6.2");
    }

    @Test
    void an_adapter_that_moves_to_another_switch_gets_that_ones_addresses_at_once() {
        virtualSwitch("lab", "{type: Internal, subnets: [{cidr: 10.0.5.0/24}]}");
        virtualSwitch("dmz", "{type: Internal, subnets: [{cidr: 10.0.6.0/24}]}");
        VirtualMachine web = machine("web", "[{name: lan, switch: lab}]");
        store(web, true);
        spec(web, "[{name: lan, switch: dmz}]");
        assertThat(addresses(store(web, true))).containsExactly("10.0.6.2");
    }

    @Test
    void of_two_vms_with_one_mac_address_the_second_does_not_start() {
        VirtualMachine web = machine("web", "[{name: lan, macAddress: '00:15:5d:AA:00:01'}]");
        VirtualMachine db = machine("db", "[{name: lan, macAddress: '00:15:5d:aa:00:01'}]");
        assertThat(admit(web)).isNull();
        Verdict refused = Objects.requireNonNull(admit(db));
        assertThat(refused.reason()).isEqualTo("MacAddressInUse");
        assertThat(refused.message()).contains("lab/web", "00:15:5d:aa:00:01");
        store(web, true);
        later();
        assertThat(Objects.requireNonNull(admit(db)).message())
                .as("when the caches tell")
                .contains("lab/web");
        store(web, false);
        later();
        assertThat(admit(db)).as("when the other is off").isNull();
    }

    @Test
    void what_is_given_back_is_free_at_once() {
        virtualSwitch("lab", "{type: Internal, subnets: [{cidr: 10.0.5.0/30}]}");
        VirtualMachine web = machine("web", "[{name: lan, switch: lab, macAddress: '00:15:5d:aa:00:01'}]");
        assertThat(admit(web)).isNull();
        store(web, true);
        store(web, false);
        machines.remove(web);
        VirtualMachine db = machine("db", "[{name: lan, switch: lab, macAddress: '00:15:5d:aa:00:01'}]");
        assertThat(admit(db)).isNull();
        assertThat(addresses(store(db, true))).containsExactly("10.0.5.2");
    }

    private @Nullable Verdict admit(VirtualMachine machine) {
        return networks.admit(machine, networks.resolve(machine, this), this).orElse(null);
    }

    @Test
    void a_port_is_what_the_adapter_asks_for() {
        virtualSwitch("lab", "{type: Private}");
        VirtualMachine web = machine("web.shop", """
                [{name: lan, switch: lab, macAddress: '00:15:5D:AA:00:01', dhcpGuard: true, connected: false, stormLimit: 100,
                  bandwidth: {maximum: 100M}, accessControl: [{action: Deny, remoteAddress: 10.0.0.0/8}]}]""");
        assertThat(networks.resolve(web, this).ports()).singleElement().satisfies(port -> {
            assertThat(port.device()).matches("tap[0-9a-f]{8}");
            assertThat(port.macAddress()).isEqualTo("00:15:5d:aa:00:01");
            assertThat(port.hostName()).isEqualTo("web");
            assertThat(port.owner()).isEqualTo(107);
            assertThat(port.queues()).isEqualTo(1);
            assertThat(port.connected()).isFalse();
            assertThat(port.dhcpGuard()).isTrue();
            assertThat(port.routerGuard()).isFalse();
            assertThat(port.maximumBitsPerSecond()).isEqualTo(100_000_000L);
            assertThat(port.stormLimit()).isEqualTo(100);
            assertThat(port.accessControl()).hasSize(1);
            assertThat(SwitchPort.read(SwitchPort.write(List.of(port)))).containsExactly(port);
        });
    }

    @Test
    void a_range_of_vlans_that_ends_before_it_begins_is_told() {
        virtualSwitch("lab", "{type: Private}");
        VirtualMachine web = machine("web", "[{name: lan, switch: lab, vlan: {trunk: {allowed: '5,20-10'}}}]");
        assertThat(problem(networks.resolve(web, this)).reason()).isEqualTo("VlanNotValid");
        assertThat(problem(networks.resolve(web, this)).message()).contains("20-10");
    }

    @Test
    void a_share_is_asked_for_as_the_switch_gives_it() {
        virtualSwitch("weighed", "{type: Private}");
        virtualSwitch("counted", "{type: External, uplinks: [{interface: eth1}], minimumBandwidthMode: Absolute}");
        virtualSwitch("free", "{type: Private, minimumBandwidthMode: None}");
        virtualSwitch("narrow", "{type: Private, scope: Node}");
        assertThat(networks.resolve(sharing("weighed", "minimumWeight: 5"), this)
                        .ports())
                .singleElement()
                .satisfies(port -> assertThat(port.minimumWeight()).isEqualTo(5));
        assertThat(networks.resolve(sharing("counted", "minimum: 300M"), this).ports())
                .singleElement()
                .satisfies(port -> assertThat(port.minimumBitsPerSecond()).isEqualTo(300_000_000L));
        assertThat(problem(networks.resolve(sharing("weighed", "minimum: 300M"), this)))
                .satisfies(verdict -> assertThat(verdict.reason()).isEqualTo("BandwidthNotValid"))
                .satisfies(verdict -> assertThat(verdict.message()).contains("\"weighed\"", "minimumWeight in place"));
        assertThat(problem(networks.resolve(sharing("counted", "minimumWeight: 5"), this))
                        .message())
                .contains("\"counted\"", "bandwidth.minimum in place");
        assertThat(problem(networks.resolve(sharing("free", "minimumWeight: 5"), this))
                        .message())
                .contains("minimumBandwidthMode None");
        assertThat(problem(networks.resolve(sharing("narrow", "minimumWeight: 5"), this))
                        .message())
                .contains("scope Node");
        assertThat(networks.resolve(sharing("free", "maximum: 1G"), this).problems())
                .isEmpty();
    }

    private VirtualMachine sharing(String switchName, String bandwidth) {
        return machine("web", "[{name: lan, switch: " + switchName + ", bandwidth: {" + bandwidth + "}}]");
    }

    @Test
    void what_nodes_tell_of_the_largest_packets_of_a_switch_is_known_by_node() {
        virtualSwitch("lab", "{type: Private}");
        virtualSwitch("other", "{type: Private}");
        VirtualMachine web = machine("web", "[{name: lan, switch: lab}, {name: out}, {name: gone, switch: nonesuch}]");
        assertThat(networks.resolve(web, this).mtus()).isEqualTo(Map.of("lab", Map.of()));
        switches.values()
                .forEach(known -> known.setStatus(Serialization.unmarshal(
                        "nodes: [{name: one, ready: true, mtu: 1450}, {name: two, ready: false}]",
                        VirtualSwitchStatus.class)));
        MachineNetwork network = networks.resolve(web, this);
        assertThat(network.mtus()).isEqualTo(Map.of("lab", Map.of("one", 1450)));
        assertThat(network.mtu("lab", "one")).isEqualTo(1450);
        assertThat(network.mtu("lab", "two")).isNull();
        assertThat(network.mtu("other", "one")).isNull();
    }

    @Test
    void an_identity_that_is_known_stays() {
        Identity known = store(machine("web", "[{name: lan}]"), false).identity();
        assertThat(store(machines.getFirst(), true).identity()).isEqualTo(known);
    }
}
