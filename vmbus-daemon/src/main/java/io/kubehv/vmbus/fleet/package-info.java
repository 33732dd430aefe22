/**
 * All VMs of the node: which pods, VM objects and save pods there are, from the API server, and a session for each VM.
 * It watches what is on its own node only.
 */
@NullMarked
package io.kubehv.vmbus.fleet;

import org.jspecify.annotations.NullMarked;
