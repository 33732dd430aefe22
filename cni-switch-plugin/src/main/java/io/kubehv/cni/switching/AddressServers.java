package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.linux.HangUp;
import io.kubehv.cni.linux.NetworkNamespace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * DHCP, router advertisements and DNS on Internal switches: a dnsmasq a switch, on the node's own addresses there. It tells
 * each guest the address that the cluster keeps for it, and no others; so the one of each node knows only its own guests, and
 * has nothing to remember. On Private switches it is in a namespace of its own, and answers DHCP alone: nobody reaches the node by it.
 */
final class AddressServers {
    private static final int STOP_SECONDS = 5;

    /** Comes from a server that has its namespace, and waits there for its interfaces. */
    private static final String READY = "ready";

    private final NodeNetwork network;
    private final PortJournal journal;
    private final NodeAdapters adapters;
    private final Path directory;
    private final Map<String, Running> servers = new HashMap<>();

    AddressServers(NodeNetwork network, PortJournal journal, NodeAdapters adapters, Path directory) {
        this.network = network;
        this.journal = journal;
        this.adapters = adapters;
        this.directory = directory;
    }

    private record Running(Process process, List<String> settings, String hosts) {}

    /** Lets the switch's server run if it needs one, with the settings and for the ports. */
    synchronized void ensure(SwitchConfiguration configuration) throws SwitchException {
        String name = configuration.name();
        List<SwitchPort> ports = journal.portsOn(name);
        boolean needed = configuration.type() != SwitchType.EXTERNAL
                && configuration.subnets().stream().anyMatch(Subnet::dhcp)
                && !ports.isEmpty();
        if (!needed) {
            stop(name);
            return;
        }
        List<String> settings = settings(configuration);
        String hosts = ports.stream()
                .map(AddressServers::host)
                .filter(line -> !line.isEmpty())
                .sorted()
                .collect(Collectors.joining("\n", "", "\n"));
        Running running = servers.get(name);
        try {
            Files.createDirectories(directory);
            if (running == null
                    || !running.process.isAlive()
                    || !running.settings.equals(settings)
                    || isCutOff(configuration)) {
                stop(name);
                Files.writeString(hosts(name), hosts);
                Process process = configuration.type() == SwitchType.PRIVATE
                        ? startApart(configuration, settings)
                        : start(name, settings);
                servers.put(name, new Running(process, settings, hosts));
            } else if (!running.hosts.equals(hosts)) {
                Files.writeString(hosts(name), hosts);
                // It reads its hosts anew at this signal.
                HangUp.send(running.process);
                servers.put(name, new Running(running.process, settings, hosts));
            }
        } catch (IOException e) {
            throw new SwitchException.SystemFailure("switch " + name + ": can't run dnsmasq: " + e.getMessage(), e);
        }
    }

    /** Whether somebody has deleted a port of a server's that is apart. */
    private boolean isCutOff(SwitchConfiguration configuration) throws IOException {
        for (int vlan : NodeAdapters.served(configuration)) {
            if (network.links()
                    .find(LinkNames.adapter(configuration.name(), vlan))
                    .isEmpty()) {
                return true;
            }
        }
        return false;
    }

