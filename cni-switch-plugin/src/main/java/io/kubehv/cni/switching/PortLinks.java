package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.Vlan;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.linux.LinuxException;
import io.kubehv.cni.linux.NetworkNamespace;
import io.kubehv.cni.linux.Tap;
import io.kubehv.cni.netlink.Link;
import io.kubehv.cni.netlink.Links;
import io.kubehv.cni.netlink.MacAddress;
import io.kubehv.cni.netlink.NetlinkSocket;
import io.kubehv.cni.netlink.TrafficControl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;

/**
 * The interfaces of a port: a tap in the pod, which QEMU opens, joined to the pod's end of a pair whose other end is on the
 * bridge. Whatever limits the guest is at the end that no pod has.
 */
final class PortLinks implements PodSide {
    /** The priority of the rules that tag. */
    private static final int TAGGING = 10;

    /** What our interfaces in a pod have in common. */
    private static final int GROUP = 0x4B56;

    /** A limit lets this much time's worth pass at once, or ten large packets. */
    private static final int BURST_MILLISECONDS = 4;

    private static final int SMALLEST_BURST_BYTES = 64 << 10;
    private static final int LARGEST_BURST_BYTES = 8 << 20;

    private final NodeNetwork network;

    PortLinks(NodeNetwork network) {
        this.network = network;
    }

    @Override
    public Link ensure(String link, SwitchPort port, Path namespacePath, Link bridge, SwitchConfiguration configuration)
            throws IOException, SwitchException {
        int mtu = configuration.mtu();
        try (NetworkNamespace namespace = NetworkNamespace.open(namespacePath);
                NetlinkSocket inside = NetlinkSocket.route(namespace)) {
            Links podLinks = new Links(inside);
            String peer = LinkNames.inside(port.device());
            boolean fresh = pair(link, peer, namespace, bridge, mtu, podLinks);
            Link host = network.links().get(link);
            prepare(host, port, bridge, fresh);
            // One that QEMU has open already can't be opened once more to look at it.
            if (podLinks.find(port.device()).isEmpty()) {
                Tap.make(namespace, port.device(), port.owner(), port.queues() > 1);
            }
            int tap = podLinks.get(port.device()).index();
            int end = podLinks.get(peer).index();
            TrafficControl control = new TrafficControl(inside);
            limit(control, end, port, fresh);
            join(control, end, tap, port);
            podLinks.switchOn(tap, mtu, GROUP);
            podLinks.switchOn(end, mtu, GROUP);
            return host;
        }
    }

    /**
     * Makes the node's end as the port is to be, and then switches it on: what its guest sends meets its VLAN from the first frame
     * on. At an interface that is off, the kernel waits for nobody who might still send by the queue before.
     *
     * @param fresh it was just made, so there is nothing to take back
     */
    void prepare(Link host, SwitchPort port, Link bridge, boolean fresh) throws LinuxException, SwitchException {
        tag(host.index(), port, fresh);
        if (host.master() != bridge.index()) {
            network.links().setMaster(host.index(), bridge.index());
        }
        place(host.index(), port);
        limit(network.trafficControl(), host.index(), port, fresh);
        if (!host.isUp()) {
            network.links().switchOnMute(host.index());
        }
    }

    /** Whether the pair was made by this call. */
    private boolean pair(String link, String peer, NetworkNamespace namespace, Link bridge, int mtu, Links podLinks)
            throws LinuxException {
        try {
            network.links().makeSilentVethPair(link, peer, namespace, mtu, bridge.index());
            return true;
        } catch (LinuxException e) {
            if (!e.isPresent()) {
                throw e;
            }
        }
        // Either end may be what is there. A pair whose pod's end is elsewhere is of no use to anybody.
        if (podLinks.find(peer).isPresent() && network.links().find(link).isPresent()) {
            return false;
        }
        podLinks.delete(peer);
        network.links().delete(link);
        network.links().makeSilentVethPair(link, peer, namespace, mtu, bridge.index());
        return true;
    }

    // What the guest sends skips the queue of the pod's end, unless it is there to be limited in it.
    private static void join(TrafficControl control, int end, int tap, SwitchPort port) throws LinuxException {
        control.pass(end, tap);
        if (port.maximumBitsPerSecond() == null) {
            control.skip(tap, end);
        } else {
            control.pass(tap, end);
        }
    }

