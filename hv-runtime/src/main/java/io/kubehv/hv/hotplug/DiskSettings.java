package io.kubehv.hv.hotplug;

import org.jspecify.annotations.Nullable;

/**
 * How a disk is to be attached.
 *
 * @param readOnly the guest can't write
 * @param maximumIops how many requests of 8 KiB a second it gets at most; null: no limit
 */
public record DiskSettings(boolean readOnly, @Nullable Long maximumIops) {}
