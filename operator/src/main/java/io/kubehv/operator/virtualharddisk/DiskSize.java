package io.kubehv.operator.virtualharddisk;

import io.fabric8.kubernetes.api.model.Quantity;

/** A disk's size as its guest sees it: whole sectors, at least what was asked for. */
public final class DiskSize {
    private static final long SECTOR = 512;

    private DiskSize() {}

    public static long bytes(Quantity size) {
        long asked = Quantity.getAmountInBytes(size).longValue();
        return Math.ceilDiv(asked, SECTOR) * SECTOR;
    }
}
