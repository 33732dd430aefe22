/**
 * The one family of failures that a caller of this driver sees. Each knows its gRPC status; nothing here does I/O.
 */
@NullMarked
package io.kubehv.csi.error;

import org.jspecify.annotations.NullMarked;
