package io.kubehv.csi.state;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Optional;
import java.util.regex.Pattern;

/** The handle of a group of snapshots, which follows from the node and the name that the group was asked for by. */
public record GroupId(@JsonValue String value) implements PoolId {
    private static final String PREFIX = "group-";
    private static final Pattern FORM = HandleHash.form(PREFIX);

    @JsonCreator
    public GroupId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("not a group id: " + value);
        }
    }

    /** The id of the group that the node makes for that name. */
    public static GroupId of(String node, String name) {
        return new GroupId(PREFIX + HandleHash.of(node, name));
    }

    /** The id in a request; empty if it can't be one of ours. */
    public static Optional<GroupId> parse(String text) {
        return FORM.matcher(text).matches() ? Optional.of(new GroupId(text)) : Optional.empty();
    }

    @Override
    public String toString() {
        return value;
    }
}
