/** Checkpoints that are taken at the times of a schedule, and deleted when they are too many or too old. */
@NullMarked
package io.kubehv.operator.checkpointschedule;

import org.jspecify.annotations.NullMarked;
