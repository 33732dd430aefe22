package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Namespace;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** VMs on virtual switches, which they name in their specs. Each has a second adapter for the test to speak with it. */
@OnCluster
@Isolated("kills the switch daemons")
class SwitchE2E {
    private static final List<String> WORKERS = List.of("kubehv-worker", "kubehv-worker2");

    /** A tiny VM with a second adapter, whose settings are lines of YAML. */
    private static String machine(String name, String node, String adapter) {
        return Manifests.tinyOnNode(name, node, "- name: lab\n" + adapter.indent(2));
    }

    private static Machine started(Laboratory laboratory, String name, String node, String adapter) {
        laboratory.apply(machine(name, node, adapter));
        return laboratory.machine(name);
    }

    private static String address(Machine machine) {
        return machine.addresses("lab").getFirst();
    }

    private static void awaitAddress(Laboratory laboratory, Machine machine) {
        laboratory
                .await("the address that is kept for " + machine.name() + " in the guest", Laboratory.SOON)
                .untilAsserted(() ->
                        assertThat(machine.run("ip -4 addr show dev eth1")).contains(address(machine) + "/"));
    }

    /** Whether the guest gets an answer of the address by its adapter on the switch. */
    private static boolean reaches(Machine machine, String address) {
        return machine.run("ping -c 2 -W 2 -I eth1 " + address + " > /dev/null 2>&1; echo $?")
                .equals("0");
    }

    private static String nodeAddress(Laboratory laboratory, String node) {
        return laboratory.client().nodes().withName(node).get().getStatus().getAddresses().stream()
                .filter(address -> address.getType().equals("InternalIP"))
                .findFirst()
                .orElseThrow()
                .getAddress();
    }

    @Test
    void an_internal_switch_is_one_network_over_all_nodes_with_addresses_a_gateway_and_nat(Laboratory laboratory) {
        try (TestSwitch lab = TestSwitch.apply(
                laboratory,
                "lab",
                "type: Internal\nsubnets: [{cidr: 10.91.1.0/24, dhcp: {}, gateway: true, nat: true}]")) {
            String adapter = "switch: " + lab.name();
            Machine one = started(laboratory, "one", WORKERS.getFirst(), adapter);
            Machine two = started(laboratory, "two", WORKERS.getLast(), adapter);
            one.awaitGuest();
            two.awaitGuest();
            awaitAddress(laboratory, one);
            awaitAddress(laboratory, two);
            assertThat(address(one)).isNotEqualTo(address(two)).startsWith("10.91.1.");
            assertThat(reaches(one, address(two))).as("a guest on another node").isTrue();
            assertThat(reaches(one, "10.91.1.1")).as("its node").isTrue();
            assertThat(two.run("ping -c 2 -W 2 -s 1394 -M do " + address(one)
                            + " > /dev/null 2>&1 || ping -c 2 -W 2 -s 1394 " + address(one)
                            + " > /dev/null 2>&1; echo $?"))
                    .as("packets as large as the switch takes them")
                    .isEqualTo("0");
            String beyond = nodeAddress(laboratory, WORKERS.getLast());
            one.run("ip route replace " + beyond + "/32 via 10.91.1.1 dev eth1");
            assertThat(reaches(one, beyond)).as("another node, by NAT").isTrue();

            laboratory
                    .await("two ports on the switch", Laboratory.SOON)
                    .untilAsserted(
                            () -> assertThat(lab.get().getStatus().ports()).isEqualTo(2));
            lab.awaitReady("True", "Ready");
            assertThat(lab.get().getStatus().nodes())
                    .allSatisfy(node -> assertThat(node.mtu()).isEqualTo(1450));
            laboratory.assertInSync(machine("one", WORKERS.getFirst(), adapter));
        }
    }

