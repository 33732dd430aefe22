package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.MinimumBandwidthMode;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.cni.netlink.ForwardingTable;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A switch as this node is to have it: what the cluster says, resolved for the node.
 *
 * @param name the VirtualSwitch's
 * @param type whom its guests reach
 * @param tunnel how it goes on to other nodes; empty: it ends at this one
 * @param uplink the node's interface, of an External switch
 * @param mtu the largest packet, in bytes
 * @param subnets the guests' addresses
 * @param sharing how its ports share the way out of the node
 */
public record SwitchConfiguration(
        String name,
        SwitchType type,
        Optional<Tunnel> tunnel,
        Optional<Uplink> uplink,
        int mtu,
        List<Subnet> subnets,
        Sharing sharing) {
    /** Copies the lists. */
    public SwitchConfiguration {
        subnets = List.copyOf(subnets);
    }

    /** One whose ports share by their weights what its interface says that it carries. */
    public SwitchConfiguration(
            String name,
            SwitchType type,
            Optional<Tunnel> tunnel,
            Optional<Uplink> uplink,
            int mtu,
            List<Subnet> subnets) {
        this(name, type, tunnel, uplink, mtu, subnets, Sharing.BY_WEIGHT);
    }

    /**
     * How ports share the way out of the node.
     *
     * @param capacity what it carries, in bits a second; empty: what the interface says
     */
    public record Sharing(MinimumBandwidthMode mode, OptionalLong capacity) {
        static final Sharing BY_WEIGHT = new Sharing(MinimumBandwidthMode.WEIGHT, OptionalLong.empty());
    }

    /**
     * A switch's network between nodes, a VXLAN.
     *
     * @param identifier the VXLAN network identifier, from 1 to 2^24-1
     * @param local this node's address
     * @param remotes where frames go: for all to each other node, for a guest to its own
     */
    public record Tunnel(int identifier, InetAddress local, Set<ForwardingTable.Remote> remotes) {
        /** Copies the set. */
        public Tunnel {
            remotes = Set.copyOf(remotes);
        }
    }

    /**
     * A switch's way to the physical network.
     *
     * @param link the interface's name
     * @param shared the node itself uses it as well
     * @param acceptPrimary also when the node hangs on it
     * @param nodeAddress the node's own address in the cluster, where it is known
     * @param revision of the spec that asks for it, which differs from every other one's
     * @param givenBack why it was given back, where this revision was tried before the node's last start; empty: it was not
     */
    public record Uplink(
            String link,
            boolean shared,
            boolean acceptPrimary,
            Optional<InetAddress> nodeAddress,
            String revision,
            Optional<String> givenBack) {}
}
