package io.kubehv.e2e;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A second network of the Kind nodes, which stands for the physical one: of the container engine, with a host on it that is
 * no part of the cluster. That host is on the nodes' own network as well, where it stands for the Internet.
 *
 * @param name of the network, and of the host
 */
record PhysicalNetwork(Cluster cluster, String name, List<String> nodes) implements AutoCloseable {
    /** The host's addresses on the network. */
    static final String HOST = "10.94.1.250";

    static final String HOST_IPV6 = "fd94:1::250";

    /** An address that the nodes reach by a router only. */
    static final String INTERNET = "203.0.113.9";

    static PhysicalNetwork between(Cluster cluster, String name, List<String> nodes) {
        boolean made = false;
        PhysicalNetwork network = new PhysicalNetwork(cluster, name, nodes);
        try {
            network.make();
            made = true;
            return network;
        } finally {
            if (!made) {
                network.close();
            }
        }
    }

    private void make() {
        String _ = Cluster.run("docker", "network", "create", name);
        for (String node : nodes) {
            String _ = Cluster.run("docker", "network", "connect", name, node);
            // The External switch leaves an interface that has addresses to the node.
            onInterface(node, "ip addr flush dev $dev");
        }
        String image = Cluster.run("docker", "inspect", "-f", "{{.Config.Image}}", nodes.getFirst())
                .strip();
        String _ = Cluster.run(
                "docker",
                "run",
                "-d",
                "--name",
                name,
                "--privileged",
                "--network",
                "kind",
                "--entrypoint",
                "sleep",
                image,
                "infinity");
        String _ = Cluster.run("docker", "network", "connect", name, name);
        onInterface(
                name,
                "sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.$dev.disable_ipv6=0 net.ipv4.ip_forward=0;"
                        + " ip addr add " + HOST + "/24 dev $dev; ip -6 addr add " + HOST_IPV6 + "/64 dev $dev nodad;"
                        + " ip addr add " + INTERNET + "/32 dev lo");
        String router = Cluster.run("docker", "inspect", "-f", "{{.NetworkSettings.Networks.kind.IPAddress}}", name)
                .strip();
        for (String node : nodes) {
            String _ = cluster.onNode(node, "ip", "route", "replace", INTERNET, "via", router);
        }
    }

    /** A switch's uplinks to it, for its manifest: the engine names an interface on each node as it likes. */
    String uplinks() {
        return nodes.stream()
                .map(node -> "{nodeSelector: {kubernetes.io/hostname: %s}, interface: %s}"
                        .formatted(node, onInterface(node, "echo $dev").strip()))
                .collect(Collectors.joining(", ", "uplinks: [", "]"));
    }

    /** Runs shell commands in a container, where {@code $dev} is its interface on this network. */
    private String onInterface(String container, String commands) {
        String mac = Cluster.run(
                        "docker",
                        "inspect",
                        "-f",
                        "{{(index .NetworkSettings.Networks \"" + name + "\").MacAddress}}",
                        container)
                .strip();
        return cluster.onNode(
                container,
                "sh",
                "-ec",
                "dev=$(ip -o link | grep -i '" + mac + "' | cut -d: -f2 | cut -d@ -f1 | tr -d ' '); " + commands);
    }

    @Override
    public void close() {
        for (String node : nodes) {
            String _ = Cluster.run("sh", "-c", "docker exec " + node + " ip route del " + INTERNET + " || true");
            String _ = Cluster.run("sh", "-c", "docker network disconnect -f " + name + " " + node + " || true");
        }
        String _ = Cluster.run("sh", "-c", "docker rm -f " + name + " || true");
        String _ = Cluster.run("docker", "network", "rm", name);
    }
}
