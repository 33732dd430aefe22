/**
 * The kind Export: observe, decide, act. It may touch Exports' status, the checkpoint that it takes for one, the claims that it makes
 * of snapshots, and the pod that copies them.
 */
@NullMarked
package io.kubehv.operator.export;

import org.jspecify.annotations.NullMarked;
