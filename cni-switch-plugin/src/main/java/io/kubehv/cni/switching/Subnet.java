package io.kubehv.cni.switching;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A network of guests' addresses on a switch.
 *
 * @param network its first address
 * @param prefixLength how many bits its addresses share
 * @param vlan the VLAN that has them; 0: none
 * @param dhcp guests are told their addresses
 * @param gateway the node passes on what guests send it
 * @param nat in its own name
 * @param nameServers what guests are told; empty: the node
 * @param pods which addresses pods get that are no VMs; empty: none
 */
public record Subnet(
        InetAddress network,
        int prefixLength,
        int vlan,
        boolean dhcp,
        boolean gateway,
        boolean nat,
        List<InetAddress> nameServers,
        Optional<Range> pods) {
    /** Copies the list. */
    public Subnet {
        nameServers = List.copyOf(nameServers);
    }

    /** Addresses from the first to the last. */
    public record Range(InetAddress first, InetAddress last) {
        /** Reads it as users write it, such as {@code 10.0.5.201-10.0.5.250}. */
        public static Range of(String text) {
            String[] ends = text.split("-", 2);
            return new Range(InetAddress.ofLiteral(ends[0]), InetAddress.ofLiteral(ends[ends.length - 1]));
        }

        /** Whether the two have an address in common. */
        public boolean overlaps(Range other) {
            return AddressNumber.of(first).compareTo(AddressNumber.of(other.last)) <= 0
                    && AddressNumber.of(other.first).compareTo(AddressNumber.of(last)) <= 0;
        }
    }

    /** Reads the network as users write it, such as {@code 10.0.5.0/24}; the rest is off. */
    public static Subnet of(String cidr) {
        String[] parts = cidr.split("/", 2);
        if (parts.length != 2) {
            throw new IllegalArgumentException("\"" + cidr + "\" must be a network such as 10.0.5.0/24");
        }
        return new Subnet(
                InetAddress.ofLiteral(parts[0]),
                Integer.parseInt(parts[1]),
                0,
                false,
                false,
                false,
                List.of(),
                Optional.empty());
    }

    /** The same in a VLAN; 0: in none. */
    public Subnet in(int id) {
        return new Subnet(network, prefixLength, id, dhcp, gateway, nat, nameServers, pods);
    }

    /** The same, of which guests are told their addresses, and these name servers. */
    public Subnet withDhcp(boolean told, List<InetAddress> servers) {
        return new Subnet(network, prefixLength, vlan, told, gateway, nat, servers, pods);
    }

    /** The same, for which the node passes on what guests send it. */
    public Subnet passedOn(boolean isGateway, boolean inTheNodesName) {
        return new Subnet(network, prefixLength, vlan, dhcp, isGateway, inTheNodesName, nameServers, pods);
    }

    /** The same with addresses for pods. */
    public Subnet withPods(Optional<Range> range) {
        return new Subnet(network, prefixLength, vlan, dhcp, gateway, nat, nameServers, range);
    }

    /** Whether it is of IPv4. */
    public boolean isIpv4() {
        return network.getAddress().length == 4;
    }

    /** The node's own address on the switch, the same on every node: the first after the network's. */
    public InetAddress node() {
        return offset(BigInteger.ONE);
    }

    /** Whether the address is of this network. */
    public boolean contains(InetAddress address) {
        return address.getAddress().length == network.getAddress().length
                && AddressNumber.of(address).compareTo(AddressNumber.of(network)) >= 0
                && AddressNumber.of(address).compareTo(AddressNumber.of(last())) <= 0;
    }

    /** The lowest address for pods that is not taken; empty: there is none. */
    Optional<InetAddress> nextForPods(Predicate<InetAddress> taken) {
        if (pods.isEmpty()) {
            return Optional.empty();
        }
        BigInteger end = AddressNumber.of(pods.get().last());
        for (BigInteger number = AddressNumber.of(pods.get().first());
                number.compareTo(end) <= 0;
                number = number.add(BigInteger.ONE)) {
            InetAddress address = AddressNumber.address(number, network.getAddress().length);
            if (!address.equals(network)
                    && !address.equals(node())
                    && !(isIpv4() && address.equals(last()))
                    && !taken.test(address)) {
                return Optional.of(address);
            }
        }
        return Optional.empty();
    }

    /** The last address. */
    public InetAddress last() {
        int bits = network.getAddress().length * 8 - prefixLength;
        return offset(BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE));
    }

    private InetAddress offset(BigInteger offset) {
        return AddressNumber.address(AddressNumber.of(network).add(offset), network.getAddress().length);
    }
}
