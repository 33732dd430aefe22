/**
 * Events on VM objects, for what a user would want to know. Each has a name made from what happened, so that telling
 * it twice, also by two lives of the daemon, makes one event.
 */
@NullMarked
package io.kubehv.vmbus.event;

import org.jspecify.annotations.NullMarked;
