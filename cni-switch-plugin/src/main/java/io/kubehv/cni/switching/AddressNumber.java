package io.kubehv.cni.switching;

import java.math.BigInteger;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** IP addresses as numbers, to reckon with. */
final class AddressNumber {
    private static final int IPV4_BYTES = 4;
    private static final int NO_SCOPE = -1;

    private AddressNumber() {}

    static BigInteger of(InetAddress address) {
        return new BigInteger(1, address.getAddress());
    }

    /**
     * The address of a number.
     *
     * @param bytes how long it is: 4 or 16
     */
    static InetAddress address(BigInteger number, int bytes) {
        byte[] digits = number.toByteArray();
        byte[] address = new byte[bytes];
        int length = Math.min(digits.length, bytes);
        System.arraycopy(digits, digits.length - length, address, bytes - length, length);
        try {
            // InetAddress would make an IPv4 address of one in ::ffff:0:0/96, in which a range may begin or end.
            return bytes == IPV4_BYTES
                    ? InetAddress.getByAddress(address)
                    : Inet6Address.getByAddress(null, address, NO_SCOPE);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
    }
}
