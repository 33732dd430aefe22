package io.kubehv.hv.qemu;

import static io.kubehv.hv.qemu.QemuCommandLine.add;

import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.VirtualMachineDefinition.NetworkAdapter;
import io.kubehv.hv.definition.VirtualMachineDefinition.Port;
import io.kubehv.hv.definition.VirtualMachineDefinition.Tap;
import io.kubehv.hv.machine.PodFacts;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Network adapters: on the default switch QEMU's user network, a NAT behind the pod's addresses; on a virtual switch a tap
 * that the node's switch daemon has made in the pod.
 */
final class NetworkArguments {
    /** As long as the field of a DHCP answer, less the zero at its end; libslirp cuts off what is longer. */
    private static final int LONGEST_BOOT_FILE = 127;

    /** What OVMF asks QEMU whether it shall do without (OvmfPkg/RUNTIME_CONFIG.md). */
    private static final List<String> WITHOUT_URL = List.of("IPv4PXESupport", "IPv6PXESupport", "IPv6Support");

    private final VirtualMachineDefinition definition;
    private final PodFacts facts;

    NetworkArguments(VirtualMachineDefinition definition, PodFacts facts) {
        this.definition = definition;
        this.facts = facts;
    }

    void addTo(List<String> arguments) {
        if (definition.generation() == 2) {
            ports(arguments);
        }
        for (int i = 0; i < definition.networkAdapters().size(); i++) {
            adapter(arguments, definition.networkAdapters().get(i), i);
            name(arguments, definition.networkAdapters().get(i));
        }
        bootProtocol(arguments);
    }

    /** Nothing comes to the first bus of this board, nor leaves it: a port has a bus of its own for one adapter. */
    private static void ports(List<String> arguments) {
        for (int i = 0; i < NetworkNames.PORTS; i++) {
            Options port = Options.of("pcie-root-port")
                    .with("id", NetworkNames.port(i))
                    .with("chassis", i + 1)
                    .with("slot", i + 1)
                    // Adapters need none of the few I/O addresses that there are.
                    .with("io-reserve", 0);
            add(arguments, "-device", PciSlots.placeAdapterPort(port, i));
        }
    }

    private void adapter(List<String> arguments, NetworkAdapter adapter, int index) {
        String network = NetworkNames.network(adapter.name());
        Tap tap = adapter.tap();
        Options device = device(adapter, network);
        add(arguments, "-netdev", tap == null ? user(adapter, network, index) : tap(tap, network));
        add(
                arguments,
                "-device",
                definition.generation() == 2
                        ? device.with("bus", NetworkNames.port(index))
                        : PciSlots.placeAdapter(device, index));
    }

    /**
     * The name for the guest's interface, as a credential for its systemd (systemd.system-credentials(7), network.link.*).
     * Tables of slots would not do: QEMU has them for devices of the first bus only.
     */
    private static void name(List<String> arguments, NetworkAdapter adapter) {
        String name = adapter.interfaceName();
        if (name != null) {
            String link = "[Match]\nMACAddress=%s\n[Link]\nName=%s\n".formatted(adapter.macAddress(), name);
            String credential = "io.systemd.credential.binary:network.link.50-" + name + "="
                    + Base64.getEncoder().encodeToString(link.getBytes(StandardCharsets.UTF_8));
            add(arguments, "-smbios", Options.of("type", "11").with("value", credential));
        }
    }

    private Options user(NetworkAdapter adapter, String network, int index) {
        Options user = Options.of("user")
                .with("id", network)
                .with("ipv4", true)
                .with("net", DefaultSwitch.ipv4Subnet(index))
                .with("ipv6", facts.ipv6());
        if (facts.ipv6()) {
            user.with("ipv6-prefix", DefaultSwitch.ipv6Prefix(index));
        }
        // DHCP tells the guest its name and where to look for short names, as the pod's own resolver does.
        user.with("hostname", definition.name());
        for (String domain : facts.searchDomains()) {
            user.with("dnssearch", domain);
        }
        String bootUrl = adapter.bootUrl();
        if (bootUrl != null) {
            user.with(
                    "bootfile",
                    adapter.bootHost().map(host -> withReachable(host, bootUrl)).orElse(bootUrl));
        }
        for (Port port : adapter.ports()) {
            user.with("hostfwd", forward(port));
        }
        return user;
    }

    /** The tap is there and is ours to open, so QEMU needs neither scripts nor privileges. */
    private Options tap(Tap tap, String network) {
        Options options = Options.of("tap")
                .with("id", network)
                .with("ifname", tap.device())
                .with("script", "no")
                .with("downscript", "no");
        // A tap that was made for several queues can't be opened with one, nor the other way round.
        if (tap.queues() > 1) {
            options.with("queues", tap.queues());
        }
        return facts.vhostNet() ? options.with("vhost", true) : options;
    }

    private Options device(NetworkAdapter adapter, String network) {
        Options device = Options.of(adapter.legacy() ? "e1000" : "virtio-net-pci")
                .with("id", NetworkNames.device(adapter.name()))
                .with("netdev", network)
                .with("mac", adapter.macAddress());
        Tap tap = adapter.tap();
        if (tap != null && !adapter.legacy()) {
            queues(device, tap);
        }
        Integer bootIndex = adapter.bootIndex();
        if (bootIndex != null) {
            device.with("bootindex", bootIndex);
        }
        // UEFI has drivers of its own. A BIOS boots from the network by the adapter's ROM, which costs time where it is
        // not asked for.
        boolean rom = definition.generation() == 1 && bootIndex != null;
        return rom ? device : device.with("romfile", "");
    }

    private void queues(Options device, Tap tap) {
        if (tap.queues() > 1) {
            device.with("mq", true).with("vectors", tap.vectors());
        }
        Integer mtu = facts.taps().get(tap.device());
        if (mtu != null) {
            device.with("host_mtu", mtu);
        }
    }

    /**
     * With the host's address where firmware can't look it up, else with the domain that the pod's own resolver would put
     * behind a Service's bare name. iPXE knows search domains too, so what gets too long for the answer stays as it is.
     */
    private String withReachable(String host, String url) {
        String better =
                url.replaceFirst(Pattern.quote("://" + host), Matcher.quoteReplacement("://" + reachable(host)));
        return better.length() <= LONGEST_BOOT_FILE ? better : url;
    }

    private String reachable(String host) {
        String address = facts.bootHosts().get(host);
        if (address != null) {
            return address;
        }
        boolean isBare = !host.contains(".") && !facts.searchDomains().isEmpty();
        return isBare ? host + "." + facts.searchDomains().getFirst() : host;
    }

    /**
     * Where all that may be booted through the network is a URL, UEFI need not look for PXE or by IPv6 first: here nobody
     * answers, and it would take a minute to find that out.
     */
    private void bootProtocol(List<String> arguments) {
        List<NetworkAdapter> bootable = definition.networkAdapters().stream()
                .filter(adapter -> adapter.bootIndex() != null)
                .toList();
        if (definition.generation() == 2
                && !bootable.isEmpty()
                && bootable.stream().allMatch(adapter -> adapter.bootUrl() != null)) {
            for (String protocol : WITHOUT_URL) {
                add(
                        arguments,
                        "-fw_cfg",
                        Options.of("name", "opt/org.tianocore/" + protocol).with("string", "no"));
            }
        }
    }

    /** From all of the pod's addresses, loopback included: port-forward comes from there. */
    private static String forward(Port port) {
        return port.protocol().name().toLowerCase(Locale.ROOT) + "::" + port.port() + "-:" + port.port();
    }
}
