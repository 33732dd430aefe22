package io.kubehv.cni.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.SwitchNode;
import io.kubehv.api.v1alpha1.SwitchNodePort;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.SwitchScope;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.api.v1alpha1.VirtualSwitchSpec;
import io.kubehv.api.v1alpha1.VirtualSwitchStatus;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.linux.NetworkNamespace;
import io.kubehv.cni.linux.TestNamespace;
import io.kubehv.cni.switching.LinkNames;
import io.kubehv.cni.switching.NodeNetwork;
import io.kubehv.cni.switching.PortService.Attachment;
import io.kubehv.cni.switching.PortService.PodNetwork;
import io.kubehv.cni.switching.SwitchPorts;
import io.kubehv.cni.switching.TestPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes that follow one real API server, each with a network of its own. */
class SwitchWatchIT {
    private static final Path DEFINITION = Path.of("..", "config", "crd", "bases", "virtualswitches.kubehv.io-v1.yml");
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String A = "00:15:5d:00:00:0a";
    private static final String B = "00:15:5d:00:00:0b";

    private static TestApiServer server;
    private static KubernetesClient client;

    @TempDir
    private Path directory;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private TestNode one;
    private TestNode two;

    @BeforeAll
    static void startServer() throws IOException {
        server = TestApiServer.start(
                Serialization.unmarshal(Files.readString(DEFINITION), CustomResourceDefinition.class));
        client = server.client();
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void startNodes() throws Exception {
        one = new TestNode("one", "192.0.2.1");
        two = new TestNode("two", "192.0.2.2");
        for (TestNode node : List.of(one, two)) {
            client.resource(new NodeBuilder()
                            .withNewMetadata()
                            .withName(node.name)
                            .endMetadata()
                            .build())
                    .create();
            client.nodes()
                    .withName(node.name)
                    .editStatus(present -> new NodeBuilder(present)
                            .editOrNewStatus()
                            .addNewAddress()
                            .withType("InternalIP")
                            .withAddress(node.address)
                            .endAddress()
                            .endStatus()
                            .build());
            node.start(client);
        }
    }

    @AfterEach
    void end() throws Exception {
        for (TestNode node : List.of(one, two)) {
            node.stop();
            node.ports.removeEverything();
        }
        client.resources(VirtualSwitch.class).delete();
        client.nodes().delete();
        await("the API server has forgotten the test")
                .atMost(SOON)
                .until(() -> client.nodes().list().getItems().isEmpty()
                        && client.resources(VirtualSwitch.class)
                                .list()
                                .getItems()
                                .isEmpty());
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    /** A namespace that plays a node, with what the daemon has there. */
    private final class TestNode {
        private final String name;
        private final String address;
        private final TestNamespace namespace = new TestNamespace();
        private final Path state;
        private final SwitchPorts ports;
        private SwitchWatch watch;

        TestNode(String name, String address) throws Exception {
            this.name = name;
            this.address = address;
            opened.add(namespace);
            namespace.exec("ip", "addr", "add", address + "/24", "dev", "lo");
            NetworkNamespace open = namespace.open();
            opened.add(open);
            NodeNetwork network = NodeNetwork.of(open);
            opened.add(network);
            state = Files.createDirectory(directory.resolve(name));
            ports = SwitchPorts.open(network, state);
        }

        void start(KubernetesClient from) {
            watch = new SwitchWatch(from, name, ports, state);
            watch.start();
        }

        void stop() {
            watch.close();
        }

        Attachment plug(String pod, String mac) throws Exception {
            TestNamespace inside = new TestNamespace();
            opened.add(inside);
            Attachment attachment =
                    new Attachment("container-" + pod, inside.path().toString(), "eth0", "default", pod, "uid-" + pod);
            await("the switch is known at " + name)
                    .atMost(SOON)
                    .ignoreExceptions()
                    .until(() -> {
                        ports.add(attachment, List.of(port(mac)));
                        return true;
                    });
            return attachment;
        }

        String forwarding() {
            return namespace.succeeds("ip", "link", "show", LinkNames.bridge("lab"))
                    ? namespace.exec("bridge", "fdb", "show")
                    : "no bridge";
        }
    }

    private static SwitchPort port(String mac) {
        return TestPort.on("lab", mac).port();
    }

    private static void makeSwitch(int identifier) {
        VirtualSwitch virtualSwitch = new VirtualSwitch();
        virtualSwitch.getMetadata().setName("lab");
        virtualSwitch.setSpec(
                new VirtualSwitchSpec(SwitchType.PRIVATE, SwitchScope.CLUSTER, null, null, null, null, 1400));
        client.resource(virtualSwitch).create();
        // As the operator does.
        client.resources(VirtualSwitch.class).withName("lab").editStatus(present -> {
            present.setStatus(new VirtualSwitchStatus(null, identifier, null, null, null));
            return present;
        });
    }

    private static VirtualSwitch present() {
        return client.resources(VirtualSwitch.class).withName("lab").get();
    }

    private static Optional<SwitchNode> entry(String node) {
        VirtualSwitchStatus status = present().getStatus();
        return status == null || status.nodes() == null
                ? Optional.empty()
                : status.nodes().stream()
                        .filter(entry -> entry.name().equals(node))
                        .findFirst();
    }

    private static void awaitPorts(String node, String... macs) {
        await("what " + node + " tells of its ports")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(entry(node))
                        .as(String.valueOf(present().getStatus()))
                        .get()
                        .extracting(SwitchNode::ports)
                        .satisfies(ports -> assertThat(ports.stream().map(SwitchNodePort::macAddress))
                                .containsExactly(macs)));
    }

    @Test
    void each_node_tells_its_own_ports_and_sends_to_those_of_the_other() throws Exception {
        makeSwitch(4711);
        Attachment a = one.plug("a", A);
        awaitPorts("one", A);
        assertThat(entry("two")).as("a node without ports says nothing").isEmpty();
        two.plug("b", B);
        awaitPorts("two", B);
        awaitPorts("one", A);
        await("each sends the other's frames to its node").atMost(SOON).untilAsserted(() -> {
            assertThat(one.forwarding()).containsPattern(B + " dev kvx\\S+ dst 192.0.2.2");
            assertThat(two.forwarding()).containsPattern(A + " dev kvx\\S+ dst 192.0.2.1");
        });
        assertThat(present().getMetadata().getManagedFields())
                .extracting("manager")
                .contains("kubehv-switch-one", "kubehv-switch-two");
        assertThat(present().getStatus().networkIdentifier())
                .as("the operator's field")
                .isEqualTo(4711);

        one.ports.remove(a.containerId(), a.interfaceName());
        await("the entry of a node that has no port any more is taken back")
                .atMost(SOON)
                .until(() -> entry("one").isEmpty());
        awaitPorts("two", B);
        await("nothing is sent to who is gone")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(two.forwarding()).doesNotContain(A + " dev kvx"));
        assertThat(one.namespace.exec("ip", "-o", "link", "show")).doesNotContain("kvs");
    }

