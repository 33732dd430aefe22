package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.AccessControl;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An adapter's port ACL, of whose entries the longest prefix counts: one entry a network, in the maps of its prefix's length. A map
 * with ranges would say the same by one look-up, but the kernel copies all of such a map when one element leaves it.
 */
final class AccessList {
    private final List<Entry> inbound;
    private final List<Entry> outbound;

    private AccessList(List<Entry> inbound, List<Entry> outbound) {
        this.inbound = inbound;
        this.outbound = outbound;
    }

    /**
     * What becomes of packets to or from a network.
     *
     * @param network its first address
     * @param prefixLength 0 to 32, or 128
     * @param action of the entry
     */
    record Entry(InetAddress network, int prefixLength, AccessControl.Action action) {
        /** The map that has it. */
        PrefixMap map(AccessControl.Direction direction) {
            return new PrefixMap(direction, network.getAddress().length, prefixLength);
        }
    }

    private record Network(InetAddress first, int prefixLength) {}

    /**
     * The list of these entries. Of two with the same prefix and direction, it is the one that denies that counts: who writes both
     * means at least that.
     */
    static AccessList of(List<AccessControl> entries) {
        Map<Network, AccessControl.Action> inbound = new LinkedHashMap<>();
        Map<Network, AccessControl.Action> outbound = new LinkedHashMap<>();
        for (AccessControl entry : entries) {
            Network network = network(entry);
            if (entry.direction() != AccessControl.Direction.OUTBOUND) {
                inbound.merge(network, entry.action(), AccessList::stricter);
            }
            if (entry.direction() != AccessControl.Direction.INBOUND) {
                outbound.merge(network, entry.action(), AccessList::stricter);
            }
        }
        return new AccessList(entries(inbound), entries(outbound));
    }

    private static AccessControl.Action stricter(AccessControl.Action before, AccessControl.Action now) {
        return now == AccessControl.Action.DENY ? now : before;
    }

    private static List<Entry> entries(Map<Network, AccessControl.Action> actions) {
        List<Entry> all = new ArrayList<>();
        actions.forEach((network, action) -> all.add(new Entry(network.first, network.prefixLength, action)));
        return List.copyOf(all);
    }

    /** The entries of one direction, one a network. */
    List<Entry> entries(AccessControl.Direction direction) {
        return direction == AccessControl.Direction.INBOUND ? inbound : outbound;
    }

    private static Network network(AccessControl entry) {
        String[] parts = entry.remoteAddress().split("/", 2);
        InetAddress address = InetAddress.ofLiteral(parts[0]);
        int bytes = address.getAddress().length;
        int prefixLength = parts.length == 1 ? bytes * 8 : Integer.parseInt(parts[1]);
        BigInteger first = AddressNumber.of(address).and(PrefixMap.mask(bytes, prefixLength));
        return new Network(AddressNumber.address(first, bytes), prefixLength);
    }
}
