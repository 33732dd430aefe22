package io.kubehv.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.SwitchNode;
import io.kubehv.api.v1alpha1.SwitchNodePort;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.api.v1alpha1.VirtualSwitchStatus;
import io.kubehv.operator.status.StatusApply;
import io.kubehv.operator.virtualmachine.dependent.TestSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The operator's side of virtual switches, against a real API server. */
class SwitchIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    private final String namespace = "it-" + UUID.randomUUID();
    private final String lab = "lab-" + UUID.randomUUID();
    private KubernetesClient client;
    private TestOperator operator;
    private FakeNode node;

    @BeforeEach
    void start() {
        ApiServer server = ApiServer.get();
        client = server.client();
        ApiServer.namespace(client, namespace);
        operator = new TestOperator(client);
        node = new FakeNode(client, namespace);
    }

    @AfterEach
    void stop() {
        if (operator != null) {
            client.resources(VirtualMachine.class).inNamespace(namespace).delete();
            client.pods().inNamespace(namespace).withGracePeriod(0).delete();
            client.resources(VirtualSwitch.class).delete();
            client.nodes().delete();
            awaits("switches gone")
                    .until(() -> client.resources(VirtualSwitch.class)
                            .list()
                            .getItems()
                            .isEmpty());
            operator.close();
            client.close();
        }
    }

    @Test
    void a_vm_waits_for_its_switch_and_starts_when_it_comes() {
        machine("web", "{name: lan, switch: %s}".formatted(lab));
        awaitReason("web", "SwitchNotFound");
        assertThat(node.pod("web")).isNull();

        virtualSwitch("{type: Internal, subnets: [{cidr: 10.0.5.0/24}]}");

        awaits("a pod").until(() -> node.pod("web") != null);
        SwitchPort port = ports("web").getFirst();
        assertThat(port.switchName()).isEqualTo(lab);
        assertThat(port.addresses()).containsExactly("10.0.5.2");
        assertThat(port.macAddress()).startsWith("00:15:5d:");
        assertThat(machine("web").getStatus().identity().networks().get("lan").addresses())
                .containsExactly("10.0.5.2");
        assertThat(condition(machine("web").getStatus().conditions(), "NetworkReady")
                        .getStatus())
                .isEqualTo("True");
    }

    @Test
    void a_namespace_is_let_in_when_it_gets_the_label() {
        virtualSwitch("{type: Private, allowedNamespaces: {matchLabels: {team: lab}}}");
        machine("web", "{name: lan, switch: %s}".formatted(lab));
        awaitReason("web", "NamespaceNotAllowed");
        assertThat(ready("web").getMessage()).contains(namespace, "team=lab");

        client.namespaces().withName(namespace).patch(PatchContext.of(PatchType.JSON_MERGE), """
                        {"metadata": {"labels": {"team": "lab"}}}""");

        awaits("a pod").until(() -> node.pod("web") != null);
    }

    @Test
    void what_a_switch_does_with_an_adapter_changes_on_the_pod_that_runs() {
        virtualSwitch("{type: Private}");
        machine("web", "{name: lan, switch: %s}".formatted(lab));
        comesUp("web");
        String pod = node.pod("web").getMetadata().getUid();
        SwitchPort before = ports("web").getFirst();

        adapters("web", List.of(Map.of("name", "lan", "switch", lab, "dhcpGuard", true, "connected", false)));

        awaits("the guard").until(() -> ports("web").getFirst().dhcpGuard());
        SwitchPort after = ports("web").getFirst();
        assertThat(after.connected()).isFalse();
        assertThat(after.macAddress()).isEqualTo(before.macAddress());
        assertThat(after.device()).isEqualTo(before.device());
        assertThat(node.pod("web").getMetadata().getUid()).isEqualTo(pod);
        awaits("the status of the change")
                .until(() -> machine("web")
                        .getMetadata()
                        .getGeneration()
                        .equals(machine("web").getStatus().observedGeneration()));
        assertThat(machine("web").getStatus().conditions())
                .noneMatch(condition -> condition.getType().equals("RestartRequired"));
    }

    @Test
    void two_vms_that_start_at_once_get_two_addresses() {
        virtualSwitch("{type: Internal, subnets: [{cidr: 10.0.5.0/29}]}");
        List<String> names = List.of("a", "b", "c", "d", "e");
        names.parallelStream().forEach(name -> machine(name, "{name: lan, switch: %s}".formatted(lab)));
        awaits("five pods").until(() -> names.stream().allMatch(name -> node.pod(name) != null));
        assertThat(names.stream().flatMap(name -> ports(name).getFirst().addresses().stream()))
                .containsExactlyInAnyOrder("10.0.5.2", "10.0.5.3", "10.0.5.4", "10.0.5.5", "10.0.5.6");

        machine("late", "{name: lan, switch: %s}".formatted(lab));
        awaitReason("late", "AddressesExhausted");
        client.resource(machine("c")).delete();
        node.confirmGone("c");
        awaits("a pod with the address that is free").until(() -> node.pod("late") != null);
    }

    @Test
    void of_two_vms_with_one_mac_address_one_starts_and_the_other_follows_when_it_is_off() {
        virtualSwitch("{type: Private}");
        Stream.of("one", "two")
                .parallel()
                .forEach(name ->
                        machine(name, "{name: lan, switch: %s, macAddress: '00:15:5d:aa:00:01'}".formatted(lab)));
        awaits("one that waits")
                .until(() -> Stream.of("one", "two")
                        .anyMatch(name -> ready(name).getReason().equals("MacAddressInUse")));
        String waiting = ready("one").getReason().equals("MacAddressInUse") ? "one" : "two";
        String first = waiting.equals("one") ? "two" : "one";
        assertThat(node.pod(waiting)).isNull();
        assertThat(ready(waiting).getMessage()).contains(namespace + "/" + first, "00:15:5d:aa:00:01");
        comesUp(first);

        spec(first, Map.of("powerState", "Off"));
        awaits("its end").until(() -> node.pod(first).getMetadata().getDeletionTimestamp() != null);
        node.confirmGone(first);
        awaits("the other's pod").until(() -> node.pod(waiting) != null);
    }

    @Test
    void an_adapter_does_not_come_to_a_running_vm_where_another_vm_has_its_mac_address() {
        virtualSwitch("{type: Private}");
        machine("one", "{name: lan, switch: %s, macAddress: '00:15:5d:aa:00:01'}".formatted(lab));
        machine("two", "{name: lan, switch: %s}".formatted(lab));
        comesUp("one");
        comesUp("two");

        adapters(
                "two",
                List.of(
                        Map.of("name", "lan", "switch", lab),
                        Map.of("name", "more", "switch", lab, "macAddress", "00:15:5d:aa:00:01")));

        awaitReason("two", "MacAddressInUse");
        assertThat(ports("two")).extracting(SwitchPort::adapter).containsExactly("lan");
        adapters(
                "two",
                List.of(
                        Map.of("name", "lan", "switch", lab),
                        Map.of("name", "more", "switch", lab, "macAddress", "00:15:5d:aa:00:02")));
        awaits("its port").until(() -> ports("two").size() == 2);
        awaitReason("two", "Running");
    }

    @Test
    void a_pool_without_addresses_keeps_a_vm_from_starting_and_says_so() {
        operator.close();
        operator = new TestOperator(client, new TestSettings(1));
        machine("one", "{name: lan}");
        awaits("a pod").until(() -> node.pod("one") != null);
        machine("two", "{name: lan}");
        awaitReason("two", "MacAddressesExhausted");
        assertThat(ready("two").getMessage()).contains("KUBEHV_MAC_POOL_SIZE");
        assertThat(node.pod("two")).isNull();
    }

    @Test
    void a_saved_vm_goes_on_with_the_ports_that_it_was_saved_with() {
        virtualSwitch("{type: Internal, subnets: [{cidr: 10.0.5.0/24}]}");
        machine("web", "{name: lan, switch: %s}".formatted(lab));
        comesUp("web");
        List<SwitchPort> before = ports("web");
        spec("web", Map.of("powerState", "Saved"));
        awaits("a save pod").until(() -> node.pod("web-saved-state") != null);
        node.say("web", io.kubehv.api.v1alpha1.VirtualMachineState.SAVED);
        awaits("the end of its pod")
                .until(() ->
                        node.pod("web") == null || node.pod("web").getMetadata().getDeletionTimestamp() != null);
        node.confirmGone("web");
        node.confirmGone("web-saved-state");
        awaitReason("web", "Saved");

        spec("web", Map.of("powerState", "Running"));

        awaits("its pod").until(() -> node.pod("web") != null);
        assertThat(ports("web")).isEqualTo(before);
    }

    @Test
    void a_switch_tells_what_its_nodes_tell_and_forgets_a_node_that_is_gone() {
        client.resource(load(io.fabric8.kubernetes.api.model.Node.class, "metadata: {name: worker-1}"))
                .create();
        client.resource(load(io.fabric8.kubernetes.api.model.Node.class, "metadata: {name: worker-2}"))
                .create();
        virtualSwitch("{type: Private}");
        awaits("a number")
                .until(() ->
                        status().map(VirtualSwitchStatus::networkIdentifier).isPresent());
        Integer number = status().orElseThrow().networkIdentifier();
        tells(new SwitchNode("worker-1", true, null, "172.18.0.3", null, null, 1450, List.of(port("web"), port("db"))));
        tells(new SwitchNode(
                "worker-2", false, "the rules can't be set: no nft", null, null, null, null, List.of(port("x"))));
        awaits("three ports")
                .until(() -> Integer.valueOf(3).equals(status().orElseThrow().ports()));
        assertThat(switchReady().getStatus()).isEqualTo("False");
        assertThat(switchReady().getReason()).isEqualTo("NodesNotReady");
        assertThat(switchReady().getMessage()).contains("worker-2: the rules can't be set");

        client.nodes().withName("worker-2").delete();

        awaits("two ports")
                .until(() -> Integer.valueOf(2).equals(status().orElseThrow().ports()));
        assertThat(status().orElseThrow().nodes()).extracting(SwitchNode::name).containsExactly("worker-1");
        assertThat(switchReady().getStatus()).isEqualTo("True");
        assertThat(status().orElseThrow().networkIdentifier()).isEqualTo(number);
    }

    @Test
    void a_switch_that_is_deleted_stays_while_a_vm_is_on_it_or_its_pod_has_a_port_yet() {
        virtualSwitch("{type: Private}");
        machine("web", "{name: lan, switch: %s}".formatted(lab));
        comesUp("web");
        client.resources(VirtualSwitch.class).withName(lab).delete();
        awaits("a reason").until(() -> switchReady().getReason().equals("SwitchInUse"));
        assertThat(switchReady().getMessage()).contains(namespace + "/web");

        operator.close();
        operator = new TestOperator(client);
        adapters("web", List.of(Map.of("name", "other")));
        awaits("the change in the status")
                .until(() -> machine("web")
                        .getMetadata()
                        .getGeneration()
                        .equals(machine("web").getStatus().observedGeneration()));
        VirtualSwitch touched = client.resources(VirtualSwitch.class)
                .withName(lab)
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\": {\"mtu\": 1400}}");
        awaits("another look at the switch, which its VM's pod has a port of")
                .until(() -> touched.getMetadata()
                        .getGeneration()
                        .equals(status().orElseThrow().observedGeneration()));
        assertThat(switchReady().getReason()).isEqualTo("SwitchInUse");

        spec("web", Map.of("powerState", "Off"));
        awaits("its end").until(() -> node.pod("web").getMetadata().getDeletionTimestamp() != null);
        node.confirmGone("web");
        awaits("the switch gone")
                .until(() -> client.resources(VirtualSwitch.class).withName(lab).get() == null);
    }

    private static ConditionFactory awaits(String what) {
        return await(what).atMost(SOON);
    }

    private static SwitchNodePort port(String machine) {
        return new SwitchNodePort("it/" + machine + "/lan", "00:15:5d:00:00:01");
    }

    /** As a node's switch daemon does. */
    private void tells(SwitchNode told) {
        VirtualSwitch patch = new VirtualSwitch();
        patch.setMetadata(new ObjectMetaBuilder().withName(lab).build());
        patch.setStatus(new VirtualSwitchStatus(null, null, null, List.of(told), null));
        StatusApply.store(client, patch, KubeHV.SWITCH_FIELD_MANAGER + "-" + told.name());
    }

    private void virtualSwitch(String spec) {
        client.resource(load(VirtualSwitch.class, """
                        apiVersion: kubehv.io/v1alpha1
                        kind: VirtualSwitch
                        metadata: {name: %s}
                        spec: %s
                        """.formatted(lab, spec))).create();
    }

    private Optional<VirtualSwitchStatus> status() {
        return Optional.ofNullable(
                        client.resources(VirtualSwitch.class).withName(lab).get())
                .map(VirtualSwitch::getStatus);
    }

    private Condition switchReady() {
        return condition(status().map(VirtualSwitchStatus::conditions).orElse(List.of()), "Ready");
    }

    private void machine(String name, String adapter) {
        VirtualMachine made = load(VirtualMachine.class, """
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata: {name: %s}
                spec:
                  memory: {startup: 128Mi}
                  networkAdapters: [%s]
                """.formatted(name, adapter));
        made.getMetadata().setNamespace(namespace);
        client.resource(made).create();
    }

    private VirtualMachine machine(String name) {
        return client.resources(VirtualMachine.class)
                .inNamespace(namespace)
                .withName(name)
                .get();
    }

    private void adapters(String name, List<Map<String, Object>> adapters) {
        spec(name, Map.of("networkAdapters", adapters));
    }

    /** Sets fields of a spec, as a user does. */
    private void spec(String name, Map<String, Object> fields) {
        client.genericKubernetesResources("kubehv.io/v1alpha1", "VirtualMachine")
                .inNamespace(namespace)
                .withName(name)
                .patch(PatchContext.of(PatchType.JSON_MERGE), Serialization.asJson(Map.of("spec", fields)));
    }

    private List<SwitchPort> ports(String name) {
        Pod pod = node.pod(name);
        String annotation = pod.getMetadata().getAnnotations().get(KubeHV.SWITCH_PORTS_ANNOTATION);
        return annotation == null ? List.of() : SwitchPort.read(annotation);
    }

    private void comesUp(String name) {
        awaits("a pod of " + name).until(() -> node.pod(name) != null);
        node.schedule(name);
        awaits("the node of " + name)
                .until(() -> "worker".equals(machine(name).getStatus().nodeName()));
        node.run(name);
        awaitReason(name, "Running");
    }

    private void awaitReason(String name, String reason) {
        awaits(name + " with the reason " + reason).until(() -> ready(name).getReason(), reason::equals);
    }

    private Condition ready(String name) {
        VirtualMachine found = machine(name);
        return condition(
                found.getStatus() == null ? List.of() : found.getStatus().conditions(), "Ready");
    }

    private static Condition condition(List<Condition> conditions, String type) {
        return Stream.ofNullable(conditions)
                .flatMap(List::stream)
                .filter(condition -> condition.getType().equals(type))
                .findFirst()
                .orElseGet(() -> new Condition("", "", 0L, "", "Unknown", type));
    }

    private static <T extends HasMetadata> T load(Class<T> kind, String yaml) {
        return Serialization.unmarshal(yaml, kind);
    }
}
