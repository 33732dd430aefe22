package io.kubehv.vmbus.fleet;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The name that the operator gives a VM's pod. The operator's rule once more, as no program of ours depends on another:
 * a pod has its VM's name while the kubelet can make a directory of it, else the beginning and a hash.
 */
final class MachinePodName {
    private static final int LONGEST = 255 - 63 - 36 - 2;
    private static final int HASH_DIGITS = 10;
    private static final String SUFFIX = "-vm";

    private MachinePodName() {}

    static String of(String machine) {
        if (machine.length() <= LONGEST) {
            return machine;
        }
        String tail = "-" + hash(machine).substring(0, HASH_DIGITS) + SUFFIX;
        return machine.substring(0, LONGEST - tail.length()).replaceAll("[.-]+$", "") + tail;
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
