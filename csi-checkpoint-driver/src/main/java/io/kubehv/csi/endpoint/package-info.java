/**
 * The wire: gRPC servers on UNIX sockets, and the one place where failures become statuses and calls become log lines.
 */
@NullMarked
package io.kubehv.csi.endpoint;

import org.jspecify.annotations.NullMarked;
