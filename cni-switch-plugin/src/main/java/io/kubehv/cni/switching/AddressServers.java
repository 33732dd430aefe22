package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.linux.HangUp;
import java.io.IOException;
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
 * DHCP, router advertisements and DNS on Internal switches: a dnsmasq a switch, on the node's own address there. It tells
 * each guest the address that the cluster keeps for it, and no others; so the one of each node knows only its own guests, and
 * has nothing to remember.
 */
final class AddressServers {
    private static final int STOP_SECONDS = 5;

    private final NodeNetwork network;
    private final Path directory;
    private final Map<String, Running> servers = new HashMap<>();

    AddressServers(NodeNetwork network, Path directory) {
        this.network = network;
        this.directory = directory;
    }

    private record Running(Process process, List<String> settings, String hosts) {}

    /** Lets the switch's server run if it needs one, with the settings and for the ports. */
    synchronized void ensure(SwitchConfiguration configuration, List<SwitchPort> ports) throws SwitchException {
        String name = configuration.name();
        boolean needed = configuration.type() == SwitchType.INTERNAL
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
            if (running == null || !running.process.isAlive() || !running.settings.equals(settings)) {
                stop(name);
                Files.writeString(hosts(name), hosts);
                servers.put(name, new Running(start(name, settings), settings, hosts));
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

    private Process start(String name, List<String> settings) throws IOException {
        Path file = file(name, ".conf");
        Files.write(file, settings);
        List<String> command = network.placed("dnsmasq", "--keep-in-foreground", "--conf-file=" + file);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private List<String> settings(SwitchConfiguration configuration) {
        String name = configuration.name();
        List<String> lines = new ArrayList<>(List.of(
                "interface=" + LinkNames.bridge(name),
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
        for (Subnet subnet : configuration.subnets()) {
            if (subnet.dhcp()) {
                lines.addAll(subnet.isIpv4() ? ipv4(subnet, configuration.mtu()) : ipv6(subnet));
            }
        }
        return lines;
    }

    private static List<String> ipv4(Subnet subnet, int mtu) {
        String servers =
                subnet.nameServers().isEmpty() ? subnet.node().getHostAddress() : addresses(subnet.nameServers());
        return List.of(
                "dhcp-range=" + subnet.network().getHostAddress() + ",static," + netmask(subnet.prefixLength())
                        + ",12h",
                // An empty one keeps dnsmasq from telling its own address.
                "dhcp-option=option:router"
                        + (subnet.gateway() ? "," + subnet.node().getHostAddress() : ""),
                "dhcp-option=option:dns-server," + servers,
                "dhcp-option=option:mtu," + mtu);
    }

    private static List<String> ipv6(Subnet subnet) {
        List<String> lines = new ArrayList<>(List.of(
                "enable-ra",
                "dhcp-range=" + subnet.network().getHostAddress() + ",static," + subnet.prefixLength() + ",12h"));
        if (!subnet.nameServers().isEmpty()) {
            lines.add("dhcp-option=option6:dns-server,"
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
