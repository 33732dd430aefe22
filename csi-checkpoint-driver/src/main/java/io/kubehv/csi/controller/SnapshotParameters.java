package io.kubehv.csi.controller;

import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.linux.ByteRange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The parameters of a VolumeSnapshotClass and of a VolumeGroupSnapshotClass. There are none; a program on the node may ask
 * for a group's copies ahead of its cut, and tell what was written meanwhile.
 */
final class SnapshotParameters {
    /** What the snapshotter adds with --extra-create-metadata. */
    private static final String METADATA_PREFIX = "csi.storage.k8s.io/";

    private static final String AHEAD = "kubehv.io/ahead";

    /** Followed by a volume's id; the value is OFFSET+LENGTH,OFFSET+LENGTH in hexadecimal digits. */
    private static final String WRITTEN = "kubehv.io/written/";

    private static final Pattern RANGE = Pattern.compile("([0-9a-f]{1,15})\\+([0-9a-f]{1,15})");

    private SnapshotParameters() {}

    /** Whether nothing is to be cut yet, and what takes long of it is to be done. */
    static boolean asksAhead(Map<String, String> parameters) {
        return "true".equals(parameters.get(AHEAD));
    }

    /** By volume, what was written to it since the group's copies were begun or brought up last. */
    static Map<String, List<ByteRange>> written(Map<String, String> parameters) {
        Map<String, List<ByteRange>> written = new HashMap<>();
        parameters.forEach((key, value) -> {
            if (key.startsWith(WRITTEN)) {
                written.put(key.substring(WRITTEN.length()), ranges(key, value));
            }
        });
        return written;
    }

    private static List<ByteRange> ranges(String key, String value) {
        List<ByteRange> ranges = new ArrayList<>();
        for (String text : value.isEmpty() ? new String[0] : value.split(",", -1)) {
            Matcher range = RANGE.matcher(text);
            if (!range.matches()) {
                throw new CsiException.InvalidRequest("parameter \"" + key + "\": \"" + text
                        + "\" is no range; say OFFSET+LENGTH in hexadecimal digits, with commas between ranges");
            }
            ranges.add(new ByteRange(Long.parseLong(range.group(1), 16), Long.parseLong(range.group(2), 16)));
        }
        return ranges;
    }

    /** Refuses what would otherwise be ignored in a call for a group. */
    static void checkGroup(Map<String, String> parameters) {
        Map<String, String> others = new HashMap<>(parameters);
        others.keySet().removeIf(key -> key.equals(AHEAD) || key.startsWith(WRITTEN));
        check(others);
    }

    /** Refuses what would otherwise be ignored. */
    static void check(Map<String, String> parameters) {
        for (String key : parameters.keySet()) {
            if (!key.startsWith(METADATA_PREFIX)) {
                throw new CsiException.InvalidRequest(
                        "parameter \"" + key + "\" is not known: snapshots have none; take it out of the class");
            }
        }
    }
}
