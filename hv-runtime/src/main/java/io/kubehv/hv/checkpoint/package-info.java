/** Keeping what a running guest has in its memory, without ending it. QEMU's side of it; files and disks are others'. */
@NullMarked
package io.kubehv.hv.checkpoint;

import org.jspecify.annotations.NullMarked;
