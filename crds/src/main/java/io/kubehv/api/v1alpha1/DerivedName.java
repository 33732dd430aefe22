package io.kubehv.api.v1alpha1;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Names made of another name, which the operator gives and the daemons go by: readable while they fit, shortened with a hash where they would not. */
public final class DerivedName {
    /**
     * The kubelet keeps a pod's logs in a directory named after namespace (at most 63 characters), name and UID (36), joined
     * by underscores; a file's name has at most 255 bytes. A pod with a longer name never starts.
     */
    private static final int LONGEST = 255 - 63 - 36 - 2;

    private static final int HASH_DIGITS = 10;
    private static final int TAP_DIGITS = 8;

    private DerivedName() {}

    /** The name itself where a pod may have it, else its beginning and a hash; two names never give one. */
    public static String ofPod(String name) {
        return name.length() <= LONGEST ? name : of(name, "vm");
    }

    /** {@code base-suffix}, short enough for a pod; two bases never give one name. */
    public static String of(String base, String suffix) {
        String whole = base + "-" + suffix;
        if (whole.length() <= LONGEST) {
            return whole;
        }
        String tail = "-" + hash(base).substring(0, HASH_DIGITS) + "-" + suffix;
        String head = base.substring(0, LONGEST - tail.length());
        // A name's label may not end in a dot or hyphen before what follows.
        return head.replaceAll("[.-]+$", "") + tail;
    }

    /** The tap of an adapter in its pod: an interface's name has at most 15 bytes, an adapter's up to 40. */
    public static String ofTap(String adapter) {
        return "tap" + hash(adapter).substring(0, TAP_DIGITS);
    }

    /** SHA-256 in hexadecimal digits. */
    public static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
