/**
 * The C library as it is: C names, C types, errno by {@link com.sun.jna.LastErrorException}.
 * Only {@code io.kubehv.cni.linux} may use it.
 */
@NullUnmarked
package io.kubehv.cni.linux.libc;

import org.jspecify.annotations.NullUnmarked;
