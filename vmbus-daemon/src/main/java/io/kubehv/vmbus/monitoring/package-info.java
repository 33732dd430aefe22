/**
 * What others see of the daemon: metrics, health, and the log. It reads the other parts and changes nothing.
 */
@NullMarked
package io.kubehv.vmbus.monitoring;

import org.jspecify.annotations.NullMarked;
