/**
 * Disks that come to running VMs and leave them, what is put into their DVD drives, and disks that grow: what is wanted,
 * what QEMU has, and the steps between. It knows QEMU by {@link io.kubehv.vmbus.disk.DiskDevices} only.
 */
@NullMarked
package io.kubehv.vmbus.disk;

import org.jspecify.annotations.NullMarked;
