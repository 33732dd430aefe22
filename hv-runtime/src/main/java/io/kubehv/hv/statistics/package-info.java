/**
 * What QEMU counts of a running machine, as values. It is read from a monitor's answers and changes nothing.
 */
@NullMarked
package io.kubehv.hv.statistics;

import org.jspecify.annotations.NullMarked;
