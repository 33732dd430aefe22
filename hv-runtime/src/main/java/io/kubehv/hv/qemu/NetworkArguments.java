package io.kubehv.hv.qemu;

import static io.kubehv.hv.qemu.QemuCommandLine.add;

import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.VirtualMachineDefinition.NetworkAdapter;
import io.kubehv.hv.definition.VirtualMachineDefinition.Port;
import io.kubehv.hv.definition.VirtualMachineDefinition.Tap;
import io.kubehv.hv.machine.PodFacts;
import java.util.List;
import java.util.Locale;

/**
 * Network adapters: on the default switch QEMU's user network, a NAT behind the pod's addresses; on a virtual switch a tap
 * that the node's switch daemon has made in the pod.
 */
final class NetworkArguments {
    /** A range for documentation (RFC 5737), so no cluster has its pods there. */
    private static final String IPV4_SUBNET = "192.0.2.0/24";

    /** A unique local prefix (RFC 4193), so a guest prefers IPv4 for what only IPv4 reaches. */
    private static final String IPV6_PREFIX = "fd6b:7562:6568:7600::";

    private final VirtualMachineDefinition definition;
    private final PodFacts facts;

    NetworkArguments(VirtualMachineDefinition definition, PodFacts facts) {
        this.definition = definition;
        this.facts = facts;
    }

    void addTo(List<String> arguments) {
        for (int i = 0; i < definition.networkAdapters().size(); i++) {
            adapter(arguments, definition.networkAdapters().get(i), i);
        }
    }

    private void adapter(List<String> arguments, NetworkAdapter adapter, int index) {
        String network = "network-" + adapter.name();
        Tap tap = adapter.tap();
        add(arguments, "-netdev", tap == null ? user(adapter, network) : tap(tap, network));
        add(arguments, "-device", PciSlots.placeAdapter(device(adapter, network), index));
    }

    private Options user(NetworkAdapter adapter, String network) {
        Options user = Options.of("user")
                .with("id", network)
                .with("ipv4", true)
                .with("net", IPV4_SUBNET)
                .with("ipv6", facts.ipv6());
        if (facts.ipv6()) {
            user.with("ipv6-prefix", IPV6_PREFIX);
        }
        // DHCP tells the guest its name and where to look for short names, as the pod's own resolver does.
        user.with("hostname", definition.name());
        for (String domain : facts.searchDomains()) {
            user.with("dnssearch", domain);
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
                .with("id", network + "-device")
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
            // A vector for each queue of each direction, one for changes of the configuration, one for control.
            device.with("mq", true).with("vectors", 2L * tap.queues() + 2);
        }
        Integer mtu = facts.taps().get(tap.device());
        if (mtu != null) {
            device.with("host_mtu", mtu);
        }
    }

    /** From all of the pod's addresses, loopback included: port-forward comes from there. */
    private static String forward(Port port) {
        return port.protocol().name().toLowerCase(Locale.ROOT) + "::" + port.port() + "-:" + port.port();
    }
}
