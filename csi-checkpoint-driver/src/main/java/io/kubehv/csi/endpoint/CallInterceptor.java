package io.kubehv.csi.endpoint;

import com.google.protobuf.Message;
import io.grpc.ForwardingServerCall;
import io.grpc.ForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.kubehv.csi.error.CsiException;
import java.time.Duration;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Around every call: failures become gRPC statuses, and the call becomes one log line and one measurement. The one place
 * for both.
 */
public final class CallInterceptor implements ServerInterceptor {
    private static final Logger LOG = Logger.getLogger(CallInterceptor.class.getName());

    /** Calls that sidecars and the kubelet make all the time: logged only when they fail. */
    private static final Set<String> FREQUENT = Set.of(
            "Probe",
            "GetCapacity",
            "GetPluginInfo",
            "GetPluginCapabilities",
            "ControllerGetCapabilities",
            "NodeGetCapabilities",
            "NodeGetVolumeStats");

    private final CallObserver observer;

    /** Is told about each call when it has ended. */
    public interface CallObserver {
        void ended(String method, Status.Code code, Duration duration);
    }

    public CallInterceptor(CallObserver observer) {
        this.observer = observer;
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        ObservedCall<Q, R> observed = new ObservedCall<>(call);
        return new ForwardingServerCallListener.SimpleForwardingServerCallListener<>(
                next.startCall(observed, headers)) {
            @Override
            public void onMessage(Q message) {
                observed.request = message;
                super.onMessage(message);
            }

            @Override
            public void onHalfClose() {
                try {
                    super.onHalfClose();
                } catch (CsiException e) {
                    observed.fail(e, e.code());
                } catch (RuntimeException e) {
                    observed.fail(e, Status.Code.INTERNAL);
                }
            }
        };
    }

    private final class ObservedCall<Q, R> extends ForwardingServerCall.SimpleForwardingServerCall<Q, R> {
        private final String method;
        private final long started = System.nanoTime();
        private @Nullable Q request;
        private @Nullable Throwable failure;

        ObservedCall(ServerCall<Q, R> call) {
            super(call);
            this.method = String.valueOf(call.getMethodDescriptor().getBareMethodName());
        }

        void fail(RuntimeException cause, Status.Code code) {
            failure = cause;
            close(code.toStatus().withDescription(String.valueOf(cause.getMessage())), new Metadata());
        }

        @Override
        public void close(Status status, Metadata trailers) {
            Duration duration = Duration.ofNanos(System.nanoTime() - started);
            observer.ended(method, status.getCode(), duration);
            log(status, duration);
            super.close(status, trailers);
        }

        private void log(Status status, Duration duration) {
            Level level = level(status.getCode());
            if (!LOG.isLoggable(level)) {
                return;
            }
            String what = request instanceof Message message ? RequestText.of(message) : "";
            String result = status.isOk() ? "OK" : status.getCode() + ": " + status.getDescription();
            String line = method + " {" + what + "} " + duration.toMillis() + " ms " + result;
            // Only failures of ours have a trace worth reading; the others say all in their message.
            LOG.log(level, line, status.getCode() == Status.Code.INTERNAL ? failure : null);
        }

        private Level level(Status.Code code) {
            return switch (code) {
                case OK -> FREQUENT.contains(method) ? Level.FINE : Level.INFO;
                case INTERNAL, UNKNOWN -> Level.SEVERE;
                default -> Level.WARNING;
            };
        }
    }
}
