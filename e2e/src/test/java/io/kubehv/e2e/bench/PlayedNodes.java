package io.kubehv.e2e.bench;

import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.e2e.bench.TrafficProgram.End;
import io.kubehv.e2e.bench.TrafficProgram.Way;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Two nodes with a switch daemon each, and beside them two plain ones with nothing but bridges, all of them namespaces with a pair
 * between the two. Every node has a rule that follows connections, as Kubernetes' nodes have.
 */
final class PlayedNodes implements AutoCloseable {
    private static final String A = "00:15:5d:00:ff:0a";
    private static final String B = "00:15:5d:00:ff:0b";

    /** So that packets of 1,500 bytes pass between nodes. */
    private static final int UNDERLAY_MTU = 1550;

    private final SwitchContender here;
    private final SwitchContender there;
    private final String plainHere = "kubehv-plain-" + ProcessHandle.current().pid() + "-1";
    private final String plainThere = "kubehv-plain-" + ProcessHandle.current().pid() + "-2";
    private final List<String> pods = new ArrayList<>();
    private int numbers;
    private @Nullable Way far;

    PlayedNodes(Path directory) throws IOException {
        here = new SwitchContender(Files.createDirectory(directory.resolve("here")), copy("192.0.2.1", "192.0.2.2", B));
        there = new SwitchContender(
                Files.createDirectory(directory.resolve("there")), copy("192.0.2.2", "192.0.2.1", A));
    }

    private static String copy(String own, String others, String othersMac) {
        return """
                {"switches": [{"apiVersion": "kubehv.io/v1alpha1", "kind": "VirtualSwitch", "metadata": {"name": "lab"},
                               "spec": {"type": "Private"},
                               "status": {"networkIdentifier": 4711, "nodes": [{"name": "other", "ready": true, "ports":
                                 [{"name": "bench/far/lan", "macAddress": "%3$s"}]}]}}],
                 "nodes": {"node": {"labels": {}, "address": "%1$s"}, "other": {"labels": {}, "address": "%2$s"}}}
                """.formatted(own, others, othersMac);
    }

    void start() throws IOException, InterruptedException {
        here.open();
        there.open();
        ip("netns", "add", plainHere);
        ip("netns", "add", plainThere);
        join(here.node, there.node);
        join(plainHere, plainThere);
        here.launch();
        there.launch();
        plain(plainHere, "192.0.2.1", "192.0.2.2", B);
        plain(plainThere, "192.0.2.2", "192.0.2.1", A);
    }

    private static void join(String one, String other) throws IOException, InterruptedException {
        ip(
                "-n",
                one,
                "link",
                "add",
                "eth9",
                "mtu",
                "" + UNDERLAY_MTU,
                "type",
                "veth",
                "peer",
                "name",
                "eth9",
                "mtu",
                "" + UNDERLAY_MTU,
                "netns",
                other);
        int last = 1;
        for (String node : List.of(one, other)) {
            ip("-n", node, "addr", "add", "192.0.2." + last++ + "/24", "dev", "eth9");
            ip("-n", node, "link", "set", "eth9", "up");
            Contender.run(
                    List.of(
                            "nsenter",
                            "--net=/run/netns/" + node,
                            "nft",
                            "add table ip nodes; add chain ip nodes leaving { type nat hook postrouting priority 100; };"
                                    + " add rule ip nodes leaving ip saddr 10.244.0.0/16 ip daddr != 10.244.0.0/16 masquerade"));
        }
    }

    /** A bridge for two taps, and one for a tap and a VXLAN. */
    private static void plain(String node, String own, String other, String othersMac)
            throws IOException, InterruptedException {
        for (String bridge : List.of("near", "far")) {
            ip("-n", node, "link", "add", bridge, "type", "bridge", "mcast_snooping", "0", "forward_delay", "0");
            ip("-n", node, "link", "set", bridge, "up");
        }
        for (String tap : List.of("near1", "near2", "far1")) {
            Contender.run(
                    List.of("ip", "netns", "exec", node, "ip", "tuntap", "add", "dev", tap, "mode", "tap", "vnet_hdr"));
            ip("-n", node, "link", "set", tap, "master", tap.substring(0, tap.length() - 1), "up");
        }
        ip(
                "-n",
                node,
                "link",
                "add",
                "vxlan1",
                "mtu",
                "1500",
                "type",
                "vxlan",
                "id",
                "4712",
                "dstport",
                "4789",
                "local",
                own,
                "nolearning");
        ip("-n", node, "link", "set", "vxlan1", "master", "far", "up");
        for (String mac : List.of("00:00:00:00:00:00", othersMac)) {
            Contender.run(List.of("bridge", "-n", node, "fdb", "append", mac, "dev", "vxlan1", "dst", other));
        }
    }

    /** From one tap on a bridge to another. */
    Way plainOnOneNode() {
        return new Way(
                "plain bridge",
                new End(plainHere, "near1", "00:15:5d:00:00:0a", "10.99.0.10"),
                new End(plainHere, "near2", "00:15:5d:00:00:0b", "10.99.0.11"));
    }

    Way plainBetweenNodes() {
        return new Way(
                "plain bridge",
                new End(plainHere, "far1", A, "10.99.255.10"),
                new End(plainThere, "far1", B, "10.99.255.11"));
    }

    /** From one port of the switch to another, both on the first node. */
    Way on(String name, SwitchPort from, SwitchPort to) throws IOException, InterruptedException {
        return new Way(name, plug(here, from), plug(here, to));
    }

    /** From one node's port to the other's. */
    Way betweenNodes() throws IOException, InterruptedException {
        if (far == null) {
            far = new Way(
                    "switch",
                    plug(here, new SwitchPortDraft("far", A, "10.99.255.10").port()),
                    plug(there, new SwitchPortDraft("far", B, "10.99.255.11").port()));
        }
        return far;
    }

    private End plug(SwitchContender node, SwitchPort port) throws IOException, InterruptedException {
        String pod = node.node + "-pod" + ++numbers;
        ip("netns", "add", pod);
        pods.add(pod);
        node.call("ADD", pod, numbers, "eth0", SwitchContender.configuration(port));
        return new End(
                pod,
                port.device(),
                port.macAddress(),
                port.addresses().isEmpty()
                        ? "10.97.0." + numbers
                        : port.addresses().getFirst());
    }

    private static void ip(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        Contender.run(command);
    }

    @Override
    public void close() throws IOException {
        try {
            here.end();
            there.end();
            pods.addAll(List.of(plainHere, plainThere));
            for (String namespace : pods) {
                new ProcessBuilder("ip", "netns", "del", namespace).start().waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
