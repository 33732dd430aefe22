/**
 * What a virtual machine is made of, apart from any QEMU: the rules of a definition, where its files are in the pod,
 * what the pod offers, and what the machine costs beyond its guest's memory. Pure: touches neither files nor processes.
 */
@NullMarked
package io.kubehv.hv.machine;

import org.jspecify.annotations.NullMarked;
