/**
 * What a volume is and how it is kept: a directory whose metadata is written by write, fsync and rename, so that a
 * volume exists or does not, whatever is killed or loses power. Touches the pool's directory and nothing else.
 */
@NullMarked
package io.kubehv.csi.state;

import org.jspecify.annotations.NullMarked;
