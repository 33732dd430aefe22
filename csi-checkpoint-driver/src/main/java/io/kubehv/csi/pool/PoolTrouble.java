package io.kubehv.csi.pool;

/**
 * Why the pool can't be written.
 *
 * @param description in words
 * @param isFull whether room is all that it lacks: then volumes can still be taken from pods and deleted
 */
public record PoolTrouble(String description, boolean isFull) {}
