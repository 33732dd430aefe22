/**
 * Network adapters that come to running VMs and leave them, their ports and their cables: what is wanted, what QEMU has, and
 * the steps between. It knows QEMU by {@link io.kubehv.vmbus.adapter.AdapterDevices} only.
 */
@NullMarked
package io.kubehv.vmbus.adapter;

import org.jspecify.annotations.NullMarked;
