/**
 * Checkpoints, and the way back to them: what each is to consist of, where it is in its VM's tree, and what ordinary tools see
 * of it. The operator decides and never talks to QEMU or to the CSI driver: the node's daemon does.
 */
@NullMarked
package io.kubehv.operator.checkpoint;

import org.jspecify.annotations.NullMarked;
