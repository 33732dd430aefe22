package io.kubehv.hv.hotplug;

import io.kubehv.hv.definition.VirtualMachineDefinition.NetworkAdapter;
import io.kubehv.hv.definition.VirtualMachineDefinition.Tap;
import io.kubehv.hv.qemu.DefaultSwitch;
import io.kubehv.hv.qemu.NetworkNames;
import java.util.HashMap;
import java.util.Map;

/** What QMP is told of a network adapter: the same as the command line would say of it. */
final class AdapterArguments {
    private AdapterArguments() {}

    /** Its ports are opened afterwards: one that is taken must not keep the adapter away. */
    static Map<String, Object> user(NetworkAdapter adapter, int place, GuestNetwork guest) {
        Map<String, Object> user = new HashMap<>(Map.of(
                "type",
                "user",
                "id",
                NetworkNames.network(adapter.name()),
                "ipv4",
                true,
                "net",
                DefaultSwitch.ipv4Subnet(place),
                "ipv6",
                guest.ipv6(),
                "hostname",
                guest.hostName(),
                "dnssearch",
                guest.searchDomains().stream()
                        .map(domain -> Map.of("str", domain))
                        .toList()));
        if (guest.ipv6()) {
            user.put("ipv6-prefix", DefaultSwitch.ipv6Prefix(place));
        }
        return user;
    }

    static Map<String, Object> tap(NetworkAdapter adapter, Tap tap, boolean vhost) {
        Map<String, Object> network = new HashMap<>(Map.of(
                "type",
                "tap",
                "id",
                NetworkNames.network(adapter.name()),
                "ifname",
                tap.device(),
                "script",
                "no",
                "downscript",
                "no"));
        if (tap.queues() > 1) {
            network.put("queues", tap.queues());
        }
        if (vhost) {
            network.put("vhost", true);
        }
        return network;
    }

    static Map<String, Object> device(NetworkAdapter adapter, int place) {
        Map<String, Object> device = new HashMap<>(Map.of(
                "driver",
                "virtio-net-pci",
                "id",
                NetworkNames.device(adapter.name()),
                "netdev",
                NetworkNames.network(adapter.name()),
                "mac",
                adapter.macAddress(),
                "romfile",
                "",
                "bus",
                NetworkNames.port(place),
                // Without it, QEMU takes a second one into a place, which no guest looks for there.
                "addr",
                "0x0"));
        Tap tap = adapter.tap();
        if (tap != null && tap.queues() > 1) {
            device.put("mq", true);
            device.put("vectors", tap.vectors());
        }
        if (tap != null && tap.mtu() != null) {
            device.put("host_mtu", tap.mtu());
        }
        return device;
    }
}
