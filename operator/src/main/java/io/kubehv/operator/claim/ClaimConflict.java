package io.kubehv.operator.claim;

/**
 * A claim that is in use.
 *
 * @param claim its key
 * @param holder who uses it, in words, for example {@code virtual machine web}
 * @param writes whether the holder writes
 */
public record ClaimConflict(String claim, String holder, boolean writes) {}
