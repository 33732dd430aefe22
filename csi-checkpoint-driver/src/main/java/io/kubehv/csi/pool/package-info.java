/**
 * The place where volumes live: found, made and mounted at start, probed by a real reflink, and accounted for.
 * Touches the pool's directory, its image file and one loop device.
 */
@NullMarked
package io.kubehv.csi.pool;

import org.jspecify.annotations.NullMarked;
