package io.kubehv.cni.switching;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.List;

/**
 * A network of guests' addresses on a switch.
 *
 * @param network its first address
 * @param prefixLength how many bits its addresses share
 * @param dhcp guests are told their addresses
 * @param gateway the node passes on what guests send it
 * @param nat in its own name
 * @param nameServers what guests are told; empty: the node
 */
public record Subnet(
        InetAddress network,
        int prefixLength,
        boolean dhcp,
        boolean gateway,
        boolean nat,
        List<InetAddress> nameServers) {
    /** Copies the list. */
    public Subnet {
        nameServers = List.copyOf(nameServers);
    }

    /** Reads the network as users write it, such as {@code 10.0.5.0/24}. */
    public static Subnet of(String cidr, boolean dhcp, boolean gateway, boolean nat, List<InetAddress> nameServers) {
        String[] parts = cidr.split("/", 2);
        if (parts.length != 2) {
            throw new IllegalArgumentException("\"" + cidr + "\" must be a network such as 10.0.5.0/24");
        }
        return new Subnet(InetAddress.ofLiteral(parts[0]), Integer.parseInt(parts[1]), dhcp, gateway, nat, nameServers);
    }

    /** Whether it is of IPv4. */
    public boolean isIpv4() {
        return network.getAddress().length == 4;
    }

    /** The node's own address on the switch, the same on every node: the first after the network's. */
    public InetAddress node() {
        return offset(BigInteger.ONE);
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
