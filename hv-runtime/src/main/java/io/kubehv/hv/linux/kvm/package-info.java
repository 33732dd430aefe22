/**
 * The kernel's KVM interface, as little of it as running one virtual processor takes: the C functions and the structs of
 * {@code linux/kvm.h} as they are, and above them a machine and a processor with Java names. It touches /dev/kvm and
 * memory of its own, and knows nothing of what a guest is for.
 */
@NullMarked
package io.kubehv.hv.linux.kvm;

import org.jspecify.annotations.NullMarked;
