/**
 * What the daemon says of VMs in their status: only the fields that it owns, by server-side apply, one write a change.
 * Nothing here decides anything; a VM never waits for the API server.
 */
@NullMarked
package io.kubehv.vmbus.status;

import org.jspecify.annotations.NullMarked;
