package io.kubehv.csi.state;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** The part of a handle that follows from names: a repeated request gets the handle that the first one got. */
final class HandleHash {
    private static final int HASH_BYTES = 16;

    private HandleHash() {}

    /** 32 hexadecimal digits, other ones for other names. */
    static String of(String... names) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(String.join("\n", names).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, HASH_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** What handles with that prefix look like. */
    static Pattern form(String prefix) {
        return Pattern.compile(prefix + "[0-9a-f]{" + 2 * HASH_BYTES + '}');
    }
}
