/**
 * The kind Import: observe, decide, act. It may touch Imports' status, the disks and the claim that it makes for a VM, the VM that it
 * makes, and the pods that read the export.
 */
@NullMarked
package io.kubehv.operator.machineimport;

import org.jspecify.annotations.NullMarked;
