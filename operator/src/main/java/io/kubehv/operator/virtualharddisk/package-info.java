/**
 * The kind VirtualHardDisk: observe, decide, act. It may touch VirtualHardDisks' status, their claims and the pods that
 * fill them.
 */
@NullMarked
package io.kubehv.operator.virtualharddisk;

import org.jspecify.annotations.NullMarked;
