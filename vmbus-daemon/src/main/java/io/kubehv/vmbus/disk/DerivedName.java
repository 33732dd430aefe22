package io.kubehv.vmbus.disk;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The names that the operator makes of another name and a suffix. Its rule once more, as no program of ours depends on
 * another: readable while it fits, shortened with a hash where it would not.
 */
final class DerivedName {
    private static final int LONGEST = 255 - 63 - 36 - 2;
    private static final int HASH_DIGITS = 10;

    private DerivedName() {}

    static String of(String base, String suffix) {
        String whole = base + "-" + suffix;
        if (whole.length() <= LONGEST) {
            return whole;
        }
        String tail = "-" + hash(base).substring(0, HASH_DIGITS) + "-" + suffix;
        return base.substring(0, LONGEST - tail.length()).replaceAll("[.-]+$", "") + tail;
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
