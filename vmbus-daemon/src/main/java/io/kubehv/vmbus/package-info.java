/**
 * The parent partition of a node: one process that holds the monitor connection of every VM on it.
 * This package wires the parts together and starts them; it holds no behaviour of its own.
 */
@NullMarked
package io.kubehv.vmbus;

import org.jspecify.annotations.NullMarked;
