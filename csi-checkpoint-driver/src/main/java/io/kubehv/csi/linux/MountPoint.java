package io.kubehv.csi.linux;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One line of /proc/self/mountinfo (proc(5)).
 *
 * @param device major:minor of the file system
 * @param root what of the file system is mounted
 * @param target where
 * @param readOnly whether this mount is
 * @param type the file system's type
 * @param source what mount(8) was given
 */
public record MountPoint(String device, String root, Path target, boolean readOnly, String type, String source) {
    private static final int FIXED_FIELDS = 6;

    /** Parses a line; empty for one that is not of the form that proc(5) gives. */
    public static Optional<MountPoint> parse(String line) {
        List<String> fields = Arrays.asList(line.split(" ", -1));
        int separator = fields.indexOf("-");
        if (separator < FIXED_FIELDS || fields.size() < separator + 3) {
            return Optional.empty();
        }
        return Optional.of(new MountPoint(
                fields.get(2),
                unescape(fields.get(3)),
                Path.of(unescape(fields.get(4))),
                Arrays.asList(fields.get(5).split(",", -1)).contains("ro"),
                fields.get(separator + 1),
                unescape(fields.get(separator + 2))));
    }

    /** The kernel writes space, tab, newline and backslash as three octal digits. */
    private static String unescape(String field) {
        if (field.indexOf('\\') < 0) {
            return field;
        }
        StringBuilder text = new StringBuilder(field.length());
        for (int i = 0; i < field.length(); i++) {
            if (field.charAt(i) == '\\' && isOctal(field, i + 1)) {
                text.append((char) Integer.parseInt(field, i + 1, i + 4, 8));
                i += 3;
            } else {
                text.append(field.charAt(i));
            }
        }
        return text.toString();
    }

    private static boolean isOctal(String field, int from) {
        return field.length() >= from + 3 && field.substring(from, from + 3).matches("[0-3][0-7][0-7]");
    }
}
