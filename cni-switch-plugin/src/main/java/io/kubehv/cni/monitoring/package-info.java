/** What this program tells of itself: its log, its metrics, its health. */
@NullMarked
package io.kubehv.cni.monitoring;

import org.jspecify.annotations.NullMarked;
