/**
 * Linux in Java's words: reflinks, loop devices, mounts, file systems and the programs that make them.
 * Knows nothing of CSI or of volumes; failures are {@link java.io.IOException}s.
 */
@NullMarked
package io.kubehv.csi.linux;

import org.jspecify.annotations.NullMarked;
