/**
 * The C library as it is: C names, C types, errno by {@link com.sun.jna.LastErrorException}.
 * Only {@code io.kubehv.csi.linux} may use it.
 */
@NullUnmarked
package io.kubehv.csi.linux.libc;

import org.jspecify.annotations.NullUnmarked;
