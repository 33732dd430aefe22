package io.kubehv.operator.claim;

/**
 * A claim as someone means to use it.
 *
 * @param claim its key, {@code namespace/name}
 */
public record ClaimUse(String claim, boolean readOnly) {
    /** The key of a claim. */
    public static String key(String namespace, String name) {
        return namespace + "/" + name;
    }
}
