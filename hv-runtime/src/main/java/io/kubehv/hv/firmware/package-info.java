/**
 * UEFI's variables as the firmware keeps them in its flash: made before a first start, and the guest's own afterwards.
 * Pure: bytes to bytes; touches neither files nor processes.
 */
@NullMarked
package io.kubehv.hv.firmware;

import org.jspecify.annotations.NullMarked;
