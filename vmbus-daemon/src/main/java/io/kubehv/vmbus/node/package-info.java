/**
 * What the daemon knows and says of its own node: the accelerator, as a label, and since when it is up, as an annotation.
 * It patches these two of that one node and nothing else; an admission policy holds it to this.
 */
@NullMarked
package io.kubehv.vmbus.node;

import org.jspecify.annotations.NullMarked;
