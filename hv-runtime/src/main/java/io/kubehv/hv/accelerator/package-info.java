/**
 * Finds out whether this machine's KVM runs a guest, by running one. The guest runs in a child process that can be
 * killed, because nothing else ends a guest that hangs. It touches KVM's device and starts a JVM, and decides nothing.
 */
@NullMarked
package io.kubehv.hv.accelerator;

import org.jspecify.annotations.NullMarked;
