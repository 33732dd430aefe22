/**
 * Health, metrics and the log's format, for those who operate a node. Reads, never changes.
 */
@NullMarked
package io.kubehv.csi.monitoring;

import org.jspecify.annotations.NullMarked;
