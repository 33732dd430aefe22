/**
 * What a guest tells of itself through its agent. Guests are not trusted and may be silent: every question has a
 * time-out, and no power state waits for an answer.
 */
@NullMarked
package io.kubehv.vmbus.guest;

import org.jspecify.annotations.NullMarked;
