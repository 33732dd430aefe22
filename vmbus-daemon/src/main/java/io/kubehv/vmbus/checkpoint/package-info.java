/**
 * Checkpoints on this node: what is asked of the daemon, what it asks of the node's CSI driver, and what it tells. How a guest
 * is stopped or frozen meanwhile is {@code machine}'s.
 */
@NullMarked
package io.kubehv.vmbus.checkpoint;

import org.jspecify.annotations.NullMarked;
