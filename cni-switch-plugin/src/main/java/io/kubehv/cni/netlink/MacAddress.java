package io.kubehv.cni.netlink;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A MAC address.
 *
 * @param text six pairs of hexadecimal digits in lower case, with colons
 */
public record MacAddress(String text) {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}");
    private static final HexFormat DIGITS = HexFormat.ofDelimiter(":");

    /** Of nobody: in a VXLAN's forwarding table, where frames go that are for all or for strangers. */
    public static final MacAddress NOBODY = new MacAddress("00:00:00:00:00:00");

    private static final byte LOCALLY_ADMINISTERED = 0x06;

    /** Refuses anything else; takes upper case. */
    public MacAddress {
        text = text.toLowerCase(Locale.ROOT);
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" must be six pairs of hexadecimal digits with colons, as in 00:15:5d:00:01:2a");
        }
    }

    static MacAddress of(byte[] bytes) {
        return new MacAddress(DIGITS.formatHex(bytes));
    }

    /** One that follows from the text, of those that nobody sells. */
    public static MacAddress derived(String text) {
        try {
            byte[] bytes = Arrays.copyOf(
                    MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)), 6);
            bytes[0] = LOCALLY_ADMINISTERED;
            return of(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Its six bytes. */
    public byte[] bytes() {
        return DIGITS.parseHex(text);
    }

    @Override
    public String toString() {
        return text;
    }
}
