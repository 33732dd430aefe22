package io.kubehv.hv.linux.process;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import io.kubehv.hv.linux.Errno;
import io.kubehv.hv.linux.SyscallException;
import io.kubehv.hv.linux.libc.LinuxLibc;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Becoming another program. */
public final class ProcessImage {
    private static final LinuxLibc LIBC = LinuxLibc.INSTANCE;
    private static final int SIGSET_BYTES = 128;
    private static final int FIRST_OWN_DESCRIPTOR = 3;

    private ProcessImage() {}

    /**
     * Replaces this process, all its threads included, by a program that starts with SIGTERM, SIGINT and SIGHUP
     * blocked, the given environment and nothing open but standard input, output and error. Returns only by exception.
     */
    public static void replace(List<String> command, Map<String, String> environment)
            throws SyscallException, IOException {
        blockTerminationSignals();
        closeAllOnExec();
        String[] variables = environment.entrySet().stream()
                .map(variable -> variable.getKey() + "=" + variable.getValue())
                .toArray(String[]::new);
        try {
            int unreachable = LIBC.execve(command.getFirst(), command.toArray(String[]::new), variables);
            throw new IllegalStateException("execve returned " + unreachable);
        } catch (LastErrorException e) {
            throw new SyscallException("execve " + command.getFirst(), e.getErrorCode());
        }
    }

    /**
     * A program keeps the mask of the thread that made it. So the kubelet's SIGTERM stays pending, and the guest runs
     * on until it has shut down in order; SIGKILL, after the grace period, can't be blocked.
     */
    static void blockTerminationSignals() throws SyscallException {
        long mask = bit(LinuxLibc.SIGTERM) | bit(LinuxLibc.SIGINT) | bit(LinuxLibc.SIGHUP);
        try (Memory set = new Memory(SIGSET_BYTES)) {
            set.clear();
            set.setLong(0, mask);
            LIBC.sigprocmask(LinuxLibc.SIG_SETMASK, set, null);
        } catch (LastErrorException e) {
            throw new SyscallException("sigprocmask", e.getErrorCode());
        }
    }

    private static long bit(int signal) {
        return 1L << (signal - 1);
    }

    private static void closeAllOnExec() throws IOException {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                int number = Integer.parseInt(String.valueOf(descriptor.getFileName()));
                if (number >= FIRST_OWN_DESCRIPTOR) {
                    closeOnExec(number);
                }
            }
        }
    }

    private static void closeOnExec(int descriptor) throws SyscallException {
        try {
            LIBC.fcntl(descriptor, LinuxLibc.F_SETFD, LinuxLibc.FD_CLOEXEC);
        } catch (LastErrorException e) {
            // The descriptor of the listing itself may be among those listed and be closed by now.
            if (e.getErrorCode() != Errno.EBADF) {
                throw new SyscallException("fcntl F_SETFD of " + descriptor, e.getErrorCode());
            }
        }
    }
}
