package io.kubehv.cni.switching;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;

/** Lets calls for one container wait for each other; those for others mostly don't. */
final class ContainerLocks {
    private static final int LOCKS = 64;

    private final List<ReentrantLock> locks =
            IntStream.range(0, LOCKS).mapToObj(number -> new ReentrantLock()).toList();

    Hold hold(String containerId) {
        return Hold.of(locks.get(Math.floorMod(containerId.hashCode(), LOCKS)));
    }
}
