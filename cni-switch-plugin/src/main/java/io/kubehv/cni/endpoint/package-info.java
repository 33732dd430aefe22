/** The socket that the shim calls, and the spool that it writes to when nobody listens. */
@NullMarked
package io.kubehv.cni.endpoint;

import org.jspecify.annotations.NullMarked;
