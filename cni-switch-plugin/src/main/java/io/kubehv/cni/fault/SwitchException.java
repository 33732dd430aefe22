package io.kubehv.cni.fault;

import org.jspecify.annotations.Nullable;

/**
 * A failure that the container runtime is told about. The subclass says what the caller can do about it; the mapping to CNI's
 * error codes stands here once. A message says what failed, on what, and what to do.
 */
public abstract sealed class SwitchException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int code;

    private SwitchException(int code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** The code that the CNI specification gives this failure; ours begin at 100. */
    public int code() {
        return code;
    }

    /** The configuration's or the caller's CNI version is none of ours. */
    public static final class UnknownVersion extends SwitchException {
        private static final long serialVersionUID = 1L;

        public UnknownVersion(String message) {
            super(1, message, null);
        }
    }

    /** A variable of the environment is missing or not what CNI allows; the message names it. */
    public static final class InvalidEnvironment extends SwitchException {
        private static final long serialVersionUID = 1L;

        public InvalidEnvironment(String message) {
            super(4, message, null);
        }
    }

    /** The node failed us: I/O, a system call, a program. Retrying may help; the cause says where to look. */
    public static final class SystemFailure extends SwitchException {
        private static final long serialVersionUID = 1L;

        public SystemFailure(String message, @Nullable Throwable cause) {
            super(5, message, cause);
        }
    }

    /** What the caller sent is no JSON, or not the JSON that CNI asks for. */
    public static final class Undecodable extends SwitchException {
        private static final long serialVersionUID = 1L;

        public Undecodable(String message, @Nullable Throwable cause) {
            super(6, message, cause);
        }
    }

    /** The configuration can never be served as it is. */
    public static final class InvalidConfiguration extends SwitchException {
        private static final long serialVersionUID = 1L;

        public InvalidConfiguration(String message) {
            super(7, message, null);
        }
    }

    /** Not now: a switch that is not known yet, a node that is not ready, too many calls at once. The runtime tries again. */
    public static final class TryAgainLater extends SwitchException {
        private static final long serialVersionUID = 1L;

        public TryAgainLater(String message) {
            super(11, message, null);
        }
    }

    /** The answer to STATUS: ADD can't be served. */
    public static final class Unavailable extends SwitchException {
        private static final long serialVersionUID = 1L;

        public Unavailable(String message) {
            super(50, message, null);
        }
    }

    /** The answer to CHECK: something that ADD made is missing or not as it was made. */
    public static final class Damaged extends SwitchException {
        private static final long serialVersionUID = 1L;

        public Damaged(String message) {
            super(100, message, null);
        }
    }

    /** Something that is not ours stands where ours should: an interface of that name, an address in use. */
    public static final class Conflict extends SwitchException {
        private static final long serialVersionUID = 1L;

        public Conflict(String message) {
            super(101, message, null);
        }
    }

    /** An uplink was given back to the node, which lost its API server by it; the same spec is not tried again. */
    public static final class UplinkGivenBack extends SwitchException {
        private static final long serialVersionUID = 1L;

        public UplinkGivenBack(String message) {
            super(102, message, null);
        }
    }
}
