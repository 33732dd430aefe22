package io.kubehv.hv.qmp.client;

import io.kubehv.hv.qmp.wire.QmpMessage;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A bounded queue between the reader and the listener. A slow listener loses the oldest events and is told so; it never stalls QEMU. */
final class EventQueue {
    private static final Logger LOG = System.getLogger(EventQueue.class.getName());

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<QmpMessage.Event> events = new ArrayDeque<>();
    private final int capacity;
    private long lost;
    private boolean ended;
    private @Nullable Throwable cause;

    EventQueue(int capacity) {
        this.capacity = capacity;
    }

    void add(QmpMessage.Event event) {
        lock.lock();
        try {
            if (events.size() == capacity) {
                events.removeFirst();
                lost++;
            }
            events.addLast(event);
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    void end(@Nullable Throwable why) {
        lock.lock();
        try {
            ended = true;
            cause = why;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Hands everything to the listener until the end was told. */
    void deliverTo(QmpListener listener) {
        while (true) {
            final long lostNow;
            final QmpMessage.@Nullable Event event;
            final Throwable why;
            lock.lock();
            try {
                while (events.isEmpty() && !ended) {
                    changed.awaitUninterruptibly();
                }
                lostNow = lost;
                lost = 0;
                event = events.pollFirst();
                why = cause;
            } finally {
                lock.unlock();
            }
            if (event == null) {
                tell(() -> heardLost(listener, lostNow));
                listener.onDisconnected(why);
                return;
            }
            tell(() -> {
                heardLost(listener, lostNow);
                listener.onEvent(event);
            });
        }
    }

    private static void heardLost(QmpListener listener, long count) {
        if (count > 0) {
            listener.onEventsLost(count);
        }
    }

    /** A listener that fails on one event hears the next one, and the end, all the same. */
    private static void tell(Runnable news) {
        try {
            news.run();
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "a listener failed", e);
        }
    }
}
