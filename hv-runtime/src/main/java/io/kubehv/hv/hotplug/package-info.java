/**
 * Disks that come to a running machine and leave it, media that are put into its DVD drives and taken out, disks that grow,
 * and network adapters that come and leave. What is there is asked of QEMU each time; nothing is remembered here.
 */
@NullMarked
package io.kubehv.hv.hotplug;

import org.jspecify.annotations.NullMarked;
