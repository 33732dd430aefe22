/**
 * The one family of failures that a caller of this plug-in sees. Each knows its CNI error code; nothing here does I/O.
 */
@NullMarked
package io.kubehv.cni.fault;

import org.jspecify.annotations.NullMarked;
