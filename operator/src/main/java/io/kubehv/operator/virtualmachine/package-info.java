/**
 * The kind VirtualMachine: observe, decide, act. The observer reads caches, the decision is pure, the executor writes.
 * It may touch VMs' status, their pods, claims for saved states and the disks of inline templates.
 */
@NullMarked
package io.kubehv.operator.virtualmachine;

import org.jspecify.annotations.NullMarked;
