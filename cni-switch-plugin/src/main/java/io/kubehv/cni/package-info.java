/**
 * The switches of a node: the program, and how its parts are put together. The runtime calls its shim; the daemon does the work over
 * netlink. It may touch the node's interfaces and rules whose names are its own, an External switch's uplink, and its place in the
 * node's CNI configuration.
 */
@NullMarked
package io.kubehv.cni;

import org.jspecify.annotations.NullMarked;
