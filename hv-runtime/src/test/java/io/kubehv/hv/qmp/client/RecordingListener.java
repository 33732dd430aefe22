package io.kubehv.hv.qmp.client;

import io.kubehv.hv.qmp.wire.QmpMessage;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Keeps what it hears. */
public class RecordingListener implements QmpListener {
    final List<QmpMessage.Event> events = new CopyOnWriteArrayList<>();
    final BlockingQueue<String> ends = new LinkedBlockingQueue<>();
    final AtomicLong lost = new AtomicLong();
    final CountDownLatch gate;

    /** Hears at once. */
    public RecordingListener() {
        this(0);
    }

    /** Hears only after the gate was counted down so many times. */
    RecordingListener(int gates) {
        gate = new CountDownLatch(gates);
    }

    @Override
    public void onEvent(QmpMessage.Event event) {
        try {
            gate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        events.add(event);
    }

    @Override
    public void onEventsLost(long count) {
        lost.addAndGet(count);
    }

    @Override
    public void onDisconnected(@Nullable Throwable cause) {
        ends.add(String.valueOf(cause));
    }

    /** The names of the events that were heard. */
    public List<String> names() {
        return events.stream().map(QmpMessage.Event::name).toList();
    }

    /** Waits for the session's end and gives its cause. */
    public String end() throws InterruptedException {
        String end = ends.poll(5, TimeUnit.SECONDS);
        return end == null ? "(still connected)" : end;
    }
}
