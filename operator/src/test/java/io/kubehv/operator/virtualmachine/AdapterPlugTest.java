package io.kubehv.operator.virtualmachine;

import static io.kubehv.operator.virtualmachine.Fixtures.NOW;
import static io.kubehv.operator.virtualmachine.Fixtures.at;
import static io.kubehv.operator.virtualmachine.Fixtures.disks;
import static io.kubehv.operator.virtualmachine.Fixtures.guestState;
import static io.kubehv.operator.virtualmachine.Fixtures.reported;
import static io.kubehv.operator.virtualmachine.Fixtures.running;
import static io.kubehv.operator.virtualmachine.Fixtures.web;
import static io.kubehv.operator.virtualmachine.Fixtures.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.kubehv.api.v1alpha1.AttachedAdapter;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.NetworkAdapter;
import io.kubehv.api.v1alpha1.NetworkPort;
import io.kubehv.api.v1alpha1.PortProtocol;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.SwitchPorts;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AdapterPlugTest {
    private static final NetworkAdapter LAN = web().getSpec().networkAdapters().getFirst();
    private static final NetworkAdapter DMZ = new NetworkAdapter("dmz", null, null, null);
    private static final NetworkAdapter LAB = on("lab", "lab", null);
    private static final NetworkAdapter TEST = on("test", "lab", null);

    private VirtualMachine machine = started(2, LAN);
    private Pod pod = running(machine);
    private List<SwitchPort> desired = List.of();
    private Map<String, Map<String, Integer>> mtus = Map.of();

    private static NetworkAdapter on(String name, @Nullable String switchName, @Nullable Boolean connected) {
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

    private static VirtualMachine started(int generation, NetworkAdapter... adapters) {
        VirtualMachine machine = at(web(), VirtualMachineState.RUNNING, Reason.RUNNING);
        machine.setSpec(with(machine.getSpec(), "generation", generation));
        machine.setSpec(with(machine.getSpec(), "networkAdapters", List.of(adapters)));
        return machine;
    }

    private void begin(VirtualMachine running, NetworkAdapter... onSwitch) {
        machine = running;
        pod = running(started(running.getSpec().generation(), LAN));
        // As the pod's maker does it.
        pod = new PodBuilder(pod)
                .editMetadata()
                .addToAnnotations("kubehv.io/started-from", SpecSnapshot.text(running.getSpec()))
                .endMetadata()
                .editSpec()
                .withNodeName("node-1")
                .endSpec()
                .build();
        if (onSwitch.length > 0) {
            String ports = SwitchPort.write(
                    Stream.of(onSwitch).map(AdapterPlugTest::port).toList());
            pod = new PodBuilder(pod)
                    .editMetadata()
                    .addToAnnotations(KubeHV.SWITCH_PORTS_ANNOTATION, ports)
                    .endMetadata()
                    .build();
        }
    }

    private static SwitchPort port(NetworkAdapter adapter) {
        return SwitchPorts.desired(web(), adapter, "00:15:5d:00:00:02", List.of());
    }

    private void specHas(NetworkAdapter... adapters) {
        machine.setSpec(with(machine.getSpec(), "networkAdapters", List.of(adapters)));
        desired = Stream.of(adapters)
                .filter(adapter -> adapter.switchName() != null)
                .map(AdapterPlugTest::port)
                .toList();
    }

    private void daemonSays(AttachedAdapter... adapters) {
        reported(machine, null, null, List.of(adapters));
    }

    private Observed observed() {
        return new Observed(
                machine,
                pod,
                null,
                null,
                guestState(machine),
                disks(web()),
                List.of(),
                Prerequisites.MET,
                NodeRestart.UNKNOWN,
                new MachineNetwork(Fixtures.IDENTITY, desired, List.of(), mtus),
                NOW,
                null);
    }

    private String restart() {
        return StatusBuilder.restart(observed()).map(Verdict::message).orElse("");
    }

    private Optional<List<String>> portsAskedFor() {
        return Decision.decide(observed()).actions().stream()
                .filter(Action.ChangePorts.class::isInstance)
                .map(action -> ((Action.ChangePorts) action)
                        .ports().stream().map(SwitchPort::adapter).toList())
                .findFirst();
    }

    @Test
    void an_adapter_that_comes_or_leaves_waits_for_no_restart_but_in_generation_1() {
        begin(started(2, LAN));
        specHas(LAN, DMZ);
        assertThat(restart()).isEmpty();
        specHas();
        assertThat(restart()).isEmpty();
        begin(started(1, LAN));
        specHas(LAN, DMZ);
        assertThat(restart()).contains("networkAdapters[dmz].name");
    }

    @Test
    void an_adapter_that_its_guest_does_not_let_go_of_needs_a_restart() {
        begin(started(2, LAN));
        specHas();
        daemonSays(new AttachedAdapter("lan", true, "Detaching", "the guest has not let go of it yet"));
        assertThat(restart()).isEmpty();
        daemonSays(new AttachedAdapter("lan", true, "NotReleased", "the guest does not let go of it"));
        assertThat(restart()).contains("networkAdapters[lan]");
    }

    @Test
    void cables_and_ports_of_the_default_switch_change_in_any_generation_and_what_is_of_the_device_waits() {
        for (int generation : new int[] {1, 2}) {
            begin(started(generation, LAN));
            specHas(on("lan", null, false));
            assertThat(restart()).isEmpty();
            specHas(new NetworkAdapter("lan", null, null, List.of(new NetworkPort("ssh", 22, PortProtocol.TCP))));
            assertThat(restart()).isEmpty();
            specHas(new NetworkAdapter("lan", "00:15:5d:00:01:2a", null, null));
            assertThat(restart()).contains("networkAdapters[lan].macAddress");
            specHas(on("lan", "lab", null));
            assertThat(restart()).contains("networkAdapters[lan].switch");
        }
    }

    @Test
    void an_adapter_that_comes_to_a_switch_gets_a_port_there_and_keeps_it_until_QEMU_has_let_go() {
        begin(started(2, LAN, LAB), LAB);
        specHas(LAN, LAB, TEST);
        assertThat(restart()).isEmpty();
        assertThat(portsAskedFor()).contains(List.of("lab", "test"));

        begin(started(2, LAN, LAB), LAB, TEST);
        specHas(LAN, LAB);
        daemonSays(new AttachedAdapter("test", true, "Detaching", null));
        assertThat(portsAskedFor()).isEmpty();
        daemonSays(new AttachedAdapter("test", false, "Detached", null));
        assertThat(portsAskedFor()).contains(List.of("lab"));
    }

    private List<@Nullable Integer> mtusAskedFor() {
        return AdapterPlug.ports(observed(), pod).stream()
                .<@Nullable Integer>map(SwitchPort::mtu)
                .toList();
    }

    @Test
    void the_port_of_an_adapter_that_came_tells_how_large_packets_may_be_once_its_node_has_told_and_then_stays() {
        begin(started(2, LAN, LAB), LAB);
        specHas(LAN, LAB, TEST);
        mtus = Map.of("lab", Map.of("other-node", 9000), "office", Map.of("node-1", 1400));
        assertThat(mtusAskedFor()).containsExactly(null, null);

        begin(started(2, LAN, LAB), LAB, TEST);
        specHas(LAN, LAB, TEST);
        mtus = Map.of("lab", Map.of("node-1", 1450));
        assertThat(mtusAskedFor()).containsExactly(null, 1450);
        pod = asking(AdapterPlug.ports(observed(), pod));
        mtus = Map.of("lab", Map.of("node-1", 1400));
        assertThat(mtusAskedFor()).containsExactly(null, 1450);
    }

    private Pod asking(List<SwitchPort> ports) {
        return new PodBuilder(pod)
                .editMetadata()
                .addToAnnotations(KubeHV.SWITCH_PORTS_ANNOTATION, SwitchPort.write(ports))
                .endMetadata()
                .build();
    }

    @Test
    void an_adapter_from_the_start_that_comes_back_to_a_switch_is_told_too() {
        begin(started(2, LAN, LAB, TEST), LAB);
        specHas(LAN, LAB, TEST);
        mtus = Map.of("lab", Map.of("node-1", 1450));
        assertThat(mtusAskedFor()).containsExactly(null, 1450);
    }

    @Test
    void a_pod_that_was_made_without_a_port_gets_none_and_the_VM_waits_for_its_restart() {
        begin(started(2, LAN));
        specHas(LAN, TEST);
        assertThat(portsAskedFor()).isEmpty();
        assertThat(restart()).contains("networkAdapters[test].switch");
    }

    @Test
    void an_adapter_that_moves_to_a_switch_from_the_default_switch_gets_no_port_before_the_next_start() {
        begin(started(2, LAN, LAB), LAB);
        specHas(on("lan", "lab", null), LAB);
        assertThat(portsAskedFor()).isEmpty();
    }

    @Test
    void a_VM_whose_adapters_have_changed_is_not_saved_and_says_why() {
        begin(started(2, LAN));
        machine.setSpec(with(machine.getSpec(), PowerState.SAVED));
        assertThat(Decision.decide(observed()).ready().reason()).isEqualTo(Reason.SAVING.text());
        daemonSays(new AttachedAdapter("lan", true, "Failed", "port 80 is taken"));
        assertThat(Decision.decide(observed()).ready().reason()).isEqualTo(Reason.SAVING.text());
        daemonSays(new AttachedAdapter("lan", true, "Attached", null));
        assertThat(Decision.decide(observed()).ready().reason()).isEqualTo(Reason.ADAPTERS_CHANGED.text());
        daemonSays();
        specHas(LAN, DMZ);
        assertThat(Decision.decide(observed()).ready().reason()).isEqualTo(Reason.ADAPTERS_CHANGED.text());
    }
}
