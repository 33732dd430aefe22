/**
 * The program: reads its configuration, opens the pool, serves CSI to the kubelet and the sidecars until it is stopped.
 * Only this package knows all the others.
 */
@NullMarked
package io.kubehv.csi;

import org.jspecify.annotations.NullMarked;
