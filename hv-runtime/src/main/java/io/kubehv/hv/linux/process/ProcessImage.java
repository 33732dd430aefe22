package io.kubehv.hv.linux.process;

import io.kubehv.hv.linux.Errno;
import io.kubehv.hv.linux.SyscallException;
import io.kubehv.hv.linux.libc.LibcCalls;
import io.kubehv.hv.linux.libc.LinuxLibc;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Becoming another program. */
public final class ProcessImage {
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
        LibcCalls.execute(command.getFirst(), command.toArray(String[]::new), variables);
    }

    /**
     * A program keeps the mask of the thread that made it. So the kubelet's SIGTERM stays pending, and the guest runs
     * on until it has shut down in order; SIGKILL, after the grace period, can't be blocked.
     */
    static void blockTerminationSignals() throws SyscallException {
        LibcCalls.setSignalMask(bit(LinuxLibc.SIGTERM) | bit(LinuxLibc.SIGINT) | bit(LinuxLibc.SIGHUP));
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
            LibcCalls.setDescriptorFlags(descriptor, LinuxLibc.FD_CLOEXEC);
        } catch (SyscallException e) {
            // The descriptor of the listing itself may be among those listed and be closed by now.
            if (e.errno() != Errno.EBADF) {
                throw e;
            }
        }
    }
}
