package io.kubehv.csi.controller;

import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.proto.CapacityRange;

/** Sizes as callers ask for them: at least this much, at most that. */
public final class CapacityRanges {
    /** What a caller without a wish gets. */
    private static final long DEFAULT_BYTES = 1L << 30;

    /** A page: the smallest step that every layer below agrees on. */
    private static final long STEP = 4096;

    private CapacityRanges() {}

    /**
     * The size of a new or grown volume.
     *
     * @param minimum what it must have in any case, as a source or a file system needs it
     */
    public static long choose(CapacityRange range, long minimum) {
        check(range);
        long required = range.getRequiredBytes();
        long limit = range.getLimitBytes();
        long wanted = required == 0 ? (limit == 0 ? DEFAULT_BYTES : Math.min(limit, DEFAULT_BYTES)) : required;
        long size = roundUp(Math.max(wanted, minimum));
        if (limit != 0 && size > limit) {
            throw new CsiException.OutOfRange("the volume needs " + size + " bytes, and the limit is " + limit);
        }
        return size;
    }

    /** Whether a volume of that size is what the range asks for. */
    public static boolean contains(CapacityRange range, long size) {
        check(range);
        return size >= range.getRequiredBytes() && (range.getLimitBytes() == 0 || size <= range.getLimitBytes());
    }

    private static void check(CapacityRange range) {
        if (range.getRequiredBytes() < 0 || range.getLimitBytes() < 0) {
            throw new CsiException.InvalidRequest("a capacity can't be negative");
        }
        if (range.getLimitBytes() != 0 && range.getRequiredBytes() > range.getLimitBytes()) {
            throw new CsiException.OutOfRange(
                    "required_bytes " + range.getRequiredBytes() + " exceeds limit_bytes " + range.getLimitBytes());
        }
    }

    private static long roundUp(long bytes) {
        if (bytes > Long.MAX_VALUE - STEP) {
            throw new CsiException.OutOfRange("no volume has " + bytes + " bytes");
        }
        return (bytes + STEP - 1) / STEP * STEP;
    }
}