    private Process start(String name, List<String> settings) throws IOException {
        Path file = Files.write(file(name, ".conf"), settings);
        return new ProcessBuilder(network.placed("dnsmasq", "--keep-in-foreground", "--conf-file=" + file))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    // Its namespace is nobody else's, and goes with it, and the interfaces with that. It has no way to the node but the
    // switch.
    private Process startApart(SwitchConfiguration configuration, List<String> settings)
            throws IOException, SwitchException {
        Path file = Files.write(file(configuration.name(), ".conf"), settings);
        Process process = new ProcessBuilder(network.placed(
                        "unshare",
                        "--net",
                        "sh",
                        "-c",
                        "echo " + READY + " && read go && exec dnsmasq --keep-in-foreground --conf-file=\"$0\" >&2",
                        file.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        boolean isRunning = false;
        try (BufferedReader out = process.inputReader();
                Writer in = process.outputWriter()) {
            String said = out.readLine();
            if (!READY.equals(said)) {
                throw new IOException("unshare made no namespace");
            }
            try (NetworkNamespace namespace =
                    NetworkNamespace.open(Path.of("/proc", Long.toString(process.pid()), "ns", "net"))) {
                adapters.ensure(configuration, namespace);
            }
            in.write("go\n");
            isRunning = true;
        } finally {
            if (!isRunning) {
                process.destroyForcibly();
            }
        }
        return process;
    }

    private List<String> settings(SwitchConfiguration configuration) {
        String name = configuration.name();
        List<String> lines = new ArrayList<>(List.of(
                "except-interface=lo",
                "bind-interfaces",
                "no-hosts",
                // It reads what guests send: as nobody, with no more than it needs for DHCP.
                "user=nobody",
                "log-facility=-",
                "dhcp-authoritative",
                "dhcp-leasefile=" + file(name, ".leases"),
                "dhcp-hostsfile=" + hosts(name),
                "pid-file="));
        if (configuration.type() == SwitchType.PRIVATE) {
            // No DNS: it would have nobody to ask.
            lines.add("port=0");
        }
        for (Subnet subnet : configuration.subnets()) {
            if (subnet.dhcp()) {
                String holder = NodeAdapters.holder(configuration, subnet);
                lines.add("interface=" + holder);
                lines.addAll(subnet.isIpv4() ? ipv4(subnet, configuration) : ipv6(subnet, holder));
            }
        }
        return lines;
    }

    private static List<String> ipv4(Subnet subnet, SwitchConfiguration configuration) {
        String tag = "vlan" + subnet.vlan();
        String servers = !subnet.nameServers().isEmpty()
                ? "," + addresses(subnet.nameServers())
                : configuration.type() == SwitchType.PRIVATE
                        ? ""
                        : "," + subnet.node().getHostAddress();
        return List.of(
                "dhcp-range=set:" + tag + "," + subnet.network().getHostAddress() + ",static,"
                        + netmask(subnet.prefixLength()) + ",12h",
                // An empty one keeps dnsmasq from telling its own address.
                "dhcp-option=tag:" + tag + ",option:router"
                        + (subnet.gateway() ? "," + subnet.node().getHostAddress() : ""),
                "dhcp-option=tag:" + tag + ",option:dns-server" + servers,
                "dhcp-option=tag:" + tag + ",option:mtu," + configuration.mtu());
    }

    private static List<String> ipv6(Subnet subnet, String holder) {
        String tag = "vlan" + subnet.vlan();
        List<String> lines = new ArrayList<>(List.of(
                "enable-ra",
                "dhcp-range=set:" + tag + "," + subnet.network().getHostAddress() + ",static," + subnet.prefixLength()
                        + ",12h"));
        if (!subnet.gateway()) {
            // The advertisements say that there is DHCP, and that the way out is elsewhere.
            lines.add("ra-param=" + holder + ",0,0");
        }
        if (!subnet.nameServers().isEmpty()) {
            lines.add("dhcp-option=tag:" + tag + ",option6:dns-server,"
                    + subnet.nameServers().stream()
                            .map(server -> "[" + server.getHostAddress() + "]")
                            .collect(Collectors.joining(",")));
        }
        return lines;
    }

    private static String addresses(List<InetAddress> servers) {
        return servers.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(","));
    }

    private static String netmask(int prefixLength) {
        int bits = prefixLength == 0 ? 0 : -1 << (32 - prefixLength);
        return "%d.%d.%d.%d".formatted(bits >>> 24, (bits >>> 16) & 0xFF, (bits >>> 8) & 0xFF, bits & 0xFF);
    }

    private static String host(SwitchPort port) {
        if (port.addresses().isEmpty()) {
            return "";
        }
        String addresses = port.addresses().stream()
                .map(address -> address.contains(":") ? "[" + address + "]" : address)
                .collect(Collectors.joining(","));
        return port.macAddress() + "," + addresses + (port.hostName() == null ? "" : "," + port.hostName());
    }

    /** Ends the switch's server, if there is one. */
    synchronized void stop(String name) throws SwitchException {
        Running running = servers.remove(name);
        if (running == null) {
            return;
        }
        running.process.destroy();
        try {
            if (!running.process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                running.process.destroyForcibly();
            }
            for (String suffix : List.of(".conf", ".leases", ".hosts")) {
                Files.deleteIfExists(file(name, suffix));
            }
        } catch (IOException e) {
            throw new SwitchException.SystemFailure(
                    "switch " + name + ": can't clear up after dnsmasq: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SwitchException.SystemFailure("switch " + name + ": interrupted while dnsmasq ended", e);
        }
    }

    /** Ends all servers. */
    synchronized void stopAll() throws SwitchException {
        for (String name : List.copyOf(servers.keySet())) {
            stop(name);
        }
    }

    private Path hosts(String name) {
        return file(name, ".hosts");
    }

    private Path file(String name, String suffix) {
        return directory.resolve(LinkNames.bridge(name) + suffix);
    }
}
