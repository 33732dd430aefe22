package io.kubehv.launcher.imports;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A body that breaks when nothing comes for a while: a connection whose other side went away without a word would be read
 * from for ever. Only a read that waits counts, not what its reader does between two. For one reader.
 */
final class ImpatientStream extends FilterInputStream {
    private static final Logger LOG = System.getLogger(ImpatientStream.class.getName());

    private final Duration patience;
    private final CountDownLatch closed = new CountDownLatch(1);
    /** When the read that waits began. */
    private volatile long since;

    private volatile boolean waiting;
    private volatile boolean broken;

    ImpatientStream(InputStream body, Duration patience) {
        super(body);
        this.patience = patience;
        Thread.ofVirtual().name("download-watch").start(this::watch);
    }

    private void watch() {
        try {
            while (!closed.await(untilOver(), TimeUnit.NANOSECONDS)) {
                if (waiting && untilOver() <= 0) {
                    broken = true;
                    // The reader gets up with the body's end.
                    in.close();
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the body of a silent server ended by itself", e);
        }
    }

    private long untilOver() {
        return waiting ? patience.toNanos() - (System.nanoTime() - since) : patience.toNanos();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        since = System.nanoTime();
        waiting = true;
        int count;
        try {
            count = in.read(buffer, offset, length);
        } catch (IOException e) {
            throw broken ? silence(e) : e;
        } finally {
            waiting = false;
        }
        if (broken) {
            throw silence(null);
        }
        return count;
    }

    private IOException silence(@org.jspecify.annotations.Nullable IOException cause) {
        IOException silence = new HttpTimeoutException("the server sent nothing for " + patience.toSeconds() + " s");
        if (cause != null) {
            silence.initCause(cause);
        }
        return silence;
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        super.close();
    }
}
