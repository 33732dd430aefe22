package io.kubehv.csi.controller;

import io.grpc.stub.ServerCallStreamObserver;
import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.linux.FileComparison;
import io.kubehv.csi.proto.BlockMetadata;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Ranges as a stream of messages, no faster than the caller takes them: there may be millions. */
final class RangeStream<T> implements FileComparison.Sink {
    private static final int RANGES_IN_MESSAGE = 1024;
    private static final long PAUSE_MILLIS = 5;

    private final ServerCallStreamObserver<T> observer;
    private final int limit;
    private final Function<List<BlockMetadata>, T> message;
    private final List<BlockMetadata> gathered = new ArrayList<>();
    private boolean isEmpty = true;

    /**
     * @param maxResults the most ranges that the caller wants in a message; 0 leaves it to us
     */
    RangeStream(ServerCallStreamObserver<T> observer, int maxResults, Function<List<BlockMetadata>, T> message) {
        this.observer = observer;
        this.limit = maxResults == 0 ? RANGES_IN_MESSAGE : Math.min(maxResults, RANGES_IN_MESSAGE);
        this.message = message;
    }

    @Override
    public void range(long offset, long length) throws IOException {
        gathered.add(BlockMetadata.newBuilder()
                .setByteOffset(offset)
                .setSizeBytes(length)
                .build());
        if (gathered.size() == limit) {
            send();
        }
    }

    /** Sends what is left. Also nothing: a caller learns the capacity from it. */
    void end() {
        if (!gathered.isEmpty() || isEmpty) {
            send();
        }
    }

    private void send() {
        awaitTaker();
        observer.onNext(message.apply(List.copyOf(gathered)));
        gathered.clear();
        isEmpty = false;
    }

    private void awaitTaker() {
        while (!observer.isReady()) {
            if (observer.isCancelled()) {
                throw new CsiException.Aborted("the caller has gone");
            }
            try {
                Thread.sleep(PAUSE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CsiException.Aborted("the driver ends");
            }
        }
    }
}
