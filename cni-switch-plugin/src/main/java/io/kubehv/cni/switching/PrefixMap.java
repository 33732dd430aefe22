package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.AccessControl;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.Comparator;

/**
 * The map of all ports' entries of access lists with prefixes of one length. A frame is looked up in those that its own port has
 * entries in, the longest first; what is found there ends the look.
 *
 * @param direction what a port sends, or what it gets
 * @param bytes of an address: 4 or 16
 * @param prefixLength in bits
 */
record PrefixMap(AccessControl.Direction direction, int bytes, int prefixLength) implements Comparable<PrefixMap> {
    private static final Comparator<PrefixMap> ORDER = Comparator.comparing(PrefixMap::direction)
            .thenComparingInt(PrefixMap::bytes)
            .thenComparing(Comparator.comparingInt(PrefixMap::prefixLength).reversed());

    /** The bits that count, of an address as a number. */
    static BigInteger mask(int bytes, int prefixLength) {
        BigInteger all = BigInteger.ONE.shiftLeft(bytes * 8);
        return all.subtract(BigInteger.ONE.shiftLeft(bytes * 8 - prefixLength));
    }

    String name() {
        return (isOutbound() ? "outbound" : "inbound") + family() + "_" + prefixLength;
    }

    /** For nft(8), within the table. */
    String definition() {
        return "map %s { type ifname . %s : verdict; counter; }"
                .formatted(name(), isIpv4() ? "ipv4_addr" : "ipv6_addr");
    }

    /** The rule that looks a frame up in it. */
    String rule() {
        return "meta protocol %1$s %2$s . %1$s %3$s vmap @%4$s"
                .formatted(
                        isIpv4() ? "ip" : "ip6",
                        isOutbound() ? "iifname" : "oifname",
                        (isOutbound() ? "daddr" : "saddr") + masked(),
                        name());
    }

    /** 4 or 6. */
    int family() {
        return isIpv4() ? 4 : 6;
    }

    boolean isOutbound() {
        return direction == AccessControl.Direction.OUTBOUND;
    }

    private boolean isIpv4() {
        return bytes == 4;
    }

    private String masked() {
        if (prefixLength == bytes * 8) {
            return "";
        }
        InetAddress mask = AddressNumber.address(mask(bytes, prefixLength), bytes);
        return " & " + mask.getHostAddress();
    }

    @Override
    public int compareTo(PrefixMap other) {
        return ORDER.compare(this, other);
    }
}
