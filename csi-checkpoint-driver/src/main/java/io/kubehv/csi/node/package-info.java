/**
 * CSI's node service: what makes a volume usable by a pod, and keeps it inside its size.
 * Mounts, attaches loop devices and grows; the volume's existence belongs to the controller.
 */
@NullMarked
package io.kubehv.csi.node;

import org.jspecify.annotations.NullMarked;
