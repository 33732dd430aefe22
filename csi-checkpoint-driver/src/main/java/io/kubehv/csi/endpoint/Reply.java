package io.kubehv.csi.endpoint;

import io.grpc.stub.StreamObserver;
import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.linux.FullDisk;
import java.io.IOException;

/** Answers a call with what an action returns. Failures leave as {@link CsiException}s, for the interceptor to map. */
public final class Reply {
    private Reply() {}

    /** The work of one call. */
    public interface Action<T> {
        T perform() throws IOException;
    }

    /** Performs the action and sends its result. */
    public static <T> void to(StreamObserver<T> observer, Action<T> action) {
        T answer;
        try {
            answer = action.perform();
        } catch (IOException e) {
            throw translate(e);
        }
        observer.onNext(answer);
        observer.onCompleted();
    }

    /** The work of a call whose answers are sent while it goes on. */
    public interface Stream {
        void send() throws IOException;
    }

    /** Performs the work, and ends the stream. */
    public static void inParts(StreamObserver<?> observer, Stream work) {
        try {
            work.send();
        } catch (IOException e) {
            throw translate(e);
        }
        observer.onCompleted();
    }

    /** A full disk is something that the caller can act on; any other I/O failure is ours. */
    private static CsiException translate(IOException failure) {
        String message = String.valueOf(failure.getMessage());
        return FullDisk.isCauseOf(failure)
                ? new CsiException.NoSpace("the pool of this node is full: " + message, failure)
                : new CsiException.SystemFailure(message, failure);
    }
}
