/** One handler for each place in a disk's life: given what was observed, what a pass does. Pure. */
@NullMarked
package io.kubehv.operator.virtualharddisk.phase;

import org.jspecify.annotations.NullMarked;
