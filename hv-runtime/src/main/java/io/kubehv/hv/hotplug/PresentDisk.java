package io.kubehv.hv.hotplug;

import org.jspecify.annotations.Nullable;

/**
 * A disk of the machine, or what is in one of its DVD drives, as QEMU has it.
 *
 * @param name the disk's or drive's name in the VM
 * @param dvd it is in a DVD drive
 * @param plugged the guest has it; otherwise it has been left half way
 * @param path the file as QEMU opened it
 * @param bytes its size
 * @param origin where the file comes from; null: from the machine's own pod
 * @param came it came while the machine ran, perhaps again: then the guest has it in another place than at the start. Not
 *     told of media, as their drives stay
 */
public record PresentDisk(
        String name,
        boolean dvd,
        boolean plugged,
        String path,
        long bytes,
        @Nullable Origin origin,
        boolean came) {}