    // Frames for the guest's address go to its port, whoever else claims to have it. Behind a port that may use other
    // addresses, the bridge has to learn them, and to flood what it has not learnt.
    private void place(int host, SwitchPort port) throws LinuxException {
        MacAddress mac = new MacAddress(port.macAddress());
        boolean open = port.macAddressSpoofing() || isTrunk(port);
        network.links().setPort(host, open, open);
        if (open) {
            network.forwarding().unbind(host, mac);
        } else {
            network.forwarding().bind(host, mac);
        }
    }

    private void tag(int host, SwitchPort port, boolean fresh) throws LinuxException, SwitchException {
        Vlan vlan = port.vlan();
        TrafficControl control = network.trafficControl();
        if (vlan == null) {
            if (!fresh) {
                control.clear(host, TrafficControl.Direction.INGRESS, TAGGING);
                control.clear(host, TrafficControl.Direction.EGRESS, TAGGING);
            }
        } else {
            control.decide(host, TrafficControl.Direction.INGRESS, TAGGING, VlanTagging.fromGuest(vlan));
            control.decide(host, TrafficControl.Direction.EGRESS, TAGGING, VlanTagging.toGuest(vlan));
        }
    }

    private static boolean isTrunk(SwitchPort port) {
        return port.vlan() != null && port.vlan().trunk() != null;
    }

    private static void limit(TrafficControl control, int index, SwitchPort port, boolean fresh) throws LinuxException {
        Long bits = port.maximumBitsPerSecond();
        if (bits == null) {
            if (!fresh) {
                control.unlimit(index);
            }
            return;
        }
        long burst = Math.clamp(bits / 8 * BURST_MILLISECONDS / 1000, SMALLEST_BURST_BYTES, LARGEST_BURST_BYTES);
        control.limit(index, bits, (int) burst);
    }

    @Override
    public Optional<String> damage(String link, SwitchPort port, Path namespacePath, Link bridge) throws IOException {
        Optional<String> ofNode = damageOnNode(link, port, bridge);
        if (ofNode.isPresent()) {
            return ofNode;
        }
        try (NetworkNamespace namespace = NetworkNamespace.open(namespacePath);
                NetlinkSocket inside = NetlinkSocket.route(namespace)) {
            for (String name : new String[] {port.device(), LinkNames.inside(port.device())}) {
                if (new Links(inside).find(name).isEmpty()) {
                    return Optional.of("the interface " + name + " of the pod is gone");
                }
            }
        }
        return Optional.empty();
    }

    /** What is not as it should be of the node's end; empty where all is. */
    Optional<String> damageOnNode(String link, SwitchPort port, Link bridge) throws LinuxException {
        Optional<Link> host = network.links().find(link);
        if (host.isEmpty()) {
            return Optional.of("the interface " + link + " is gone");
        }
        if (host.get().master() != bridge.index()) {
            return Optional.of("the interface " + link + " is not on the bridge " + bridge.name());
        }
        if (!host.get().isUp() || !host.get().hasCarrier()) {
            return Optional.of("the interface " + link + " is switched off");
        }
        if (port.vlan() != null
                && !(network.trafficControl().has(host.get().index(), TrafficControl.Direction.INGRESS, TAGGING)
                        && network.trafficControl()
                                .has(host.get().index(), TrafficControl.Direction.EGRESS, TAGGING))) {
            return Optional.of("a rule that tags frames at the interface " + link + " is gone");
        }
        return Optional.empty();
    }

    @Override
    public void remove(String link, SwitchPort port, Path namespacePath) throws IOException {
        inPod(namespacePath, links -> links.delete(port.device()));
        network.deleteLink(link);
    }

    // The node's ends go with the pod's, where it is still there.
    @Override
    public void removeAll(Collection<String> links, Path namespacePath) throws IOException {
        inPod(namespacePath, podLinks -> podLinks.deleteGroup(GROUP));
        for (String link : links) {
            if (network.links().find(link).isPresent()) {
                network.deleteLink(link);
            }
        }
    }

    @FunctionalInterface
    private interface LinkTask {
        void run(Links links) throws LinuxException;
    }

    private static void inPod(Path namespacePath, LinkTask task) throws IOException {
        if (!Files.exists(namespacePath)) {
            return;
        }
        try (NetworkNamespace namespace = NetworkNamespace.open(namespacePath);
                NetlinkSocket inside = NetlinkSocket.route(namespace)) {
            task.run(new Links(inside));
        } catch (LinuxException e) {
            // It went meanwhile, and all in it; or the file is what is left of one that is gone.
            if (!e.isMissing() && e.errno() != LinuxException.EINVAL) {
                throw e;
            }
        }
    }
}
