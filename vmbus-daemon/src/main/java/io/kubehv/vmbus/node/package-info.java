/**
 * What the daemon knows and says of its own node: the accelerator, as a label.
 * It patches that one label of that one node and nothing else; an admission policy holds it to this.
 */
@NullMarked
package io.kubehv.vmbus.node;

import org.jspecify.annotations.NullMarked;
