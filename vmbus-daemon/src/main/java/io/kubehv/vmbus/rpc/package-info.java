/** gRPC with other programs of the node, over UNIX sockets. */
@NullMarked
package io.kubehv.vmbus.rpc;

import org.jspecify.annotations.NullMarked;
