package io.kubehv.cni.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.cni.endpoint.CniPrograms.Answer;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.linux.LeftBehind;
import io.kubehv.cni.linux.TestNamespace;
import io.kubehv.cni.shim.TestShim;
import io.kubehv.cni.switching.Subnet;
import io.kubehv.cni.switching.SwitchConfiguration;
import io.kubehv.cni.switching.TestNode;
import io.kubehv.cni.switching.TestPort;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A CNI network that is nothing but a switch, called by the CNI project's own cnitool, and as Multus calls. */
class PodNetworkIT {
    private static final int CAN_NEVER_BE_SERVED = 7;
    private static final int TRY_AGAIN_LATER = 11;

    @TempDir
    private static Path built;

    private static Path run;
    private static TestShim shim;

    private final List<TestNamespace> pods = new ArrayList<>();
    private TestNode node;
    private LeftBehind left;
    private SwitchEndpoint endpoint;

    @TempDir
    private Path state;

    @BeforeAll
    static void compile() throws Exception {
        run = Files.createDirectory(built.resolve("run"));
        shim = TestShim.compile(built.resolve("kubehv-switch"), run, 30, "-static", "-O2");
    }

    @BeforeEach
    void start() throws Exception {
        node = new TestNode(state);
        left = new LeftBehind(node.namespace());
        endpoint = SwitchEndpoint.start(node.ports(), run.resolve("switch.sock"));
        node.ports()
                .configure(List.of(
                        new SwitchConfiguration(
                                "office",
                                SwitchType.INTERNAL,
                                Optional.empty(),
                                Optional.empty(),
                                1400,
                                List.of(
                                        subnet("10.0.5.0/24").withPods(range("10.0.5.200-10.0.5.202")),
                                        subnet("fd00:5::/64").withPods(range("fd00:5::200-fd00:5::2ff")),
                                        subnet("10.0.10.0/24").in(10).withPods(range("10.0.10.200-10.0.10.202")))),
                        new SwitchConfiguration(
                                "bare", SwitchType.PRIVATE, Optional.empty(), Optional.empty(), 1500, List.of()),
                        new SwitchConfiguration(
                                "closed",
                                SwitchType.PRIVATE,
                                Optional.empty(),
                                Optional.empty(),
                                1500,
                                List.of(subnet("10.0.6.0/24")))));
    }

    private static Subnet subnet(String cidr) {
        return Subnet.of(cidr).passedOn(true, false);
    }

    private static Optional<Subnet.Range> range(String text) {
        return Optional.of(Subnet.Range.of(text));
    }

    @AfterEach
    void end() throws Exception {
        endpoint.close();
        node.close();
    }

    private TestNamespace pod() {
        TestNamespace pod = node.pod();
        pods.add(pod);
        return pod;
    }

    private Answer cnitool(String command, String network, TestNamespace pod) throws Exception {
        return CniPrograms.call(
                Map.of(
                        "CNI_PATH",
                        built.toString(),
                        "NETCONFPATH",
                        state.resolve("net.d").toString(),
                        "CNI_IFNAME",
                        "net1",
                        "CNI_ARGS",
                        "K8S_POD_NAMESPACE=lab;K8S_POD_NAME=" + pod.name()),
                "",
                List.of(
                        CniPrograms.program("cnitool").toString(),
                        command,
                        network,
                        pod.path().toString()));
    }

