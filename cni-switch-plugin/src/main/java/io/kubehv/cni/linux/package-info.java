/**
 * Linux in Java's words: network namespaces, taps, and sockets to the kernel. Knows nothing of switches.
 */
@NullMarked
package io.kubehv.cni.linux;

import org.jspecify.annotations.NullMarked;
