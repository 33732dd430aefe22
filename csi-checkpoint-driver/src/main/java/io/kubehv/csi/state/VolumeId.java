package io.kubehv.csi.state;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A volume's handle. It follows from the node and the name that the volume was asked for by, so that a repeated
 * request finds what the first one made; and it is a plain file name, whatever a caller sends.
 */
public record VolumeId(@JsonValue String value) implements PoolId, Comparable<VolumeId> {
    private static final String PREFIX = "vol-";
    private static final Pattern FORM = HandleHash.form(PREFIX);

    @JsonCreator
    public VolumeId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("not a volume id: " + value);
        }
    }

    /** The id of the volume that the node makes for that name. */
    public static VolumeId of(String node, String name) {
        return new VolumeId(PREFIX + HandleHash.of(node, name));
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
