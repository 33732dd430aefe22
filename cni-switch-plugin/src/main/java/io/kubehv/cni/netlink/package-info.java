/**
 * The kernel's own language for networks, netlink: links, forwarding entries, addresses, traffic control, and the elements of
 * nftables' sets. What an upstream plug-in starts programs for is a message here. Knows nothing of switches.
 */
@NullMarked
package io.kubehv.cni.netlink;

import org.jspecify.annotations.NullMarked;
