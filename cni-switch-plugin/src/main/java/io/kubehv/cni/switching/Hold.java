package io.kubehv.cni.switching;

import java.util.concurrent.locks.Lock;

/** A lock that is held until it is closed. */
interface Hold extends AutoCloseable {
    /** Waits for the lock. */
    static Hold of(Lock lock) {
        lock.lock();
        return lock::unlock;
    }

    @Override
    void close();
}
