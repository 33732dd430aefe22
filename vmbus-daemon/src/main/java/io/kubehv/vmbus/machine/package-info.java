/**
 * The power of one VM: what QEMU does, what is wanted of it, and what follows. {@link
 * io.kubehv.vmbus.machine.PowerTable} decides and is pure; {@link io.kubehv.vmbus.machine.MachineSession} observes and
 * acts, one thread a VM. It talks to QEMU by {@link io.kubehv.vmbus.machine.Hypervisor} and to the API by what it is
 * given.
 */
@NullMarked
package io.kubehv.vmbus.machine;

import org.jspecify.annotations.NullMarked;
