/**
 * From a machine's definition to QEMU's command line: pure and deterministic, equal input gives equal text. Nothing
 * else knows QEMU's options. Touches neither files nor processes.
 */
@NullMarked
package io.kubehv.hv.qemu;

import org.jspecify.annotations.NullMarked;