    @Test
    void a_pod_that_is_no_vm_is_let_in_where_the_switch_lets_its_namespace_in() throws Exception {
        VirtualSwitch virtualSwitch = new VirtualSwitch();
        virtualSwitch.getMetadata().setName("lab");
        virtualSwitch.setSpec(new VirtualSwitchSpec(
                SwitchType.PRIVATE,
                SwitchScope.NODE,
                null,
                null,
                null,
                new LabelSelectorBuilder().addToMatchLabels("team", "office").build(),
                null));
        client.resource(virtualSwitch).create();
        TestNamespace inside = new TestNamespace();
        opened.add(inside);
        Attachment attachment =
                new Attachment("container-p", inside.path().toString(), "net1", "default", "p", "uid-p");
        PodNetwork network = new PodNetwork("lab", "lab", 0, null);
        await("the namespace is known")
                .atMost(SOON)
                .untilAsserted(() -> assertThatThrownBy(() -> one.ports.attach(attachment, network))
                        .isInstanceOf(SwitchException.InvalidConfiguration.class)
                        .hasMessageContaining("does not let the namespace default in")
                        .hasMessageContaining("team=office"));
        client.namespaces()
                .withName("default")
                .edit(present -> new NamespaceBuilder(present)
                        .editMetadata()
                        .addToLabels("team", "office")
                        .endMetadata()
                        .build());
        await("it is let in").atMost(SOON).ignoreExceptions().until(() -> {
            one.ports.attach(attachment, network);
            return true;
        });
        await("it is told as the others are")
                .atMost(SOON)
                .ignoreExceptionsInstanceOf(NoSuchElementException.class)
                .untilAsserted(() -> assertThat(entry("one").orElseThrow().ports())
                        .extracting(SwitchNodePort::name)
                        .containsExactly("default/p/net1"));
        one.ports.remove("container-p", "net1");
    }

    @Test
    void a_start_without_the_api_server_serves_what_was_known() throws Exception {
        makeSwitch(4712);
        one.plug("a", A);
        awaitPorts("one", A);
        await("a copy of it is kept").atMost(SOON).until(() -> Files.exists(one.state.resolve("switches.json")));
        one.stop();
        KubernetesClient deaf = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder()
                        .withMasterUrl("https://127.0.0.1:1")
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .build();
        opened.add(deaf);
        SwitchPorts next = SwitchPorts.open(NodeNetwork.of(one.namespace.open()), one.state);
        SwitchWatch watch = new SwitchWatch(deaf, "one", next, one.state);
        opened.add(watch);
        assertThat(next.unavailable()).isNotNull();
        watch.start();
        assertThat(watch.hasSynced()).isFalse();
        assertThat(next.unavailable()).isNull();
        TestNamespace inside = new TestNamespace();
        opened.add(inside);
        next.add(
                new Attachment("container-c", inside.path().toString(), "eth0", "default", "c", "uid-c"),
                List.of(port("00:15:5d:00:00:0c")));
        assertThat(one.forwarding()).contains("00:15:5d:00:00:0c");
        next.remove("container-c", "eth0");
    }

    @Test
    void a_switch_waits_for_its_number_and_then_takes_ports() throws Exception {
        VirtualSwitch virtualSwitch = new VirtualSwitch();
        virtualSwitch.getMetadata().setName("lab");
        virtualSwitch.setSpec(
                new VirtualSwitchSpec(SwitchType.PRIVATE, SwitchScope.CLUSTER, null, null, null, null, null));
        client.resource(virtualSwitch).create();
        await("the watch has seen the cluster").atMost(SOON).until(() -> one.ports.unavailable() == null);
        client.resources(VirtualSwitch.class).withName("lab").editStatus(present -> {
            present.setStatus(new VirtualSwitchStatus(null, 4713, null, null, null));
            return present;
        });
        one.plug("a", A);
        awaitPorts("one", A);
        assertThat(entry("one").orElseThrow().address()).isEqualTo("192.0.2.1");
        assertThat(entry("one").orElseThrow().ready()).isTrue();
    }
}
