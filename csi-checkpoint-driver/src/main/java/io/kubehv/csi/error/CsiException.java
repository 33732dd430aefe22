package io.kubehv.csi.error;

import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * A failure that the caller is told about. The subclass says what the caller can do about it; the mapping to gRPC's
 * codes is the CSI specification's and stands here once.
 */
public abstract sealed class CsiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Status.Code code;

    private CsiException(Status.Code code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** The gRPC code that the CSI specification gives this failure. */
    public Status.Code code() {
        return code;
    }

    /** The request can never be served as it is: it contradicts itself or asks for what this driver does not have. */
    public static final class InvalidRequest extends CsiException {
        private static final long serialVersionUID = 1L;

        public InvalidRequest(String message) {
            super(Status.Code.INVALID_ARGUMENT, message, null);
        }
    }

    /** The volume, or the path that was named with it, is not on this node. */
    public static final class NotFound extends CsiException {
        private static final long serialVersionUID = 1L;

        public NotFound(String message) {
            super(Status.Code.NOT_FOUND, message, null);
        }
    }

    /** Something of that name or at that place exists, and is not what was asked for. */
    public static final class AlreadyExists extends CsiException {
        private static final long serialVersionUID = 1L;

        public AlreadyExists(String message) {
            super(Status.Code.ALREADY_EXISTS, message, null);
        }
    }

    /** The size that was asked for can't be had. */
    public static final class OutOfRange extends CsiException {
        private static final long serialVersionUID = 1L;

        public OutOfRange(String message) {
            super(Status.Code.OUT_OF_RANGE, message, null);
        }
    }

    /** This node has no room, or not what the volume is to be made of: another node may. */
    public static final class NoSpace extends CsiException {
        private static final long serialVersionUID = 1L;

        public NoSpace(String message, @Nullable Throwable cause) {
            super(Status.Code.RESOURCE_EXHAUSTED, message, cause);
        }
    }

    /** The volume is not in the state that the call needs; another call has to come first. */
    public static final class FailedPrecondition extends CsiException {
        private static final long serialVersionUID = 1L;

        public FailedPrecondition(String message) {
            super(Status.Code.FAILED_PRECONDITION, message, null);
        }
    }

    /** Another call on the same volume is under way, or a listing can't be continued: try again. */
    public static final class Aborted extends CsiException {
        private static final long serialVersionUID = 1L;

        public Aborted(String message) {
            super(Status.Code.ABORTED, message, null);
        }
    }

    /** The node failed us: I/O, a system call, a program. Retrying may help; the cause says where to look. */
    public static final class SystemFailure extends CsiException {
        private static final long serialVersionUID = 1L;

        public SystemFailure(String message, Throwable cause) {
            super(Status.Code.INTERNAL, message, cause);
        }
    }
}
