/**
 * What can go wrong in the daemon, as types that say what a caller may do about it.
 * No other package defines exceptions.
 */
@NullMarked
package io.kubehv.vmbus.fault;

import org.jspecify.annotations.NullMarked;
