package io.kubehv.cni.netlink;

import java.io.ByteArrayOutputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/** An element of a set or map of nftables. Equal are those that nft(8) would write in the same way. */
public final class NftElement {
    /** linux/if.h: IFNAMSIZ. */
    private static final int NAME_BYTES = 16;

    private final String set;
    private final String text;
    private final byte[] key;
    private final Optional<byte[]> keyEnd;
    private final Optional<Verdict> verdict;

    private NftElement(String set, String text, byte[] key, Optional<byte[]> keyEnd, Optional<Verdict> verdict) {
        this.set = set;
        this.text = text;
        this.key = key;
        this.keyEnd = keyEnd;
        this.verdict = verdict;
    }

    /** What a map says of a packet. */
    public sealed interface Verdict {
        /**
         * None: it is a number that the rule sets.
         *
         * @param number in the machine's order
         */
        record Value(int number) implements Verdict {}

        /** It goes no further. */
        record Drop() implements Verdict {}

        /** The rule after the one that brought it to this chain. */
        record Return() implements Verdict {}

        /**
         * The rules of another chain, and then those after this one.
         *
         * @param chain its name
         */
        record Jump(String chain) implements Verdict {}
    }

    /** An interface. */
    public static NftElement of(String set, String link) {
        return new NftElement(set, '"' + link + '"', name(link), Optional.empty(), Optional.empty());
    }

    /** An interface with a MAC address. */
    public static NftElement of(String set, String link, MacAddress mac) {
        return new NftElement(
                set, '"' + link + "\" . " + mac, joined(name(link), mac.bytes()), Optional.empty(), Optional.empty());
    }

    /** An interface with an IP address. */
    public static NftElement of(String set, String link, InetAddress address) {
        return new NftElement(
                set,
                '"' + link + "\" . " + address.getHostAddress(),
                joined(name(link), address.getAddress()),
                Optional.empty(),
                Optional.empty());
    }

    /** An interface with an IPv6 address that the set takes for a number, as it does what it finds at an offset. */
    public static NftElement ofNumber(String set, String link, Inet6Address address) {
        return new NftElement(
                set,
                '"' + link + "\" . 0x" + HexFormat.of().formatHex(address.getAddress()),
                joined(name(link), address.getAddress()),
                Optional.empty(),
                Optional.empty());
    }

    /** All addresses from the first to the last. */
    public static NftElement of(String set, InetAddress first, InetAddress last) {
        return new NftElement(
                set,
                first.getHostAddress() + "-" + last.getHostAddress(),
                first.getAddress(),
                Optional.of(last.getAddress()),
                Optional.empty());
    }

    /** Two interfaces. */
    public static NftElement of(String set, String link, String other) {
        return new NftElement(
                set,
                '"' + link + "\" . \"" + other + '"',
                joined(name(link), name(other)),
                Optional.empty(),
                Optional.empty());
    }

    /** What a map says of an interface. */
    public static NftElement of(String map, String link, Verdict verdict) {
        return new NftElement(
                map, '"' + link + "\" : " + text(verdict), name(link), Optional.empty(), Optional.of(verdict));
    }

    /** The class of a queue that a map gives an interface: major number, minor. */
    public static NftElement ofClass(String map, String link, int major, int minor) {
        return new NftElement(
                map,
                "\"%s\" : %x:%x".formatted(link, major, minor),
                name(link),
                Optional.empty(),
                Optional.of(new Verdict.Value(major << 16 | minor)));
    }

    /** What a map says of an interface with an IP address. */
    public static NftElement of(String map, String link, InetAddress address, Verdict verdict) {
        return new NftElement(
                map,
                '"' + link + "\" . " + address.getHostAddress() + " : " + text(verdict),
                joined(name(link), address.getAddress()),
                Optional.empty(),
                Optional.of(verdict));
    }

    /** The set's name. */
    public String set() {
        return set;
    }

    /** The element as nft(8) writes it. */
    public String text() {
        return text;
    }

    /** Its bytes: each part filled up to a multiple of four. */
    byte[] key() {
        return key.clone();
    }

    /** The last of a range, which has the same other parts. */
    Optional<byte[]> keyEnd() {
        return keyEnd;
    }

    /** What a map says of it. */
    Optional<Verdict> verdict() {
        return verdict;
    }

    private static String text(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Drop drop -> "drop";
            case Verdict.Return back -> "return";
            case Verdict.Jump chain -> "jump " + chain.chain();
            case Verdict.Value value -> "0x%08x".formatted(value.number());
        };
    }

    private static byte[] name(String link) {
        return Arrays.copyOf(link.getBytes(StandardCharsets.US_ASCII), NAME_BYTES);
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream key = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            key.writeBytes(Arrays.copyOf(part, NetlinkMessage.aligned(part.length)));
        }
        return key.toByteArray();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NftElement element && set.equals(element.set) && text.equals(element.text);
    }

    @Override
    public int hashCode() {
        return 31 * set.hashCode() + text.hashCode();
    }

    @Override
    public String toString() {
        return set + " { " + text + " }";
    }
}
