package io.kubehv.vmbus.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.AttachedAdapter;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.NetworkAdapter;
import io.kubehv.api.v1alpha1.NetworkPort;
import io.kubehv.api.v1alpha1.PortProtocol;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.VirtualMachineDefinition.Tap;
import io.kubehv.hv.hotplug.PresentAdapter;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AdapterControlTest {
    private static final String OWN = "00:15:5d:00:00:01";
    private static final String NEW = "00:15:5d:00:00:02";
    private static final String OTHER = "00:15:5d:00:00:03";

    private final FakeAdapters qemu = new FakeAdapters();
    private final Map<String, String> macAddresses = new HashMap<>(Map.of("lan", OWN, "dmz", NEW));
    private long now;
    private AdapterControl control;

    private void begin(String... own) {
        begin(own(Map.of(), own));
    }

    private void begin(OwnAdapters own) {
        control = new AdapterControl(
                own, new SearchDomains(List.of("kubehv-system.svc.cluster.local", "cluster.local")), () -> now);
        int place = 0;
        for (VirtualMachineDefinition.NetworkAdapter adapter : own.adapters().values()) {
            qemu.present.add(new PresentAdapter(
                    adapter.name(),
                    adapter.macAddress(),
                    qemu.places.isEmpty() ? null : place++,
                    null,
                    false,
                    Set.of()));
        }
        control.connected(qemu);
    }

    private OwnAdapters own(Map<String, SwitchPort> ports, String... names) {
        Map<String, VirtualMachineDefinition.NetworkAdapter> adapters = new HashMap<>();
        for (String name : names) {
            adapters.put(
                    name,
                    new VirtualMachineDefinition.NetworkAdapter(
                            name, macAddresses.get(name), false, null, null, List.of()));
        }
        return new OwnAdapters(adapters, ports, false);
    }

    private static NetworkAdapter adapter(String name, int... ports) {
        return new NetworkAdapter(
                name,
                null,
                null,
                java.util.Arrays.stream(ports)
                        .mapToObj(port -> new NetworkPort("p" + port, port, PortProtocol.TCP))
                        .toList());
    }

    private static NetworkAdapter adapter(String name, @Nullable String switchName, @Nullable Boolean connected) {
        return new NetworkAdapter(
                name,
                null,
                null,
                null,
                null,
                switchName,
                connected,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    private void wants(NetworkAdapter... adapters) {
        VirtualMachine machine = new VirtualMachine();
        machine.getMetadata().setName("web");
        machine.getMetadata().setNamespace("shop");
        machine.setSpec(Serialization.unmarshal(
                Serialization.asJson(Map.of("networkAdapters", List.of(adapters))), VirtualMachineSpec.class));
        machine.setStatus(new VirtualMachineStatus(
                null,
                null,
                null,
                null,
                null,
                new Identity(null, null, Map.copyOf(macAddresses)),
                null,
                null,
                null,
                null));
        control.wants(machine);
    }

    private void steps(int count) {
        for (int i = 0; i < count; i++) {
            now += Duration.ofMillis(100).toNanos();
            control.step(qemu);
        }
    }

    /** What was ordered, but for cables that are in anyway. */
    private List<String> orders() {
        return qemu.orders.stream()
                .filter(order -> !order.startsWith("plug in"))
                .toList();
    }

    @Test
    void an_adapter_comes_and_leaves_with_the_spec() {
        begin("lan");
        wants(adapter("lan"), adapter("dmz"));
        steps(2);
        assertThat(orders()).containsExactly("add dmz at 1 in [shop.svc.cluster.local, cluster.local]");
        assertThat(control.statuses()).containsExactly(new AttachedAdapter("dmz", true, "Attached", null));
        wants(adapter("lan"));
        steps(2);
        assertThat(orders()).endsWith("remove dmz").hasSize(2);
        assertThat(control.statuses()).isEmpty();
    }

    @Test
    void an_adapter_waits_for_its_MAC_address() {
        macAddresses.remove("dmz");
        begin();
        wants(adapter("dmz"));
        steps(1);
        assertThat(orders()).isEmpty();
        assertThat(control.statuses())
                .containsExactly(new AttachedAdapter("dmz", false, "Pending", "it has no MAC address yet"));
        macAddresses.put("dmz", NEW);
        wants(adapter("dmz"));
        steps(1);
        assertThat(orders()).hasSize(1);
    }

    @Test
    void an_adapter_on_a_switch_waits_for_its_port_and_is_tried_again_until_its_tap_is_there() {
        begin();
        wants(adapter("dmz", "lab", null));
        steps(1);
        assertThat(control.statuses()).extracting(AttachedAdapter::reason).containsExactly("Pending");
        qemu.refuses = true;
        control.podIs(own(Map.of("dmz", port("dmz", NEW).withMtu(1450))));
        steps(5);
        assertThat(orders()).containsExactly("add dmz at 0 on tap1");
        assertThat(control.statuses()).containsExactly(new AttachedAdapter("dmz", false, "Failed", "no such tap"));
        qemu.refuses = false;
        now += Duration.ofSeconds(6).toNanos();
        steps(1);
        assertThat(control.statuses()).extracting(AttachedAdapter::reason).containsExactly("Attached");
    }

    @Test
    void an_adapter_on_a_switch_waits_until_its_node_has_told_how_large_packets_may_be_and_its_guest_is_told() {
        begin();
        wants(adapter("dmz", "lab", null));
        control.podIs(own(Map.of("dmz", port("dmz", NEW))));
        steps(1);
        assertThat(orders()).isEmpty();
        assertThat(control.statuses())
                .containsExactly(new AttachedAdapter(
                        "dmz",
                        false,
                        "Pending",
                        "its node has not told yet how large the packets of the switch \"lab\" may be"));
        control.podIs(own(Map.of("dmz", port("dmz", NEW).withMtu(1450))));
        steps(1);
        assertThat(qemu.taps).containsExactly(Map.entry("dmz", new Tap("tap1", 1, 1450)));
    }

    @Test
    void an_adapter_from_the_start_comes_back_without_a_word_on_how_large_packets_may_be() {
        begin("lan");
        wants();
        steps(1);
        wants(adapter("lan", "lab", null));
        control.podIs(own(Map.of("lan", port("lan", OWN)), "lan"));
        steps(1);
        assertThat(qemu.taps).containsExactly(Map.entry("lan", new Tap("tap1", 1)));
    }

    private static SwitchPort port(String adapter, String macAddress) {
        return new SwitchPort(
                adapter,
                "lab",
                "tap1",
                1,
                107,
                macAddress,
                List.of(),
                null,
                true,
                false,
                false,
                false,
                null,
                null,
                null,
                null,
                null,
                List.of(),
                null,
                null);
    }

    @Test
    void an_adapter_from_the_start_leaves_and_comes_back() {
        begin("lan");
        wants();
        steps(1);
        wants(adapter("lan"));
        steps(1);
        assertThat(orders()).containsExactly("remove lan", "add lan at 0 in [shop.svc.cluster.local, cluster.local]");
    }

    @Test
    void an_adapter_from_the_start_stays_when_its_name_means_another() {
        begin("lan");
        macAddresses.put("lan", OTHER);
        wants(adapter("lan"));
        steps(2);
        wants(adapter("lan", "lab", null));
        steps(2);
        assertThat(orders()).isEmpty();
    }

    @Test
    void an_adapter_that_came_is_changed_for_another_of_its_name() {
        begin();
        wants(adapter("dmz"));
        steps(1);
        macAddresses.put("dmz", OTHER);
        wants(adapter("dmz"));
        steps(2);
        assertThat(qemu.present).extracting(PresentAdapter::macAddress).containsExactly(OTHER);
        assertThat(orders()).hasSize(3);
    }

    @Test
    void an_adapter_that_came_stays_while_its_MAC_address_is_not_known() {
        begin();
        wants(adapter("dmz"));
        steps(1);
        macAddresses.clear();
        wants(adapter("dmz"));
        steps(2);
        assertThat(orders()).hasSize(1);
    }

    @Test
    void nothing_comes_or_leaves_where_there_are_no_places() {
        qemu.places = Set.of();
        begin("lan");
        wants(adapter("dmz"));
        steps(2);
        assertThat(orders()).isEmpty();
        assertThat(control.statuses()).isEmpty();
    }

    @Test
    void a_guest_that_does_not_let_go_is_asked_again_and_told_of() {
        begin("lan");
        qemu.clings = 1_000;
        wants();
        steps(1);
        assertThat(control.statuses())
                .containsExactly(new AttachedAdapter("lan", true, "Detaching", "the guest has not let go of it yet"));
        steps(300);
        assertThat(control.statuses())
                .singleElement()
                .matches(adapter -> adapter.reason().equals("NotReleased"))
                .matches(adapter -> adapter.message().contains("restart"));
        qemu.clings = 0;
        now += Duration.ofSeconds(3).toNanos();
        steps(1);
        assertThat(control.statuses()).isEmpty();
        assertThat(qemu.present).isEmpty();
    }

    @Test
    void an_adapter_from_the_start_that_came_back_is_told_of_as_its_place_and_network_are_others() {
        begin("lan", "dmz");
        assertThat(control.areAsAtStart()).isTrue();
        wants();
        steps(2);
        wants(adapter("dmz"), adapter("lan"));
        steps(2);
        assertThat(control.areAsAtStart()).isFalse();
        assertThat(control.statuses())
                .containsExactly(
                        new AttachedAdapter("dmz", true, "Attached", null),
                        new AttachedAdapter("lan", true, "Attached", null));
    }

    @Test
    void what_an_earlier_daemon_left_half_way_is_cleared_away_first() {
        begin();
        qemu.present.add(new PresentAdapter("dmz", null, null, null, false, Set.of()));
        wants(adapter("dmz"));
        steps(2);
        assertThat(orders()).containsExactly("remove dmz", "add dmz at 0 in [shop.svc.cluster.local, cluster.local]");
    }

    @Test
    void a_new_daemon_leaves_what_came_before_it() {
        qemu.present.add(new PresentAdapter("dmz", NEW, 1, null, true, Set.of()));
        begin("lan");
        assertThat(control.statuses()).containsExactly(new AttachedAdapter("dmz", true, "Attached", null));
        steps(1);
        wants(adapter("lan"), adapter("dmz"));
        steps(2);
        assertThat(orders()).isEmpty();
    }

    @Test
    void ports_open_and_close_with_the_spec_in_a_machine_of_any_generation() {
        qemu.places = Set.of();
        begin("lan");
        wants(adapter("lan", 80, 443));
        steps(1);
        wants(adapter("lan", 443));
        steps(2);
        assertThat(orders()).containsExactlyInAnyOrder("open lan TCP 80", "open lan TCP 443", "close lan TCP 80");
    }

    @Test
    void a_port_that_is_taken_is_told_of_and_tried_again() {
        begin("lan");
        qemu.takenPort = 80;
        wants(adapter("lan", 80));
        steps(5);
        assertThat(orders()).containsExactly("open lan TCP 80");
        assertThat(control.statuses()).containsExactly(new AttachedAdapter("lan", true, "Failed", "could not set up"));
        qemu.takenPort = 0;
        now += Duration.ofSeconds(6).toNanos();
        steps(1);
        assertThat(control.statuses()).isEmpty();
    }

    @Test
    void a_cable_is_out_before_the_guest_runs_and_goes_in_with_the_spec() {
        begin("lan");
        wants(adapter("lan", null, false));
        control.cables(qemu);
        control.cables(qemu);
        assertThat(qemu.orders).containsExactly("pull out lan");
        wants(adapter("lan", null, true));
        control.cables(qemu);
        assertThat(qemu.orders).containsExactly("pull out lan", "plug in lan");
    }

    @Test
    void an_adapter_comes_with_its_cable_out() {
        begin();
        wants(adapter("dmz", null, false));
        steps(1);
        assertThat(orders()).hasSize(2).endsWith("pull out dmz");
        wants();
        steps(1);
        wants(adapter("dmz", null, false));
        steps(1);
        assertThat(orders()).hasSize(5).endsWith("pull out dmz");
    }
}
