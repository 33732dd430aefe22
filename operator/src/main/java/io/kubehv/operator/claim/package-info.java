/**
 * Who may use a disk's claim: one writer or any number of readers. One lock in the leader; the pods that exist are the
 * record, what is being created is remembered until its pod is seen. No client calls.
 */
@NullMarked
package io.kubehv.operator.claim;

import org.jspecify.annotations.NullMarked;
