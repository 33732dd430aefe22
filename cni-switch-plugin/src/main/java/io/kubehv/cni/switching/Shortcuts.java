package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.PortMirroring;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.Vlan;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.linux.BpfMap;
import io.kubehv.cni.linux.LinuxException;
import io.kubehv.cni.netlink.Link;
import io.kubehv.cni.netlink.MacAddress;
import io.kubehv.cni.netlink.TrafficControl.Direction;
import io.kubehv.cni.switching.ShortcutTarget.Place;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Shortcuts past the bridge, for ordinary frames between ports of one switch of which no more is asked than a small program can
 * look at. The bridge and its rules stay the authority: what a shortcut does not take goes there. A port that changes is taken out
 * first, and put in again when all else is as it is to be.
 */
final class Shortcuts implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Shortcuts.class.getName());

    /** Before the rules that tag. */
    private static final int PRIORITY = 5;

    /** How many interfaces of all switches may be targets. */
    private static final int MOST_LINKS = 8192;

    /** What the program holds. A storm limit and a share of the way out are of frames that it does not send. */
    private static final Set<Guard> HELD =
            EnumSet.of(Guard.UNTAGGED, Guard.MAC, Guard.ADDRESS, Guard.DHCP, Guard.ROUTER, Guard.SHARE, Guard.STORM);

    private final NodeNetwork network;
    private final Map<String, ShortcutTargets> bySwitch = new ConcurrentHashMap<>();
    private final Map<String, Entered> entered = new ConcurrentHashMap<>();
    private @Nullable BpfMap links;
    private volatile boolean possible = true;

    private record Entered(ShortcutTargets targets, Place place, int index) {}

    Shortcuts(NodeNetwork network) {
        this.network = network;
    }

    /** Takes away those of an earlier life of this program: nobody can change their tables any more. */
    void recover() throws LinuxException {
        for (Link link : network.links().list()) {
            if (LinkNames.areOurs(link.name())) {
                network.trafficControl().clear(link.index(), Direction.INGRESS, PRIORITY);
            }
        }
    }

    /** No frame comes to the port or from it by a shortcut any more. */
    void leave(String link) throws IOException {
        Entered gone = entered.get(link);
        if (gone != null) {
            gone.targets.remove(gone.place, gone.index);
            network.trafficControl().clear(gone.index, Direction.INGRESS, PRIORITY);
            entered.remove(link);
        }
    }

    /**
     * Has frames come to the port and from it by shortcuts, if it may. Where that fails, they go by the bridge.
     *
     * @param host the node's end of the port, which is as it is to be
     */
    void enter(Link host, Guards guards) {
        if (!possible || !takesPart(guards)) {
            return;
        }
        SwitchPort port = guards.port();
        MacAddress mac = new MacAddress(port.macAddress());
        int vlan = accessVlan(port.vlan());
        try {
            ShortcutTargets targets = targets(guards.configuration().name());
            BpfMap present = links();
            Place place = new Place(mac, vlan);
            entered.put(host.name(), new Entered(targets, place, host.index()));
            addLink(present, host);
            targets.put(place, ShortcutTarget.port(host.index(), host.mtu()));
            ShortcutProgram.Sender sender = new ShortcutProgram.Sender(
                    host.index(),
                    mac,
                    vlan,
                    port.addresses().stream().map(InetAddress::ofLiteral).toList(),
                    port.minimumWeight() == null && port.minimumBitsPerSecond() == null);
            network.trafficControl()
                    .decide(
                            host.index(),
                            Direction.INGRESS,
                            PRIORITY,
                            ShortcutProgram.of(sender, targets.map(), present));
        } catch (IOException e) {
            goesByBridge(host.name(), e);
        }
    }

    private static void addLink(BpfMap links, Link link) throws IOException {
        byte[] index = ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(link.index())
                .array();
        links.put(index, index);
    }

    private void goesByBridge(String link, IOException failure) {
        // A kernel that does not have what they are made of says so.
        if (failure instanceof LinuxException e && e.errno() == LinuxException.EINVAL) {
            possible = false;
        }
        LOG.log(
                Level.WARNING,
                failure,
                () -> (possible ? "the link " + link + " has" : "on this kernel, links have")
                        + " no shortcuts: all frames go by the bridge");
    }

    /** Has frames to and from the switch's guests on other nodes go by shortcuts, too. */
    void ensureTunnel(SwitchConfiguration configuration) {
        if (!possible || configuration.tunnel().isEmpty()) {
            return;
        }
        String name = LinkNames.tunnel(configuration.name());
        Set<Place> places = configuration.tunnel().get().remotes().stream()
                .filter(remote -> !remote.mac().equals(MacAddress.NOBODY))
                // Of a guest in a VLAN it is not known in which.
                .map(remote -> new Place(remote.mac(), 0))
                .collect(Collectors.toSet());
        try {
            Link tunnel = network.links().get(name);
            ShortcutTargets targets = targets(configuration.name());
            BpfMap present = links();
            addLink(present, tunnel);
            targets.tunnel(places, ShortcutTarget.tunnel(tunnel.index(), tunnel.mtu()));
            if (!network.trafficControl().has(tunnel.index(), Direction.INGRESS, PRIORITY)) {
                network.trafficControl()
                        .decide(
                                tunnel.index(),
                                Direction.INGRESS,
                                PRIORITY,
                                ShortcutProgram.ofTunnel(targets.map(), present));
            }
        } catch (IOException e) {
            goesByBridge(name, e);
        }
    }

    /** {@link #enter}, where it is not so already. */
    void ensure(String link, Guards guards) throws LinuxException {
        if (!possible || !takesPart(guards)) {
            return;
        }
        Entered present = entered.get(link);
        if (present != null && network.trafficControl().has(present.index, Direction.INGRESS, PRIORITY)) {
            return;
        }
        Optional<Link> host = network.links().find(link);
        if (host.isPresent()) {
            enter(host.get(), guards);
        }
    }

    // Whatever of a port is looked at, limited or copied elsewhere takes it out of this.
    private static boolean takesPart(Guards guards) {
        SwitchPort port = guards.port();
        PortLook look = guards.look();
        return port.connected()
                && look.guards().contains(Guard.MAC)
                && HELD.containsAll(look.guards())
                && look.lists().isEmpty()
                && (port.portMirroring() == null || port.portMirroring() == PortMirroring.NONE)
                && port.maximumBitsPerSecond() == null
                && (port.vlan() == null || port.vlan().access() != null);
    }

    private static int accessVlan(@Nullable Vlan vlan) {
        return vlan == null || vlan.access() == null ? 0 : vlan.access().id();
    }

    private synchronized ShortcutTargets targets(String switchName) throws LinuxException {
        ShortcutTargets present = bySwitch.get(switchName);
        if (present == null) {
            present = ShortcutTargets.make();
            bySwitch.put(switchName, present);
        }
        return present;
    }

    private synchronized BpfMap links() throws LinuxException {
        if (links == null) {
            links = network.interfaceTable("kubehv_links", MOST_LINKS);
        }
        return links;
    }

    /** Ends those of a switch, on which no port is left. */
    synchronized void remove(String switchName) throws SwitchException {
        ShortcutTargets gone = bySwitch.remove(switchName);
        try {
            if (gone != null) {
                gone.close();
            }
        } catch (LinuxException e) {
            throw new SwitchException.SystemFailure(
                    "can't let go of the shortcuts of switch " + switchName + ": " + e.getMessage(), e);
        }
    }

    /** Lets go of the tables. Programs that use them keep them. */
    @Override
    public synchronized void close() throws SwitchException {
        for (String switchName : Set.copyOf(bySwitch.keySet())) {
            remove(switchName);
        }
        try (BpfMap _ = links) {
            links = null;
        } catch (LinuxException e) {
            throw new SwitchException.SystemFailure("can't let go of the table of links: " + e.getMessage(), e);
        }
    }
}
