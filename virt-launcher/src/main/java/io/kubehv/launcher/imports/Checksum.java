package io.kubehv.launcher.imports;

import io.kubehv.launcher.imports.ImportException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

/** Compares a file with the digest that its user gave. */
public final class Checksum {
    private static final Map<String, String> ALGORITHMS = Map.of("sha256", "SHA-256", "sha512", "SHA-512");

    private Checksum() {}

    /** @param expected {@code sha256:} or {@code sha512:} and hexadecimal digits */
    static void verify(Path file, String expected) throws ImportException, IOException {
        int colon = expected.indexOf(':');
        String algorithm = ALGORITHMS.get(colon < 0 ? "" : expected.substring(0, colon));
        if (algorithm == null) {
            throw new ImportException(
                    Reason.CHECKSUM_MISMATCH,
                    "the checksum \"%s\" must begin with sha256: or sha512:".formatted(expected));
        }
        String actual = digest(file, algorithm);
        if (!actual.equalsIgnoreCase(expected.substring(colon + 1))) {
            throw new ImportException(
                    Reason.CHECKSUM_MISMATCH,
                    "the checksum is said to be %s, and the file has %s:%s; correct the checksum, or fetch the right file"
                            .formatted(expected, expected.substring(0, colon), actual));
        }
    }

    /** The SHA-256 of a file, in hexadecimal digits. */
    public static String sha256(Path file) throws IOException {
        return digest(file, "SHA-256");
    }

    private static String digest(Path file, String algorithm) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has " + algorithm, e);
        }
        try (InputStream stream = new DigestInputStream(Files.newInputStream(file), digest)) {
            stream.transferTo(java.io.OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
