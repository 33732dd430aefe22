package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.AccessControl;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** An adapter's port ACL, of whose entries the longest prefix counts, as ranges of which none overlaps another. */
final class AccessList {
    private AccessList() {}

    /**
     * What becomes of packets to or from the addresses between two.
     *
     * @param first the lowest
     * @param last the highest
     * @param action of the entry with the longest prefix
     */
    record Range(InetAddress first, InetAddress last, AccessControl.Action action) {}

    /** An entry's network as numbers. */
    private record Network(
            BigInteger first, BigInteger last, int prefixLength, int bytes, AccessControl.Action action) {
        boolean holds(BigInteger from, BigInteger to) {
            return first.compareTo(from) <= 0 && last.compareTo(to) >= 0;
        }
    }

    /** The ranges of one direction, IPv4 before IPv6, in ascending order. */
    static List<Range> of(List<AccessControl> entries, AccessControl.Direction direction) {
        List<Network> networks = entries.stream()
                .filter(entry -> entry.direction() == null
                        || entry.direction() == AccessControl.Direction.BOTH
                        || entry.direction() == direction)
                .map(AccessList::network)
                .toList();
        List<Range> ranges = new ArrayList<>();
        for (int bytes : new int[] {4, 16}) {
            ranges.addAll(ranges(
                    networks.stream().filter(network -> network.bytes == bytes).toList(), bytes));
        }
        return ranges;
    }

    // Between two neighbouring borders of any entry, the same entries fit every address.
    private static List<Range> ranges(List<Network> networks, int bytes) {
        TreeSet<BigInteger> borders = new TreeSet<>();
        for (Network network : networks) {
            borders.add(network.first);
            borders.add(network.last.add(BigInteger.ONE));
        }
        List<Range> ranges = new ArrayList<>();
        BigInteger from = null;
        for (BigInteger border : borders) {
            if (from != null) {
                BigInteger first = from;
                BigInteger last = border.subtract(BigInteger.ONE);
                strictest(networks, first, last)
                        .ifPresent(network -> ranges.add(new Range(
                                AddressNumber.address(first, bytes),
                                AddressNumber.address(last, bytes),
                                network.action)));
            }
            from = border;
        }
        return ranges;
    }

    // Of two with the same prefix, the one that denies: who writes both means at least that.
    private static Optional<Network> strictest(List<Network> networks, BigInteger first, BigInteger last) {
        return networks.stream()
                .filter(network -> network.holds(first, last))
                .max(Comparator.comparingInt(Network::prefixLength)
                        .thenComparing(network -> network.action == AccessControl.Action.DENY));
    }

    private static Network network(AccessControl entry) {
        String[] parts = entry.remoteAddress().split("/", 2);
        byte[] address = InetAddress.ofLiteral(parts[0]).getAddress();
        int bits = address.length * 8;
        int prefixLength = parts.length == 1 ? bits : Integer.parseInt(parts[1]);
        BigInteger size = BigInteger.ONE.shiftLeft(bits - prefixLength);
        BigInteger number = new BigInteger(1, address);
        BigInteger first = number.subtract(number.mod(size));
        return new Network(
                first, first.add(size).subtract(BigInteger.ONE), prefixLength, address.length, entry.action());
    }
}