    private void network(String name, String version, String more) throws Exception {
        Files.writeString(Files.createDirectories(state.resolve("net.d")).resolve(name + ".conflist"), """
                {"cniVersion": "%s", "name": "%s", "plugins": [{"type": "kubehv-switch", %s}]}
                """.formatted(
                        version, name, more));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.1.0", "1.0.0", "0.4.0"})
    void cnitool_puts_pods_on_a_switch_and_takes_them_off_again(String version) throws Exception {
        network("office", version, "\"switch\": \"office\"");
        TestNamespace one = pod();
        TestNamespace two = pod();
        JsonNode result = cnitool("add", "office", one).json();
        assertThat(result.path("cniVersion").asText()).isEqualTo(version);
        assertThat(result.at("/interfaces/1/name").asText()).isEqualTo("net1");
        assertThat(result.at("/interfaces/1/sandbox").asText())
                .isEqualTo(one.path().toString());
        assertThat(result.at("/ips/0/address").asText()).isEqualTo("10.0.5.200/24");
        assertThat(result.at("/ips/0/gateway").asText()).isEqualTo("10.0.5.1");
        assertThat(result.at("/ips/1/address").asText()).startsWith("fd00:5").endsWith(":200/64");
        assertThat(cnitool("add", "office", two).json().at("/ips/0/address").asText())
                .isEqualTo("10.0.5.201/24");
        assertThat(one.exec("ip", "addr", "show", "net1"))
                .contains("10.0.5.200/24", "fd00:5::200/64", "mtu 1400")
                .contains(result.at("/interfaces/1/mac").asText());
        for (String address : List.of("10.0.5.201", "10.0.5.1", "fd00:5::201", "fd00:5::1")) {
            assertThat(one.succeeds("ping", "-c", "1", "-W", "2", address))
                    .as(address)
                    .isTrue();
        }
        assertThat(cnitool("check", "office", one).status()).isZero();
        if (version.equals("1.1.0")) {
            assertThat(cnitool("status", "office", one).status()).isZero();
        }
        one.exec("ip", "addr", "del", "10.0.5.200/24", "dev", "net1");
        assertThat(cnitool("check", "office", one).output()
                        + cnitool("check", "office", one).errors())
                .contains("has not the address 10.0.5.200");
        assertThat(node.ports().reconcile()).isEmpty();
        assertThat(cnitool("check", "office", one).status()).as("mended").isZero();
        for (TestNamespace pod : pods) {
            assertThat(cnitool("del", "office", pod).status()).isZero();
            assertThat(cnitool("del", "office", pod).status()).as("once more").isZero();
            assertThat(pod.exec("ip", "link", "show")).doesNotContain("net1");
        }
        assertThat(left.ofPorts()).isEmpty();
        assertThat(state.resolve("ports")).isEmptyDirectory();
    }

    @Test
    void cnitool_collects_all_of_a_switch_s_network_and_nothing_else() throws Exception {
        network("office", "1.1.0", "\"switch\": \"office\"");
        TestNamespace one = pod();
        cnitool("add", "office", one).json();
        // As of a runtime that has lost a pod.
        assertThat(call("ADD", "lost", pod(), "{\"switch\": \"office\"}").status())
                .isZero();
        List<SwitchPort> vm = List.of(TestPort.on("bare", "00:15:5d:00:00:01").port());
        assertThat(shim.call("ADD", "vm", pod().path().toString(), vm).status()).isZero();
        Answer collected = cnitool("gc", "office", one);
        assertThat(collected.status()).as(collected.toString()).isZero();
        assertThat(left.ofPorts())
                .anyMatch(line -> line.contains("00:15:5d:00:00:01"))
                .noneMatch(line -> line.contains("10.0.5."));
        assertThat(cnitool("del", "office", one).status()).isZero();
    }

    /** As Multus calls, whose own shim and libcni add nothing to what a delegate is told. */
    private TestShim.Answer call(String command, String id, TestNamespace pod, String configuration) throws Exception {
        Map<String, String> variables = new HashMap<>(Map.of(
                "CNI_COMMAND",
                command,
                "CNI_CONTAINERID",
                id,
                "CNI_NETNS",
                pod.path().toString(),
                "CNI_IFNAME",
                "net1",
                "CNI_PATH",
                "/opt/cni/bin",
                "CNI_ARGS",
                "IgnoreUnknown=1;K8S_POD_NAMESPACE=lab;K8S_POD_NAME=web;K8S_POD_INFRA_CONTAINER_ID=" + id));
        String whole = "{\"cniVersion\": \"1.1.0\", \"name\": \"office\", \"type\": \"kubehv-switch\", "
                + configuration.substring(1);
        return shim.call(variables, whole.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void what_can_not_be_served_is_told_with_its_reason() throws Exception {
        refuses(CAN_NEVER_BE_SERVED, "{\"switch\": \"closed\"}", "10.0.6.0/24 for pods on this node", "podRanges");
        refuses(CAN_NEVER_BE_SERVED, "{\"switch\": \"office\", \"vlan\": 4095}", "vlan is 4095", "1 to 4094");
        refuses(CAN_NEVER_BE_SERVED, "{\"switch\": 5}", "the name of a VirtualSwitch");
        refuses(
                CAN_NEVER_BE_SERVED,
                "{\"switch\": \"bare\", \"prevResult\": {\"cniVersion\": \"1.1.0\"}}",
                "stands first");
        refuses(TRY_AGAIN_LATER, "{\"switch\": \"none\"}", "knows no VirtualSwitch none");
        node.ports().admitPodsBy((switchName, podNamespace) -> {
            throw new SwitchException.InvalidConfiguration(switchName + " does not let " + podNamespace + " in");
        });
        refuses(CAN_NEVER_BE_SERVED, "{\"switch\": \"bare\"}", "bare does not let lab in");
        node.ports().admitPodsBy((switchName, podNamespace) -> {});
        assertThat(left.ofPorts()).isEmpty();
        for (int number = 0; number < 3; number++) {
            assertThat(call("ADD", "pod" + number, pod(), "{\"switch\": \"office\"}")
                            .status())
                    .isZero();
        }
        refuses(TRY_AGAIN_LATER, "{\"switch\": \"office\"}", "for pods on this node are taken");
        assertThat(call("DEL", "pod1", pods.getFirst(), "{\"switch\": \"office\"}")
                        .status())
                .isZero();
        assertThat(call("ADD", "later", pod(), "{\"switch\": \"office\"}").output())
                .as("what is free again")
                .contains("10.0.5.201/24");
    }

    private void refuses(int code, String configuration, String... words) throws Exception {
        TestShim.Answer answer = call("ADD", "refused", pod(), configuration);
        assertThat(answer.code()).as(answer.output()).isEqualTo(code);
        assertThat(answer.output()).contains(words);
    }

    @Test
    void a_pod_in_a_vlan_and_one_on_a_bare_switch_reach_their_like_alone() throws Exception {
        TestNamespace inside = pod();
        TestNamespace outside = pod();
        assertThat(call("ADD", "inside", inside, "{\"switch\": \"office\", \"vlan\": 10}")
                        .output())
                .contains("10.0.10.200/24");
        assertThat(call("ADD", "outside", outside, "{\"switch\": \"office\"}").status())
                .isZero();
        assertThat(inside.succeeds("ping", "-c", "1", "-W", "2", "10.0.10.1")).isTrue();
        outside.exec("ip", "addr", "add", "10.0.10.201/24", "dev", "net1");
        assertThat(outside.succeeds("ping", "-c", "1", "-W", "1", "10.0.10.200"))
                .as("another VLAN, and an address that is not its own")
                .isFalse();
        TestNamespace bare = pod();
        assertThat(call(
                                "ADD",
                                "bare",
                                bare,
                                "{\"switch\": \"bare\", \"runtimeConfig\": {\"mac\": \"02:00:00:00:00:01\"}}")
                        .status())
                .isZero();
        assertThat(bare.exec("ip", "addr", "show", "net1"))
                .contains("02:00:00:00:00:01")
                .doesNotContain("inet ");
    }

    @Test
    void a_vm_s_ports_and_its_pod_s_own_interface_go_by_themselves() throws Exception {
        TestNamespace pod = pod();
        assertThat(shim.call(
                                "ADD",
                                "both",
                                pod.path().toString(),
                                List.of(TestPort.numbered(1).port()))
                        .status())
                .as("lab is unknown")
                .isEqualTo(1);
        List<SwitchPort> vm = List.of(TestPort.on("bare", "00:15:5d:00:00:01").port());
        assertThat(shim.call("ADD", "both", pod.path().toString(), vm).status()).isZero();
        String first = call("ADD", "both", pod, "{\"switch\": \"office\"}").output();
        assertThat(call("ADD", "both", pod, "{\"switch\": \"office\"}").output())
                .as("once more")
                .isEqualTo(first);

        gc("kind", "");
        assertThat(pod.exec("ip", "link", "show"))
                .as("a GC of the pods' own network")
                .contains("net1")
                .doesNotContain("tap0");
        assertThat(shim.call("ADD", "both", pod.path().toString(), vm).status()).isZero();
        gc("office", "\"switch\": \"office\",");
        assertThat(pod.exec("ip", "link", "show"))
                .as("a GC of the switch's network")
                .contains("tap0")
                .doesNotContain("net1");

        assertThat(call("ADD", "both", pod, "{\"switch\": \"office\"}").status())
                .isZero();
        assertThat(shim.call("DEL", "both", pod.path().toString(), vm).status()).isZero();
        assertThat(pod.exec("ip", "link", "show")).contains("net1").doesNotContain("tap0");
        node.restart();
        assertThat(call("DEL", "both", pod, "{\"switch\": \"office\"}").status())
                .isZero();
        assertThat(left.ofPorts()).isEmpty();
    }

    private static void gc(String network, String more) throws Exception {
        String configuration = "{\"cniVersion\": \"1.1.0\", \"name\": \"" + network + "\", " + more
                + "\"type\": \"kubehv-switch\", \"cni.dev/valid-attachments\": []}";
        assertThat(shim.call(
                                Map.of("CNI_COMMAND", "GC", "CNI_PATH", "/opt/cni/bin"),
                                configuration.getBytes(StandardCharsets.UTF_8))
                        .status())
                .isZero();
    }
}