    @Test
    void a_private_switch_joins_guests_and_hides_their_nodes(Laboratory laboratory) {
        try (TestSwitch lab = TestSwitch.apply(laboratory, "hidden", "type: Private")) {
            String adapter = "switch: " + lab.name();
            Machine one = started(laboratory, "one", WORKERS.getFirst(), adapter);
            Machine two = started(laboratory, "two", WORKERS.getLast(), adapter);
            one.awaitGuest();
            two.awaitGuest();
            one.run("ip addr add 10.92.1.1/24 dev eth1");
            two.run("ip addr add 10.92.1.2/24 dev eth1");
            assertThat(reaches(one, "10.92.1.2")).as("a guest on another node").isTrue();
            for (String worker : WORKERS) {
                lab.addAddress(worker, "10.92.1.250/24");
            }
            assertThat(reaches(one, "10.92.1.250"))
                    .as("a node that somebody gave an address on the switch by hand")
                    .isFalse();
        }
    }

    @Test
    void what_a_guest_may_do_on_its_switch_changes_while_it_runs(Laboratory laboratory) {
        try (TestSwitch lab = TestSwitch.apply(laboratory, "guarded", "type: Private\nscope: Node")) {
            String plain = "switch: " + lab.name();
            Machine one = started(laboratory, "one", WORKERS.getFirst(), plain);
            Machine two = started(laboratory, "two", WORKERS.getFirst(), plain);
            one.awaitGuest();
            two.awaitGuest();
            one.run("ip addr add 10.93.1.1/24 dev eth1");
            two.run("ip addr add 10.93.1.2/24 dev eth1");
            assertThat(reaches(one, "10.93.1.2")).as("as itself").isTrue();
            one.run("ip link set eth1 down; ip link set eth1 address 02:00:00:00:00:66; ip link set eth1 up");
            assertThat(reaches(one, "10.93.1.2")).as("as somebody else").isFalse();

            String pod = one.podUid();
            laboratory.apply(machine("one", WORKERS.getFirst(), plain + "\nmacAddressSpoofing: true"));
            laboratory
                    .await("the guest as somebody else, whom its switch lets in now", Laboratory.SOON)
                    .until(() -> reaches(one, "10.93.1.2"));
            assertThat(one.podUid()).isEqualTo(pod);
            assertThat(one.get().getStatus().conditions())
                    .noneMatch(condition -> condition.getType().equals("RestartRequired"));

            // What a switch's daemon makes does not need it.
            laboratory.cluster().kill("cni-switch-plugin");
            assertThat(reaches(one, "10.93.1.2"))
                    .as("after the daemon was killed")
                    .isTrue();
        }
    }

    @Test
    void a_vm_waits_for_its_switch_and_for_being_let_in(Laboratory laboratory) {
        String name = laboratory.namespace() + "-late";
        Machine one = started(laboratory, "one", WORKERS.getFirst(), "switch: " + name);
        one.awaitReady("False", "SwitchNotFound");
        try (TestSwitch late = TestSwitch.apply(
                laboratory, "late", "type: Private\nallowedNamespaces: {matchLabels: {kubehv-e2e-team: lab}}")) {
            one.awaitReady("False", "NamespaceNotAllowed");
            Namespace namespace = laboratory
                    .client()
                    .namespaces()
                    .withName(laboratory.namespace())
                    .edit(found -> {
                        found.getMetadata().getLabels().put("kubehv-e2e-team", "lab");
                        return found;
                    });
            assertThat(namespace.getMetadata().getLabels()).containsEntry("kubehv-e2e-team", "lab");
            one.awaitState(VirtualMachineState.RUNNING);

            late.delete();
            late.awaitReady("False", "SwitchInUse");
            one.delete();
            laboratory.await("the switch gone", Laboratory.SOON).until(() -> late.get() == null);
        }
    }

    @Test
    void only_the_operator_says_which_ports_a_pod_has(Laboratory laboratory) {
        assertThat(laboratory.refusal("""
                apiVersion: v1
                kind: Pod
                metadata:
                  name: intruder
                  annotations:
                    kubehv.io/switch-ports: '[{"adapter":"lan","switch":"lab","device":"tap0"}]'
                spec:
                  containers:
                  - {name: c, image: "registry.k8s.io/pause:3.10.1"}
                """)).contains("kubehv.io/switch-ports", "networkAdapters[].switch");
    }
}
