/** How the daemons of a node tell of themselves: their log, and what the kubelet's probes and Prometheus read. Knows none of them. */
@NullMarked
package io.kubehv.hv.monitoring;

import org.jspecify.annotations.NullMarked;
