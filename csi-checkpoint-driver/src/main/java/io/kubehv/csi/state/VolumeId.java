package io.kubehv.csi.state;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A volume's handle. It follows from the node and the name that the volume was asked for by, so that a repeated
 * request finds what the first one made; and it is a plain file name, whatever a caller sends.
 */
public record VolumeId(@JsonValue String value) implements Comparable<VolumeId> {
    private static final Pattern FORM = Pattern.compile("vol-[0-9a-f]{32}");
    private static final int HASH_BYTES = 16;

    @JsonCreator
    public VolumeId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("not a volume id: " + value);
        }
    }

    /** The id of the volume that the node makes for that name. */
    public static VolumeId of(String node, String name) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest((node + '\n' + name).getBytes(StandardCharsets.UTF_8));
            return new VolumeId("vol-" + HexFormat.of().formatHex(hash, 0, HASH_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** The id in a request; empty if it can't be one of ours. */
    public static Optional<VolumeId> parse(String text) {
        return FORM.matcher(text).matches() ? Optional.of(new VolumeId(text)) : Optional.empty();
    }

    @Override
    public int compareTo(VolumeId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
