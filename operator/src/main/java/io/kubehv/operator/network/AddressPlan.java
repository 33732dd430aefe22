package io.kubehv.operator.network;

import io.kubehv.api.v1alpha1.DhcpReservation;
import io.kubehv.api.v1alpha1.SwitchPodRange;
import io.kubehv.api.v1alpha1.SwitchSubnet;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Which addresses of a subnet its adapters may have: those of its range, or all, without the network's own, the broadcast
 * address and the first, which is the gateway's, and without those for pods; reserved ones only the adapter that they are reserved
 * for.
 */
public final class AddressPlan {
    private static final int IPV4_BITS = 32;
    private static final int IPV6_BITS = 128;

    private final String cidr;
    private final int bits;
    private final BigInteger network;
    private final BigInteger last;
    private final BigInteger lowest;
    private final BigInteger highest;
    private final BigInteger first;
    private final BigInteger end;
    private final List<Range> ofPods = new ArrayList<>();
    private final Map<String, String> addressByMac = new TreeMap<>();
    private final Map<String, String> macByAddress = new TreeMap<>();

    /**
     * Reads a subnet that the schema let pass.
     *
     * @throws IllegalArgumentException if it can't be used, with the field, the value and what to do
     */
    public AddressPlan(SwitchSubnet subnet) {
        cidr = subnet.cidr();
        int slash = cidr.indexOf('/');
        byte[] base = bytes(cidr.substring(0, slash));
        bits = base.length * Byte.SIZE;
        int prefix = Integer.parseInt(cidr.substring(slash + 1));
        network = new BigInteger(1, base);
        last = network.add(BigInteger.ONE.shiftLeft(bits - prefix)).subtract(BigInteger.ONE);
        lowest = network.add(BigInteger.TWO);
        highest = bits == IPV4_BITS ? last.subtract(BigInteger.ONE) : last;
        String range = subnet.dhcp() == null ? null : subnet.dhcp().range();
        if (range == null) {
            first = lowest;
            end = highest;
        } else {
            List<String> ends = List.of(range.split("-", 2));
            first = number(ends.getFirst()).max(lowest);
            end = number(ends.getLast()).min(highest);
            if (number(ends.getFirst()).compareTo(number(ends.getLast())) > 0) {
                throw new IllegalArgumentException("subnet " + cidr + ": dhcp.range \"" + range
                        + "\" ends before it begins; write the lower address first");
            }
        }
        for (SwitchPodRange pods : subnet.podRanges() == null ? List.<SwitchPodRange>of() : subnet.podRanges()) {
            List<String> ends = List.of(pods.range().split("-", 2));
            Range kept = new Range(number(ends.getFirst()), number(ends.getLast()));
            if (kept.first.compareTo(kept.last) > 0) {
                throw new IllegalArgumentException("subnet " + cidr + ": podRanges has \"" + pods.range()
                        + "\", which ends before it begins; write the lower address first");
            }
            if (!contains(ends.getFirst()) || !contains(ends.getLast())) {
                throw new IllegalArgumentException(
                        "subnet " + cidr + ": podRanges has \"" + pods.range() + "\", which lies outside; change it");
            }
            ofPods.add(kept);
        }
        List<DhcpReservation> reservations =
                subnet.dhcp() == null ? null : subnet.dhcp().reservations();
        for (DhcpReservation reservation : reservations == null ? List.<DhcpReservation>of() : reservations) {
            reserve(reservation);
        }
    }

    private void reserve(DhcpReservation reservation) {
        String mac = MacAddresses.normal(reservation.macAddress());
        BigInteger address = number(reservation.address());
        if (!isForAdapters(address)) {
            throw new IllegalArgumentException("subnet " + cidr + ": the reserved address " + reservation.address()
                    + " is the network's own, the gateway's, of podRanges or outside; reserve another one");
        }
        if (addressByMac.put(mac, text(address)) != null || macByAddress.put(text(address), mac) != null) {
            throw new IllegalArgumentException("subnet " + cidr + ": dhcp.reservations has " + mac + " or "
                    + text(address) + " twice; remove one");
        }
    }

    public String cidr() {
        return cidr;
    }

    /** The address that is reserved for an adapter. */
    public Optional<String> reserved(String mac) {
        return Optional.ofNullable(addressByMac.get(mac));
    }

    /** Whether an address is of this subnet. */
    public boolean contains(String address) {
        byte[] bytes = bytes(address);
        BigInteger number = new BigInteger(1, bytes);
        return bytes.length * Byte.SIZE == bits && number.compareTo(network) >= 0 && number.compareTo(last) <= 0;
    }

    /** Whether an adapter that has an address may keep it: also where the range has moved since. */
    public boolean suits(String address, String mac) {
        if (!contains(address) || !isForAdapters(number(address))) {
            return false;
        }
        String own = addressByMac.get(mac);
        return own == null ? !macByAddress.containsKey(text(number(address))) : own.equals(text(number(address)));
    }

    private boolean isForAdapters(BigInteger number) {
        return number.compareTo(lowest) >= 0
                && number.compareTo(highest) <= 0
                && podsWith(number).isEmpty();
    }

    private record Range(BigInteger first, BigInteger last) {}

    private Optional<Range> podsWith(BigInteger number) {
        return ofPods.stream()
                .filter(range -> number.compareTo(range.first) >= 0 && number.compareTo(range.last) <= 0)
                .findFirst();
    }

    /** The lowest address that is free for everybody; empty when there is none. */
    public Optional<String> next(Predicate<String> free) {
        for (BigInteger number = first; number.compareTo(end) <= 0; number = number.add(BigInteger.ONE)) {
            Optional<Range> pods = podsWith(number);
            if (pods.isPresent()) {
                number = pods.get().last;
                continue;
            }
            String address = text(number);
            if (!macByAddress.containsKey(address) && free.test(address)) {
                return Optional.of(address);
            }
        }
        return Optional.empty();
    }

    /** Whether two subnets have an address in common. */
    public boolean overlaps(AddressPlan other) {
        return bits == other.bits && network.compareTo(other.last) <= 0 && other.network.compareTo(last) <= 0;
    }

    /** The addresses that it may give, for messages. */
    public String words() {
        return text(first) + "-" + text(end);
    }

    private static byte[] bytes(String address) {
        return InetAddress.ofLiteral(address).getAddress();
    }

    private static BigInteger number(String address) {
        return new BigInteger(1, bytes(address));
    }

    private String text(BigInteger number) {
        byte[] address = new byte[bits / Byte.SIZE];
        byte[] value = number.toByteArray();
        int length = Math.min(value.length, address.length);
        System.arraycopy(value, value.length - length, address, address.length - length, length);
        try {
            return bits == IPV6_BITS
                    ? Ipv6Text.of(address)
                    : InetAddress.getByAddress(address).getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of the right length is always one", e);
        }
    }
}
